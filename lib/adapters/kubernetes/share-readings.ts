import type { Instant } from '../../core/kubernetes.ts';
import type { Clock } from '../../ports/clock.ts';

/** How long and how many answers are shared. */
export interface SharingOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** An answer serves callers for this long, counted from when it was asked for. */
  readonly maxAgeMs: number;
  /** Answers kept at most; the oldest goes first. */
  readonly maxEntries: number;
}

/** Reads `key` by `read`, or takes part in what was read, or is being read, for the same key. */
export type Share<Value> = (key: string, read: () => Promise<Value>) => Promise<Value>;

interface Entry<Value> {
  readonly until: Instant;
  readonly answer: Promise<Value>;
}

/**
 * Shares answers between callers: those who ask while a read is under way, or a short time after, get its answer. The age counts
 * from the question, so that nobody gets an answer to a question that was asked longer than `maxAgeMs` ago. Failures are shared
 * only while they are under way. What has become too old is dropped at the next read.
 */
export function shareReadings<Value>({ clock, maxAgeMs, maxEntries }: SharingOptions): Share<Value> {
  const entries = new Map<string, Entry<Value>>();
  const makeRoom = (now: Instant): void => {
    for (const [key, { until }] of entries) if (until <= now) entries.delete(key);
    for (const key of entries.keys()) {
      if (entries.size < maxEntries) return;
      entries.delete(key);
    }
  };
  return (key, read) => {
    const now = clock.now();
    const known = entries.get(key);
    if (known && now < known.until) return known.answer;
    makeRoom(now);
    const answer = read().catch((error: unknown) => {
      if (entries.get(key)?.answer === answer) entries.delete(key);
      throw error;
    });
    entries.set(key, { until: now + maxAgeMs, answer });
    return answer;
  };
}
