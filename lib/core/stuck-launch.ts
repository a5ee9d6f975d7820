import type { FailureKind } from './failure.ts';
import type { Instant } from './kubernetes.ts';
import type { PodRecord, Refusal } from './record.ts';

/** When launches that fail become a trouble. In milliseconds. */
export const STUCK = {
  /** What lasts less long passes by itself: by then a launch that is refused at once was tried six times. */
  afterMs: 3 * 60_000,
  /** How long a try takes that is due: one that is due for longer waits for room or for its turn. */
  tryMs: 60_000,
} as const;

/** Since when the launches of a pod fail, and until when that counts where nothing new is heard of it. */
export interface StuckLaunch {
  readonly since: Instant;
  readonly until: Instant;
}

/**
 * Whether the launches of a pod fail in ways that nothing else tells of: no answer, or one that blames neither the pod nor what it refers
 * to, neither a quota, nor capacity, nor rights. Pure; `undefined`: they do not, or the pod waits for something else than its next try.
 */
export function readStuckLaunch(record: PodRecord | undefined): StuckLaunch | undefined {
  if (record?.state !== 'claimed' || record.stop !== undefined) return undefined;
  const { refusal, firstSentAt, replayed, launchBefore, nextTryAt = 0 } = record;
  // A send that nothing was heard of since: the call did not return, or what it was made of could not be read.
  const isUnanswered = replayed && (refusal?.at ?? -Infinity) < (firstSentAt ?? -Infinity);
  const since = refusal?.failingSince ?? (isUnanswered ? firstSentAt : undefined);
  if (since === undefined) return undefined;
  // A token that may have been sent has its room already: its sends go on until one is answered.
  const until = firstSentAt === undefined ? Math.max(launchBefore, nextTryAt) + STUCK.tryMs : Infinity;
  return { since, until };
}

/**
 * Since when launches fail in such ways, after another one that failed: a throttle in between ends nothing, any other answer does,
 * because it has a signal of its own.
 */
export function failingSince(
  before: Refusal | undefined,
  kind: FailureKind,
  now: Instant,
): Instant | undefined {
  switch (kind) {
    case 'transient':
    case 'ambiguous':
    case 'internal':
      return before?.failingSince ?? now;
    case 'throttled':
      return before?.failingSince;
    case 'refused':
    case 'capacity':
    case 'quota':
    case 'auth':
    case 'configuration':
      return undefined;
  }
}
