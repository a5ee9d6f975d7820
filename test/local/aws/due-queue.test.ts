import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DueQueue } from '../../../lib/local/aws/due-queue.ts';
import { seededChance, sequentialIds } from '../../../lib/local/aws/id-source.ts';
import { TokenBucket } from '../../../lib/local/aws/token-bucket.ts';

describe('DueQueue', () => {
  it('does what is due in the order of time, then of planning, and nothing that was cancelled', () => {
    const plans = fc.array(fc.record({ at: fc.integer({ min: 0, max: 50 }), cancel: fc.boolean() }), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(plans, fc.integer({ min: 0, max: 60 }), (all, now) => {
        const queue = new DueQueue();
        const done: number[] = [];
        const planned = all.map(({ at }, nth) => queue.plan(at, () => done.push(nth)));
        all.forEach(({ cancel }, nth) => cancel && planned[nth]?.cancel());
        queue.run(now);
        const due = all
          .map(({ at, cancel }, nth) => ({ at, cancel, nth }))
          .filter(({ at, cancel }) => !cancel && at <= now);
        expect(done).toEqual(
          due.sort((one, other) => one.at - other.at || one.nth - other.nth).map(({ nth }) => nth),
        );
        const left = all.filter(({ at, cancel }) => !cancel && at > now).map(({ at }) => at);
        expect(queue.size).toBe(left.length);
        expect(queue.next()).toBe(left.length === 0 ? undefined : Math.min(...left));
      }),
    );
  });

  it('also does what its actions plan, if that is due as well', () => {
    const queue = new DueQueue();
    const done: string[] = [];
    queue.plan(5, (at) => {
      done.push(`first at ${at}`);
      queue.plan(at + 1, (later) => done.push(`second at ${later}`));
      queue.plan(at + 9, () => done.push('not yet'));
    });
    queue.run(10);
    expect(done).toEqual(['first at 5', 'second at 6']);
  });

  it('forgets what was cancelled without waiting for its time, and keeps the order of the rest', () => {
    const queue = new DueQueue();
    const done: number[] = [];
    const planned = Array.from({ length: 300 }, (_, nth) => queue.plan(1000 - nth, () => done.push(nth)));
    planned.forEach((one, nth) => nth % 3 !== 0 && one.cancel());
    expect(queue.size).toBe(100);
    queue.run(1000);
    expect(done).toEqual(Array.from({ length: 100 }, (_, nth) => 297 - nth * 3));
  });

  it('takes a late cancel of what is done already', () => {
    const queue = new DueQueue();
    const planned = queue.plan(1, () => undefined);
    queue.plan(2, () => undefined);
    queue.run(1);
    planned.cancel();
    planned.cancel();
    expect(queue.size).toBe(1);
  });
});

describe('TokenBucket', () => {
  it('starts full, fills with time and never over its burst', () => {
    const bucket = new TokenBucket({ burst: 2, perSecond: 4 });
    bucket.take(2);
    expect(bucket.has(1, 0)).toBe(false);
    expect(bucket.has(1, 249)).toBe(false);
    expect(bucket.has(1, 250)).toBe(true);
    expect(bucket.has(3, 60_000)).toBe(false);
    expect(bucket.has(2, 60_000)).toBe(true);
  });
});

describe('ids and chance', () => {
  it('are the same for the same name or seed, and look like UUIDs and numbers below one', () => {
    const [one, same, other] = [sequentialIds('a'), sequentialIds('a'), sequentialIds('b')];
    const first = one();
    expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(same()).toBe(first);
    expect(other()).not.toBe(first);
    const [chance, again] = [seededChance(7), seededChance(7)];
    const numbers = Array.from({ length: 100 }, chance);
    expect(Array.from({ length: 100 }, again)).toEqual(numbers);
    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  });
});
