import { describe, expect, it } from 'vitest';
import { createManualClock } from '../../memory/manual-clock.ts';

describe('the manual clock', () => {
  it('stands still until it is moved, and wakes sleepers in order at their own instants', async () => {
    const clock = createManualClock(0);
    const woken: [string, number][] = [];
    const sleeper = async (name: string, until: number): Promise<void> => {
      await clock.sleep(until);
      woken.push([name, clock.now()]);
      if (name === 'a') await sleeper('again', until + 50);
    };
    void sleeper('b', 200);
    void sleeper('a', 100);
    expect([clock.now(), clock.sleepers, clock.nextWake]).toEqual([0, 2, 100]);
    await clock.advance(199);
    expect(woken).toEqual([
      ['a', 100],
      ['again', 150],
    ]);
    await clock.advance(1);
    expect(woken.at(-1)).toEqual(['b', 200]);
  });

  it('wakes a sleeper at an abort without moving', async () => {
    const clock = createManualClock(0);
    const controller = new AbortController();
    const sleep = clock.sleep(1_000, controller.signal);
    controller.abort();
    await sleep;
    expect([clock.now(), clock.sleepers]).toEqual([0, 0]);
    await clock.sleep(1_000, controller.signal);
  });

  it('runs until a promise settles, either way', async () => {
    const clock = createManualClock(0);
    expect(await clock.runUntil(clock.sleep(500).then(() => 'done'))).toBe('done');
    expect(clock.now()).toBe(500);
    const failing = clock.sleep(700).then(() => Promise.reject(new Error('no')));
    await expect(clock.runUntil(failing)).rejects.toThrow('no');
  });

  it('fails when nothing can settle the promise, or not in time', async () => {
    const clock = createManualClock(0);
    await expect(clock.runUntil(new Promise(() => undefined))).rejects.toThrow('nobody sleeps');
    await expect(clock.runUntil(clock.sleep(2_000), 1_000)).rejects.toThrow('after 1000 ms');
  });

  it('counts ids up, the same in every run', () => {
    const clock = createManualClock();
    expect([clock.newId(), clock.newId()]).toEqual([
      '00000000-0000-4000-8000-000000000001',
      '00000000-0000-4000-8000-000000000002',
    ]);
  });
});
