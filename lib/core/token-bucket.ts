import type { Instant } from './kubernetes.ts';

/** A token bucket as a value: `tokens` as of `at`. */
export interface TokenBucket {
  readonly burst: number;
  readonly perSecond: number;
  readonly tokens: number;
  readonly at: Instant;
}

/** A full bucket. */
export function fullBucket(burst: number, perSecond: number, now: Instant): TokenBucket {
  return { burst, perSecond, tokens: burst, at: now };
}

/**
 * Takes one token. Returns the bucket after it and when the token may be used: `now`, or later when the bucket is in debt
 * (callers queue in the order of their calls).
 */
export function takeToken(
  bucket: TokenBucket,
  now: Instant,
): { readonly bucket: TokenBucket; readonly readyAt: Instant } {
  const gained = (Math.max(0, now - bucket.at) / 1000) * bucket.perSecond;
  const tokens = Math.min(bucket.burst, bucket.tokens + gained) - 1;
  const readyAt = tokens >= 0 ? now : now + Math.ceil((-tokens / bucket.perSecond) * 1000);
  return { bucket: { ...bucket, tokens, at: Math.max(now, bucket.at) }, readyAt };
}
