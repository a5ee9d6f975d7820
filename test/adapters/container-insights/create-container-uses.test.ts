import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContainerUses, NodeUse } from '../../../lib/ports/container-use.ts';
import {
  MINUTE_MS,
  openInsights,
  sdkError,
  T0,
  usedTask,
  type InsightsBench,
  type ToldSample,
} from './insights-bench.ts';

const NODE = 'node-1';
const minute = (n: number): number => T0 + n * MINUTE_MS;

/** Reads until what was read is all there is: pauses between pages take time. */
function read(bench: InsightsBench, uses: ContainerUses, ...tasks: readonly string[]): Promise<NodeUse> {
  return bench.clock.runUntil(
    uses.read(
      NODE,
      tasks.map((task) => usedTask(task)),
    ),
  );
}

function seconds({ tasks }: NodeUse, index = 0): number | undefined {
  return tasks[index]?.[0]?.cpuSeconds;
}

/** A sample of half a vCPU for each of the minutes. */
function steady(task: string, from: number, to: number): readonly ToldSample[] {
  return Array.from({ length: to - from + 1 }, (_, n) => ({ task, at: minute(from + n), cores: 0.5 }));
}

describe('the counter of a container', () => {
  it('is the sum over the minutes that were told', async () => {
    const bench = openInsights();
    const uses = bench.start();
    bench.tell(...steady('a', 1, 10));
    await bench.clock.advance(12 * MINUTE_MS);
    expect(seconds(await read(bench, uses, 'a'))).toBe(300);
  });

  it('takes of the first minute only what came after the start', async () => {
    const bench = openInsights();
    const uses = bench.start();
    bench.tell({ task: 'a', at: minute(1), cores: 1 });
    await bench.clock.advance(3 * MINUTE_MS);
    const use = await bench.clock.runUntil(uses.read(NODE, [usedTask('a', minute(1) - 12_000)]));
    expect(seconds(use)).toBe(12);
  });

  it('counts a sample once, however often it is read', async () => {
    const bench = openInsights();
    const uses = bench.start();
    bench.tell(...steady('a', 1, 2), ...steady('a', 1, 2));
    for (let n = 0; n < 8; n += 1) {
      await bench.clock.advance(MINUTE_MS);
      await read(bench, uses, 'a');
    }
    expect(seconds(await read(bench, uses, 'a'))).toBe(60);
  });

  it('counts nothing for a minute that is missing, and adds it when it comes within five minutes', async () => {
    const bench = openInsights();
    const uses = bench.start();
    const late = { task: 'a', at: minute(2), cores: 0.5, seenAt: minute(6) };
    bench.tell({ task: 'a', at: minute(1), cores: 0.5 }, { task: 'a', at: minute(3), cores: 0.5 }, late);
    await bench.clock.advance(5 * MINUTE_MS);
    expect(seconds(await read(bench, uses, 'a'))).toBe(60);
    await bench.clock.advance(90_000);
    expect(seconds(await read(bench, uses, 'a'))).toBe(90);
  });

  it('leaves out what comes later than that', async () => {
    const bench = openInsights();
    const uses = bench.start();
    bench.tell({ task: 'a', at: minute(1), cores: 0.5 });
    bench.tell({ task: 'a', at: minute(2), cores: 0.5, seenAt: minute(9) });
    for (let n = 0; n < 12; n += 1) {
      await bench.clock.advance(MINUTE_MS);
      await read(bench, uses, 'a');
    }
    expect(seconds(await read(bench, uses, 'a'))).toBe(30);
  });

  it('is of one task alone, and ignores tasks that nobody asks for', async () => {
    const bench = openInsights();
    const uses = bench.start();
    bench.tell(...steady('a', 1, 2), ...steady('stranger', 1, 2));
    await bench.clock.advance(4 * MINUTE_MS);
    const use = await read(bench, uses, 'a');
    expect(use.node?.cpuSeconds).toBe(60);
  });
});

