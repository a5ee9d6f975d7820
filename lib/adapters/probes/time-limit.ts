import { ProbeError } from './reach-host.ts';

/** The one deadline of one probe, whatever it does. */
export interface TimeLimit {
  /** Aborts when the time is over, or the caller gave up. */
  readonly signal: AbortSignal;
}

/** Whoever asked has gone; the probe says nothing about its target. */
const GIVEN_UP = 'the probe was given up';

/** Runs `work` under a deadline, and leaves neither a timer nor a listener behind. Rejects when the caller gives up. */
export async function withTimeLimit<T>(
  timeoutMs: number,
  caller: AbortSignal | undefined,
  work: (limit: TimeLimit) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const state = { over: false };
  const timer = setTimeout(() => {
    state.over = true;
    controller.abort();
  }, timeoutMs);
  const giveUp = (): void => controller.abort();
  caller?.addEventListener('abort', giveUp, { once: true });
  if (caller?.aborted === true) giveUp();
  try {
    return await work({ signal: controller.signal });
  } catch (thrown) {
    throw caller?.aborted === true && !state.over ? new ProbeError(GIVEN_UP, true) : thrown;
  } finally {
    clearTimeout(timer);
    caller?.removeEventListener('abort', giveUp);
  }
}

/** The answer, or what `late` makes of it once the limit's signal aborts; the late answer is dropped. */
export async function unlessLate<T>(
  { signal }: TimeLimit,
  answer: Promise<T>,
  late: () => ProbeError,
): Promise<T> {
  let stop: () => void = () => undefined;
  const over = new Promise<never>((_, reject) => {
    stop = () => reject(late());
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
  });
  answer.catch(() => undefined);
  try {
    return await Promise.race([answer, over]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
