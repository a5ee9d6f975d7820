import { setTimeout as realTime } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  createQueueBench,
  keyOf,
  launchOf,
  versionOf,
  type QueueBench,
} from '../support/vocabulary-queue.ts';
import { MINUTE, SECOND } from '../support/vocabulary.ts';

const launch = { launch: true } as const;

/** A queue that works. */
function running(words: Parameters<typeof createQueueBench>[0] = {}): QueueBench {
  const bench = createQueueBench(words);
  bench.start();
  return bench;
}
/** A queue in which these pods wait for the permission to launch, in this order. */
async function lined(...names: readonly string[]): Promise<QueueBench> {
  const bench = running();
  for (const name of names) {
    await bench.clock.advance(1);
    await bench.push(name);
    await bench.finish(name, launch);
  }
  return bench;
}
/** Permits and ends one launch after the other; the pods in their order. */
async function launchAll(bench: QueueBench): Promise<readonly string[]> {
  const launched: string[] = [];
  for (let permitted = await bench.permit(); permitted; permitted = await bench.permit()) {
    for (const name of bench.working('launch')) {
      launched.push(name);
      await bench.finish(name);
    }
  }
  return launched;
}

describe('launches', () => {
  it('never hold up a stop: 5,000 wait in line, none is permitted, and an urgent pod is done at once', async () => {
    const bench = running({ width: 16 });
    for (let pod = 0; pod < 5000; pod += 1)
      bench.queue.push({ key: keyOf(`pod-${pod}`), at: bench.clock.now() });
    bench.autoFinish((name) => (name.startsWith('pod-') ? launch : { until: undefined }));
    await bench.clock.advance(0);
    expect(bench.begun).toHaveLength(5000);
    const toldAt = bench.clock.now();
    await bench.push('deleted', { urgent: true });
    expect(bench.begun.at(-1)).toMatchObject({ name: 'deleted', at: toldAt });
  });

  it('wait in line in the order in which they came', async () => {
    const bench = await lined('a', 'b', 'c');
    expect(await launchAll(bench)).toEqual(['a', 'b', 'c']);
  });

  it('lose no place in the line by news: the pod is looked at meanwhile', async () => {
    const bench = await lined('a', 'b', 'c');
    await bench.push('a', { version: '2' });
    expect(bench.working('due')).toEqual(['a']);
    await bench.finish('a', launch);
    expect(await launchAll(bench)).toEqual(['a', 'b', 'c']);
  });

  it('keep the place too when the turn comes while the pod is looked at: the next one goes first, then this one', async () => {
    const bench = await lined('a', 'b', 'c');
    await bench.push('a');
    await bench.permit();
    expect(bench.working('launch')).toEqual(['b']);
    await bench.finish('a', launch);
    expect(await launchAll(bench)).toEqual(['b', 'a', 'c']);
  });

  it('that came in the same millisecond keep their places too', async () => {
    const bench = running();
    for (const name of ['a', 'b', 'c']) {
      await bench.push(name);
      await bench.finish(name, launch);
    }
    await bench.push('a');
    await bench.permit();
    await bench.finish('b');
    await bench.finish('a', launch);
    expect(await launchAll(bench)).toEqual(['a', 'c']);
  });

  it('are as many at once as their lane is wide, however many permissions there are', async () => {
    const bench = running({ launchWidth: 2, turn: () => Promise.resolve(true) });
    for (const name of ['a', 'b', 'c']) await bench.push(name);
    for (const name of ['a', 'b', 'c']) await bench.finish(name, launch);
    expect(bench.working('launch')).toEqual(['a', 'b']);
    await bench.finish('b');
    expect(bench.working('launch')).toEqual(['a', 'c']);
  });

  it('ask for no permission while nobody is in line', async () => {
    const bench = running();
    await bench.push('web');
    await bench.finish('web');
    expect(bench.turns).toBe(0);
  });

  it('that end with another launch due stand in line again, at its end', async () => {
    const bench = await lined('a', 'b');
    await bench.permit();
    await bench.finish('a', launch);
    expect(await launchAll(bench)).toEqual(['b', 'a']);
  });

  it('of a pod that is looked at now are not begun: the permission goes back, and is asked for when the look has ended', async () => {
    const bench = await lined('web');
    await bench.push('web');
    await bench.permit();
    expect(bench.working('launch')).toEqual([]);
    expect(bench.givenBack).toBe(1);
    await bench.finish('web');
    expect(await launchAll(bench)).toEqual(['web']);
  });

  it('of a pod that is looked at now do not make the queue ask for turns in one breath', async () => {
    const bench = running({ turn: () => Promise.resolve(true) });
    await bench.push('web');
    await bench.push('web');
    await bench.finish('web', launch);
    // Only a turn of the event loop lets the answer of a network come in.
    await realTime(1);
    expect(bench.working('due')).toEqual(['web']);
    expect(bench.turns, 'turns asked for while the only pod in line is worked on').toBeLessThan(5);
    await bench.finish('web');
    expect(bench.working('launch')).toEqual(['web']);
  });
});

