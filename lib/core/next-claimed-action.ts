import type { Action } from './action.ts';
import { endOfRecord } from './end-record.ts';
import { decisionOf } from './failure.ts';
import { recoverIfBehind } from './is-behind.ts';
import { launchOrHold } from './hold-for-room.ts';
import { isDeleting, isTerminal, type Instant } from './kubernetes.ts';
import { publishDue, publishThenEnd } from './publish-end.ts';
import { LAUNCH, type PodRecord } from './record.ts';
import type { Caller, View } from './view.ts';
import { wait, waitUnsettled } from './wait-action.ts';
import { deadlineAhead, isPastDeadline } from './why-stop.ts';

/** The due action of a pod whose attempt is claimed: its launch may have been sent, but no task is known. */
export function whileClaimed(view: View, record: PodRecord, now: Instant, caller: Caller): Action {
  return recoverIfBehind(view, record, now, caller) ?? whileClaimStands(view, record, now, caller);
}

function whileClaimStands(view: View, record: PodRecord, now: Instant, caller: Caller): Action {
  const { pod } = view;
  if (record.refusal?.retry === false) return publishThenEnd(view, record, now, caller);
  if (pod === undefined || isDeleting(pod) || isTerminal(pod) || caller.closing || record.stop !== undefined)
    return abandonClaim(view, record, now, caller);
  if (isPastDeadline(pod, now)) {
    const request = { why: 'deadlineExceeded', at: now, deadline: now } as const;
    return caller.mayUseProvider ? { kind: 'giveUp', request } : waitUnsettled(now);
  }
  if (view.claimHeld === true && caller.mayLaunch && now < record.launchBefore - LAUNCH.sendMarginMs)
    return { kind: 'launch' };
  if (record.refusal !== undefined) {
    const patch = publishDue(pod, record, now, caller);
    if (patch !== undefined) return patch;
  }
  return retryClaim(view, record, now, caller);
}

/** The claim is someone's whose send may be under way, or it waits for its next try. */
function retryClaim(view: View, record: PodRecord, now: Instant, caller: Caller): Action {
  const due = Math.max(record.launchBefore, record.nextTryAt ?? 0);
  const deadline = deadlineAhead(view.pod, now) ?? Infinity;
  // Nobody else can have moved a claim that was refused, and news of the pod come by themselves.
  if (now < due && record.refusal !== undefined && record.firstSentAt === undefined)
    return wait(Math.min(due, deadline));
  if (now < due) return waitUnsettled(now, Math.min(due, deadline));
  if (!caller.mayLaunch) return waitUnsettled(now);
  const { firstSentAt } = record;
  // What nothing was sent for takes up nothing yet; a token that was sent is sent again, because its task may be there.
  if (firstSentAt === undefined) return launchOrHold(view, { kind: 'renewClaim' }, now, caller);
  if (!isSpent(record, firstSentAt, now)) return { kind: 'renewClaim' };
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
  if (record.firstSentAt === undefined) return endOfRecord(view, record, now, caller);
  const certain = record.launchBefore + LAUNCH.deletedClaimMs;
  if (now < certain || !caller.mayUseProvider) return waitUnsettled(now, now < certain ? certain : undefined);
  return view.nothingFoundAt === undefined ? { kind: 'findTask' } : endOfRecord(view, record, now, caller);
}
