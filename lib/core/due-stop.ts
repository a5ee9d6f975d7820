import { findFailedContainer } from './find-failed-container.ts';
import type { Instant, Pod } from './kubernetes.ts';
import type { PodRecord, StopRequest } from './record.ts';
import { stopTimeOf } from './stop-time.ts';
import type { Caller, View } from './view.ts';
import { whyStop } from './why-stop.ts';

/** How the loop waits for a stop. All in milliseconds. */
const PATIENCE = {
  /** A task that shows no sign of stopping this long after it was asked to is asked again (the call may never have been made). */
  stopSignMs: 15_000,
  /** A task gets this much beyond its grace before its stop is asked for again. */
  stopMarginMs: 90_000,
} as const;

/** The grace that Kubernetes gives a pod that names none, in seconds. */
const DEFAULT_GRACE_SECONDS = 30;

/** The stop that is due: a first one, or the same again when the task outlived its deadline. */
export function dueStop(
  view: View,
  record: PodRecord,
  now: Instant,
  caller: Caller,
): StopRequest | undefined {
  if (view.pod === undefined && caller.breakerHolds) return undefined;
  const { stop } = record;
  if (stop === undefined) return firstStop(view.pod, record, now, caller);
  if (!mustAskAgain(record, stop, now)) return undefined;
  // Asking again moves nothing: people are told when the first deadline has passed.
  return { ...stop, at: now, deadline: now < stop.deadline ? stop.deadline : deadlineOf(view.pod, now) };
}

function firstStop(
  pod: Pod | undefined,
  record: PodRecord,
  now: Instant,
  caller: Caller,
): StopRequest | undefined {
  const times = { at: now, deadline: deadlineOf(pod, now) };
  const failed = pod === undefined ? undefined : findFailedContainer(pod, record);
  const why = whyStop(pod, now, caller);
  if (why !== undefined) return { why, ...times };
  return failed === undefined ? undefined : { ...failed, ...times };
}

function deadlineOf(pod: Pod | undefined, now: Instant): Instant {
  const grace =
    pod?.metadata.deletionGracePeriodSeconds ??
    pod?.spec.terminationGracePeriodSeconds ??
    DEFAULT_GRACE_SECONDS;
  return now + grace * 1000 + PATIENCE.stopMarginMs;
}

function mustAskAgain({ task }: PodRecord, stop: StopRequest, now: Instant): boolean {
  return now >= stop.deadline || (task?.state !== 'stopping' && now - stop.at >= PATIENCE.stopSignMs);
}

/** When the preStop sleep of a deleted pod ends, while its task runs and nobody has asked it to stop; `undefined`: it need not wait. */
export function sleepEnd(pod: Pod | undefined, { stop, task }: PodRecord, now: Instant): Instant | undefined {
  if (pod === undefined || stop !== undefined || task?.state !== 'running') return undefined;
  const end = stopTimeOf(pod);
  return now < end ? end : undefined;
}
