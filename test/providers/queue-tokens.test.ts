import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenQueue, type Lane } from '../../lib/providers/ecs-fargate/calls/queue-tokens.ts';
import { createManualClock } from '../memory/manual-clock.ts';
import { T0 } from './fixtures.ts';

/** A queue on a manual clock that notes who got a token, and when. */
function aQueue(rate: { burst: number; perSecond: number } | undefined) {
  const clock = createManualClock(T0);
  const queue = new TokenQueue(clock, rate);
  const served: { readonly who: string; readonly at: number; readonly granted: boolean }[] = [];
  const come = (who: string, lane: Lane = 'normal', withinMs = Infinity) => {
    void queue
      .take(lane, T0 + withinMs)
      .then((granted) => served.push({ who, at: clock.now() - T0, granted }));
  };
  const names = () => served.map(({ who }) => who);
  return { clock, queue, served, names, come };
}

describe('waiting for tokens', () => {
  it('serves the burst at once, then one by one in the order of coming', async () => {
    const { clock, served, come } = aQueue({ burst: 2, perSecond: 2 });
    for (const who of ['a', 'b', 'c', 'd']) come(who);
    await clock.advance(5_000);
    expect(served.map(({ who, at }) => `${who} ${at}`)).toEqual(['a 0', 'b 0', 'c 500', 'd 1000']);
    expect(clock.sleepers).toBe(0);
  });

  it('lets nobody wait without a rate', async () => {
    const { names, come, clock } = aQueue(undefined);
    for (let nth = 0; nth < 1000; nth += 1) come(String(nth), 'leftOver');
    await clock.advance(0);
    expect(names()).toHaveLength(1000);
  });

  it('serves who goes first before those who wait longer', async () => {
    const { clock, names, come } = aQueue({ burst: 1, perSecond: 1 });
    for (const who of ['a', 'b', 'c']) come(who);
    await clock.advance(10);
    come('stop 1', 'first');
    come('stop 2', 'first');
    await clock.advance(10_000);
    expect(names()).toEqual(['a', 'stop 1', 'stop 2', 'b', 'c']);
  });

  it('gives what is left over only while half of the burst stays, and never before others', async () => {
    const { clock, served, come } = aQueue({ burst: 4, perSecond: 1 });
    for (let nth = 0; nth < 4; nth += 1) come(`retire ${nth}`, 'leftOver');
    await clock.advance(0);
    expect(served.map(({ who }) => who)).toEqual(['retire 0', 'retire 1', 'retire 2']);
    for (const who of ['a', 'b']) come(who);
    await clock.advance(2_900);
    expect(served.slice(3).map(({ who, at }) => `${who} ${at}`)).toEqual(['a 0', 'b 1000']);
    await clock.advance(10_000);
    expect(served.at(-1)).toMatchObject({ who: 'retire 3', at: 3000 });
  });

  it('wakes up for someone who may go sooner than the one it sleeps for', async () => {
    const { clock, served, come } = aQueue({ burst: 10, perSecond: 1 });
    for (let nth = 0; nth < 7; nth += 1) come(`a${nth}`);
    come('retire', 'leftOver');
    await clock.advance(500);
    come('b');
    await turn();
    expect(served.at(-1)).toMatchObject({ who: 'b', at: 500 });
  });

  it('says no as soon as the time is over, without taking a token', async () => {
    const { clock, served, come } = aQueue({ burst: 1, perSecond: 0.1 });
    come('a');
    come('late', 'normal', 3_000);
    come('later', 'normal', 3_000);
    come('patient', 'normal', 10_000);
    await clock.advance(60_000);
    expect(served).toEqual([
      { who: 'a', at: 0, granted: true },
      { who: 'late', at: 3001, granted: false },
      { who: 'later', at: 3001, granted: false },
      { who: 'patient', at: 10_000, granted: true },
    ]);
    expect(clock.sleepers).toBe(0);
  });

  it('says no at once to who comes too late, rate or not', async () => {
    for (const rate of [undefined, { burst: 1, perSecond: 1 }]) {
      const { clock, queue } = aQueue(rate);
      await clock.advance(10);
      expect(await queue.take('normal', T0 + 9)).toBe(false);
      expect(await queue.take('normal', T0 + 10)).toBe(true);
    }
  });

  it('hands a token on that was given back', async () => {
    const { clock, queue, served, come } = aQueue({ burst: 1, perSecond: 0.01 });
    come('a');
    come('b');
    await clock.advance(1_000);
    queue.giveBack();
    await turn();
    expect(served.at(-1)).toMatchObject({ who: 'b', at: 1000 });
  });

  it('keeps those waiting who were about to go when the far side throttles', async () => {
    const { clock, queue, served, come } = aQueue({ burst: 1, perSecond: 1 });
    for (const who of ['a', 'b', 'c']) come(who);
    await clock.advance(900);
    queue.slowDown();
    await clock.advance(60_000);
    const [, b, c] = served;
    expect(b!.at).toBeGreaterThan(2_500);
    expect(c!.at - b!.at).toBeGreaterThan(1_300);
  });

  it('never gives more than the rate, keeps the order of each lane and forgets nobody', async () => {
    const comer = fc.record({
      after: fc.integer({ min: 0, max: 700 }),
      lane: fc.constantFrom<Lane>('first', 'normal', 'leftOver'),
      patience: fc.option(fc.integer({ min: 0, max: 3000 }), { nil: Infinity }),
    });
    const rates = fc.record({
      burst: fc.integer({ min: 1, max: 8 }),
      perSecond: fc.integer({ min: 1, max: 9 }),
    });
    await fc.assert(
      fc.asyncProperty(rates, fc.array(comer, { maxLength: 40 }), async (rate, comers) => {
        const { clock, served, come } = aQueue(rate);
        for (const [nth, { after, lane, patience }] of comers.entries()) {
          await clock.advance(after);
          come(`${lane} ${nth}`, lane, clock.now() - T0 + patience);
        }
        await clock.advance(3_600_000);
        expect(served).toHaveLength(comers.length);
        const granted = served.filter((one) => one.granted);
        granted.forEach(({ at }, nth) => {
          const allowed = granted.slice(0, nth + 1);
          for (const [first, one] of allowed.entries())
            expect(nth - first + 1).toBeLessThanOrEqual(
              rate.burst + ((at - one.at) / 1000) * rate.perSecond + 1e-6,
            );
        });
        for (const lane of ['first', 'normal', 'leftOver']) {
          const order = granted
            .filter(({ who }) => who.startsWith(lane))
            .map(({ who }) => Number(who.split(' ')[1]));
          expect(order).toEqual(order.toSorted((one, other) => one - other));
        }
      }),
      { numRuns: 60 },
    );
  });
});
