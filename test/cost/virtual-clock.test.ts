import { describe, expect, it } from 'vitest';
import { createVirtualClock } from '../../lib/cost/world/virtual-clock.ts';

const atOnce = () => Promise.resolve();

describe('the virtual clock', () => {
  it('wakes sleepers at their own instants, in order, and ends where it was told to', async () => {
    const clock = createVirtualClock(0, atOnce);
    const woken: string[] = [];
    const sleep = async (name: string, until: number): Promise<void> => {
      await clock.sleep(until);
      woken.push(`${name} at ${clock.now()}`);
    };
    void sleep('late', 20);
    void sleep('early', 10);
    await clock.run(30);
    expect(woken).toEqual(['early at 10', 'late at 20']);
    expect(clock.now()).toBe(30);
  });

  it('stands still until what the last step set off has come to rest', async () => {
    const rests: number[] = [];
    const clock = createVirtualClock(0, () => {
      rests.push(clock.now());
      return Promise.resolve();
    });
    clock.at(5, () => undefined);
    clock.at(7, () => undefined);
    await clock.run(10);
    expect(rests).toEqual([0, 5, 7]);
  });

  it('stops as soon as what is waited for has come', async () => {
    const clock = createVirtualClock(0, atOnce);
    let come = false;
    clock.at(10, () => {
      come = true;
    });
    clock.at(20, () => undefined);
    await clock.run(30, () => come);
    expect(clock.now()).toBe(10);
  });

  it('ends a sleep at once when its signal aborts, also one without an end', async () => {
    const clock = createVirtualClock(0, atOnce);
    const stop = new AbortController();
    const slept: number[] = [];
    void clock.sleep(Infinity, stop.signal).then(() => slept.push(clock.now()));
    void clock.sleep(100, stop.signal).then(() => slept.push(clock.now()));
    clock.at(5, () => stop.abort());
    await clock.run(10);
    await Promise.resolve();
    expect(slept).toEqual([5, 5]);
    await expect(clock.sleep(50, stop.signal)).resolves.toBeUndefined();
  });

  it('never gives an id twice', () => {
    const clock = createVirtualClock(0, atOnce);
    expect(new Set([clock.newId(), clock.newId(), clock.newId()]).size).toBe(3);
  });
});
