import { askCluster } from './ask-cluster.ts';
import { SIMULATED } from './function-environment.ts';

/**
 * Demands that no Node of the joined cluster has this name, unless an earlier trial left it: leaving the cluster deletes the Node
 * and its pods, and those of someone else's node must never be in reach.
 * @throws Error that names the Node and the way out
 */
export async function demandFreeName(kubeconfig: string, node: string): Promise<void> {
  const { status, body } = await askCluster(kubeconfig).ask('GET', `/api/v1/nodes/${node}`);
  if (status === 404) return;
  const { metadata } = body as { readonly metadata?: { readonly labels?: Readonly<Record<string, string>> } };
  if (status === 200 && metadata?.labels?.[SIMULATED] === 'true') return;
  throw new Error(
    `The cluster has a node ${node} already, and it is not a simulated one: choose another name with --node.`,
  );
}
