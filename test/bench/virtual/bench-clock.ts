import { setImmediate as turn } from 'node:timers/promises';
import type { Instant } from '../../../lib/core/kubernetes.ts';
import { DueQueue } from '../../../lib/local/aws/due-queue.ts';
import type { Clock } from '../../../lib/ports/clock.ts';

/** Virtual time for a hundred thousand sleepers. */
export interface BenchClock extends Clock {
  /** Does something at its time. */
  at(when: Instant, action: () => void): void;
  /** Moves on from one due time to the next until `end`, or until `done` says so: then it is `end`, or when it was done. */
  run(end: Instant, done?: () => boolean): Promise<void>;
}

/** Time from `start`; the same in every run, and it never looks at the machine's. */
export function createBenchClock(start: Instant = Date.parse('2026-01-01T00:00:00Z')): BenchClock {
  let now = start;
  let ids = 0;
  const due = new DueQueue();
  return {
    now: () => now,
    newId: () => `00000000-0000-4000-8000-${(ids += 1).toString().padStart(12, '0')}`,
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
      await turn();
      while (!done()) {
        const next = due.next();
        if (next === undefined || next > end) {
          now = end;
          return;
        }
        now = Math.max(now, next);
        // What this brings about without waiting is over when the turn comes round again: there is no real I/O here.
        due.run(now);
        await turn();
      }
    },
  };
}
