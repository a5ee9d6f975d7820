import type { Action } from './action.ts';
import { boundTime } from './bound-time.ts';
import { CEILING_REACHED, describeLack, withoutInUse } from './ceiling.ts';
import type { ContainerStatus, Instant, Pod } from './kubernetes.ts';
import { derivePodStatus, diffPodStatus, type OwnStatus } from './pod-status.ts';
import { endingOf, firstAttempt } from './restart.ts';
import type { Caller, View } from './view.ts';
import { wait } from './wait-action.ts';
import { deadlineAhead } from './why-stop.ts';

/** A launch that is due. */
export type Launch = Action & { readonly kind: 'claim' | 'renewClaim' };

/**
 * A launch that is due, or what is done where the holder has found no room for it: the pod is told once which ceiling is in the way,
 * then it waits. Whoever keeps the room wakes it, so that nothing is looked at again meanwhile.
 */
export function launchOrHold(view: View, launch: Launch, now: Instant, caller: Caller): Action {
  const { noRoom, pod, record } = view;
  if (noRoom === undefined || pod === undefined) return launch;
  const waiting = wait(deadlineAhead(pod, now));
  if (noRoom.kind === 'unknown') return waiting;
  const message = describeLack(noRoom.lack);
  if (shownLack(pod) === withoutInUse(message)) return waiting;
  const held = { reason: CEILING_REACHED, message };
  const status = withReason(derivePodStatus(pod, record, now, caller), held);
  // Where nothing was done for the pod yet its deadline does not begin to run.
  const { startTime: _, ...unstarted } = status;
  const patch = diffPodStatus(pod, record === undefined ? unstarted : status);
  return patch === undefined ? waiting : { kind: 'hold', ...held, patch };
}

/** The same status with the reason on every container that waits. */
function withReason(
  status: OwnStatus,
  waiting: { readonly reason: string; readonly message: string },
): OwnStatus {
  const { containerStatuses, initContainerStatuses } = status;
  const hold = (one: ContainerStatus): ContainerStatus =>
    one.state?.waiting === undefined ? one : { ...one, state: { waiting } };
  return {
    ...status,
    containerStatuses: containerStatuses.map(hold),
    ...(initContainerStatuses !== undefined && { initContainerStatuses: initContainerStatuses.map(hold) }),
  };
}

/** Whether the action begins a launch that takes up room: a token that may have been sent has its room already. */
export function needsRoom(action: Action, { record }: View): action is Launch {
  return action.kind === 'claim' || (action.kind === 'renewClaim' && record?.firstSentAt === undefined);
}

/** What the pod says of the room that it waits for, without what was in use; `undefined`: nothing. */
export function shownLack({ status }: Pod): string | undefined {
  const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const message = statuses.find(isWaitingForRoom)?.state?.waiting?.message;
  return message === undefined ? undefined : withoutInUse(message);
}

function isWaitingForRoom({ state }: ContainerStatus): boolean {
  return state?.waiting?.reason === CEILING_REACHED;
}

/** Whether the pod has a status only because it waits for room: nothing was ever started for it. */
export function onlyWaits(pod: Pod): boolean {
  return pod.status?.startTime === undefined && shownLack(pod) !== undefined && !firstAttempt(pod).ranBefore;
}

/** Since when the launch of a pod is due: those that wait for room are served in this order, whoever holds the watch. */
export function launchDueSince({ pod, record }: View, now: Instant): Instant {
  if (record?.state === 'claimed') return record.nextTryAt ?? record.launchBefore;
  const task = record?.task;
  const ending =
    pod === undefined || record === undefined || task?.state !== 'stopped'
      ? undefined
      : endingOf(pod, record, task);
  if (ending?.kind === 'again') return ending.at;
  return (pod === undefined ? undefined : boundTime(pod)) ?? now;
}
