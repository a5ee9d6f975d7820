import { failureOf, type Failure, type FailureKind } from '../../core/failure.ts';
import type { Instant } from '../../core/kubernetes.ts';
import type { Clock } from '../../ports/clock.ts';

/** Between two polls of one log. */
export const POLL_MS = 1_000;
/** The longest pause, to which each answer of too many calls doubles it. */
export const LONGEST_PAUSE_MS = 30_000;
/** Pages that are known to be there are read this far apart: GetLogEvents has a quota of 10 calls a second in some Regions. */
export const PAGE_MS = 250;
/** So many of them are read at once before that. */
export const PAGES_AT_ONCE = 8;

/** Failures after which a log is asked again, more slowly. */
const PASSING: ReadonlySet<FailureKind> = new Set([
  'throttled',
  'transient',
  'ambiguous',
  'capacity',
  'quota',
]);

/** Told of each failure after which a log is asked again, and of the pause until then. */
export type OnPause = (failure: Failure, ms: number) => void;

/** When something may be asked next. */
export interface Pace {
  dueAt(): Instant;
  /** An answer came; with `goesOn` there may be more at once. */
  passed(goesOn: boolean): void;
  /** `undefined` when it failed for now: the pause is doubled. Throws what does not pass. */
  attempt<T extends object>(read: () => Promise<T>): Promise<T | undefined>;
}

/** Whether a failure may be over by itself. */
export function isPassing({ kind }: Failure): boolean {
  return PASSING.has(kind);
}

/** A pace of one question a second, and of fewer after failures that `waitsOut` takes for passing. */
export function createPace(
  clock: Pick<Clock, 'now'>,
  onPause: OnPause = () => undefined,
  waitsOut: (failure: Failure) => boolean = isPassing,
): Pace {
  let due = Number.NEGATIVE_INFINITY;
  let pause = POLL_MS;
  return {
    dueAt: () => due,
    passed: (goesOn) => {
      pause = POLL_MS;
      if (goesOn) due = clock.now();
    },
    attempt: async (read) => {
      due = clock.now() + pause;
      try {
        return await read();
      } catch (error) {
        const failure = failureOf(error);
        if (!waitsOut(failure)) throw error;
        pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
        due = clock.now() + pause;
        onPause(failure, pause);
        return undefined;
      }
    },
  };
}

/** Gives out the instants at which pages may be read: {@link PAGES_AT_ONCE} at once, then one every {@link PAGE_MS}. */
export function createPageBudget(clock: Pick<Clock, 'now'>): () => Instant {
  let spentUntil = Number.NEGATIVE_INFINITY;
  return () => {
    const now = clock.now();
    spentUntil = Math.max(spentUntil, now) + PAGE_MS;
    return Math.max(now, spentUntil - PAGES_AT_ONCE * PAGE_MS);
  };
}
