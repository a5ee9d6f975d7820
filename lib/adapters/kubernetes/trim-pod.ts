import type { Pod } from '../../core/kubernetes.ts';

/**
 * The pod without what nobody here reads: `managedFields` (often a third of its bytes), and what only the scheduler needs of
 * its spec. Every pod that an API server sends comes through here before anything keeps it. The rest is copied, because
 * `delete` would turn a parsed object into a slower and larger dictionary.
 */
export function trimPod(pod: Pod): Pod {
  const { managedFields: _, ...metadata } = pod.metadata;
  const { affinity: _1, tolerations: _2, topologySpreadConstraints: _3, ...spec } = pod.spec;
  return { ...pod, metadata, spec };
}
