// Ceilings over many pods: what they cost, and what two holders make of them.
import { describe, expect, it } from 'vitest';
import { paceLaunches } from '../../lib/loop/pace-launches.ts';
import { syncCluster } from '../../lib/loop/sync-cluster.ts';
import { createMemorySlot } from '../memory/memory-slot.ts';
import { bounded, launched, ofSize, waiting } from '../support/vocabulary-ceiling.ts';
import { behindGate, slow } from '../support/vocabulary-holder.ts';
import { livingOf, passes } from '../support/vocabulary-launch.ts';
import { intercept, type LoopWorld } from '../support/vocabulary-loop.ts';
import { MINUTE, SECOND } from '../support/vocabulary.ts';

const once = { spec: { restartPolicy: 'Never' } } as const;
const WIDE = { vcpu: 1e6, usdPerHour: 1e6 };

/** Every call so far, by port and method. */
function callsOf({ kubernetes, records, provider }: LoopWorld): Readonly<Record<string, number>> {
  const methods = [
    ...kubernetes.controls.calls.map(({ method }) => method),
    ...records.calls.map(({ method, outcome }) => `records.${method} ${outcome ?? ''}`),
    ...provider.calls.map(({ method }) => `provider.${method}`),
  ];
  return Object.fromEntries(
    [...new Set(methods)].sort().map((name) => [name, methods.filter((method) => method === name).length]),
  );
}

describe('a ceiling that nobody reaches', () => {
  /** Pods that are launched, run, fail, and are deleted, half of them while a watch is held. */
  async function live(world: LoopWorld): Promise<LoopWorld> {
    for (let pod = 0; pod < 30; pod += 1) world.bind(ofSize(`web-${pod}`, 0.5));
    await passes(world, 2);
    void world.hold();
    for (let pod = 30; pod < 60; pod += 1) world.bind(ofSize(`web-${pod}`, 0.5));
    await world.clock.advance(MINUTE);
    for (const { task } of livingOf(world)) await world.tell(world.provider.start(task.arn));
    for (const { task } of livingOf(world).slice(0, 20)) await world.tell(world.provider.exit(task.arn, 1));
    await world.clock.advance(6 * MINUTE);
    for (let pod = 0; pod < 10; pod += 1) world.kubernetes.controls.deletePod('default', `web-${pod}`);
    await world.clock.advance(MINUTE);
    return world;
  }

  it('costs no call and no write: the same life makes no more of any with it than without', async () => {
    const free = callsOf(await live(bounded(undefined)));
    const world = await live(bounded(WIDE, { '*': WIDE }));
    const { 'pods.get': pods = 0, 'records.get read': records = 0, ...others } = callsOf(world);
    expect({ ...free, ...others }).toEqual(free);
    expect(pods).toBeLessThanOrEqual(free['pods.get'] ?? 0);
    expect(records).toBeLessThanOrEqual(free['records.get read'] ?? 0);
    expect(launched(world)).toHaveLength(60);
  });
});

describe('a thousand pods that wait for room', () => {
  const PODS = 1000;

  async function crowd(): Promise<LoopWorld> {
    const world = bounded({ vcpu: 10 });
    for (let pod = 0; pod < PODS; pod += 1) world.bind(ofSize(`web-${pod}`, 1, once));
    await world.pass();
    // Those that run are published, and the provider was asked just now.
    for (const { task } of livingOf(world)) await world.tell(world.provider.start(task.arn));
    await world.clock.advance(5 * MINUTE);
    await world.pass();
    return world;
  }

  it('are told so once, and cost no more than settled ones from then on', async () => {
    const world = await crowd();
    expect(launched(world)).toHaveLength(10);
    expect(waiting(world)).toHaveLength(PODS - 10);
    expect(world.reasons().filter((reason) => reason === 'CeilingReached')).toHaveLength(PODS - 10);
    world.kubernetes.controls.forgetCalls();
    world.records.forgetCalls();
    const before = world.provider.calls.length;
    await world.pass();
    expect(callsOf(world)).toMatchObject({ 'pods.list': 1, 'records.getMany read': 10, 'nodes.get': 1 });
    expect(Object.keys(callsOf(world))).not.toContain('pods.get');
    expect(Object.keys(callsOf(world))).not.toContain('pods.patchStatus');
    expect(world.records.writes).toBe(0);
    expect(world.provider.calls).toHaveLength(before);
  });

  it('are sized once in a pass each, whoever launches: the sum is never made anew', async () => {
    const world = await crowd();
    let sized = 0;
    intercept(world, 'provider', 'useOf', (useOf) => (...given) => {
      sized += 1;
      return useOf(...given);
    });
    await world.pass();
    expect(sized).toBe(PODS - 10);
  });

  it('are woken one by one: a task that ends makes one pod look at itself', async () => {
    const world = await crowd();
    void world.hold();
    await world.clock.advance(SECOND);
    world.kubernetes.controls.forgetCalls();
    const [first] = livingOf(world);
    await world.tell(world.provider.exit(first!.task.arn, 0));
    await world.clock.advance(SECOND);
    expect(launched(world)).toHaveLength(10);
    const looked = world.kubernetes.controls.callsOf('pods.get').map(({ args }) => args[1]);
    expect(looked, 'the one of the event, and the one that is launched').toHaveLength(2);
    expect(looked).toContain(launched(world).at(-1));
  });
});

describe('two holders at once whose calls take up to a second', () => {
  const RATES = { calls: { burst: 20, perSecond: 20 }, tasks: { burst: 100, perSecond: 20 } };
  const PODS = 40;

  function holdAlone(world: LoopWorld, seed: number): void {
    const own = { slot: createMemorySlot(), launches: paceLaunches(world.clock, RATES) };
    const deps = behindGate({ ...world.deps, ...own }, slow(world.clock, seed, SECOND));
    void syncCluster({ ...deps, settings: { ...deps.settings, mode: 'watch' } });
  }
  /** One second of ECS: tasks start after two, and run for three to seven more. Resolves to the vCPU in use. */
  async function second(world: LoopWorld): Promise<number> {
    const now = world.clock.now();
    for (const { task } of livingOf(world)) {
      const age = now - (task.startedAt ?? task.createdAt ?? now);
      const ranFor = (3 + (Number(task.arn.slice(-4)) % 5)) * SECOND;
      if (task.state === 'pending' && age >= 2 * SECOND) void world.tell(world.provider.start(task.arn));
      if (task.state === 'running' && age >= ranFor) void world.tell(world.provider.exit(task.arn, 0));
    }
    await world.clock.advance(SECOND);
    return livingOf(world).reduce((sum, { use }) => sum + (use?.vcpu ?? 0), 0);
  }

  it.each([1, 2, 3, 4])(
    'keep below the ceiling together, because both serve the same pods in the same order (seed %i)',
    async (seed) => {
      const world = bounded({ vcpu: 5 });
      for (const holder of [seed, seed + 1000]) holdAlone(world, holder);
      for (let pod = 0; pod < PODS; pod += 1) {
        world.bind(ofSize(`web-${pod}`, [0.5, 1, 2][pod % 3] ?? 1, once));
        await world.clock.advance(SECOND / 10);
      }
      const inUse: number[] = [];
      for (let time = 0; time < 150; time += 1) inUse.push(await second(world));
      expect(world.provider.tasks(), 'all had their turn, and one').toHaveLength(PODS);
      expect(Math.max(...inUse)).toBe(5);
    },
  );
});
