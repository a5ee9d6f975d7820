import { describe, expect, it } from 'vitest';
import { paceLaunches, type LaunchPace } from '../../lib/loop/pace-launches.ts';
import { createManualClock, type ManualClock } from '../memory/manual-clock.ts';
import { sendsOf, throttled } from '../support/vocabulary-launch.ts';
import { createWorld, type LoopWorld } from '../support/vocabulary-loop.ts';
import { aNodeSettings, MINUTE, SECOND } from '../support/vocabulary.ts';

/** The rates of a large Region. */
const RATES = { calls: { burst: 20, perSecond: 20 }, tasks: { burst: 100, perSecond: 20 } } as const;
type CapacityType = Parameters<LaunchPace['giveBack']>[0];

interface Bench {
  readonly clock: ManualClock;
  readonly pace: LaunchPace;
  /** When each turn was given, in milliseconds since the start, and to whom. */
  readonly turns: readonly { readonly at: number; readonly by: string }[];
  /** Somebody asks for so many turns, one after the other, as the line of a node does. */
  ask(by: string, times: number, capacityType?: CapacityType): void;
  /** How many turns were given in so many seconds from now. */
  givenIn(seconds: number): Promise<number>;
}

function createBench(rates = RATES as Parameters<typeof paceLaunches>[1]): Bench {
  const clock = createManualClock();
  const pace = paceLaunches(clock, rates);
  const start = clock.now();
  const turns: { at: number; by: string }[] = [];
  const never = new AbortController().signal;
  return {
    clock,
    pace,
    turns,
    ask: (by, times, capacityType = 'on-demand') => {
      void (async () => {
        for (let turn = 0; turn < times; turn += 1)
          if (await pace.turn(capacityType, never)) turns.push({ at: clock.now() - start, by });
      })();
    },
    givenIn: async (seconds) => {
      const before = turns.length;
      await clock.advance(seconds * SECOND);
      return turns.length - before;
    },
  };
}
const timesOf = ({ turns }: Bench): number[] => turns.map(({ at }) => at);

describe('the pace of launches', () => {
  it('is a burst at once, then the rate', async () => {
    const bench = createBench();
    bench.ask('node-1', 30);
    await bench.clock.advance(0);
    expect(timesOf(bench), 'the burst').toHaveLength(20);
    await bench.clock.advance(MINUTE);
    expect(timesOf(bench).slice(20)).toEqual([50, 100, 150, 200, 250, 300, 350, 400, 450, 500]);
  });

  it('lets 1,000 launches out in 49 s', async () => {
    const bench = createBench();
    bench.ask('node-1', 1000);
    await bench.clock.advance(48_999);
    expect(bench.turns).toHaveLength(999);
    await bench.clock.advance(1);
    expect(bench.turns).toHaveLength(1000);
  });

  it('does not let the time between two bursts count for more than one burst', async () => {
    const bench = createBench();
    bench.ask('node-1', 20);
    await bench.clock.advance(10 * MINUTE);
    bench.ask('node-1', 100);
    expect(await bench.givenIn(0)).toBe(20);
  });

  it('is that of the tasks when they are the tighter limit', async () => {
    const bench = createBench({ calls: { burst: 100, perSecond: 100 }, tasks: { burst: 5, perSecond: 2 } });
    bench.ask('node-1', 100);
    expect(await bench.givenIn(10)).toBe(5 + 20);
  });

  it('serves two who wait alternately', async () => {
    const bench = createBench();
    bench.ask('node-1', 100);
    bench.ask('node-2', 100);
    await bench.clock.advance(MINUTE);
    const late = bench.turns.filter(({ at }) => at > 0).map(({ by }) => by);
    expect(late).toHaveLength(180);
    for (const [turn, by] of late.entries())
      expect(by, `turn ${turn} after the burst`).not.toBe(late[turn + 1]);
  });

  it('gives back what nobody used: the next one goes at once', async () => {
    const bench = createBench();
    bench.ask('node-1', 20);
    await bench.clock.advance(0);
    bench.ask('node-2', 1);
    await bench.clock.advance(10);
    expect(bench.turns).toHaveLength(20);
    bench.pace.giveBack('on-demand');
    await bench.clock.advance(0);
    expect(bench.turns.at(-1)).toEqual({ at: 10, by: 'node-2' });
  });

  it('lets whoever gives up go with a no, and nothing is left of it', async () => {
    const bench = createBench();
    bench.ask('node-1', 20);
    await bench.clock.advance(0);
    const patience = new AbortController();
    const turn = bench.pace.turn('on-demand', patience.signal);
    patience.abort();
    expect(await turn).toBe(false);
    expect(await bench.pace.turn('on-demand', patience.signal), 'one that had given up before').toBe(false);
    await bench.clock.advance(0);
    expect(bench.clock.sleepers).toBe(0);
    bench.ask('node-2', 21);
    await bench.clock.advance(SECOND);
    expect(bench.turns, 'its turn is not lost').toHaveLength(40);
  });
});

