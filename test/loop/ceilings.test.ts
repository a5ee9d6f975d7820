// What may be used at a time: who launches, who waits, and what the waiting pod says.
import { describe, expect, it } from 'vitest';
import { syncCluster } from '../../lib/loop/sync-cluster.ts';
import { bounded, finish, launched, ofSize, waiting, waitingFor } from '../support/vocabulary-ceiling.ts';
import { capacity, commandsOf, livingOf, passes, tokensOf } from '../support/vocabulary-launch.ts';
import { createWorld, type LoopWorld } from '../support/vocabulary-loop.ts';
import { aNodeSettings, MINUTE, SECOND } from '../support/vocabulary.ts';

/** Binds one pod after the other, a second apart, so that each has waited longer than the next. */
async function bindEach(world: LoopWorld, pods: readonly Parameters<typeof ofSize>[]): Promise<void> {
  for (const pod of pods) {
    world.bind(ofSize(...pod));
    await world.clock.advance(SECOND);
  }
}
const once = { spec: { restartPolicy: 'Never' } } as const;

describe('a pod above the ceiling of its node', () => {
  it('stays Pending and says why, once: the ceiling, its value, what it needs, the way out, what is in use', async () => {
    const world = bounded({ vcpu: 2 });
    await bindEach(world, [
      ['first', 1.5],
      ['second', 1],
    ]);
    await passes(world, 3);
    expect(launched(world)).toEqual(['first']);
    expect(world.line('second')).toBe('Pending; main: waiting CeilingReached');
    const message =
      'The ceiling of node node-1 is 2 vCPU, and this pod needs 1 vCPU. It starts when there is room: end other pods, or raise ceiling.vcpu of the node in the settings of the deployment. In use when this was told: 1.5 vCPU.';
    expect(waitingFor(world.pod('second'))).toBe(message);
    expect(world.kubernetes.controls.events()).toMatchObject([
      { about: { name: 'second' }, type: 'Warning', reason: 'CeilingReached', message, count: 1 },
    ]);
  });

  it('is not claimed, nothing is sent for it, and its deadline does not begin to run', async () => {
    const world = bounded({ vcpu: 1 });
    await bindEach(world, [
      ['first', 1],
      ['second', 1, { spec: { activeDeadlineSeconds: 30 } }],
    ]);
    await passes(world, 20);
    expect(world.record('second')).toBeUndefined();
    expect(tokensOf(world)).toHaveLength(1);
    expect(commandsOf(world)).toEqual(['launch']);
    expect(
      world.provider.calls.map(({ method }) => method),
      'nobody looks for a task of it',
    ).not.toContain('listAll');
    expect(world.pod('second')?.status?.startTime).toBeUndefined();
  });

  it('launches in the moment in which room is seen, before those that came later', async () => {
    const world = bounded({ vcpu: 1 });
    void world.hold();
    await bindEach(world, [
      ['first', 1, once],
      ['second', 1, once],
      ['third', 1, once],
    ]);
    expect([launched(world), waiting(world)]).toEqual([['first'], ['second', 'third']]);
    const since = world.clock.now();
    await finish(world, 'first');
    await world.clock.advance(0);
    expect([launched(world), waiting(world)]).toEqual([['second'], ['third']]);
    expect(world.clock.now(), 'nobody had to wait for a pass').toBe(since);
    await finish(world, 'second');
    await world.clock.advance(0);
    expect([launched(world), waiting(world)]).toEqual([['third'], []]);
    expect(world.record('third')).toMatchObject({ state: 'launched', attempt: 1, try: 0 });
  });

  it('has its turn by the time that it has waited, whatever its name, when only passes are made', async () => {
    const world = bounded({ vcpu: 2 });
    await bindEach(
      world,
      ['d', 'c', 'b', 'a'].map((name) => [name, 1, once]),
    );
    await world.pass();
    expect(launched(world)).toEqual(['d', 'c']);
    await finish(world, 'c');
    await world.pass();
    expect(launched(world)).toEqual(['d', 'b']);
  });

  it('that never fits says so, and keeps nobody waiting', async () => {
    const world = bounded({ vcpu: 2 });
    void world.hold();
    await bindEach(world, [
      ['large', 4],
      ['small', 1],
    ]);
    expect(waitingFor(world.pod('large'))).toBe(
      'The ceiling of node node-1 is 2 vCPU, and this pod needs 4 vCPU: it never fits. Ask for less, or raise ceiling.vcpu of the node in the settings of the deployment.',
    );
    await world.clock.advance(7 * MINUTE);
    await bindEach(world, [['other', 1]]);
    expect(launched(world)).toEqual(['small', 'other']);
    expect(world.reasons()).toEqual(['CeilingReached']);
  });

  it('launches when the ceiling is raised', async () => {
    const world = bounded({ vcpu: 1 });
    void world.hold();
    await bindEach(world, [
      ['first', 1],
      ['second', 1],
    ]);
    const nodes = [aNodeSettings({ ceiling: { vcpu: 2 } })];
    const { settings } = world.deps;
    void world.hold({ settings: { ...settings, nodes, mode: 'watch', deployId: 'd2' } });
    await world.clock.advance(SECOND);
    expect([launched(world), waiting(world)]).toEqual([['first', 'second'], []]);
  });

  it('that is deleted goes, and what was kept for it is free', async () => {
    const world = bounded({ vcpu: 4 });
    void world.hold();
    await bindEach(world, [
      ['first', 3],
      ['large', 2],
    ]);
    await world.clock.advance(6 * MINUTE);
    await bindEach(world, [['small', 1]]);
    expect(waitingFor(world.pod('small'))).toMatch(
      /needs 1 vCPU\..* 3 vCPU, and the room that is left is kept for a pod that has waited longer\.$/,
    );
    world.kubernetes.controls.deletePod('default', 'large');
    await world.clock.advance(0);
    expect(world.pod('large')).toBeUndefined();
    expect(launched(world)).toEqual(['first', 'small']);
    expect(world.record('large')).toMatchObject({ state: 'ended', attempt: 0 });
  });
});

