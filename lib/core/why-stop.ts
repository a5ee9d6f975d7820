import { isDeleting, isTerminal, type Instant, type Pod } from './kubernetes.ts';
import type { StopRequest } from './record.ts';
import { activeDeadline } from './restart.ts';
import type { Caller } from './view.ts';

/** Why the pod's task must stop now, if it must. */
export function whyStop(pod: Pod | undefined, now: Instant, caller: Caller): StopRequest['why'] | undefined {
  if (pod === undefined || isDeleting(pod)) return 'deleted';
  if (isTerminal(pod)) return 'orphan';
  if (caller.closing) return 'teardown';
  return isPastDeadline(pod, now) ? 'deadlineExceeded' : undefined;
}

/** Whether `activeDeadlineSeconds` has passed. */
export function isPastDeadline(pod: Pod, now: Instant): boolean {
  const deadline = activeDeadline(pod);
  return deadline !== undefined && now >= deadline;
}

/** The pod's deadline while it is still to come: one that has passed is nothing to wait for, its stop is under way. */
export function deadlineAhead(pod: Pod | undefined, now: Instant): Instant | undefined {
  const deadline = pod === undefined ? undefined : activeDeadline(pod);
  return deadline === undefined || deadline <= now ? undefined : deadline;
}
