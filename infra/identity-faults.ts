import type { LenientCluster } from './lenient-cluster.ts';
import { mirrorPrefixes } from './names.ts';

const IDENTITY_KEYS = ['secret', 'eksClusterName', 'endpoint', 'certificateAuthority'] as const;
const NEEDED: Readonly<Record<string, readonly (typeof IDENTITY_KEYS)[number][]>> = {
  eks: ['eksClusterName', 'endpoint', 'certificateAuthority'],
  kubeconfig: ['secret'],
  token: ['secret'],
};

/** Faults between the fields that say how the functions get into the cluster. */
export function identityFaults(cluster: LenientCluster): readonly string[] {
  return [...modeFaults(cluster), ...secretFaults(cluster)];
}

/** Each mode has keys of its own: one of another mode would be read by nobody, which its writer does not expect. */
function modeFaults(cluster: LenientCluster): readonly string[] {
  const mode = cluster.identityMode ?? '';
  const needed = NEEDED[mode];
  if (needed === undefined) return [];
  const faults = IDENTITY_KEYS.flatMap((key) => {
    const given = cluster[key] !== undefined;
    if (given === needed.includes(key)) return [];
    return given
      ? [
          `${key} has a value although identityMode is ${mode}: allowed are ${needed.join(', ')}; leave it out`,
        ]
      : [`${key} is missing: allowed is a value, because identityMode is ${mode}; give ${needed.join(', ')}`];
  });
  if (cluster.accessEntries === true && mode !== 'eks') {
    faults.push('accessEntries is true: allowed is true only with identityMode eks; leave it out');
  }
  if (cluster.secretKeyArn !== undefined && mode === 'eks') {
    faults.push('secretKeyArn has a value although identityMode is eks, which has no secret: leave it out');
  }
  return faults;
}

/** Secrets with these names are written and deleted as pods come and go; the credentials must be out of that reach. */
function secretFaults({ clusterName, secret, identityMode }: LenientCluster): readonly string[] {
  if (clusterName === undefined || secret === undefined) return [];
  const prefixes = mirrorPrefixes(clusterName);
  const name = secret.replace(/^arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:/, '');
  if (!prefixes.some((prefix) => name.startsWith(prefix))) return [];
  return [
    `secret has a name among the copies of the pods' secrets: allowed is a name that does not begin with ${prefixes.join(' or ')}; ` +
      `call it lambdalet/${clusterName}/${identityMode === 'token' ? 'token' : 'kubeconfig'}`,
  ];
}
