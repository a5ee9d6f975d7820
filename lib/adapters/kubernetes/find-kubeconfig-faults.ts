import { createSecureContext } from 'node:tls';
import { faultsOfAuthority, faultsOfPem, faultsOfServer, pemOf } from './find-endpoint-faults.ts';

/** One entry of a kubeconfig list, with the path that a reader finds it under. */
export interface Entry {
  readonly path: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Where every field can be had as it must be. */
const SOURCE = 'kubectl config view --raw --flatten';
const INLINE = 'a function has no such file';
const RUNS_PROGRAMS = 'a function cannot run programs of the kubeconfig';
const USE_TOKEN = 'use a service account token or an inline client certificate';

/** Fields that are refused when they are set, and what to do about each. */
const REFUSED_CLUSTER_FIELDS: Readonly<Record<string, string>> = {
  'certificate-authority': `${INLINE}; put its base64 into certificate-authority-data (${SOURCE})`,
  'insecure-skip-tls-verify':
    'the server would not be verified; remove it and set certificate-authority-data',
  'proxy-url': 'proxies are not supported; give the functions a route to the API server instead',
};
const REFUSED_USER_FIELDS: Readonly<Record<string, string>> = {
  exec: `${RUNS_PROGRAMS}; ${USE_TOKEN}, or the identity kind "eks" on EKS`,
  'auth-provider': `${RUNS_PROGRAMS}; ${USE_TOKEN}`,
  'client-certificate': `${INLINE}; put its base64 into client-certificate-data (${SOURCE})`,
  'client-key': `${INLINE}; put its base64 into client-key-data (${SOURCE})`,
  tokenFile: `${INLINE}; put the token itself into token`,
  'token-file': `${INLINE}; put the token itself into token`,
  username: `Kubernetes has no basic authentication since 1.19; ${USE_TOKEN}`,
  password: `Kubernetes has no basic authentication since 1.19; ${USE_TOKEN}`,
  'as-uid': 'only as and as-groups are supported; remove it',
  'as-user-extra': 'only as and as-groups are supported; remove it',
};

/** Everything that is wrong with the chosen cluster. */
export function faultsOfCluster(cluster: Entry): string[] {
  const { server, 'certificate-authority-data': authority } = cluster.fields;
  return [
    ...refusedFields(cluster, REFUSED_CLUSTER_FIELDS),
    ...faultsOfServer(`${cluster.path}.server`, server),
    ...(isSet(authority)
      ? faultsOfAuthority(`${cluster.path}.certificate-authority-data`, authority, SOURCE)
      : []),
  ];
}

/** Everything that is wrong with the chosen user. */
export function faultsOfUser(user: Entry): string[] {
  const faults = refusedFields(user, REFUSED_USER_FIELDS);
  const cert = pemIn(user, 'client-certificate-data');
  const key = pemIn(user, 'client-key-data');
  for (const { fault } of [cert, key]) if (fault) faults.push(fault);
  if (cert.pem && key.pem)
    faults.push(
      ...faultsOfPem(
        `${user.path}.client-certificate-data and client-key-data`,
        () => createSecureContext({ cert: cert.pem, key: key.pem }),
        SOURCE,
      ),
    );
  const hasCert = isSet(user.fields['client-certificate-data']);
  const hasKey = isSet(user.fields['client-key-data']);
  if (hasCert && !hasKey)
    faults.push(`${user.path}.client-key-data is missing; the certificate needs its key`);
  if (hasKey && !hasCert)
    faults.push(`${user.path}.client-certificate-data is missing; the key needs its certificate`);
  const hasToken = isSet(user.fields['token']);
  if (hasToken && typeof user.fields['token'] !== 'string')
    faults.push(`${user.path}.token is not a text; quote it`);
  if (faults.length === 0 && !hasToken && !hasCert)
    faults.push(`${user.path} has no credential; set token, or client-certificate-data and client-key-data`);
  return faults;
}

/** Whether a field says something: an empty one is as good as none. */
export function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '' && value !== false;
}

function refusedFields(entry: Entry, refused: Readonly<Record<string, string>>): string[] {
  return Object.entries(refused)
    .filter(([field]) => isSet(entry.fields[field]))
    .map(([field, advice]) => `${entry.path}.${field} is not accepted: ${advice}`);
}

/** The PEM in a base64 field; nothing when the field is not set. */
function pemIn({ path, fields }: Entry, field: string): { readonly pem?: string; readonly fault?: string } {
  return isSet(fields[field]) ? pemOf(`${path}.${field}`, fields[field], SOURCE) : {};
}
