import { randomUUID } from 'node:crypto';
import type { Clock } from '../../ports/clock.ts';

/** The longest delay of setTimeout (2^31-1 ms): a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's clock: the one real source of time and ids. */
export const systemClock: Clock = {
  now: readClock,
  sleep: async (until, signal) => {
    for (let left = until - readClock(); left > 0 && !isAborted(signal); left = until - readClock()) {
      await rest(Math.min(left, LONGEST_TIMER_MS), signal);
    }
  },
  newId: () => randomUUID(),
};

function readClock(): number {
  // eslint-disable-next-line no-restricted-syntax -- the adapter behind the Clock port: everything else is given its time
  return Date.now();
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

/** Resolves after the delay or at the abort, and leaves neither a timer nor a listener behind. */
function rest(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, Math.ceil(delayMs));
    signal?.addEventListener('abort', end, { once: true });
  });
}