describe('capacity types', () => {
  const rates = { calls: { burst: 20, perSecond: 20 }, tasks: { burst: 5, perSecond: 1 } };

  it('have tasks of their own: Spot does not wait for on-demand', async () => {
    const bench = createBench(rates);
    bench.ask('node-1', 100, 'on-demand');
    expect(await bench.givenIn(0)).toBe(5);
    bench.ask('node-2', 100, 'spot');
    expect(await bench.givenIn(0)).toBe(5);
    expect(await bench.givenIn(10)).toBe(20);
  });

  it('share the calls', async () => {
    const bench = createBench();
    bench.ask('node-1', 100, 'on-demand');
    bench.ask('node-2', 100, 'spot');
    expect(await bench.givenIn(0)).toBe(20);
    expect(await bench.givenIn(2)).toBe(40);
  });

  it('get their own turns back', async () => {
    const bench = createBench(rates);
    bench.ask('node-1', 6, 'on-demand');
    bench.ask('node-2', 6, 'spot');
    await bench.clock.advance(0);
    bench.pace.giveBack('spot');
    await bench.clock.advance(0);
    expect(bench.turns.at(-1)).toEqual({ at: 0, by: 'node-2' });
    expect(bench.turns).toHaveLength(11);
  });
});

describe('another call of a launch that started nothing', () => {
  it('waits for calls only', async () => {
    const bench = createBench({ calls: { burst: 8, perSecond: 10 }, tasks: { burst: 5, perSecond: 1 } });
    bench.ask('node-1', 6);
    await bench.clock.advance(0);
    expect(bench.turns, 'no task is left').toHaveLength(5);
    let resent = 0;
    for (let call = 0; call < 4; call += 1) void bench.pace.resend().then(() => (resent += 1));
    await bench.clock.advance(0);
    expect(resent, 'as many calls as are left').toBe(3);
    await bench.clock.advance(100);
    expect(resent).toBe(4);
    await bench.clock.advance(900);
    expect(bench.turns, 'the tasks were not touched').toHaveLength(6);
  });

  it('takes a call from the launches', async () => {
    const bench = createBench();
    for (let call = 0; call < 20; call += 1) await bench.pace.resend();
    bench.ask('node-1', 1);
    expect(await bench.givenIn(0)).toBe(0);
    expect(await bench.givenIn(0.05)).toBe(1);
  });
});

describe('a throttle', () => {
  /** Launches at the whole rate, the burst long over. */
  async function busy(): Promise<Bench> {
    const bench = createBench();
    bench.ask('node-1', 100_000);
    await bench.clock.advance(10 * SECOND);
    return bench;
  }

  it('halves the pace, which recovers within a minute', async () => {
    const bench = await busy();
    bench.pace.slowDown();
    const first = await bench.givenIn(1);
    expect(first).toBeGreaterThanOrEqual(9);
    expect(first).toBeLessThanOrEqual(11);
    await bench.clock.advance(59 * SECOND);
    expect(await bench.givenIn(10), 'the whole rate').toBe(200);
  });

  it('counts once however many calls of the same second it answers', async () => {
    const bench = await busy();
    for (let call = 0; call < 10; call += 1) bench.pace.slowDown();
    expect(await bench.givenIn(1)).toBeGreaterThanOrEqual(9);
  });

  it('a second later halves again, and the pace recovers within a minute all the same', async () => {
    const bench = await busy();
    bench.pace.slowDown();
    await bench.clock.advance(SECOND);
    bench.pace.slowDown();
    const second = await bench.givenIn(1);
    expect(second).toBeGreaterThanOrEqual(4);
    expect(second).toBeLessThanOrEqual(6);
    await bench.clock.advance(59 * SECOND);
    expect(await bench.givenIn(10)).toBe(200);
  });

  it('without end never stops the launches: it must be seen when it is over', async () => {
    const bench = await busy();
    for (let second = 0; second < 60; second += 1) {
      bench.pace.slowDown();
      await bench.clock.advance(SECOND);
    }
    bench.pace.slowDown();
    expect(await bench.givenIn(2)).toBeGreaterThanOrEqual(1);
  });

  it('takes what is left of a burst', async () => {
    const bench = createBench();
    bench.pace.slowDown();
    bench.ask('node-1', 20);
    expect(await bench.givenIn(0)).toBe(0);
  });
});

