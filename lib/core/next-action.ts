import type { Action } from './action.ts';
import { UNSUPPORTED, type Assessment } from './assessment.ts';
import { lifeOfEnded } from './end-record.ts';
import { launchOrHold, onlyWaits } from './hold-for-room.ts';
import { isDeleting, isTerminal, type Instant, type Pod } from './kubernetes.ts';
import { isNeverLaunched, isOfDaemonSet } from './never-launched.ts';
import { whileClaimed } from './next-claimed-action.ts';
import { afterStop, whileLaunched } from './next-launched-action.ts';
import { deriveHeldStatus, derivePodStatus, deriveRefusedStatus, diffPodStatus } from './pod-status.ts';
import { publishThenRemove } from './publish-end.ts';
import type { PodRecord } from './record.ts';
import { firstAttempt } from './restart.ts';
import type { Caller, View } from './view.ts';
import { wait, waitUnsettled } from './wait-action.ts';

/**
 * The one due action for the view, the first that this caller may take. Pure: the order of steps after a crash follows from
 * the state alone. Repeating it on an unchanged view gives the same answer; on a settled view it is `wait`.
 */
export function nextAction(view: View, now: Instant, caller: Caller): Action {
  const { record } = view;
  if (record === undefined) return withoutRecord(view, now, caller);
  switch (record.state) {
    case 'claimed':
      return whileClaimed(view, record, now, caller);
    case 'launched':
      return whileLaunched(view, record, now, caller);
    case 'ended':
      return afterEnd(view, record, now, caller);
  }
}

function withoutRecord(view: View, now: Instant, caller: Caller): Action {
  const { pod } = view;
  if (pod === undefined) return wait();
  if (mustRecover(view, pod)) return caller.mayUseProvider ? { kind: 'recover' } : waitUnsettled(now);
  if (isDeleting(pod) && !isTerminal(pod))
    return caller.mayUseProvider ? { kind: 'recordEnd' } : waitUnsettled(now);
  if (isDeleting(pod)) return publishThenRemove(view, pod, now, caller) ?? wait();
  if (isTerminal(pod) || caller.closing) return wait();
  return whileNew(view, pod, now, caller);
}

/** A pod that shows that it was taken up, without a record: the table was lost, and its task may well run. */
function mustRecover(view: View, pod: Pod): boolean {
  if (view.recoveredAt !== undefined || isTerminal(pod) || onlyWaits(pod)) return false;
  if (isNeverLaunched(view, pod)) return false;
  return pod.status?.startTime !== undefined || (pod.status?.containerStatuses ?? []).length > 0;
}

/** A live pod that nothing was done for yet. */
function whileNew(view: View, pod: Pod, now: Instant, caller: Caller): Action {
  const { assessment } = view;
  if (isOfDaemonSet(pod)) return holdDaemonSetPod(pod, now);
  if (assessment?.kind === 'unsupported') return refuse(pod, assessment, now);
  const { attempt, ranBefore } = firstAttempt(pod);
  if (ranBefore && pod.spec.restartPolicy === 'Never') return endUnknownPast(pod, now);
  // Whoever may not launch now (the node closes, or that is not known) looks again soon: nothing else wakes this pod.
  if (!caller.mayLaunch || assessment === undefined) return waitUnsettled(now);
  const claim = { kind: 'claim', attempt, specHash: assessment.specHash } as const;
  return launchOrHold(view, claim, now, caller);
}

/** The reason of a DaemonSet's pod that is left Pending. */
export const DAEMON_SET_HELD = 'DaemonSetNotSupported';

/** A DaemonSet would replace a Failed pod at once and for ever: its pods stay Pending, with the reason. */
function holdDaemonSetPod(pod: Pod, now: Instant): Action {
  const held = {
    reason: DAEMON_SET_HELD,
    message:
      'A virtual node has no machine for a DaemonSet to look after. Keep the DaemonSet off with a nodeAffinity on the label type NotIn [virtual-kubelet].',
  };
  const patch = diffPodStatus(pod, deriveHeldStatus(pod, held, now));
  return patch === undefined ? wait() : { kind: 'hold', ...held, patch };
}

function refuse(
  pod: Pod,
  { faults, reason = UNSUPPORTED }: Assessment & { kind: 'unsupported' },
  now: Instant,
): Action {
  const message = faults.map(({ path, note }) => `${path}: ${note}`).join('; ');
  return {
    kind: 'refuse',
    faults,
    status: deriveRefusedStatus(pod, { reason, message }, now),
  };
}

/** It ran before, its policy forbids another run, and nobody knows how it ended: saying anything else would be invented. */
function endUnknownPast(pod: Pod, now: Instant): Action {
  const message = 'The pod ran before, but neither the record nor the task of that run can be found.';
  const patch = deriveRefusedStatus(pod, { reason: 'ContainerStatusUnknown', message }, now);
  return { kind: 'patchStatus', patch };
}

/**
 * A live pod whose record has ended: it was taken for gone by mistake, or its node was removed and came back. It goes on from
 * what the record holds.
 */
function afterEnd(view: View, record: PodRecord, now: Instant, caller: Caller): Action {
  const { pod } = view;
  if (pod === undefined || isDeleting(pod) || isTerminal(pod)) return leave(view, record, now, caller);
  if (caller.closing) return lifeOfEnded(view, record, caller) ?? wait();
  // The pod of this view is older than the record: it has gone.
  if (record.attempt === 0) return waitUnsettled(now);
  const { task } = record;
  if (task === undefined && record.stop?.why === 'deadlineExceeded') {
    // A live pod does not show this end yet.
    return { kind: 'patchStatus', patch: derivePodStatus(pod, record, now, caller) };
  }
  if (task?.state === 'stopped') return afterStop(view, { record, task }, now, caller);
  if (task !== undefined || !caller.mayLaunch) return waitUnsettled(now);
  const claim = { kind: 'claim', attempt: record.attempt + 1, specHash: record.specHash } as const;
  return launchOrHold(view, claim, now, caller);
}

/** A pod that has gone or goes, whose record has ended. */
function leave(view: View, record: PodRecord, now: Instant, caller: Caller): Action {
  // The answer to a launch came after the end of its attempt, and told of what it had stored.
  if (record.files === true && caller.mayUseProvider) return { kind: 'clearFiles' };
  // A record that expires is looked at by nobody: not before that is gone.
  const life = record.files === true ? undefined : lifeOfEnded(view, record, caller);
  if (life !== undefined) return life;
  const { pod } = view;
  if (pod === undefined || !isDeleting(pod)) return wait();
  return publishThenRemove(view, pod, now, caller) ?? wait();
}
