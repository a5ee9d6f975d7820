import { describe, expect, it } from 'vitest';
import { shareReadings } from '../../../lib/adapters/kubernetes/share-readings.ts';

function create(maxEntries = 10) {
  const clock = { time: 0, now: () => clock.time };
  const reads: string[] = [];
  const share = shareReadings<string>({ clock, maxAgeMs: 1000, maxEntries });
  const read = (key: string) =>
    share(key, () => {
      reads.push(key);
      return Promise.resolve(`${key} of ${clock.time}`);
    });
  return { clock, share, read, reads };
}

describe('shared readings', () => {
  it('ask once for those who come together', async () => {
    const { read, reads } = create();
    expect(await Promise.all([read('a'), read('a'), read('b')])).toEqual(['a of 0', 'a of 0', 'b of 0']);
    expect(reads).toEqual(['a', 'b']);
  });

  it('ask again when the answer is a second old, and not before', async () => {
    const { clock, read } = create();
    await read('a');
    clock.time = 999;
    expect(await read('a')).toBe('a of 0');
    clock.time = 1000;
    expect(await read('a')).toBe('a of 1000');
  });

  it('count the age from the question: a slow answer is not given to those who come late', async () => {
    const { clock, share, read } = create();
    const slow = Promise.withResolvers<string>();
    const first = share('a', () => slow.promise);
    clock.time = 1000;
    expect(await read('a')).toBe('a of 1000');
    slow.resolve('slow');
    expect(await first).toBe('slow');
    expect(await read('a')).toBe('a of 1000');
  });

  it('keep no failure, which all who wait for it see', async () => {
    const { share, read } = create();
    const broken = () => Promise.reject(new Error('no answer'));
    const both = await Promise.allSettled([share('a', broken), share('a', () => Promise.resolve('x'))]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await read('a')).toBe('a of 0');
  });

  it('leave the newer reading when an older one fails', async () => {
    const { clock, share, read, reads } = create();
    const slow = Promise.withResolvers<string>();
    const first = share('a', () => slow.promise);
    clock.time = 1000;
    await read('a');
    slow.reject(new Error('late'));
    await expect(first).rejects.toThrow('late');
    await read('a');
    expect(reads).toEqual(['a']);
  });

  it('keep no more than they may: the oldest goes first', async () => {
    const { read, reads } = create(2);
    for (const key of ['a', 'b', 'c', 'c', 'b', 'a']) await read(key);
    expect(reads).toEqual(['a', 'b', 'c', 'a']);
  });
});
