import { keyOfPod } from '../core/kubernetes.ts';
import type { View } from '../core/view.ts';
import type { PodDeps } from './deps.ts';
import { observePod, viewOf } from './observe-pod.ts';

/** Everything about one node at one moment; the resourceVersion is the pod list's, to watch from. */
export interface NodeView {
  readonly views: readonly View[];
  readonly resourceVersion: string;
  /** UIDs of pods whose records cannot be read: they are in no view. */
  readonly unreadable: readonly string[];
}

/**
 * Lists the node's pods, then its records (in that order), and joins them by UID. A record whose pod is not in the list is
 * looked up by name, because a list alone never proves that a pod is gone.
 */
export async function observeNode(
  deps: Pick<PodDeps, 'pods' | 'records' | 'provider'>,
  node: string,
): Promise<NodeView> {
  const { pods, resourceVersion } = await deps.pods.list(node);
  const listed = await deps.records.list(node);
  const records = new Map(listed.records.map((record) => [record.uid, record]));
  // What a newer version wrote of a pod is not ours to decide on.
  const unreadable = new Set(listed.unreadable);
  const known = pods.filter((pod) => !unreadable.has(pod.metadata.uid));
  const views = known.map((pod) =>
    viewOf(deps, node, keyOfPod(pod), { pod, record: records.get(pod.metadata.uid) }),
  );
  for (const pod of pods) records.delete(pod.metadata.uid);
  const unlisted = [...records.values()].filter(({ state }) => state !== 'ended');
  for (const { uid, namespace, name } of unlisted)
    views.push(await observePod(deps, node, { uid, namespace, name }));
  return { views, resourceVersion, unreadable: listed.unreadable };
}