describe('another process', () => {
  it('goes on where the last one was, although that was stopped between two checkpoints', async () => {
    const bench = openInsights();
    let uses = bench.start();
    bench.tell(...steady('a', 1, 200));
    for (let n = 0; n < 100; n += 1) {
      await bench.clock.advance(MINUTE_MS);
      await read(bench, uses, 'a');
    }
    const before = await read(bench, uses, 'a');
    uses = bench.start();
    expect(await read(bench, uses, 'a')).toEqual(before);
  });

  it('counts what ran while nobody counted', async () => {
    const bench = openInsights();
    await read(bench, bench.start(), 'a');
    bench.tell(...steady('a', 1, 300));
    await bench.clock.advance(310 * MINUTE_MS);
    const uses = bench.start();
    await read(bench, uses, 'a');
    await bench.clock.advance(5_000);
    expect(seconds(await read(bench, uses, 'a'))).toBe(9_000);
  });

  it('tells nothing before it has read everything that another one may have told', async () => {
    const bench = openInsights({ pageEvents: 50 });
    bench.tell(...steady('a', 1, 300));
    await read(bench, bench.start(), 'a');
    await bench.clock.advance(310 * MINUTE_MS);
    const uses = bench.start();
    const first = uses.read(NODE, [usedTask('a')]);
    await bench.clock.advance(1_000);
    expect(await first).toEqual({ tasks: [[]] });
    await bench.clock.advance(10_000);
    expect(seconds(await read(bench, uses, 'a'))).toBe(9_000);
  });

  it('never tells less, and never more than was used, whatever the order of samples, stops and faults', async () => {
    const story = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant('pass' as const), minutes: fc.integer({ min: 1, max: 45 }) }),
        fc.record({ kind: fc.constant('restart' as const) }),
        fc.record({ kind: fc.constant('cut' as const), after: fc.integer({ min: 0, max: 4 }) }),
        fc.record({ kind: fc.constant('fault' as const) }),
      ),
      { minLength: 5, maxLength: 40, size: 'max' },
    );
    const delays = fc.array(fc.integer({ min: 30, max: 280 }), { minLength: 8, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(story, delays, async (steps, lags) => {
        const bench = openInsights({ pageEvents: 400 });
        const ofB = { task: 'b', cores: 2 };
        const used = (task: 'a' | 'b'): number => {
          let sum = 0;
          const end = Math.min((bench.clock.now() - T0) / MINUTE_MS, task === 'a' ? 1_199 : 59);
          for (let n = 1; n <= end; n += 1) sum += task === 'a' ? ((n % 7) / 7) * 60 : 120;
          return sum + 0.01;
        };
        for (let n = 1; n < 1_200; n += 1) {
          const seenAt = minute(n) + (lags[n % lags.length] ?? 80) * 1_000;
          bench.tell({ task: 'a', at: minute(n), cores: (n % 7) / 7, seenAt });
          // A pod that is gone after an hour.
          if (n < 60) bench.tell({ ...ofB, at: minute(n), seenAt });
        }
        let uses = bench.start();
        const most = { a: 0, node: 0 };
        const look = async (): Promise<void> => {
          const asked = bench.clock.now() < minute(60) ? ['a', 'b'] : ['a'];
          const use = await read(bench, uses, ...asked).catch(() => undefined);
          const a = use && seconds(use);
          if (a !== undefined) expect(a).toBeGreaterThanOrEqual(most.a);
          if (use?.node !== undefined) expect(use.node.cpuSeconds).toBeGreaterThanOrEqual(most.node);
          expect(a ?? 0).toBeLessThanOrEqual(used('a'));
          expect(use?.node?.cpuSeconds ?? 0).toBeLessThanOrEqual(used('a') + used('b'));
          most.a = Math.max(most.a, a ?? 0);
          most.node = Math.max(most.node, use?.node?.cpuSeconds ?? 0);
        };
        for (const step of steps) {
          if (step.kind === 'restart') uses = bench.start();
          if (step.kind === 'cut') bench.checkpoints.cutAfter(step.after);
          else bench.checkpoints.cutAfter(undefined);
          if (step.kind === 'fault') bench.failNext(sdkError('ThrottlingException'));
          const minutes = step.kind === 'pass' ? step.minutes : 1;
          for (let n = 0; n < minutes; n += 1) {
            await bench.clock.advance(MINUTE_MS);
            await look();
          }
        }
      }),
      { numRuns: 100 },
    );
  }, 120_000);
});