describe('small pods', () => {
  it('pass a larger one that does not fit for five minutes, then room is kept for it', async () => {
    const world = bounded({ vcpu: 4 });
    void world.hold();
    await bindEach(world, [
      ['a', 1, once],
      ['b', 2, once],
      ['large', 4, once],
      ['c', 1, once],
    ]);
    expect([launched(world), waiting(world)]).toEqual([['a', 'b', 'c'], ['large']]);
    await world.clock.advance(6 * MINUTE);
    await bindEach(world, [['late', 1, once]]);
    for (const name of ['a', 'b']) await finish(world, name);
    await world.clock.advance(0);
    expect([launched(world), waiting(world)]).toEqual([['c'], ['large', 'late']]);
    await finish(world, 'c');
    await world.clock.advance(0);
    expect([launched(world), waiting(world)]).toEqual([['large'], ['late']]);
  });

  it('pass it again after five more, because it may wait for what runs for months', async () => {
    const world = bounded({ vcpu: 4 });
    void world.hold();
    await bindEach(world, [
      ['service', 1],
      ['large', 4],
    ]);
    await world.clock.advance(6 * MINUTE);
    await bindEach(world, [['late', 1]]);
    expect(waiting(world)).toEqual(['large', 'late']);
    await world.clock.advance(8 * MINUTE);
    expect([launched(world), waiting(world)]).toEqual([['service', 'late'], ['large']]);
  });
});

