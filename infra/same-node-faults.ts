import type { LenientCluster } from './lenient-cluster.ts';
import { madeNames } from './node-faults.ts';

/**
 * One node of one Kubernetes cluster in two entries, as when an entry is copied for a second deployment beside the first: both loops would
 * think the node theirs, and run each pod twice.
 */
export function sameNodeFaults(clusters: readonly LenientCluster[], at: number): readonly string[] {
  const cluster = clusters[at];
  if (cluster === undefined) return [];
  return clusters.slice(0, at).flatMap((other, first) => {
    const same = sameTarget(other, cluster);
    if (same === undefined) return [];
    const taken = new Map(namesIn(other).map(([name, node]) => [name, node]));
    return namesIn(cluster).flatMap(([name, node]) => {
      const before = taken.get(name);
      if (before === undefined) return [];
      return [
        `clusters[${at}].nodes[${node}].name gives "${name}", as clusters[${first}].nodes[${before}].name does, and both clusters have ` +
          `${same}, which is one Kubernetes cluster: allowed is a node in one of its entries; rename one of them, or correct ${same}`,
      ];
    });
  });
}

function namesIn(cluster: LenientCluster): readonly (readonly [name: string, node: number])[] {
  return cluster.nodes.flatMap((node, at) => madeNames(node).map((name) => [name, at] as const));
}

/** The key by which two entries are surely about the same Kubernetes cluster, in words. */
function sameTarget(one: LenientCluster, other: LenientCluster): string | undefined {
  if (one.identityMode === 'eks' && other.identityMode === 'eks') {
    if (one.endpoint !== undefined && one.endpoint === other.endpoint) return 'the same endpoint';
    return samePlaced(one, other, one.eksClusterName, other.eksClusterName)
      ? 'the same eksClusterName'
      : undefined;
  }
  return samePlaced(one, other, secretOf(one), secretOf(other)) ? 'the same secret' : undefined;
}

function samePlaced(
  one: LenientCluster,
  other: LenientCluster,
  name: string | undefined,
  otherName: string | undefined,
): boolean {
  if (name === undefined || name !== otherName) return false;
  return name.startsWith('arn:') || (one.region === other.region && one.account === other.account);
}

/** A secret by its ARN without the six characters that Secrets Manager adds, wherever the ARN can be told. */
function secretOf({ secret, region, account }: LenientCluster): string | undefined {
  const parts = /^arn:[^:]*:secretsmanager:([^:]*):([^:]*):secret:(.*)-[A-Za-z0-9]{6}$/.exec(secret ?? '');
  if (parts === null) return secret;
  const [, ownRegion, owner, name] = parts;
  const isHere = ownRegion === (region ?? ownRegion) && owner === (account ?? owner);
  return isHere ? name : secret;
}
