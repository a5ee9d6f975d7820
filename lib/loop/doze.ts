import type { Instant } from '../core/kubernetes.ts';
import type { Clock } from '../ports/clock.ts';

const WOKEN = new Error('woken');

/** A sleep of one loop that others may end: what is waited for may come sooner than its time. */
export class Doze {
  readonly #clock: Pick<Clock, 'sleep'>;
  #sleeper: AbortController | undefined;

  constructor(clock: Pick<Clock, 'sleep'>) {
    this.#clock = clock;
  }

  /** Sleeps until then, until {@link wake}, or until `signal` aborts. */
  async until(at: Instant, signal: AbortSignal): Promise<void> {
    const sleeper = new AbortController();
    const end = (): void => sleeper.abort(WOKEN);
    this.#sleeper = sleeper;
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    await this.#clock.sleep(at, sleeper.signal);
    signal.removeEventListener('abort', end);
    this.#sleeper = undefined;
  }

  /** Ends the sleep, if there is one. */
  wake(): void {
    this.#sleeper?.abort(WOKEN);
  }
}
