import type { Action } from './action.ts';
import { endOfRecord } from './end-record.ts';
import { isDeleting, isTerminal, type Instant, type Pod } from './kubernetes.ts';
import { derivePodStatus, diffPodStatus } from './pod-status.ts';
import type { PodRecord } from './record.ts';
import type { Caller, View } from './view.ts';

/** The status or the annotations that the pod does not show yet; annotations alone wait for a status until the task runs. */
export function publishDue(
  pod: Pod,
  record: PodRecord | undefined,
  now: Instant,
  caller: Caller,
): (Action & { kind: 'patchStatus' }) | undefined {
  const patch = diffPodStatus(pod, derivePodStatus(pod, record, now, caller));
  const annotations = newAnnotations(pod, record);
  if (patch === undefined && (annotations === undefined || record?.task?.state !== 'running'))
    return undefined;
  return { kind: 'patchStatus', patch: patch ?? {}, ...(annotations !== undefined && { annotations }) };
}

/** What the record tells the pod as annotations, as far as the pod does not have it. */
function newAnnotations(
  { metadata }: Pod,
  record: PodRecord | undefined,
): Readonly<Record<string, string>> | undefined {
  const wanted = { ...record?.annotations, ...record?.task?.annotations };
  const fresh = Object.entries(wanted).filter(([key, value]) => metadata.annotations?.[key] !== value);
  return fresh.length === 0 ? undefined : Object.fromEntries(fresh);
}

/** Terminal status first, then the object if it was asked to go, then the record: the API server has the end before we forget. */
export function publishThenEnd(view: View, record: PodRecord, now: Instant, caller: Caller): Action {
  const { pod } = view;
  if (pod === undefined) return endOfRecord(view, record, now, caller);
  const patch = publishDue(pod, record, now, caller);
  if (patch !== undefined) return patch;
  if (mustRemove(pod)) return { kind: 'removePod' };
  return endOfRecord(view, record, now, caller);
}

/** A deleted pod without anything running: publish its end, then remove it; `undefined` when both are done. */
export function publishThenRemove(view: View, pod: Pod, now: Instant, caller: Caller): Action | undefined {
  const patch = diffPodStatus(pod, derivePodStatus(pod, view.record, now, caller));
  if (patch !== undefined && !isTerminal(pod)) return { kind: 'patchStatus', patch };
  return mustRemove(pod) ? { kind: 'removePod' } : undefined;
}

/** Grace 0 means that the removal was asked for already and only finalizers, which are not ours, keep the object. */
function mustRemove(pod: Pod): boolean {
  return isDeleting(pod) && pod.metadata.deletionGracePeriodSeconds !== 0;
}
