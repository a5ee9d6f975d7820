import type { Pod } from '../../core/kubernetes.ts';
import type { Pods } from '../../ports/pods.ts';

/** The pod of a node that runs at an address; `undefined`: none. */
export async function findPodAt(
  pods: Pick<Pods, 'list'>,
  nodes: readonly string[],
  address: string,
): Promise<Pod | undefined> {
  for (const node of nodes) {
    for await (const page of pods.list(node)) {
      const found = page.pods.find(({ status }) => status?.phase === 'Running' && status.podIP === address);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
