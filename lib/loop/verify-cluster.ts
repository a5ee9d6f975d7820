import { failureOf } from '../core/failure.ts';
import type { HeartbeatDeps } from './deps.ts';

/**
 * `verified`: the cluster is the one that this deployment has served before (or its first).
 * `unknown`: the API server or the table cannot be asked now. `other`: the credentials point at another cluster.
 */
export type ClusterVerdict = 'verified' | 'unknown' | 'other';

/**
 * Compares the cluster behind the API server with the one on record. Only values of the same kind are compared (a UID with a
 * UID, a CA with a CA). Another cluster stops every write, because its pods' absence would look like the death of ours.
 */
export async function verifyCluster(
  deps: Pick<HeartbeatDeps, 'cluster' | 'marks' | 'telemetry' | 'settings'>,
): Promise<ClusterVerdict> {
  const { cluster, marks, telemetry, settings } = deps;
  try {
    const seen = await cluster.identity();
    const stored = await marks.keepIdentity(seen, settings.acceptNewCluster);
    if (kindOf(stored) !== kindOf(seen)) return 'verified';
    if (stored === seen) return 'verified';
    for (const { name } of settings.nodes) telemetry.count('IdentityMismatch', 1, 'Count', name);
    telemetry.error('The credentials point at another cluster than before: nothing is written', {
      seen,
      stored,
      wayOut:
        'restore the kubeconfig, or set LAMBDALET_ACCEPT_NEW_CLUSTER=true for one deployment if the cluster was replaced on purpose',
    });
    return 'other';
  } catch (thrown) {
    telemetry.warn('The cluster cannot be verified now', { failure: failureOf(thrown) });
    return 'unknown';
  }
}

function kindOf(identity: string): string {
  return identity.split(':')[0] ?? '';
}