describe('what it costs', () => {
  it('reads the log group once a minute, for 500 pods that three scrapers ask for every 15 s', async () => {
    const bench = openInsights();
    const uses = bench.start();
    const ids = Array.from({ length: 500 }, (_, n) => `task-${n}`);
    for (const id of ids) bench.tell(...steady(id, 1, 12));
    await read(bench, uses, ...ids);
    const before = bench.calls.length;
    for (let quarter = 0; quarter < 40; quarter += 1) {
      await bench.clock.advance(15_000);
      for (let scraper = 0; scraper < 3; scraper += 1) await read(bench, uses, ...ids);
    }
    expect(bench.calls.length - before).toBe(10);
    expect((await read(bench, uses, ...ids)).tasks.every(([main]) => main?.cpuCores === 0.5)).toBe(true);
  });

  it('reads nothing while nobody asks', async () => {
    const bench = openInsights();
    await read(bench, bench.start(), 'a');
    const before = bench.calls.length;
    await bench.clock.advance(600 * MINUTE_MS);
    expect(bench.calls.length).toBe(before);
  });

  it('writes once for a task that starts and once in half an hour while it runs', async () => {
    const bench = openInsights();
    const uses = bench.start();
    bench.tell(...steady('a', 1, 130));
    for (let n = 0; n < 121; n += 1) {
      await bench.clock.advance(MINUTE_MS);
      await read(bench, uses, 'a');
    }
    // How far all go, the task that begins; then four times the task, its node and how far all go.
    expect(bench.checkpoints.writes).toBe(2 + 4 * 3);
  });

  it('reads at most a day again after a long pause, and an hour of what was told before it', async () => {
    const bench = openInsights();
    await read(bench, bench.start(), 'a');
    await bench.clock.advance(10 * 24 * 60 * MINUTE_MS);
    const before = bench.calls.length;
    await read(bench, bench.start(), 'a');
    await bench.clock.advance(20_000);
    expect(bench.calls.length - before).toBeLessThanOrEqual(27);
  });
});

describe('what goes wrong', () => {
  it('answers with what is known when AWS does not answer within a second', async () => {
    const bench = openInsights();
    const uses = bench.start();
    bench.tell(...steady('a', 1, 20));
    await bench.clock.advance(4 * MINUTE_MS);
    const before = await read(bench, uses, 'a');
    bench.hang();
    await bench.clock.advance(5 * MINUTE_MS);
    const asked = bench.clock.now();
    expect(await read(bench, uses, 'a')).toEqual(before);
    expect(bench.clock.now() - asked).toBeLessThanOrEqual(1_000);
  });

  it('slows down when it is throttled, and forgets nothing', async () => {
    const bench = openInsights();
    const uses = bench.start();
    bench.tell(...steady('a', 1, 40));
    await bench.clock.advance(4 * MINUTE_MS);
    const before = await read(bench, uses, 'a');
    bench.failNext(sdkError('ThrottlingException'), sdkError('ThrottlingException'));
    const calls = bench.calls.length;
    for (let n = 0; n < 6; n += 1) {
      await bench.clock.advance(MINUTE_MS);
      expect(seconds(await read(bench, uses, 'a'))).toBeGreaterThanOrEqual(seconds(before) ?? Infinity);
    }
    // After one minute, after two more, and then only after four.
    expect(bench.calls.length - calls).toBe(2);
    await bench.clock.advance(2 * MINUTE_MS);
    expect(seconds(await read(bench, uses, 'a'))).toBeGreaterThan(seconds(before) ?? Infinity);
  });

  it('says nothing where Container Insights is off, and is no error', async () => {
    const bench = openInsights();
    bench.failNext(sdkError('ResourceNotFoundException'));
    expect(await read(bench, bench.start(), 'a')).toEqual({ tasks: [[]] });
  });

  it('fails without the right to read, as long as nothing was ever read', async () => {
    const bench = openInsights();
    const uses = bench.start();
    bench.failNext(sdkError('AccessDeniedException'));
    await expect(read(bench, uses, 'a')).rejects.toMatchObject({
      failure: { kind: 'auth', message: expect.stringContaining('FilterLogEvents') as string },
    });
    await bench.clock.advance(3 * MINUTE_MS);
    expect(await read(bench, uses, 'a')).toEqual({ tasks: [[]] });
  });

  it('reads a span from its start again when AWS no longer takes the token of its next page', async () => {
    const bench = openInsights({ pageEvents: 3 });
    const uses = bench.start();
    bench.tell(...steady('a', 1, 8));
    await bench.clock.advance(10 * MINUTE_MS);
    bench.failNext(...([undefined, sdkError('InvalidParameterException')] as unknown as Error[]));
    await read(bench, uses, 'a');
    await bench.clock.advance(5_000);
    expect(seconds(await read(bench, uses, 'a'))).toBe(240);
  });

  it('takes no numbers from an event that has none', async () => {
    const bench = openInsights();
    const uses = bench.start();
    bench.tell({ task: 'a', at: minute(1), cores: Number.NaN }, { task: 'a', at: minute(2), cores: -1 });
    await bench.clock.advance(4 * MINUTE_MS);
    expect(await read(bench, uses, 'a')).toEqual({ tasks: [[]] });
  });
});
