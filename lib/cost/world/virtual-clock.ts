import type { Instant } from '../../core/kubernetes.ts';
import { DueQueue } from '../../local/aws/due-queue.ts';
import type { Clock } from '../../ports/clock.ts';

/** Time that goes by only while nobody works. */
export interface VirtualClock extends Clock {
  /** Does something at its time. */
  at(when: Instant, action: () => void): void;
  /** Moves on from one due time to the next until `end`, or until `done` says so: then it is `end`, or when it was done. */
  run(end: Instant, done?: () => boolean): Promise<void>;
}

/**
 * A clock that begins at `start`. Before each step it waits for `settle`: what the step before set off must have come to rest,
 * or to sleeping on this clock.
 */
export function createVirtualClock(start: Instant, settle: () => Promise<void>): VirtualClock {
  let now = start;
  let ids = 0;
  const due = new DueQueue();
  return {
    now: () => now,
    newId: () => {
      ids += 1;
      return `00000000-0000-4000-8000-${ids.toString().padStart(12, '0')}`;
    },
    sleep: (until, signal) => {
      if (until <= now || signal?.aborted === true) return Promise.resolve();
      return new Promise((resolve) => {
        const end = (): void => {
          signal?.removeEventListener('abort', end);
          planned?.cancel();
          resolve();
        };
        // Only an abort ends a sleep without an end.
        const planned = until === Infinity ? undefined : due.plan(until, end);
        signal?.addEventListener('abort', end, { once: true });
      });
    },
    at: (when, action) => void due.plan(Math.max(now, when), action),
    run: async (end, done = () => false) => {
      await settle();
      while (!done()) {
        const next = due.next();
        if (next === undefined || next > end) {
          now = end;
          return;
        }
        now = Math.max(now, next);
        due.run(now);
        await settle();
      }
    },
  };
}
