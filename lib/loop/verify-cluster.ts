import { FailureError, failureOf } from '../core/failure.ts';
import { isOwnNode } from '../core/node.ts';
import type { Nodes } from '../ports/nodes.ts';
import type { VerifyDeps } from './deps.ts';

/**
 * `verified`: the cluster is the one that this deployment has served before (or its first).
 * `unknown`: the API server or the table cannot be asked now. `other`: the credentials point at another cluster.
 */
export type ClusterVerdict = 'verified' | 'unknown' | 'other';

const WAY_OUT =
  'let the identity read the namespace kube-system (lambdalet bootstrap); if it may, set LAMBDALET_ACCEPT_NEW_CLUSTER=true for one deployment';

/**
 * Compares the cluster behind the API server with the one on record. Only values of the same kind are compared (a UID with a
 * UID, a CA with a CA); a value of another kind proves nothing, so that it counts as unknown. Another
 * cluster stops every write, because its pods' absence would look like the death of ours.
 */
export async function verifyCluster(deps: VerifyDeps): Promise<ClusterVerdict> {
  const { cluster, marks, telemetry, settings } = deps;
  try {
    const seen = await cluster.identity();
    const stored = await marks.keepIdentity(seen, settings.acceptNewCluster);
    if (stored === seen) return 'verified';
    if (stored.startsWith('ca:') && stored === (await cluster.certificate())) {
      // The right to read the UID came later: from now on the better mark is kept.
      await marks.keepIdentity(seen, true);
      return 'verified';
    }
    if (kindOf(stored) !== kindOf(seen)) {
      telemetry.error('The cluster cannot be compared with the one on record: nothing is written', {
        seen,
        stored,
        wayOut: WAY_OUT,
      });
      return 'unknown';
    }
    telemetry.trouble(
      'identity',
      'The credentials point at another cluster than before: nothing is written',
      {
        seen,
        stored,
        wayOut:
          'restore the kubeconfig, or set LAMBDALET_ACCEPT_NEW_CLUSTER=true for one deployment if the cluster was replaced on purpose',
      },
    );
    return 'other';
  } catch (thrown) {
    telemetry.warn('The cluster cannot be verified now', { failure: failureOf(thrown) });
    return 'unknown';
  }
}

function kindOf(identity: string): string {
  return identity.split(':')[0] ?? '';
}

/**
 * Demands that the cluster is ours. Credentials are read anew while an invocation runs, so this is asked with every look at
 * everything, and before the absence of a pod is believed.
 * @throws FailureError: `auth` when the cluster is another one, `transient` when it cannot be verified now
 */
export async function demandCluster(deps: VerifyDeps): Promise<void> {
  const verdict = await verifyCluster(deps);
  if (verdict === 'verified') return;
  if (verdict === 'other')
    throw new FailureError({
      kind: 'auth',
      message: 'The credentials point at another cluster than before.',
    });
  throw new FailureError({ kind: 'transient', message: 'The cluster cannot be verified now.' });
}

/**
 * Demands that no other kubelet's Node has the name of ours: its pods must not be run here, or deleted.
 * @throws FailureError (`auth`) when one has; a missing Node is fine
 */
export async function demandOwnNode({ nodes }: { readonly nodes: Nodes }, name: string): Promise<void> {
  const node = await nodes.get(name);
  if (node !== undefined && !isOwnNode(node)) throw strangeNode(name);
}

/** Another kubelet's Node has the name of ours. */
export function strangeNode(name: string): FailureError {
  return new FailureError({
    kind: 'auth',
    message: `Node ${name} exists and is not of lambdalet: give the virtual node another name.`,
  });
}
