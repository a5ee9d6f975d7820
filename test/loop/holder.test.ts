import { describe, expect, it } from 'vitest';
import type { Instant } from '../../lib/core/kubernetes.ts';
import type { SyncDeps } from '../../lib/loop/deps.ts';
import { paceLaunches } from '../../lib/loop/pace-launches.ts';
import { syncCluster } from '../../lib/loop/sync-cluster.ts';
import { behindGate, hangingApiServer, mortal } from '../support/vocabulary-holder.ts';
import { livingOf, sendsOf } from '../support/vocabulary-launch.ts';
import { createWorld, intercept, type LoopWorld } from '../support/vocabulary-loop.ts';
import { arrivalsOf, runSchedule } from '../support/vocabulary-node.ts';
import { failingPages } from '../support/vocabulary-pages.ts';
import { runPods } from '../support/vocabulary-repair.ts';
import { aNodeSettings, MINUTE, SECOND } from '../support/vocabulary.ts';

const HOLD = 14 * MINUTE;

/** An invocation in watch mode; of another deployment if said. */
function invoke({ deps }: LoopWorld, deployId = 'd1', mode: 'watch' | 'economy' = 'watch'): Promise<unknown> {
  return syncCluster({ ...deps, settings: { ...deps.settings, mode, deployId } });
}
/** The triggers of so many minutes: a fire a minute, each a batch of ten messages twelve seconds apart. */
const triggersOf = (world: LoopWorld, minutes: number, lateSeconds = 0): Instant[] =>
  arrivalsOf(
    world.clock.now(),
    Array.from({ length: minutes }, () => ({ lateSeconds })),
    latencyOf,
  );
/** Cold starts and queues: up to two seconds, another for each message. */
const latencyOf = (message: number): number => ((message * 7) % 9) * 250;
const secondsOf = (minutes: number): number[] =>
  Array.from({ length: minutes * 60 }, (_, second) => second * SECOND);

describe('a holder that crashes', () => {
  /** The time for which nobody starts a pod that is bound in the moment of the crash. */
  async function blindness(crashAfter: number, phase: number): Promise<number> {
    const world = createWorld();
    const victim = mortal(world);
    const settings = { ...world.deps.settings, mode: 'watch' } as const;
    void syncCluster({ ...victim.deps, settings });
    await world.clock.advance(phase);
    const start = world.clock.now();
    const crashAt = start + MINUTE + crashAfter;
    let boundAt = 0;
    const crash = (): void => {
      victim.die();
      world.bind();
      boundAt = world.clock.now();
    };
    const triggers = triggersOf(world, 4).map((at) => ({ at, run: () => invoke(world) }));
    await runSchedule(world, [...triggers, { at: crashAt, run: crash }], crashAt + 2 * MINUTE);
    expect(livingOf(world), `crash after ${crashAfter} ms, phase ${phase} ms`).toHaveLength(1);
    return sendsOf(world)[0]! - boundAt;
  }

  it('is replaced within 45 s by the triggers at their cadence, whenever it crashes', async () => {
    const blind: number[] = [];
    for (const phase of [0, 1, 3, 5, 7, 9].map((second) => second * SECOND))
      for (let crash = 0; crash < 12; crash += 1) blind.push(await blindness(crash * SECOND + 1, phase));
    expect(Math.max(...blind)).toBeLessThanOrEqual(45 * SECOND);
    expect(Math.min(...blind), 'a holder of 20 s ago is not dead').toBeGreaterThan(19 * SECOND);
  });

  it('leaves the launches that it has claimed to the next one, once', async () => {
    const world = createWorld();
    const victim = mortal(world);
    for (let pod = 0; pod < 60; pod += 1) world.bind({ name: `web-${pod}` });
    void syncCluster({ ...victim.deps, settings: { ...world.deps.settings, mode: 'watch' } });
    await world.clock.advance(SECOND);
    victim.die();
    const triggers = triggersOf(world, 4).map((at) => ({ at, run: () => invoke(world) }));
    await runSchedule(world, triggers, world.clock.now() + 4 * MINUTE);
    expect(livingOf(world)).toHaveLength(60);
    expect(new Set(livingOf(world).map(({ owner }) => owner?.uid)).size).toBe(60);
  });
});