describe('what counts', () => {
  it('is each attempt once: a restart needs room again, and says so with its restarts', async () => {
    const world = bounded({ vcpu: 1 });
    void world.hold();
    await bindEach(world, [
      ['first', 1],
      ['second', 1],
    ]);
    const { task } = livingOf(world)[0]!;
    await world.tell(world.provider.start(task.arn));
    await world.tell(world.provider.exit(task.arn, 3));
    await world.clock.advance(0);
    expect(launched(world)).toEqual(['second']);
    expect(world.line('first')).toBe('Running; main: waiting CrashLoopBackOff');
    await world.clock.advance(MINUTE);
    expect(world.line('first')).toBe('Running; main: waiting CeilingReached');
    expect(world.pod('first')?.status?.containerStatuses?.[0]).toMatchObject({
      lastState: { terminated: { exitCode: 3 } },
    });
    expect(world.record('first')).toMatchObject({ attempt: 1, state: 'launched' });
    world.kubernetes.controls.deletePod('default', 'second', 0);
    await world.clock.advance(SECOND);
    await world.tell(world.provider.exit(livingOf(world)[0]!.task.arn, 137));
    await world.clock.advance(MINUTE);
    expect(world.record('first')).toMatchObject({ attempt: 2, state: 'launched', restarts: { main: 1 } });
    expect(world.reasons().filter((reason) => reason === 'CeilingReached')).toHaveLength(2);
  });

  it('keeps no deadline from passing: a restart that waits for room fails in its time, whoever holds the watch', async () => {
    const world = bounded({ vcpu: 1 });
    await bindEach(world, [['first', 1, { spec: { activeDeadlineSeconds: 240 } }]]);
    await world.pass();
    const since = world.clock.now();
    await world.tell(world.provider.start(world.task().task.arn));
    await world.tell(world.provider.exit(world.task().task.arn, 3));
    await bindEach(world, [['second', 1]]);
    await passes(world, 3);
    expect(world.line('first')).toBe('Running; main: waiting CeilingReached');
    void world.hold();
    await world.clock.advance(since + 240 * SECOND - world.clock.now());
    expect(world.line('first')).toMatch(/^Failed DeadlineExceeded/);
    expect(launched(world)).toEqual(['second']);
  });

  it('is a task until it has stopped, though its pod is deleted', async () => {
    const world = bounded({ vcpu: 1 });
    void world.hold();
    await bindEach(world, [
      ['first', 1],
      ['second', 1],
    ]);
    world.kubernetes.controls.deletePod('default', 'first');
    await world.clock.advance(10 * SECOND);
    expect(livingOf(world)).toMatchObject([{ task: { state: 'stopping' } }]);
    await world.tell(world.provider.exit(livingOf(world)[0]!.task.arn, 143));
    await world.clock.advance(0);
    expect(launched(world)).toEqual(['second']);
  });

  it('is no pod that the provider has no room for: others launch while it waits', async () => {
    const world = bounded({ vcpu: 1 });
    void world.hold();
    world.provider.failNext('launch', capacity);
    await bindEach(world, [
      ['first', 1],
      ['second', 1],
    ]);
    expect(launched(world)).toEqual(['second']);
    expect(world.line('first')).toBe('Pending; main: waiting FargateCapacityUnavailable');
    await world.clock.advance(MINUTE);
    expect(world.line('first')).toBe('Pending; main: waiting CeilingReached');
    await world.clock.advance(6 * MINUTE);
    expect(world.line('first'), 'a later pass says nothing else').toBe(
      'Pending; main: waiting CeilingReached',
    );
    expect(tokensOf(world)).toHaveLength(2);
  });

  it('is the price, too, to the last cent', async () => {
    const world = bounded({ usdPerHour: 0.04 });
    void world.hold();
    await bindEach(
      world,
      ['a', 'b', 'c', 'd', 'e'].map((name) => [name, 0.25]),
    );
    expect([launched(world), waiting(world)]).toEqual([['a', 'b', 'c', 'd'], ['e']]);
    expect(waitingFor(world.pod('e'))).toMatch(
      /^The ceiling of node node-1 is 0.04 USD an hour, and this pod needs 0.01 USD an hour\..* 0.04 USD an hour\.$/,
    );
  });

  it('is told as metrics with every pass, as far as tasks are not over', async () => {
    const world = bounded(undefined);
    await bindEach(world, [
      ['a', 0.5, once],
      ['b', 2, once],
    ]);
    await passes(world, 2);
    await finish(world, 'a');
    await world.pass();
    const told = (name: string): readonly number[] =>
      world.telemetry.metrics.flatMap((metric) => (metric.name === name ? [metric.value] : []));
    expect(told('VcpuInUse')).toEqual([0, 2.5, 2]);
    expect(told('CostPerHour')).toEqual([0, 0.1, 0.08]);
  });
});

