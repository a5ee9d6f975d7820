import { describe, expect, it } from 'vitest';
import { createQueueBench, versionOf, type QueueBench } from '../support/vocabulary-queue.ts';
import { MINUTE, SECOND } from '../support/vocabulary.ts';

const launch = { launch: true } as const;

/** A queue that works. */
function running(words: Parameters<typeof createQueueBench>[0] = {}): QueueBench {
  const bench = createQueueBench(words);
  bench.start();
  return bench;
}
const namesOf = ({ begun }: QueueBench): string[] => begun.map(({ name }) => name);

describe('the queue of pods', () => {
  it('looks at a pod at its time, not before', async () => {
    const bench = running();
    await bench.push('now');
    await bench.push('later', { in: 10 * SECOND });
    await bench.clock.advance(10 * SECOND - 1);
    expect(namesOf(bench)).toEqual(['now']);
    await bench.clock.advance(1);
    expect(namesOf(bench)).toEqual(['now', 'later']);
  });

  it('looks once at a pod of which it was told three times before anybody had time', async () => {
    const bench = running({ width: 1 });
    await bench.push('busy');
    for (const version of ['1', '2', '3']) await bench.push('web', { version });
    await bench.finish('busy');
    await bench.finish('web');
    expect(namesOf(bench)).toEqual(['busy', 'web']);
    expect(versionOf(bench.begun[1]!.entry), 'the last that was told').toBe('3');
  });

  it('has one worker a pod: what is told during the work is looked at after it', async () => {
    const bench = running();
    await bench.push('web', { version: '1' });
    await bench.push('web', { version: '2' });
    await bench.push('web', { version: '3' });
    expect(bench.working()).toEqual(['web']);
    await bench.finish('web', { until: bench.clock.now() + MINUTE });
    expect(bench.working()).toEqual(['web']);
    expect(bench.begun.map(({ entry }) => versionOf(entry))).toEqual(['1', '3']);
    await bench.finish('web');
    expect(namesOf(bench)).toHaveLength(2);
  });

  it('works on so many pods at once as it is wide, and on the others as soon as one has ended', async () => {
    const bench = running({ width: 2 });
    for (const name of ['a', 'b', 'c', 'd']) await bench.push(name);
    expect(bench.working()).toEqual(['a', 'b']);
    await bench.finish('a');
    expect(bench.working()).toEqual(['b', 'c']);
  });

  it('takes due pods in the order of their times', async () => {
    const bench = running({ width: 1 });
    await bench.push('busy');
    await bench.push('third', { in: 30 });
    await bench.push('first', { in: 10 });
    await bench.push('second', { in: 20 });
    await bench.clock.advance(SECOND);
    for (const name of ['busy', 'first', 'second', 'third']) await bench.finish(name);
    expect(namesOf(bench)).toEqual(['busy', 'first', 'second', 'third']);
  });

  it('takes urgent pods before the others, however long those have been due', async () => {
    const bench = running({ width: 1 });
    await bench.push('busy');
    await bench.push('patient');
    await bench.clock.advance(MINUTE);
    await bench.push('hasty', { urgent: true });
    await bench.finish('busy');
    expect(bench.working()).toEqual(['hasty']);
  });

  it('does not take the urgency from a pod because of other news', async () => {
    const bench = running({ width: 1 });
    await bench.push('busy');
    await bench.push('patient');
    await bench.push('hasty', { urgent: true });
    await bench.push('hasty');
    await bench.finish('busy');
    expect(bench.working()).toEqual(['hasty']);
  });

  it('takes an urgent pod whose time comes before those that have been due', async () => {
    const bench = running({ width: 1 });
    await bench.push('busy');
    await bench.push('hasty', { in: SECOND, urgent: true });
    await bench.push('patient');
    await bench.clock.advance(SECOND);
    await bench.finish('busy');
    expect(bench.working()).toEqual(['hasty']);
  });
});

describe('the timer of a pod', () => {
  it('is brought forward by news, and does not fire again at its old time', async () => {
    const bench = running();
    await bench.push('web', { in: MINUTE });
    await bench.push('web', { in: 20 * SECOND });
    await bench.clock.advance(20 * SECOND);
    expect(bench.working()).toEqual(['web']);
    await bench.finish('web');
    await bench.clock.advance(2 * MINUTE);
    expect(namesOf(bench)).toEqual(['web']);
  });

  it('is never put off by news', async () => {
    const bench = running();
    await bench.push('web', { in: 20 * SECOND });
    await bench.push('web', { in: MINUTE });
    await bench.clock.advance(20 * SECOND);
    expect(bench.working()).toEqual(['web']);
  });

  it('is set anew by the work itself', async () => {
    const bench = running();
    await bench.push('web');
    await bench.finish('web', { until: bench.clock.now() + MINUTE });
    await bench.clock.advance(MINUTE - 1);
    expect(bench.working()).toEqual([]);
    await bench.clock.advance(1);
    expect(bench.working()).toEqual(['web']);
  });

  it('set by the work gives way to an earlier one that was told during the work', async () => {
    const bench = running();
    await bench.push('web');
    await bench.push('web', { in: 10 * SECOND });
    await bench.finish('web', { until: bench.clock.now() + MINUTE });
    await bench.clock.advance(10 * SECOND);
    expect(bench.working()).toEqual(['web']);
    await bench.finish('web');
    await bench.clock.advance(2 * MINUTE);
    expect(namesOf(bench), 'nothing is left of the later one').toHaveLength(2);
  });

  it('is none when the work ends for good', async () => {
    const bench = running();
    await bench.push('web');
    await bench.finish('web');
    expect(bench.queue.size).toBe(0);
    expect(bench.clock.nextWake).toBe(Infinity);
  });
});