const twoNodes = { nodes: [aNodeSettings(), aNodeSettings({ name: 'node-2' })] };
const bindMany = (world: LoopWorld, node: string, pods: number): void => {
  for (let pod = 0; pod < pods; pod += 1) world.bind({ name: `${node}-pod-${pod}`, node });
};
/** The node of each launch, in the order in which they were sent. */
const nodesOf = ({ provider }: LoopWorld): (string | undefined)[] =>
  provider.tasks().map(({ owner }) => owner?.node);

describe('a holder', () => {
  it('sends 1,000 launches within 49 s', async () => {
    const world = createWorld();
    bindMany(world, 'node-1', 1000);
    void world.hold();
    await world.clock.advance(MINUTE);
    const sends = sendsOf(world);
    expect(sends).toHaveLength(1000);
    expect(sends.at(-1)! - sends[0]!).toBe(49 * SECOND);
  });

  it('serves two nodes with 100 pods each alternately', async () => {
    const world = createWorld({ settings: twoNodes });
    for (const node of ['node-1', 'node-2']) bindMany(world, node, 100);
    void world.hold();
    await world.clock.advance(MINUTE);
    const after = nodesOf(world).slice(20);
    expect(after).toHaveLength(180);
    for (let turn = 0; turn < 160; turn += 2)
      expect(new Set(after.slice(turn, turn + 2)).size, `turns ${turn} and ${turn + 1}`).toBe(2);
  });

  it('does not let a node with five pods wait behind the thousand of another', async () => {
    const world = createWorld({ settings: twoNodes });
    bindMany(world, 'node-1', 1000);
    void world.hold();
    await world.clock.advance(5 * SECOND);
    expect(nodesOf(world)).not.toContain('node-2');
    bindMany(world, 'node-2', 5);
    const boundAt = world.clock.now();
    await world.clock.advance(SECOND);
    const launched = world.provider.tasks().filter(({ owner }) => owner?.node === 'node-2');
    expect(launched).toHaveLength(5);
    expect(launched.at(-1)!.task.createdAt! - boundAt).toBeLessThanOrEqual(0.6 * SECOND);
  });

  it('that is throttled halves its pace, and forgets no pod', async () => {
    const world = createWorld();
    bindMany(world, 'node-1', 300);
    void world.hold();
    await world.clock.advance(5 * SECOND);
    world.provider.failNext('launch', throttled);
    await world.clock.advance(50);
    const before = sendsOf(world).length;
    await world.clock.advance(SECOND);
    const sent = sendsOf(world).length - before;
    expect(sent).toBeGreaterThanOrEqual(9);
    expect(sent).toBeLessThanOrEqual(11);
    await world.clock.advance(2 * MINUTE);
    expect(world.provider.tasks()).toHaveLength(300);
    expect(world.telemetry.sum('LaunchThrottles')).toBe(1);
  });

  it('gives the turn of a pod that has gone meanwhile to the next one, at once', async () => {
    const world = createWorld();
    const rate = { burst: 1, perSecond: 0.1 };
    void world.hold({ launches: paceLaunches(world.clock, { calls: rate, tasks: rate }) });
    await world.clock.advance(SECOND);
    const start = world.clock.now();
    for (const name of ['first', 'gone', 'next']) world.bind({ name });
    await world.clock.advance(SECOND);
    world.kubernetes.controls.deletePod('default', 'gone');
    await world.clock.advance(MINUTE);
    expect(world.provider.tasks().map(({ owner }) => owner?.name)).toEqual(['first', 'next']);
    expect(sendsOf(world)[1]! - start).toBe(10 * SECOND);
  });

  it('stops the task of a deleted pod at once although a thousand launches wait', async () => {
    const world = createWorld();
    world.bind();
    void world.hold();
    await world.clock.advance(SECOND);
    await world.tell(world.provider.start(world.task().task.arn));
    const { arn } = world.task().task;
    bindMany(world, 'node-1', 1000);
    await world.clock.advance(5 * SECOND);
    world.kubernetes.controls.deletePod('default', 'web');
    await world.clock.advance(0);
    expect(world.provider.calls.at(-1)).toMatchObject({ method: 'stop', taskArn: arn });
    expect(sendsOf(world).length, 'the line is long').toBeLessThan(300);
  });
});
