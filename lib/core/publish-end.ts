import type { Action } from './action.ts';
import { isDeleting, isTerminal, type Instant, type Pod } from './kubernetes.ts';
import { derivePodStatus, diffPodStatus } from './pod-status.ts';
import type { PodRecord } from './record.ts';
import type { Caller, View } from './view.ts';

/** Terminal status first, then the object if it was asked to go, then the record: the API server has the end before we forget. */
export function publishThenEnd(view: View, record: PodRecord, now: Instant, caller: Caller): Action {
  const { pod } = view;
  if (pod === undefined) return { kind: 'endRecord' };
  const patch = diffPodStatus(pod, derivePodStatus(pod, record, now, caller.podsReady));
  if (patch !== undefined) return { kind: 'patchStatus', patch };
  return mustRemove(pod) ? { kind: 'removePod' } : { kind: 'endRecord' };
}

/** A deleted pod without anything running: publish its end, then remove it; `undefined` when both are done. */
export function publishThenRemove(view: View, pod: Pod, now: Instant, caller: Caller): Action | undefined {
  const patch = diffPodStatus(pod, derivePodStatus(pod, view.record, now, caller.podsReady));
  if (patch !== undefined && !isTerminal(pod)) return { kind: 'patchStatus', patch };
  return mustRemove(pod) ? { kind: 'removePod' } : undefined;
}

/** Grace 0 means that the removal was asked for already and only finalizers, which are not ours, keep the object. */
function mustRemove(pod: Pod): boolean {
  return isDeleting(pod) && pod.metadata.deletionGracePeriodSeconds !== 0;
}
