import type { Instant } from './kubernetes.ts';

/** How many calls may be made at once, and how many a second from then on. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** A token bucket as a value: `tokens` and `pace` as of `at`. */
export interface TokenBucket extends Rate {
  readonly tokens: number;
  /** The share of the rate that is used now: less than 1 after the far side has throttled. */
  readonly pace: number;
  readonly at: Instant;
  readonly slowedAt?: Instant;
}

const SLOWING = {
  /** Throttles that come together are answers to one burst: they slow down once. */
  onceMs: 1_000,
  /** Never slower than this share of the rate: it must be found out that the far side has recovered. */
  least: 1 / 16,
  /** From a standstill to the whole rate, evenly. */
  recoveryMs: 20_000,
} as const;

/** A full bucket at its whole rate. */
export function fullBucket({ burst, perSecond }: Rate, now: Instant): TokenBucket {
  return { burst, perSecond, tokens: burst, pace: 1, at: now };
}

/**
 * Takes one token. Returns the bucket after it and when the token may be used: `now`, or later when the bucket is in debt
 * (callers queue in the order of their calls).
 */
export function takeToken(
  bucket: TokenBucket,
  now: Instant,
): { readonly bucket: TokenBucket; readonly readyAt: Instant } {
  const filled = refill(bucket, now);
  const tokens = filled.tokens - 1;
  const readyAt = tokens >= 0 ? now : now + Math.ceil((-tokens / rateOf(filled)) * 1000);
  return { bucket: { ...filled, tokens }, readyAt };
}

/** When the next token may be taken without debt: `now` if there is one. */
export function nextToken(bucket: TokenBucket, now: Instant): Instant {
  const filled = refill(bucket, now);
  return filled.tokens >= 1 ? now : now + Math.ceil(((1 - filled.tokens) / rateOf(filled)) * 1000);
}

/** Gives a token back that was not used. */
export function returnToken(bucket: TokenBucket): TokenBucket {
  return { ...bucket, tokens: Math.min(bucket.burst, bucket.tokens + 1) };
}

/** The bucket after the far side has throttled: empty, and at half its pace, which recovers within twenty seconds. */
export function slowDown(bucket: TokenBucket, now: Instant): TokenBucket {
  const filled = refill(bucket, now);
  if (filled.slowedAt !== undefined && now - filled.slowedAt < SLOWING.onceMs) return filled;
  return {
    ...filled,
    tokens: Math.min(filled.tokens, 0),
    pace: Math.max(SLOWING.least, filled.pace / 2),
    slowedAt: now,
  };
}

function refill(bucket: TokenBucket, now: Instant): TokenBucket {
  const passed = Math.max(0, now - bucket.at);
  const tokens = Math.min(bucket.burst, bucket.tokens + (passed / 1000) * rateOf(bucket));
  const pace = Math.min(1, bucket.pace + passed / SLOWING.recoveryMs);
  return { ...bucket, tokens, pace, at: Math.max(now, bucket.at) };
}

function rateOf({ perSecond, pace }: TokenBucket): number {
  return perSecond * pace;
}