describe('the echo of what a work has written itself', () => {
  it('is no news', async () => {
    const bench = running();
    await bench.push('web', { version: '1' });
    await bench.push('web', { version: '2' });
    await bench.finish('web', { until: undefined, resourceVersion: '2' });
    expect(bench.working()).toEqual([]);
    expect(bench.queue.size).toBe(0);
  });

  it('does not take the timer away that the work has set', async () => {
    const bench = running();
    await bench.push('web', { version: '1' });
    await bench.push('web', { version: '2' });
    await bench.finish('web', { until: bench.clock.now() + MINUTE, resourceVersion: '2' });
    await bench.clock.advance(MINUTE);
    expect(bench.working()).toEqual(['web']);
  });

  it('is not what someone else has written since', async () => {
    const bench = running();
    await bench.push('web', { version: '1' });
    await bench.push('web', { version: '2' });
    await bench.push('web', { version: '3' });
    await bench.finish('web', { until: undefined, resourceVersion: '2' });
    expect(bench.begun.map(({ entry }) => versionOf(entry))).toEqual(['1', '3']);
  });

  it.each(['before', 'after'])('hides no other news that came %s it', async (when) => {
    const bench = running();
    await bench.push('web', { version: '1' });
    if (when === 'before') await bench.push('web');
    await bench.push('web', { version: '2' });
    if (when === 'after') await bench.push('web');
    await bench.finish('web', { until: undefined, resourceVersion: '2' });
    expect(bench.working()).toEqual(['web']);
  });
});

describe('a drain', () => {
  it('ends when nothing is due at once, and leaves those that wait for a later time', async () => {
    const bench = createQueueBench();
    await bench.push('now');
    await bench.push('later', { in: MINUTE });
    const drain = bench.start('drain');
    await bench.clock.advance(0);
    expect(drain.ended()).toBe(false);
    await bench.finish('now', { until: bench.clock.now() + SECOND });
    expect(drain.ended()).toBe(true);
    expect(bench.queue.size).toBe(2);
    expect(bench.clock.sleepers, 'nothing is left running').toBe(0);
  });

  it('of an empty queue ends at once', async () => {
    const bench = createQueueBench();
    await bench.push('later', { in: MINUTE });
    const drain = bench.start('drain');
    await bench.clock.advance(0);
    expect(drain.ended()).toBe(true);
  });

  it('waits for the line to be empty', async () => {
    const bench = createQueueBench();
    await bench.push('a');
    await bench.push('b');
    const drain = bench.start('drain');
    await bench.clock.advance(0);
    await bench.finish('a', launch);
    await bench.finish('b', launch);
    await bench.clock.advance(MINUTE);
    expect(drain.ended()).toBe(false);
    await bench.permit();
    await bench.permit();
    await bench.finish('a');
    expect(drain.ended()).toBe(false);
    await bench.finish('b');
    expect(drain.ended()).toBe(true);
  });

  it('does what its own work brings forward, and what is told meanwhile', async () => {
    const bench = createQueueBench();
    await bench.push('web');
    const drain = bench.start('drain');
    await bench.clock.advance(0);
    await bench.push('web');
    await bench.finish('web');
    expect(drain.ended()).toBe(false);
    await bench.finish('web', { until: bench.clock.now() });
    expect(drain.ended()).toBe(false);
    await bench.finish('web');
    expect(drain.ended()).toBe(true);
  });

  it('takes what has become due meanwhile', async () => {
    const bench = createQueueBench();
    await bench.push('slow');
    await bench.push('soon', { in: SECOND });
    const drain = bench.start('drain');
    await bench.clock.advance(2 * SECOND);
    expect(bench.working()).toEqual(['slow', 'soon']);
    await bench.finish('slow');
    await bench.finish('soon');
    expect(drain.ended()).toBe(true);
  });
});

describe.each(['run', 'drain'] as const)('the abort of a %s', (mode) => {
  it('ends everything: no timer, no turn and no pod is waited for', async () => {
    const bench = createQueueBench();
    await bench.push('lined');
    await bench.push('later', { in: MINUTE });
    const work = bench.start(mode);
    await bench.clock.advance(0);
    await bench.finish('lined', launch);
    await bench.abort();
    expect(work.ended()).toBe(true);
    expect(bench.clock.sleepers).toBe(0);
    expect(await bench.permit(), 'a turn is still asked for').toBe(false);
  });

  it('waits for the work that has begun, and begins nothing more', async () => {
    const bench = createQueueBench({ width: 2 });
    for (const name of ['a', 'b', 'c']) await bench.push(name);
    const work = bench.start(mode);
    await bench.clock.advance(0);
    await bench.abort();
    await bench.finish('a', launch);
    expect(work.ended()).toBe(false);
    await bench.finish('b', { until: bench.clock.now() });
    expect(work.ended()).toBe(true);
    expect(namesOf(bench)).toEqual(['a', 'b']);
  });

  it('before its start begins nothing', async () => {
    const bench = createQueueBench();
    await bench.push('web');
    await bench.abort();
    const work = bench.start(mode);
    await bench.clock.advance(0);
    expect(work.ended()).toBe(true);
    expect(bench.begun).toEqual([]);
  });
});
