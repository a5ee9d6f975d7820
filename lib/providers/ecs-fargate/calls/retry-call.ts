import type { Instant } from '../../../core/kubernetes.ts';
import type { Clock } from '../../../ports/clock.ts';
import { classifyError } from './classify-error.ts';

/** How often one call is made at most. */
const ATTEMPTS = 3;
/** Before the second attempt, in milliseconds; doubled before the third. A throttled call waits for its slowed bucket too. */
const PAUSE_MS = 200;

/**
 * Makes a call that is harmless to repeat up to three times, as long as it is throttled or fails for the moment, and not again
 * after `by`; throws the last error. The only retries inside a call: the SDK's are off, because they would neither wait for
 * tokens nor tell of throttles, and would sleep by another clock than ours.
 */
export async function retryCall<T>(clock: Clock, call: () => Promise<T>, by: Instant): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      const { kind } = classifyError(error, 'other');
      const again = clock.now() + PAUSE_MS * 2 ** (attempt - 1);
      if (attempt === ATTEMPTS || again > by || (kind !== 'throttled' && kind !== 'transient')) throw error;
      await clock.sleep(again);
    }
  }
}
