import { isDeleting, isTerminal, type Pod, type PodKey } from '../core/kubernetes.ts';
import type { PodRecord } from '../core/record.ts';
import type { View } from '../core/view.ts';
import { nodeSettings, type PodDeps } from './deps.ts';

type ObserveDeps = Pick<PodDeps, 'pods' | 'records' | 'provider' | 'settings'>;

/**
 * The view of one pod: the pod by name first, then its record by a consistent read, so that an old record never meets a
 * newer pod. `seen` is the pod as a watch has just delivered it and saves the GET; a stale one only costs a conflict.
 */
export async function observePod(deps: ObserveDeps, node: string, key: PodKey, seen?: Pod): Promise<View> {
  const named = seen ?? (await deps.pods.get(key.namespace, key.name, node));
  const pod = named?.metadata.uid === key.uid ? named : undefined;
  const record = await deps.records.get(node, key.uid);
  return viewOf(deps, node, key, { pod, record });
}

/**
 * Joins what was seen; asks the provider's opinion only of pods that have nothing to remember yet, or that were edited. Of a node
 * that has left the settings it has none: such a node is only torn down.
 */
export function viewOf(
  deps: Pick<PodDeps, 'provider' | 'settings'>,
  node: string,
  key: PodKey,
  seen: { readonly pod: Pod | undefined; readonly record: PodRecord | undefined },
): View {
  const { pod, record } = seen;
  const isUndecided =
    pod !== undefined &&
    !isTerminal(pod) &&
    (record === undefined || isEdited(pod, record)) &&
    nodeSettings(deps.settings.nodes, node) !== undefined;
  return { key, node, pod, record, ...(isUndecided && { assessment: deps.provider.assess(pod, node) }) };
}

/** Clusters before 1.33 have no generation of pods: there nothing tells of an edit. */
function isEdited(pod: Pod, record: PodRecord): boolean {
  const { generation } = pod.metadata;
  if (record.state !== 'launched' || generation === undefined || isDeleting(pod)) return false;
  return generation !== record.generation || record.edit !== undefined;
}
