import type { Instant } from '../../core/kubernetes.ts';

/** The size of a bucket and how fast it fills. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

const ROUNDING = 1e-9;

/** A token bucket, full at the start; it fills continuously, as AWS describes its API throttling. */
export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  #filledAt: Instant | undefined;

  constructor(rate: Rate) {
    this.#rate = rate;
    this.#tokens = rate.burst;
  }

  /** Whether `count` tokens are there at `now`; takes none. */
  has(count: number, now: Instant): boolean {
    this.#fill(now);
    return this.#tokens + ROUNDING >= count;
  }

  /** Takes `count` tokens; call only after `has`. */
  take(count: number): void {
    this.#tokens -= count;
  }

  #fill(now: Instant): void {
    const seconds = this.#filledAt === undefined ? 0 : Math.max(0, now - this.#filledAt) / 1000;
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + seconds * this.#rate.perSecond);
    this.#filledAt = now;
  }
}
