import type { Action } from './action.ts';
import type { Assessment } from './assessment.ts';
import { findEdit } from './find-edit.ts';
import { isDeleting, type Instant, type Pod } from './kubernetes.ts';
import { endOfRecord } from './end-record.ts';
import { launchOrHold } from './hold-for-room.ts';
import { dueStop, sleepEnd } from './due-stop.ts';
import { attemptAfter, describeIfOld, isOlderThan, recoverIfBehind } from './is-behind.ts';
import { publishDue, publishThenEnd } from './publish-end.ts';
import type { PodRecord } from './record.ts';
import { endingOf } from './restart.ts';
import type { ObservedTask } from './task.ts';
import type { Caller, View } from './view.ts';
import { wait, waitUnsettled } from './wait-action.ts';
import { deadlineAhead, whyStop } from './why-stop.ts';

/** How the loop waits where nothing tells it to go on. All in milliseconds. */
const PATIENCE = {
  /** No news of a task that is starting or stopping for this long: ask the provider, and then as often again. */
  silenceMs: 180_000,
  /** Two looks this far apart must miss a task before it may be lost; then it is examined this often. */
  missingMs: 60_000,
  /** A Node that is younger was made anew: what happened meanwhile is not known well enough to declare anything lost. */
  youngNodeMs: 10 * 60_000,
} as const;

/** The due action of a pod whose task is known. */
export function whileLaunched(view: View, record: PodRecord, now: Instant, caller: Caller): Action {
  const { task } = record;
  if (task?.state === 'stopped') return afterStop(view, { record, task }, now, caller);
  return (
    recoverIfBehind(view, record, now, caller) ??
    describeIfOld(view, record, now, caller) ??
    whileTaskLives(view, record, now, caller)
  );
}

/** The due action of a pod whose task lives, as far as its record is not older than the pod. */
function whileTaskLives(view: View, record: PodRecord, now: Instant, caller: Caller): Action {
  if (caller.mayUseProvider) {
    const request = dueStop(view, record, now, caller);
    const sleepsUntil = request?.why === 'deleted' ? sleepEnd(view.pod, record, now) : undefined;
    if (sleepsUntil !== undefined) return publishMeanwhile(view, record, now, caller) ?? wait(sleepsUntil);
    if (request !== undefined) return { kind: 'stop', request };
    if (record.missingSince === undefined && isSilent(view, record, now)) return { kind: 'describeTask' };
  }
  const due = publishMeanwhile(view, record, now, caller);
  if (due !== undefined) return due;
  if (mayClearFiles(record, caller)) return { kind: 'clearFiles' };
  const deadline = deadlineAhead(view.pod, now);
  if (record.missingSince !== undefined)
    return sooner(whileMissing(view, record.missingSince, now, caller), deadline);
  return isUnsettled(record) ? waitUnsettled(now, deadline) : wait(deadline);
}

/** What the pod is to be told while its task goes on; one that shows a later attempt knows better. */
function publishMeanwhile(view: View, record: PodRecord, now: Instant, caller: Caller): Action | undefined {
  if (view.pod === undefined || isOlderThan(view.pod, record)) return undefined;
  return noteEdit(view, view.pod, record) ?? publishDue(view.pod, record, now, caller);
}

/** The same action, but a wait no longer than until `deadline`. */
function sooner(action: Action, deadline: Instant | undefined): Action {
  if (action.kind !== 'wait' || deadline === undefined) return action;
  return action.until !== undefined && action.until < deadline ? action : wait(deadline);
}

/** The provider says that it does not know the task: it is lost only when nothing can tell otherwise any more. */
function whileMissing({ loss }: View, missingSince: Instant, now: Instant, caller: Caller): Action {
  const due = missingSince + PATIENCE.missingMs;
  if (now < due) return waitUnsettled(now, due);
  if (caller.breakerHolds || !caller.mayUseProvider) return waitUnsettled(now);
  if (loss === undefined) return { kind: 'examineLoss' };
  const settled = loss.nodeSince !== undefined && now - loss.nodeSince >= PATIENCE.youngNodeMs;
  return loss.missing && loss.backlog === 0 && settled
    ? { kind: 'declareLost' }
    : wait(now + PATIENCE.missingMs);
}

/**
 * A pod of another generation than the one last compared: its task goes on, but whoever edited it is told what it cannot
 * follow. An edit that is taken back is forgotten. What a record that was rebuilt runs is not known.
 */
function noteEdit({ assessment }: View, pod: Pod, record: PodRecord): Action | undefined {
  const { generation } = pod.metadata;
  // Its deletion moves the generation too.
  if (assessment === undefined || isDeleting(pod)) return undefined;
  if (generation === undefined || generation === record.generation) return undefined;
  if (record.generation === undefined || !isComparable(assessment, record)) {
    const specHash = hashOf(assessment);
    return { kind: 'noteEdit', generation, edit: undefined, ...(specHash !== undefined && { specHash }) };
  }
  const edited = hashOf(assessment) !== record.specHash;
  return {
    kind: 'noteEdit',
    generation,
    edit: edited ? { ...findEdit(pod), attempt: record.attempt } : undefined,
  };
}

/** Hashes tell an edit only if the same rule made them; a pod that could not run here any more was edited, whatever its hash. */
function isComparable(assessment: Assessment, { specHash }: PodRecord): boolean {
  const now = hashOf(assessment);
  return now === undefined || ruleOf(now) === ruleOf(specHash);
}

function ruleOf(specHash: string): string | undefined {
  return specHash.split(':')[0];
}

/** The containers have read what was stored for them once they all run; a stopped task reads nothing any more. */
function mayClearFiles({ files, task }: PodRecord, { mayUseProvider }: Caller): boolean {
  return files === true && mayUseProvider && task !== undefined && task.state !== 'pending';
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

/** The due action of a pod whose task has stopped. */
export function afterStop(
  view: View,
  { record, task }: { readonly record: PodRecord; readonly task: ObservedTask },
  now: Instant,
  caller: Caller,
): Action {
  const { pod } = view;
  if (pod === undefined) return endOfRecord(view, record, now, caller);
  const recovery = recoverIfBehind(view, record, now, caller);
  if (recovery !== undefined) return recovery;
  const ending = endingOf(pod, record, task);
  if (ending.kind === 'terminal') return publishThenEnd(view, record, now, caller);
  const why = whyStop(pod, now, caller);
  // A pod that waits for its next attempt has nothing to stop, but the reason must be remembered before it is published.
  if (why !== undefined && caller.mayUseProvider)
    return { kind: 'giveUp', request: { why, at: now, deadline: now } };
  const patch = publishDue(pod, record, now, caller);
  if (patch !== undefined) return patch;
  // Before the next attempt is claimed: its record knows nothing of what this one stored.
  if (mayClearFiles(record, caller)) return { kind: 'clearFiles' };
  if (now < ending.at) return wait(Math.min(ending.at, deadlineAhead(pod, now) ?? Infinity));
  if (!caller.mayLaunch) return waitUnsettled(now);
  const specHash = hashOf(view.assessment) ?? record.specHash;
  const claim = { kind: 'claim', attempt: attemptAfter(pod, record), specHash } as const;
  return launchOrHold(view, claim, now, caller);
}

/** What a task of the pod would be made of now; `undefined` where nothing was asked, or it could not run here. */
function hashOf(assessment: Assessment | undefined): string | undefined {
  return assessment?.kind === 'runnable' ? assessment.specHash : undefined;
}