describe('a new holder', () => {
  it('tells its first pass at once: a stalled node waits for nothing else', async () => {
    const world = createWorld();
    void invoke(world);
    await world.clock.advance(0);
    expect(world.slot.item?.lastPassAt).toBe(world.clock.now());
  });

  it('tells it only when every node was looked at', async () => {
    const world = createWorld({ settings: { nodes: [aNodeSettings(), aNodeSettings({ name: 'node-2' })] } });
    let down = true;
    intercept(
      world,
      'pods',
      'list',
      (list) => (node) => (node === 'node-2' && down ? failingPages() : list(node)),
    );
    void invoke(world);
    await world.clock.advance(20 * SECOND);
    expect(world.slot.item?.lastPassAt).toBeUndefined();
    down = false;
    await world.clock.advance(30 * SECOND);
    expect(world.slot.item?.lastPassAt).toBeDefined();
  });

  it('passes and watches although its sweep hangs', async () => {
    const world = createWorld();
    await runPods(world, 1);
    await world.clock.advance(5 * MINUTE);
    intercept(world, 'provider', 'describe', () => () => new Promise(() => undefined));
    void invoke(world);
    await world.clock.advance(12 * MINUTE);
    expect(world.clock.now() - (world.slot.item?.lastPassAt ?? 0)).toBeLessThan(MINUTE);
    world.bind({ name: 'late' });
    await world.clock.advance(0);
    expect(world.record('late')).toMatchObject({ state: 'launched' });
  });
});

describe('a sweep that failed', () => {
  it('is made again by its holder within two minutes', async () => {
    const world = createWorld();
    await runPods(world, 1, { spec: { restartPolicy: 'Never' } });
    void invoke(world);
    await world.clock.advance(4 * MINUTE);
    world.provider.exit(world.task().task.arn, 3);
    intercept(world, 'provider', 'describe', (describe) => async (arns) => {
      await world.clock.sleep(world.clock.now() + 2 * SECOND);
      if (world.clock.now() - begun < 2 * MINUTE) throw new Error('Rate exceeded');
      return describe(arns);
    });
    const begun = world.clock.now();
    await world.clock.advance(3.5 * MINUTE);
    expect(world.line()).toBe('Failed; main: terminated Error 3');
  });
});

describe('another deployment', () => {
  it('takes the watch over at once, and a rollback takes it back as fast', async () => {
    const world = createWorld();
    void invoke(world, 'old');
    await world.clock.advance(MINUTE);
    void invoke(world, 'new');
    await world.clock.advance(0);
    expect(world.slot.item).toMatchObject({ deployId: 'new' });
    expect(world.kubernetes.controls.openWatches()).toBe(2);
    await world.clock.advance(10 * SECOND);
    expect(world.kubernetes.controls.openWatches()).toBe(1);
    void invoke(world, 'old');
    await world.clock.advance(0);
    expect(world.slot.item).toMatchObject({ deployId: 'old' });
    world.bind();
    await world.clock.advance(10 * SECOND);
    expect(livingOf(world)).toHaveLength(1);
    expect(world.kubernetes.controls.openWatches()).toBe(1);
  });

  it('does not play ping-pong with the one before it: late messages of both come all the time', async () => {
    const world = createWorld();
    void invoke(world, 'old');
    await world.clock.advance(MINUTE);
    void invoke(world, 'new');
    await world.clock.advance(SECOND);
    const holder = world.slot.item?.holder;
    for (let message = 0; message < 10; message += 1) {
      await world.clock.advance(12 * SECOND);
      void invoke(world, 'new');
    }
    await world.clock.advance(0);
    expect(world.slot.item?.holder).toBe(holder);
  });
});

