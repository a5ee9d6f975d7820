import type { Action } from './action.ts';
import { decisionOf } from './failure.ts';
import { isDeleting, isTerminal, type Instant, type Pod } from './kubernetes.ts';
import { deriveHeldStatus, derivePodStatus, deriveRefusedStatus, diffPodStatus } from './pod-status.ts';
import { LAUNCH, type PodRecord, type StopRequest } from './record.ts';
import { activeDeadline, endingOf, firstAttempt } from './restart.ts';
import type { ObservedTask } from './task.ts';
import type { Caller, View } from './view.ts';

/** How the loop waits where nothing tells it to go on. All in milliseconds. */
const PATIENCE = {
  /** An unsettled record is read again this often: the echo of a patch only hastens. */
  unsettledMs: 15_000,
  /** No news of a task that is starting or stopping for this long: ask the provider, and then as often again. */
  silenceMs: 180_000,
  /** A task that shows no sign of stopping this long after it was asked to is asked again (the call may never have been made). */
  stopSignMs: 15_000,
  /** A task gets this much beyond its grace before its stop is asked for again. */
  stopMarginMs: 90_000,
} as const;

/** The grace that Kubernetes gives a pod that names none, in seconds. */
const DEFAULT_GRACE_SECONDS = 30;

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

function wait(until?: Instant): Action {
  return { kind: 'wait', until };
}

/** The wait of something unsettled: to `until` if that is known and near, else to the next look at the record. */
function waitUnsettled(now: Instant, until = Infinity): Action {
  return wait(Math.min(now + PATIENCE.unsettledMs, until));
}

function withoutRecord(view: View, now: Instant, caller: Caller): Action {
  const { pod } = view;
  if (pod === undefined) return wait();
  if (isDeleting(pod)) return publishThenRemove(view, pod, now, caller) ?? wait();
  if (isTerminal(pod) || caller.closing) return wait();
  return whileNew(view, pod, now, caller);
}

/** A live pod that nothing was done for yet. */
function whileNew({ assessment }: View, pod: Pod, now: Instant, caller: Caller): Action {
  if (isOfDaemonSet(pod)) return holdDaemonSetPod(pod, now);
  if (assessment?.kind === 'unsupported') return refuse(pod, assessment.faults, now);
  const { attempt, ranBefore } = firstAttempt(pod);
  if (ranBefore && pod.spec.restartPolicy === 'Never') return endUnknownPast(pod, now);
  // Whoever may not launch now (the node closes, or that is not known) looks again soon: nothing else wakes this pod.
  if (!caller.mayLaunch || assessment === undefined) return waitUnsettled(now);
  return { kind: 'claim', attempt, specHash: assessment.specHash };
}

function isOfDaemonSet(pod: Pod): boolean {
  return (pod.metadata.ownerReferences ?? []).some(
    ({ kind, controller }) => kind === 'DaemonSet' && controller === true,
  );
}

/** A DaemonSet would replace a Failed pod at once and for ever: its pods stay Pending, with the reason. */
function holdDaemonSetPod(pod: Pod, now: Instant): Action {
  const held = {
    reason: 'DaemonSetNotSupported',
    message:
      'A virtual node has no machine for a DaemonSet to look after. Keep the DaemonSet off with a nodeAffinity on the label type NotIn [virtual-kubelet].',
  };
  const patch = diffPodStatus(pod, deriveHeldStatus(pod, held, now));
  return patch === undefined ? wait() : { kind: 'hold', ...held, patch };
}

function refuse(pod: Pod, faults: (Action & { kind: 'refuse' })['faults'], now: Instant): Action {
  const message = faults.map(({ path, note }) => `${path}: ${note}`).join('; ');
  return {
    kind: 'refuse',
    faults,
    status: deriveRefusedStatus(pod, { reason: 'UnsupportedPodField', message }, now),
  };
}

/** It ran before, its policy forbids another run, and nobody knows how it ended: saying anything else would be invented. */
function endUnknownPast(pod: Pod, now: Instant): Action {
  const message = 'The pod ran before, but neither the record nor the task of that run can be found.';
  const patch = deriveRefusedStatus(pod, { reason: 'ContainerStatusUnknown', message }, now);
  return { kind: 'patchStatus', patch };
}

