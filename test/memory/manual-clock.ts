import { setImmediate as turn } from 'node:timers/promises';
import type { Instant } from '../../lib/core/kubernetes.ts';
import type { Clock } from '../../lib/ports/clock.ts';

/** A clock that stands still until it is told to move. */
export interface ManualClock extends Clock {
  /** Moves time on by that many milliseconds, waking every sleeper at its own instant, in order. */
  advance(ms: number): Promise<void>;
  /**
   * Jumps from sleeper to sleeper until `promise` settles and gives its value; fails when it is pending although nobody sleeps,
   * or after `limitMs` of virtual time.
   */
  runUntil<T>(promise: Promise<T>, limitMs?: number): Promise<T>;
  /** How many sleeps are pending. */
  readonly sleepers: number;
  /** When the next sleeper wakes. */
  readonly nextWake: Instant | undefined;
}

interface Sleeper {
  readonly until: Instant;
  readonly wake: () => void;
}

/** Turns of the event loop that a step may take before it counts as stuck: real I/O under test (a local server) needs some. */
const IDLE_TURNS = 2_000;

/** Virtual time from `start`; ids are UUIDs that count up from 1. */
export function createManualClock(start: Instant = Date.parse('2026-01-01T00:00:00Z')): ManualClock {
  let now = start;
  let ids = 0;
  const sleepers = new Set<Sleeper>();
  const next = (): Sleeper | undefined => {
    let first: Sleeper | undefined;
    for (const sleeper of sleepers) if (first === undefined || sleeper.until < first.until) first = sleeper;
    return first;
  };
  const step = async (sleeper: Sleeper): Promise<void> => {
    now = Math.max(now, sleeper.until);
    sleeper.wake();
    await turn();
  };

  return {
    now: () => now,
    newId: () => `00000000-0000-4000-8000-${(ids += 1).toString().padStart(12, '0')}`,
    sleep: (until, signal) => {
      if (until <= now || signal?.aborted === true) return Promise.resolve();
      return new Promise((resolve) => {
        const sleeper = {
          until,
          wake: () => {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', sleeper.wake);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', sleeper.wake, { once: true });
      });
    },
    advance: async (ms) => {
      const end = now + ms;
      await turn();
      for (let due = next(); due !== undefined && due.until <= end; due = next()) await step(due);
      now = end;
      await turn();
    },
    runUntil: async <T>(promise: Promise<T>, limitMs = 3_600_000) => {
      const end = now + limitMs;
      let settled = false;
      const settle = (): void => void (settled = true);
      promise.then(settle, settle);
      const isSettled = (): boolean => settled;
      for (let idle = 0; !isSettled();) {
        await turn();
        if (isSettled()) break;
        const due = next();
        if (due === undefined) {
          if ((idle += 1) > IDLE_TURNS) throw new Error('the promise is pending although nobody sleeps');
          continue;
        }
        if (due.until > end)
          throw new Error(`the promise is still pending after ${limitMs} ms of virtual time`);
        idle = 0;
        await step(due);
      }
      return promise;
    },
    get sleepers() {
      return sleepers.size;
    },
    get nextWake() {
      return next()?.until;
    },
  };
}
