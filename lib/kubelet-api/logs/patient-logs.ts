import type { Failure } from '../../core/failure.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logs } from '../../ports/logs.ts';
import { createPace, createPageBudget, isPassing, type OnPause } from './log-pace.ts';

/** So often in a row a log is asked that fails for another reason than too many calls: whoever reads it once wants to know. */
const MOST_FAULTS = 3;

/**
 * The same logs for one who reads a log once: by the budget of pages, and more slowly where it is asked too often, instead of failing.
 * Another passing fault is thrown when it stays. An aborted signal ends every pause, and throws what was waited out.
 */
export function createPatientLogs(
  logs: Logs,
  clock: Pick<Clock, 'now' | 'sleep'>,
  { onPause, signal }: { readonly onPause?: OnPause; readonly signal?: AbortSignal } = {},
): Logs {
  const nextPage = createPageBudget(clock);
  return {
    read: async (stream, ask) => {
      let faults = 0;
      const waitsOut = (failure: Failure): boolean => {
        faults = failure.kind === 'throttled' ? 0 : faults + 1;
        return isPassing(failure) && faults < MOST_FAULTS && signal?.aborted !== true;
      };
      const pace = createPace(clock, onPause, waitsOut);
      await clock.sleep(nextPage(), signal);
      for (;;) {
        const page = await pace.attempt(() => logs.read(stream, ask));
        if (page !== undefined) return page;
        await clock.sleep(pace.dueAt(), signal);
      }
    },
  };
}