describe('the planned hand-over', () => {
  /** Half an hour of triggers; `each` is called every second. */
  async function halfAnHour(
    world: LoopWorld,
    lateSeconds: number,
    each: (second: number) => void,
  ): Promise<void> {
    const start = world.clock.now();
    const triggers = triggersOf(world, 30, lateSeconds).map((at) => ({ at, run: () => invoke(world) }));
    const seconds = secondsOf(30).map((at, second) => ({ at: start + at + 500, run: () => each(second) }));
    await runSchedule(world, [...triggers, ...seconds], start + 30 * MINUTE);
  }

  it.each([0, 7])('has no window in which nobody holds or watches (triggers %i s late)', async (late) => {
    const world = createWorld();
    const holders = new Set<string>();
    const gaps: string[] = [];
    await halfAnHour(world, late, (second) => {
      if (second <= late) return;
      const { holder = '', until = 0, renewedAt = 0 } = world.slot.item ?? {};
      holders.add(holder);
      const now = world.clock.now();
      if (holder === '' || now >= until || now - renewedAt >= 30 * SECOND)
        gaps.push(`no holder at ${second} s`);
      if (world.kubernetes.controls.openWatches() === 0) gaps.push(`no watch at ${second} s`);
    });
    expect(gaps).toEqual([]);
    expect(holders.size, 'holders in half an hour').toBe(3);
  });

  it('misses no pod: each of those that are bound every second around it is started at once, and once', async () => {
    const world = createWorld();
    const boundAt = new Map<string, Instant>();
    await halfAnHour(world, 0, (second) => {
      if (second < 13 * 60 || second >= 15 * 60) return;
      const { uid } = world.bind({ name: `web-${second}` }).metadata;
      boundAt.set(uid, world.clock.now());
    });
    expect(world.provider.tasks()).toHaveLength(120);
    for (const { owner, task } of world.provider.tasks())
      expect(task.createdAt! - boundAt.get(owner!.uid)!, `delay of ${owner?.name}`).toBeLessThanOrEqual(
        SECOND,
      );
  });

  it('misses no deletion', async () => {
    const world = createWorld();
    const deletedAt = new Map<string, Instant>();
    for (let pod = 0; pod < 60; pod += 1) world.bind({ name: `web-${pod}` });
    await halfAnHour(world, 0, (second) => {
      const pod = second - (13 * 60 + 15);
      if (second === 60)
        for (const { task } of world.provider.tasks()) void world.tell(world.provider.start(task.arn));
      if (pod < 0 || pod >= 60) return;
      deletedAt.set(world.pod(`web-${pod}`)!.metadata.uid, world.clock.now());
      world.kubernetes.controls.deletePod('default', `web-${pod}`);
    });
    for (const { owner, task } of world.provider.tasks())
      expect(task.stoppingAt! - deletedAt.get(owner!.uid)!, `delay of ${owner?.name}`).toBeLessThanOrEqual(
        SECOND,
      );
  });
});

describe.each(['watch', 'economy'] as const)('an invocation in %s mode', (mode) => {
  /** When it ended, after its start; the API server hangs from some moment on. */
  async function endOf(prepare: (world: LoopWorld) => void, hangsAfter: number): Promise<number> {
    const world = createWorld({ settings: { nodes: [aNodeSettings(), aNodeSettings({ name: 'node-2' })] } });
    prepare(world);
    const start = world.clock.now();
    const isHanging = (): boolean => world.clock.now() >= start + hangsAfter;
    const deps: SyncDeps = behindGate(world.deps, hangingApiServer(world.clock, isHanging));
    const settings = { ...deps.settings, mode };
    await world.clock.runUntil(syncCluster({ ...deps, settings }));
    return world.clock.now() - start;
  }
  const bindMany = (pods: number) => (world: LoopWorld) => {
    for (let pod = 0; pod < pods; pod += 1) world.bind({ name: `web-${pod}` });
  };

  it.each([0, 20, 13 * 60 + 50])(
    'ends by its deadline when the API server hangs after %i s',
    async (seconds) => {
      expect(await endOf(bindMany(50), seconds * SECOND)).toBeLessThanOrEqual(HOLD + 30 * SECOND);
    },
  );

  it('ends by its deadline although more launches wait than it can send', async () => {
    const world = createWorld();
    bindMany(300)(world);
    const start = world.clock.now();
    const rate = { burst: 1, perSecond: 0.2 };
    const launches = paceLaunches(world.clock, { calls: rate, tasks: rate });
    const settings = { ...world.deps.settings, mode };
    await world.clock.runUntil(syncCluster({ ...world.deps, settings, launches }));
    expect(world.clock.now() - start).toBeLessThanOrEqual(HOLD + 30 * SECOND);
    expect(livingOf(world).length, 'it worked until the end').toBeGreaterThan(150);
    expect(world.slot.item, 'the slot is free for the next one').toMatchObject({ holder: '' });
  });

  it('ends by its deadline although every call of the provider takes ten seconds', async () => {
    const world = createWorld();
    bindMany(50)(world);
    const start = world.clock.now();
    const deps = behindGate(world.deps, (port) =>
      port === 'provider' ? world.clock.sleep(world.clock.now() + 10 * SECOND) : Promise.resolve(),
    );
    await world.clock.runUntil(syncCluster({ ...deps, settings: { ...deps.settings, mode } }));
    expect(world.clock.now() - start).toBeLessThanOrEqual(HOLD + 30 * SECOND);
  });
});