function whileClaimed(view: View, record: PodRecord, now: Instant, caller: Caller): Action {
  const { pod } = view;
  if (record.refusal?.retry === false) return publishThenEnd(view, record, now, caller);
  if (pod === undefined || isDeleting(pod) || isTerminal(pod) || caller.closing)
    return abandonClaim(view, record, now, caller);
  if (view.claimHeld === true && caller.mayLaunch && now < record.launchBefore - LAUNCH.sendMarginMs)
    return { kind: 'launch' };
  if (record.refusal !== undefined) {
    const patch = diffPodStatus(pod, derivePodStatus(pod, record, now, caller.podsReady));
    if (patch !== undefined) return { kind: 'patchStatus', patch };
  }
  return retryClaim(view, record, now, caller);
}

/** The claim is someone's whose send may be under way, or it waits for its next try. */
function retryClaim(view: View, record: PodRecord, now: Instant, caller: Caller): Action {
  const due = Math.max(record.launchBefore, record.nextTryAt ?? 0);
  if (now < due) return waitUnsettled(now, due);
  if (!caller.mayLaunch) return waitUnsettled(now);
  const { firstSentAt } = record;
  if (firstSentAt === undefined || !isSpent(record, firstSentAt, now)) return { kind: 'renewClaim' };
  const settled = record.launchBefore + LAUNCH.settleMs;
  if (now < settled) return waitUnsettled(now, settled);
  if (view.nothingFoundAt === undefined) return { kind: 'findTask' };
  return view.nothingFoundAt - firstSentAt < LAUNCH.lookMs ? { kind: 'moveTry' } : { kind: 'declareLost' };
}

/**
 * Whether the token must not be sent again: it may be dead at the provider, or a definitive refusal answered a send that
 * was not the token's only one (then the refusal would be replayed, or an earlier send may have started a task).
 */
function isSpent({ refusal }: PodRecord, firstSentAt: Instant, now: Instant): boolean {
  const refused = refusal !== undefined && decisionOf(refusal.kind).definitive && refusal.at >= firstSentAt;
  return refused || now - firstSentAt >= LAUNCH.tokenMs;
}

/** The pod went away (or the node does) while nobody knows whether a task was started: wait out the claim and look. */
function abandonClaim(view: View, record: PodRecord, now: Instant, caller: Caller): Action {
  if (record.firstSentAt === undefined) return { kind: 'endRecord' };
  const certain = record.launchBefore + LAUNCH.deletedClaimMs;
  if (now < certain || !caller.mayUseProvider) return waitUnsettled(now, now < certain ? certain : undefined);
  return view.nothingFoundAt === undefined ? { kind: 'findTask' } : { kind: 'endRecord' };
}

function whileLaunched(view: View, record: PodRecord, now: Instant, caller: Caller): Action {
  const { task } = record;
  if (task?.state === 'stopped') return afterStop(view, { record, task }, now, caller);
  if (caller.mayUseProvider) {
    const request = dueStop(view, record, now, caller);
    if (request !== undefined) return { kind: 'stop', request };
    if (isSilent(view, record, now)) return { kind: 'describeTask' };
  }
  if (view.pod !== undefined) {
    const patch = diffPodStatus(view.pod, derivePodStatus(view.pod, record, now, caller.podsReady));
    if (patch !== undefined) return { kind: 'patchStatus', patch };
  }
  const deadline = deadlineAhead(view.pod, now);
  return isUnsettled(record) ? waitUnsettled(now, deadline) : wait(deadline);
}

/** The pod's deadline while it is still to come: one that has passed is nothing to wait for, its stop is under way. */
function deadlineAhead(pod: Pod | undefined, now: Instant): Instant | undefined {
  const deadline = pod === undefined ? undefined : activeDeadline(pod);
  return deadline === undefined || deadline <= now ? undefined : deadline;
}

function isUnsettled(record: PodRecord): boolean {
  return record.stop !== undefined || record.task?.state !== 'running';
}

function isSilent(view: View, record: PodRecord, now: Instant): boolean {
  if (!isUnsettled(record)) return false;
  const last = Math.max(
    record.launchedAt ?? 0,
    record.stop?.at ?? 0,
    view.describedAt ?? 0,
    record.task?.startedAt ?? 0,
  );
  return now - last >= PATIENCE.silenceMs;
}

