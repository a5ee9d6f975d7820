import type { ContainerStatus, Instant, Pod } from './kubernetes.ts';
import type { Action } from './action.ts';
import { containerId } from './container-state.ts';
import type { PodRecord } from './record.ts';
import { firstAttempt } from './restart.ts';
import type { Caller, View } from './view.ts';
import { waitUnsettled } from './wait-action.ts';

/** An answer of the provider this young is news. */
const ASKED_MS = 5_000;

/**
 * Whether a record is of an attempt before the pod's last one: each restart that the pod shows began another attempt, whose claim was
 * on record before it. It was rebuilt from lists that lag, or the table was restored as it was some time ago.
 */
export function isBehind(pod: Pod, record: PodRecord): boolean {
  return (
    statusesOf(pod).some(({ restartCount }) => restartCount >= record.attempt) || showsClaimed(pod, record)
  );
}

/** Whether the pod shows a container of an attempt that the record has only claimed: nobody but its task can have told of it. */
function showsClaimed(pod: Pod, { state, attempt, previous }: PodRecord): boolean {
  if (state !== 'claimed') return false;
  const before = (previous?.containers ?? []).map(({ runtimeId }) => containerId(runtimeId));
  return statusesOf(pod).some(
    ({ containerID, restartCount, state: shown }) =>
      containerID !== undefined &&
      !before.includes(containerID) &&
      (shown?.running !== undefined || restartCount === attempt - 1),
  );
}

function statusesOf({ status }: Pod): readonly ContainerStatus[] {
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
}

/** Before anything else is done about such a record, the task of the pod's last attempt is looked for; `undefined`: it is not behind. */
export function recoverIfBehind(
  { pod, recoveredAt }: View,
  record: PodRecord,
  now: Instant,
  caller: Caller,
): Action | undefined {
  if (pod === undefined || recoveredAt !== undefined || !isBehind(pod, record)) return undefined;
  return caller.mayUseProvider ? { kind: 'recover' } : waitUnsettled(now);
}

/**
 * What the record says of its own task may be older than what the pod shows (of a later attempt that was not found, or of the end of
 * a container that the record takes for running): then the provider is asked before anything else; `undefined`: it is not, or was
 * asked just now.
 */
export function describeIfOld(
  { pod, recoveredAt = 0, describedAt = 0 }: View,
  record: PodRecord,
  now: Instant,
  { mayUseProvider }: Caller,
): Action | undefined {
  if (pod === undefined || record.missingSince !== undefined || !mayUseProvider) return undefined;
  const isAsked = now - describedAt <= ASKED_MS;
  const isOld = isBehind(pod, record) ? describedAt < recoveredAt : !isAsked && showsLaterEnd(pod, record);
  return isOld ? { kind: 'describeTask' } : undefined;
}

/** Whether what the record says of its task must not be published over what the pod shows. */
export function isOlderThan(pod: Pod, record: PodRecord): boolean {
  return isBehind(pod, record) || showsLaterEnd(pod, record);
}

/** Whether the pod shows the end of a container that the record takes for running. */
function showsLaterEnd(pod: Pod, { task }: PodRecord): boolean {
  const ended = new Set(
    statusesOf(pod)
      .flatMap(({ state, lastState }) => [state?.terminated, lastState?.terminated])
      .flatMap((end) => end?.containerID ?? []),
  );
  return (task?.containers ?? []).some(
    ({ state, runtimeId }) => state !== 'stopped' && ended.has(containerId(runtimeId) ?? ''),
  );
}

/** The attempt after the record's; where that is behind and no later task was found, one that no earlier task can carry. */
export function attemptAfter(pod: Pod, record: PodRecord): number {
  return isBehind(pod, record) ? firstAttempt(pod).attempt : record.attempt + 1;
}
