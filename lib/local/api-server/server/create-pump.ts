import type { ApiServerModel } from '../create-api-server-model.ts';

/** What moves a model's time: `wake` after anything that may have given the controllers work. */
export interface Pump {
  readonly wake: () => void;
  readonly stop: () => void;
}

// setTimeout takes no more than 2^31 milliseconds; a longer wait is simply looked at again.
const LONGEST_WAIT = 60_000;

/** A pump on a clock: sleeps until the model's next due time, never blocks the process from ending. */
export function createPump(model: ApiServerModel, clock: { now(): number }): Pump {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const beat = (): void => {
    model.advance(clock.now());
    schedule();
  };
  const schedule = (): void => {
    clearTimeout(timer);
    if (isStopped) return;
    const due = model.nextDue() ?? Infinity;
    timer = setTimeout(beat, Math.min(LONGEST_WAIT, Math.max(0, due - clock.now())));
    timer.unref();
  };
  return {
    wake: schedule,
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
