import type { Instant } from '../../core/kubernetes.ts';
import type { AwsModel } from './aws-model.ts';

/** Anything that has something to do at times: models, event source mappings, the Scheduler. */
export type Drivable = Pick<AwsModel, 'advance' | 'nextDue'>;

/** Keeps models going with a real clock. */
export interface Driver {
  /** Does what is due now and sets the timer anew: call it after everything that changes a model. */
  touch(): void;
  /** Adds something to drive. */
  add(one: Drivable): void;
  /** Resolves at the next `touch`, by hand or by timer; never once stopped. */
  changed(): Promise<void>;
  /** Does nothing any more. */
  stop(): void;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** Something that is always due must not starve the process: after so many rounds it waits for the next turn. */
const MOST_ROUNDS = 1000;

/** A driver for `driven`: one timer for the first thing that is due. It keeps no process alive by itself. */
export function driveModels(driven: readonly Drivable[], clock: { now(): Instant }): Driver {
  const all = [...driven];
  let timer: NodeJS.Timeout | undefined;
  let running = false;
  let stopped = false;
  let waiting = Promise.withResolvers<undefined>();
  const touch = (): void => {
    if (running || stopped) return;
    running = true;
    try {
      runDue(all, clock);
    } finally {
      running = false;
    }
    clearTimeout(timer);
    const next = nextOf(all);
    if (next !== undefined) {
      timer = setTimeout(touch, Math.min(LONGEST_TIMER_MS, Math.max(0, next - clock.now())));
      timer.unref();
    }
    waiting.resolve(undefined);
    waiting = Promise.withResolvers<undefined>();
  };
  return {
    touch,
    add: (one) => {
      all.push(one);
      touch();
    },
    changed: () => waiting.promise,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

function runDue(all: readonly Drivable[], clock: { now(): Instant }): void {
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const now = clock.now();
    const due = all.filter((one) => isDue(one, now));
    if (due.length === 0) return;
    for (const one of due) one.advance(now);
  }
}

function isDue(one: Drivable, now: Instant): boolean {
  const next = one.nextDue();
  return next !== undefined && next <= now;
}

function nextOf(all: readonly Drivable[]): Instant | undefined {
  const times = all.map((one) => one.nextDue()).filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}