describe('the ceiling of a namespace', () => {
  const two = (ceilings: LoopWorld['deps']['settings']['namespaceCeilings']): LoopWorld => {
    const world = bounded(undefined, ceilings);
    const nodes = [aNodeSettings(), aNodeSettings({ name: 'node-2' })];
    Object.assign(world.deps.settings, { nodes });
    return world;
  };
  const inShop = { namespace: 'shop' };

  it.each(['economy', 'watch'] as const)('holds over all nodes (%s)', async (mode) => {
    const world = two({ shop: { vcpu: 2 } });
    await bindEach(world, [
      ['a', 1, inShop],
      ['b', 1, { ...inShop, node: 'node-2' }],
      ['c', 1, { ...inShop, node: 'node-2' }],
      ['d', 1, inShop],
      ['free', 8],
    ]);
    if (mode === 'watch') {
      void world.hold();
      await world.clock.advance(SECOND);
    } else await passes(world, 2);
    expect([...launched(world)].sort()).toEqual(['a', 'b', 'free']);
    expect(waiting(world)).toEqual(['c', 'd']);
    expect(waitingFor(world.kubernetes.controls.podOf('shop', 'c'))).toMatch(
      /^The ceiling of namespace shop is 2 vCPU,.*raise namespaceCeilings.shop.vcpu in/,
    );
  });

  it('named * is that of each namespace that has none of its own', async () => {
    const world = two({ '*': { vcpu: 1 }, shop: { vcpu: 2 } });
    await bindEach(world, [
      ['a', 1, { namespace: 'one' }],
      ['b', 1, { namespace: 'two' }],
      ['c', 1, { namespace: 'two' }],
      ['d', 2, inShop],
    ]);
    void world.hold();
    await world.clock.advance(SECOND);
    expect([launched(world), waiting(world)]).toEqual([['a', 'b', 'd'], ['c']]);
  });

  it('is waited for until every node is known: one that cannot be looked at may use anything', async () => {
    const world = two({ shop: { vcpu: 2 } });
    world.bind(ofSize('a', 1, inShop));
    world.bind(ofSize('free', 1));
    void world.hold({
      pods: {
        ...world.deps.pods,
        list: (node) => {
          if (node === 'node-2') throw new Error('no answer');
          return world.deps.pods.list(node);
        },
      },
    });
    await world.clock.advance(30 * SECOND);
    expect([launched(world), waiting(world)]).toEqual([['free'], []]);
  });

  it('and that of the node hold both; the pod tells the one that is in the way', async () => {
    const world = bounded({ vcpu: 2 }, { shop: { vcpu: 1 } });
    void world.hold();
    await bindEach(world, [
      ['a', 1, inShop],
      ['b', 1, inShop],
      ['c', 1, { namespace: 'other' }],
      ['d', 1, { namespace: 'other' }],
    ]);
    expect([launched(world), waiting(world)]).toEqual([
      ['a', 'c'],
      ['b', 'd'],
    ]);
    const saying = (namespace: string, name: string): string =>
      waitingFor(world.kubernetes.controls.podOf(namespace, name))?.split(',')[0] ?? '';
    expect(saying('shop', 'b')).toBe('The ceiling of namespace shop is 1 vCPU');
    expect(saying('other', 'd')).toBe('The ceiling of node node-1 is 2 vCPU');
  });
});

describe('whoever takes over', () => {
  it('knows from the records what is in use', async () => {
    const world = bounded({ vcpu: 2 });
    await bindEach(world, [
      ['a', 1],
      ['b', 1],
    ]);
    await world.pass();
    expect(world.record('a')?.use).toEqual({ vcpu: 1, usdPerHour: 0.04, capacityType: 'on-demand' });
    await bindEach(world, [['c', 1]]);
    await passes(world, 2);
    expect([launched(world), waiting(world)]).toEqual([['a', 'b'], ['c']]);
  });

  it('knows it by the pod where an older version wrote the record', async () => {
    const world = bounded({ vcpu: 2 });
    await bindEach(world, [['a', 2]]);
    await world.pass();
    const { use: _, ...older } = world.record('a')!;
    world.records.put(older);
    await bindEach(world, [['b', 1]]);
    await world.pass();
    expect([launched(world), waiting(world)]).toEqual([['a'], ['b']]);
  });

  it('knows it by the tasks where the table was lost', async () => {
    const world = bounded({ vcpu: 2 });
    await bindEach(world, [['a', 2]]);
    await world.pass();
    const before = world.record('a')!;
    const lost = createWorld({ settings: world.deps.settings, rebuilt: false });
    const { provider, pods } = world.deps;
    await lost.clock.runUntil(syncCluster({ ...lost.deps, provider, pods }));
    expect(lost.records.stored(before.uid)).toMatchObject({ claimer: 'rebuild', use: before.use });
  });

  it('from a live holder launches no pod twice, and both together stay under the ceiling', async () => {
    const world = bounded({ vcpu: 5 });
    void world.hold();
    await bindEach(
      world,
      Array.from({ length: 12 }, (_, index) => [`web-${index}`, 1, once] as const),
    );
    void world.hold({ settings: { ...world.deps.settings, mode: 'watch', deployId: 'd2' } });
    for (let round = 0; round < 4; round += 1) {
      for (const name of launched(world).slice(0, 2)) await finish(world, name);
      await world.clock.advance(3 * SECOND);
      expect(launched(world)).toHaveLength(Math.min(5, 12 - 2 * (round + 1)));
    }
    const names = world.provider.tasks().map(({ owner }) => owner?.name);
    expect(new Set(names).size, 'each pod has one task').toBe(names.length);
  });
});
