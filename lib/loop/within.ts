import type { Clock } from '../ports/clock.ts';

/** The answer if it comes within `ms` milliseconds, else `otherwise`; the late answer is dropped. A rejection in time rejects. */
export async function within<T, U>(
  clock: Clock,
  ms: number,
  answer: Promise<T>,
  otherwise: U,
): Promise<T | U> {
  const timer = new AbortController();
  const late = clock.sleep(clock.now() + ms, timer.signal).then(() => otherwise);
  try {
    return await Promise.race([answer, late]);
  } finally {
    timer.abort();
  }
}
