import { describe, expect, it } from 'vitest';
import { createBenchClock } from './bench-clock.ts';

describe('the clock of the bench', () => {
  it('wakes sleepers at their own instants, in order, and ends where it was told to', async () => {
    const clock = createBenchClock(0);
    const woken: string[] = [];
    const sleep = async (name: string, until: number): Promise<void> => {
      await clock.sleep(until);
      woken.push(`${name} at ${clock.now()}`);
    };
    void sleep('late', 20);
    void sleep('early', 10).then(() => sleep('again', 15));
    await clock.run(30);
    expect(woken).toEqual(['early at 10', 'again at 15', 'late at 20']);
    expect(clock.now()).toBe(30);
  });

  it('stops as soon as what is waited for has come', async () => {
    const clock = createBenchClock(0);
    let come = false;
    clock.at(10, () => {
      come = true;
    });
    clock.at(20, () => undefined);
    await clock.run(30, () => come);
    expect(clock.now()).toBe(10);
  });

  it('ends a sleep at once when its signal aborts, also one without an end', async () => {
    const clock = createBenchClock(0);
    const stop = new AbortController();
    const sleeping = clock.sleep(Infinity, stop.signal);
    clock.at(5, () => stop.abort());
    await clock.run(10);
    await sleeping;
    expect(clock.now()).toBe(10);
  });
});
