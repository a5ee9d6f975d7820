import type { NodeSettings } from '../core/node-settings.ts';
import {
  fullBucket,
  nextToken,
  returnToken,
  slowDown,
  takeToken,
  type Rate,
  type TokenBucket,
} from '../core/token-bucket.ts';
import type { Instant } from '../core/kubernetes.ts';
import type { Clock } from '../ports/clock.ts';

/** What launches count against. */
export interface LaunchRates {
  /** Calls that launch. */
  readonly calls: Rate;
  /** Tasks that start, of each capacity type. A mixed node counts as a type of its own; the provider keeps to the rate of each. */
  readonly tasks: Rate;
}

type CapacityType = NodeSettings['capacityType'];

/** The pace of all launches of a process. Whoever waits longest goes first; each node has at most one who waits: this is fair. */
export interface LaunchPace {
  /** Resolves to `true` when one launch may be sent, to `false` when `signal` aborts first. */
  turn(capacityType: CapacityType, signal: AbortSignal): Promise<boolean>;
  /**
   * Waits for another call of a launch that has its turn: the call before it started nothing. It goes before whoever waits for a
   * turn, because others that have theirs wait for it.
   */
  resend(): Promise<void>;
  /** Gives a turn back that was not used. */
  giveBack(capacityType: CapacityType): void;
  /** The provider said that launches come too fast: from now on at half the pace, which recovers within twenty seconds. */
  slowDown(): void;
}

/** One reason for all, because making one costs more than the rest. */
const WOKEN = new Error('woken');

interface Waiter {
  readonly capacityType: CapacityType;
  readonly resolve: (granted: boolean) => void;
}

/** A pace that begins with full buckets. */
export function paceLaunches(clock: Clock, rates: LaunchRates): LaunchPace {
  const start = clock.now();
  let calls = fullBucket(rates.calls, start);
  const tasks: Record<CapacityType, TokenBucket> = {
    'on-demand': fullBucket(rates.tasks, start),
    spot: fullBucket(rates.tasks, start),
    mixed: fullBucket(rates.tasks, start),
  };
  const waiters = new Set<Waiter>();
  let wake = new AbortController();
  let pumping = false;

  const readyAt = ({ capacityType }: Waiter, now: Instant): Instant =>
    Math.max(nextToken(calls, now), nextToken(tasks[capacityType], now));
  const grant = (waiter: Waiter, now: Instant): void => {
    calls = takeToken(calls, now).bucket;
    const { capacityType } = waiter;
    tasks[capacityType] = takeToken(tasks[capacityType], now).bucket;
    waiters.delete(waiter);
    waiter.resolve(true);
  };
  const pump = async (): Promise<void> => {
    if (pumping) return;
    pumping = true;
    while (waiters.size > 0) {
      const now = clock.now();
      const ready = [...waiters].find((waiter) => readyAt(waiter, now) <= now);
      if (ready !== undefined) {
        grant(ready, now);
        continue;
      }
      wake = new AbortController();
      const next = Math.min(...[...waiters].map((waiter) => readyAt(waiter, now)));
      await clock.sleep(next, wake.signal);
    }
    pumping = false;
  };
  const wait = (capacityType: CapacityType, signal: AbortSignal): Promise<boolean> =>
    new Promise((resolve) => {
      const leave = (): void => {
        waiters.delete(waiter);
        resolve(false);
        wake.abort(WOKEN);
      };
      const waiter: Waiter = {
        capacityType,
        resolve: (granted) => {
          signal.removeEventListener('abort', leave);
          resolve(granted);
        },
      };
      if (signal.aborted) {
        resolve(false);
        return;
      }
      signal.addEventListener('abort', leave, { once: true });
      waiters.add(waiter);
      wake.abort(WOKEN);
      void pump();
    });
  return {
    turn: wait,
    resend: async () => {
      const taken = takeToken(calls, clock.now());
      calls = taken.bucket;
      await clock.sleep(taken.readyAt);
    },
    giveBack: (capacityType) => {
      calls = returnToken(calls);
      tasks[capacityType] = returnToken(tasks[capacityType]);
      wake.abort(WOKEN);
    },
    slowDown: () => {
      calls = slowDown(calls, clock.now());
    },
  };
}
