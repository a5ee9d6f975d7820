import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fullBucket,
  nextToken,
  returnToken,
  slowDown,
  takeToken,
  type TokenBucket,
} from '../../lib/core/token-bucket.ts';
import { NOW, SECOND } from '../support/vocabulary.ts';

const later = (seconds: number): number => NOW + seconds * SECOND;

/** Takes that many tokens at once; says how many milliseconds each caller waits. */
function takeMany(bucket: TokenBucket, count: number, now: number): { after: TokenBucket; waits: number[] } {
  let after = bucket;
  const waits = Array.from({ length: count }, () => {
    const taken = takeToken(after, now);
    after = taken.bucket;
    return taken.readyAt - now;
  });
  return { after, waits };
}

/** The bucket after it was throttled that many times, two seconds apart, the last time at NOW. */
function throttled(times: number, bucket = fullBucket({ burst: 20, perSecond: 20 }, NOW)): TokenBucket {
  const start = later(-2 * (times - 1));
  return Array.from({ length: times }).reduce<TokenBucket>(
    (slowed, _, index) => slowDown({ ...slowed, at: start + index * 2 * SECOND }, start + index * 2 * SECOND),
    { ...bucket, at: start },
  );
}

describe('a token bucket', () => {
  it('gives its burst at once, then one token at a time in the order of the calls', () => {
    const { waits } = takeMany(fullBucket({ burst: 2, perSecond: 4 }, NOW), 5, NOW);
    expect(waits).toEqual([0, 0, 250, 500, 750]);
  });

  it('fills up again, never beyond its burst', () => {
    const { after } = takeMany(fullBucket({ burst: 2, perSecond: 4 }, NOW), 2, NOW);
    expect(takeToken(after, later(0.25)).bucket.tokens).toBe(0);
    expect(takeToken(after, later(1000)).bucket.tokens).toBe(1);
  });

  it('pays its debt before it gives again', () => {
    const { after } = takeMany(fullBucket({ burst: 1, perSecond: 2 }, NOW), 5, NOW);
    expect(after.tokens).toBe(-4);
    expect(takeToken(after, later(1)).readyAt).toBe(later(2.5));
    expect(takeToken(after, later(2.5)).readyAt).toBe(later(2.5));
  });

  it('counts parts of a token, and waits to the end of the millisecond', () => {
    const { bucket } = takeToken(fullBucket({ burst: 1, perSecond: 3 }, NOW), NOW);
    expect(takeToken(bucket, NOW).readyAt - NOW).toBe(334);
    expect(takeToken(bucket, NOW + 200).readyAt - NOW).toBe(334);
  });

  it('does not mind a clock that goes back', () => {
    const { bucket, readyAt } = takeToken(fullBucket({ burst: 1, perSecond: 1 }, NOW), later(-5));
    expect(bucket).toMatchObject({ tokens: 0, at: NOW });
    expect(readyAt).toBe(later(-5));
  });

  it('never lets more through in any second than its burst and rate', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 80 });
    const small = fc.integer({ min: 1, max: 10 });
    fc.assert(
      fc.property(gaps, small, small, (waits, burst, perSecond) => {
        let bucket = fullBucket({ burst, perSecond }, NOW);
        let now = NOW;
        const ready = waits.map((wait) => {
          now += wait;
          const taken = takeToken(bucket, now);
          bucket = taken.bucket;
          return taken.readyAt;
        });
        for (const start of ready) {
          const within = ready.filter((at) => at >= start && at < start + SECOND).length;
          expect(within).toBeLessThanOrEqual(burst + perSecond);
        }
      }),
    );
  });
});