/** The stop that is due: a first one, or the same again when the task outlived its deadline. */
function dueStop({ pod }: View, record: PodRecord, now: Instant, caller: Caller): StopRequest | undefined {
  const why = record.stop?.why ?? whyStop(pod, now, caller);
  if (why === undefined || (record.stop !== undefined && !mustAskAgain(record, record.stop, now)))
    return undefined;
  const grace =
    pod?.metadata.deletionGracePeriodSeconds ??
    pod?.spec.terminationGracePeriodSeconds ??
    DEFAULT_GRACE_SECONDS;
  return { why, at: now, deadline: now + grace * 1000 + PATIENCE.stopMarginMs };
}

function mustAskAgain({ task }: PodRecord, stop: StopRequest, now: Instant): boolean {
  return now >= stop.deadline || (task?.state !== 'stopping' && now - stop.at >= PATIENCE.stopSignMs);
}

function whyStop(pod: Pod | undefined, now: Instant, caller: Caller): StopRequest['why'] | undefined {
  if (pod === undefined || isDeleting(pod)) return 'deleted';
  if (isTerminal(pod)) return 'orphan';
  if (caller.closing) return 'teardown';
  const deadline = activeDeadline(pod);
  return deadline !== undefined && now >= deadline ? 'deadlineExceeded' : undefined;
}

function afterStop(
  view: View,
  { record, task }: { readonly record: PodRecord; readonly task: ObservedTask },
  now: Instant,
  caller: Caller,
): Action {
  const { pod } = view;
  if (pod === undefined) return { kind: 'endRecord' };
  const ending = endingOf(pod, record, task);
  if (ending.kind === 'terminal') return publishThenEnd(view, record, now, caller);
  const why = whyStop(pod, now, caller);
  // A pod that waits for its next attempt has nothing to stop, but the reason must be remembered before it is published.
  if (why !== undefined && caller.mayUseProvider)
    return { kind: 'stop', request: { why, at: now, deadline: now } };
  const patch = diffPodStatus(pod, derivePodStatus(pod, record, now, caller.podsReady));
  if (patch !== undefined) return { kind: 'patchStatus', patch };
  if (now < ending.at) return wait(Math.min(ending.at, deadlineAhead(pod, now) ?? Infinity));
  if (!caller.mayLaunch) return waitUnsettled(now);
  return { kind: 'claim', attempt: record.attempt + 1, specHash: record.specHash };
}

/** Terminal status first, then the object if it was asked to go, then the record: the API server has the end before we forget. */
function publishThenEnd(view: View, record: PodRecord, now: Instant, caller: Caller): Action {
  const { pod } = view;
  if (pod === undefined) return { kind: 'endRecord' };
  const patch = diffPodStatus(pod, derivePodStatus(pod, record, now, caller.podsReady));
  if (patch !== undefined) return { kind: 'patchStatus', patch };
  return mustRemove(pod) ? { kind: 'removePod' } : { kind: 'endRecord' };
}

/**
 * A live pod whose record has ended: it was taken for gone by mistake, or its node was removed and came back. It goes on from
 * what the record holds.
 */
function afterEnd(view: View, record: PodRecord, now: Instant, caller: Caller): Action {
  const { pod } = view;
  if (pod === undefined) return wait();
  if (isDeleting(pod)) return publishThenRemove(view, pod, now, caller) ?? wait();
  if (isTerminal(pod) || caller.closing) return wait();
  const { task } = record;
  if (task?.state === 'stopped') return afterStop(view, { record, task }, now, caller);
  if (task !== undefined || !caller.mayLaunch) return waitUnsettled(now);
  return { kind: 'claim', attempt: record.attempt + 1, specHash: record.specHash };
}

/** A deleted pod without anything running: publish its end, then remove it; `undefined` when both are done. */
function publishThenRemove(view: View, pod: Pod, now: Instant, caller: Caller): Action | undefined {
  const patch = diffPodStatus(pod, derivePodStatus(pod, view.record, now, caller.podsReady));
  if (patch !== undefined && !isTerminal(pod)) return { kind: 'patchStatus', patch };
  return mustRemove(pod) ? { kind: 'removePod' } : undefined;
}

/** Grace 0 means that the removal was asked for already and only finalizers, which are not ours, keep the object. */
function mustRemove(pod: Pod): boolean {
  return isDeleting(pod) && pod.metadata.deletionGracePeriodSeconds !== 0;
}