describe('what was seen of a pod in line', () => {
  const seenOf = async (bench: QueueBench): Promise<string | undefined> => {
    await bench.permit();
    expect(bench.begun.at(-1)?.lane).toBe('launch');
    return versionOf(bench.begun.at(-1)!.entry);
  };

  it('stands for it when its turn comes', async () => {
    const bench = running();
    await bench.push('web');
    await bench.finish('web', launchOf('web', '7'));
    await bench.clock.advance(5 * MINUTE);
    expect(await seenOf(bench)).toBe('7');
  });

  it('does not when it is older than the lane allows', async () => {
    const bench = running({ freshMs: 2 * SECOND });
    for (const name of ['a', 'b']) {
      await bench.push(name);
      await bench.finish(name, launchOf(name, '7'));
    }
    await bench.clock.advance(2 * SECOND);
    expect(await seenOf(bench)).toBe('7');
    await bench.clock.advance(1);
    expect(await seenOf(bench)).toBeUndefined();
  });

  it('is forgotten as soon as there is news, even before anybody looks', async () => {
    const bench = running({ width: 1 });
    await bench.push('web');
    await bench.finish('web', launchOf('web', '7'));
    await bench.push('busy');
    await bench.push('web', { version: '8' });
    expect(await seenOf(bench)).toBeUndefined();
  });

  it('is forgotten when there was news during the very look that lined it up', async () => {
    const bench = running({ width: 1 });
    await bench.push('web');
    await bench.push('web');
    await bench.finish('web', launchOf('web', '7'));
    await bench.finish('web', launch);
    expect(await seenOf(bench)).toBeUndefined();
  });

  it('is forgotten when nobody could tell for a time, and the place is kept', async () => {
    const bench = running();
    for (const name of ['a', 'b']) {
      await bench.push(name);
      await bench.finish(name, launchOf(name, '7'));
    }
    bench.queue.forgetSeen();
    expect(await seenOf(bench)).toBeUndefined();
    expect(bench.working('launch')).toEqual(['a']);
  });

  it('is what was seen last', async () => {
    const bench = running();
    for (const version of ['7', '8']) {
      await bench.push('web');
      await bench.finish('web', launchOf('web', version));
    }
    expect(await seenOf(bench)).toBe('8');
  });

  it('is kept of 250 pods, not of all: memory must not grow with the line', async () => {
    const bench = running();
    bench.autoFinish((name) => launchOf(name, '7'));
    for (let pod = 0; pod < 260; pod += 1)
      bench.queue.push({ key: keyOf(`pod-${pod}`), at: bench.clock.now() });
    await bench.clock.advance(0);
    bench.autoFinish(() => ({ until: undefined }));
    const before = bench.begun.length;
    for (let pod = 0; pod < 260; pod += 1) await bench.permit();
    const seen = bench.begun.slice(before).map(({ entry }) => versionOf(entry));
    expect(seen).toHaveLength(260);
    expect(seen.filter((version) => version !== undefined)).toHaveLength(250);
  });
});