describe('the next token', () => {
  it('is there at once while there is a whole one', () => {
    const full = fullBucket({ burst: 1, perSecond: 4 }, NOW);
    expect(nextToken(full, NOW)).toBe(NOW);
    expect(nextToken(takeToken(full, NOW).bucket, later(0.25))).toBe(later(0.25));
  });

  it('is there once what is missing has come in', () => {
    const { after } = takeMany(fullBucket({ burst: 2, perSecond: 4 }, NOW), 2, NOW);
    expect(nextToken(after, NOW)).toBe(later(0.25));
    expect(nextToken(after, later(0.1))).toBe(later(0.25));
  });

  it('comes after the debt', () => {
    const { after } = takeMany(fullBucket({ burst: 1, perSecond: 4 }, NOW), 3, NOW);
    expect(nextToken(after, NOW)).toBe(later(0.75));
  });

  it('is, to a millisecond, when a token can be taken without waiting', () => {
    const taken = fc.integer({ min: 0, max: 30 });
    const rate = fc.record({
      burst: fc.integer({ min: 1, max: 20 }),
      perSecond: fc.integer({ min: 1, max: 20 }),
    });
    fc.assert(
      fc.property(taken, rate, fc.nat(5000), (count, words, passed) => {
        const now = NOW + passed;
        const { after } = takeMany(fullBucket(words, NOW), count, NOW);
        const at = nextToken(after, now);
        expect(at).toBeGreaterThanOrEqual(now);
        expect(takeToken(after, at + 1).readyAt).toBe(at + 1);
        if (at - 2 > now) expect(takeToken(after, at - 2).readyAt).toBeGreaterThan(at - 2);
      }),
    );
  });
});

describe('a token given back', () => {
  it('may be taken again', () => {
    const full = fullBucket({ burst: 2, perSecond: 4 }, NOW);
    const { bucket } = takeToken(full, NOW);
    expect(returnToken(bucket)).toEqual(full);
  });

  it('is lost in a bucket that has filled up meanwhile', () => {
    const full = fullBucket({ burst: 2, perSecond: 4 }, NOW);
    expect(returnToken(full).tokens).toBe(2);
  });
});

describe('a bucket after the far side has throttled', () => {
  const full = fullBucket({ burst: 20, perSecond: 20 }, NOW);

  it('is empty and gives at half its pace', () => {
    const slowed = slowDown(full, NOW);
    expect(slowed).toEqual({ ...full, tokens: 0, pace: 0.5, slowedAt: NOW });
    expect(nextToken(slowed, NOW)).toBe(later(0.1));
    expect(takeToken(slowed, NOW).readyAt).toBe(later(0.1));
  });

  it('keeps its debt', () => {
    const { after } = takeMany(full, 23, NOW);
    expect(slowDown(after, NOW)).toMatchObject({ tokens: -3, pace: 0.5 });
  });

  it('slows down once for all throttles of one second', () => {
    const slowed = slowDown(full, NOW);
    expect(slowDown(slowed, NOW)).toEqual(slowed);
    const again = slowDown(slowed, later(0.999));
    expect(again.slowedAt).toBe(NOW);
    expect(again.pace).toBeGreaterThan(0.5);
    expect(again.tokens).toBeCloseTo(9.99, 9);
  });

  it('slows down again when it is throttled a second later', () => {
    const again = slowDown(slowDown(full, NOW), later(1));
    expect(again.pace).toBeCloseTo((0.5 + 1 / 20) / 2, 9);
    expect(again).toMatchObject({ tokens: 0, slowedAt: later(1) });
  });

  it('never gives at less than a sixteenth of its pace', () => {
    const crawling = throttled(10);
    expect(crawling.pace).toBe(1 / 16);
    expect(nextToken(crawling, NOW)).toBe(later(0.8));
  });

  it.each([
    { after: '6 s', seconds: 6, pace: 0.8 },
    { after: '9 s', seconds: 9, pace: 0.95 },
    { after: '10 s', seconds: 10, pace: 1 },
    { after: 'an hour', seconds: 3600, pace: 1 },
  ])('has recovered to $pace of its pace $after later', ({ seconds, pace }) => {
    const { bucket } = takeToken(slowDown(full, NOW), later(seconds));
    expect(bucket.pace).toBeCloseTo(pace, 9);
  });

  it('is at its whole pace within 20 seconds, however often it was throttled', () => {
    expect(takeToken(throttled(10), later(20)).bucket.pace).toBe(1);
    expect(takeToken(throttled(10), later(18)).bucket.pace).toBeLessThan(1);
  });

  it('fills at the pace that it had, not at the one to which it recovers meanwhile', () => {
    const { bucket } = takeToken(slowDown(full, NOW), later(0.5));
    expect(bucket.tokens).toBe(4);
  });

  it('gives again what it gave before once it has recovered', () => {
    const idle = takeToken(slowDown(full, NOW), later(60)).bucket;
    expect(takeMany(idle, 21, later(60)).waits.slice(-3)).toEqual([0, 50, 100]);
  });
});
