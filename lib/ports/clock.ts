import type { Instant } from '../core/kubernetes.ts';

/** Time, ids and chance. The only source of each for the loop. */
export interface Clock {
  now(): Instant;
  /** Resolves at `until` (at once if it has passed) or as soon as `signal` aborts; never rejects. */
  sleep(until: Instant, signal?: AbortSignal): Promise<void>;
  /** A new unique id (UUID). */
  newId(): string;
}
