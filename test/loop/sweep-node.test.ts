import { describe, expect, it } from 'vitest';
import type { FoundTask } from '../../lib/core/task.ts';
import { expectLogged } from '../memory/memory-telemetry.ts';
import { commandsOf, dieLaunching, livingOf, passes, tokensOf } from '../support/vocabulary-launch.ts';
import { createWorld, intercept, type LoopWorld } from '../support/vocabulary-loop.ts';
import { loseRecord, runPods, settleNode, stopsOf, sweep } from '../support/vocabulary-repair.ts';
import { aNodeSettings, aTask, MINUTE, SECOND } from '../support/vocabulary.ts';

const down = () => Promise.reject(new Error('no answer'));

/** A running pod whose object and record are gone, as after a restore of etcd and of the table; its task runs on. */
async function withOrphan(): Promise<LoopWorld> {
  const world = createWorld();
  await runPods(world, 1);
  await loseRecord(world);
  world.kubernetes.controls.deletePod('default', 'web', 0);
  return world;
}
/** A running pod without a record. */
async function withoutRecord(): Promise<LoopWorld> {
  const world = createWorld();
  await runPods(world, 1);
  await loseRecord(world);
  return world;
}
/** Besides what the provider knows, it runs this task too. */
function alsoRuns(world: LoopWorld, found: FoundTask, where: 'first' | 'last' = 'last'): void {
  const { arn } = found.task;
  intercept(
    world,
    'provider',
    'listLive',
    (list) => async () => (where === 'first' ? [arn, ...(await list())] : [...(await list()), arn]),
  );
  intercept(
    world,
    'provider',
    'describe',
    (describe) => async (arns) =>
      new Map([...(arns.includes(arn) ? [[arn, found] as const] : []), ...(await describe(arns))]),
  );
}
const owned = (words: Partial<NonNullable<FoundTask['owner']>>): FoundTask => ({
  task: aTask({ arn: 'arn:extra', createdAt: 0 }),
  owner: { cluster: 'demo', node: 'node-1', uid: 'u', attempt: 1, namespace: 'default', name: 'x', ...words },
});

describe('a running task without a pod and without a record', () => {
  it('is stopped by a sweep once it is ten minutes old, not before', async () => {
    const world = await withOrphan();
    await sweep(world);
    expect(stopsOf(world), 'five minutes old').toEqual([]);
    await sweep(world);
    expect(stopsOf(world)).toEqual([world.task().task.arn]);
    expect(world.task().task).toMatchObject({
      state: 'stopping',
      reason: 'lambdalet: no pod needs this task',
    });
    expectLogged(world.telemetry, 'warn', 'Task without a pod is stopped', { node: 'node-1', attempt: 1 });
  });

  it('is stopped by a holder within its bound: ten minutes, one sweep and a minute', async () => {
    const world = await withOrphan();
    void world.hold();
    await world.clock.advance(world.task().task.createdAt! + 16 * MINUTE - world.clock.now());
    expect(world.task().task.state).toBe('stopping');
  });

  it('is stopped only after pod and record were looked at by name', async () => {
    const world = await withOrphan();
    await sweep(world);
    world.kubernetes.controls.forgetCalls();
    world.records.forgetCalls();
    await sweep(world);
    expect(world.kubernetes.controls.callsOf('pods.get')).toMatchObject([
      { args: ['default', 'web', 'node-1'] },
    ]);
    expect(world.records.calls).toContainEqual(
      expect.objectContaining({ method: 'get', uid: world.task().owner?.uid }),
    );
  });

  it.each(['pods', 'records'] as const)(
    'is left alone while %s cannot be looked at by name',
    async (port) => {
      const world = await withOrphan();
      await sweep(world);
      intercept(world, port, 'get', () => down as never);
      await sweep(world);
      expect(stopsOf(world)).toEqual([]);
      expectLogged(world.telemetry, 'warn', 'Task could not be judged');
    },
  );

  it('is stopped also when another that was found before it cannot be judged', async () => {
    const world = await withOrphan();
    alsoRuns(world, owned({ uid: 'x' }), 'first');
    await sweep(world);
    intercept(
      world,
      'records',
      'get',
      (get) =>
        (...key) =>
          key[1] === 'x' ? down() : get(...key),
    );
    await sweep(world);
    expect(stopsOf(world)).toContain(world.task().task.arn);
  });

  it('is stopped too when another pod has its name by now', async () => {
    const world = await withOrphan();
    world.bind();
    await sweep(world);
    await sweep(world);
    expect(stopsOf(world)).toEqual([world.provider.tasks()[0]!.task.arn]);
    const kept = livingOf(world).filter(({ task }) => task.state !== 'stopping');
    expect(kept.map(({ owner }) => owner?.uid)).toEqual([world.pod()?.metadata.uid]);
  });

  it('is left alone by an incomplete list of tasks, and so is every other', async () => {
    const world = await withOrphan();
    await sweep(world);
    world.provider.failNext('listLive', { kind: 'transient', message: 'a page is missing' });
    await sweep(world);
    expect(stopsOf(world)).toEqual([]);
    await world.pass();
    expect(stopsOf(world), 'the next look sweeps again').toHaveLength(1);
  });

  it('is left alone when the credentials lead to another cluster between the look and the stop', async () => {
    const world = await withOrphan();
    await sweep(world);
    intercept(world, 'provider', 'listLive', (list) => () => {
      world.kubernetes.controls.setIdentity('uid:another');
      return list();
    });
    await sweep(world);
    expect(stopsOf(world), 'a 404 of another cluster says nothing of our pods').toEqual([]);
  });

  it('is left alone, and told, when it does not name its pod: nobody can be asked about it', async () => {
    const world = createWorld();
    const { namespace: _namespace, name: _name, ...owner } = owned({}).owner!;
    alsoRuns(world, { ...owned({}), owner });
    await sweep(world);
    expect(stopsOf(world)).toEqual([]);
    expectLogged(world.telemetry, 'warn', 'Task names no pod and is left alone', { uid: 'u' });
  });
});

describe('a running task whose pod lives and has no record', () => {
  it('is recorded, and nothing is started or stopped', async () => {
    const world = await withoutRecord();
    await sweep(world);
    expect(world.record()).toMatchObject({ state: 'launched', attempt: 1, taskArn: world.task().task.arn });
    expect(commandsOf(world)).toEqual(['launch']);
    expect(world.line()).toBe('Running; main: running');
  });

  it('is recorded by the sweep also while the tasks cannot all be listed for a rebuild', async () => {
    const world = await withoutRecord();
    intercept(world, 'provider', 'listAll', () => down);
    await sweep(world);
    expect(world.record()).toMatchObject({ state: 'launched', attempt: 1, taskArn: world.task().task.arn });
    expect(commandsOf(world)).toEqual(['launch']);
  });
});

describe('a running task whose launch was never answered', () => {
  it('is adopted by its claim, and no other is started', async () => {
    const world = createWorld();
    world.slot.put({ ...aSlot(world), lastSweepAt: world.clock.now() });
    world.bind();
    for (let send = 0; send < 3; send += 1) world.provider.failNext('launch', 'timeoutAfterSuccess');
    await world.clock.advance(5 * MINUTE - 24 * SECOND);
    await world.pass();
    expect(world.record()).toMatchObject({ state: 'claimed' });
    await world.pass();
    expect(world.record()).toMatchObject({
      state: 'launched',
      taskArn: world.task().task.arn,
      taskDefinition: world.task().taskDefinition,
      launchedAt: world.task().task.createdAt,
    });
    expect(world.line()).toBe('Pending; main: waiting ContainerCreating');
    await passes(world, 10);
    expect(world.provider.tasks()).toHaveLength(1);
    expect(new Set(tokensOf(world)), 'every send had the same token').toEqual(new Set(['1']));
  });

  it('is not stopped when the claim belongs to an invocation that died', async () => {
    const world = createWorld();
    world.bind();
    await dieLaunching(world);
    await sweep(world);
    await sweep(world);
    await sweep(world);
    expect(stopsOf(world)).toEqual([]);
    expect(livingOf(world)).toHaveLength(1);
  });
});

describe('a task that another attempt has replaced', () => {
  it('is stopped, and the task on record is not', async () => {
    const world = createWorld();
    await runPods(world, 1);
    const { uid } = world.pod()!.metadata;
    alsoRuns(world, { ...owned({ uid, name: 'web', attempt: 0 }) });
    await sweep(world);
    expect(stopsOf(world)).toEqual(['arn:extra']);
    expect(world.line()).toBe('Running; main: running');
  });
});

describe('a task that is not of this node', () => {
  const foreign: readonly { readonly whose: string; readonly found: FoundTask }[] = [
    { whose: 'a stranger', found: { task: aTask({ arn: 'arn:extra', createdAt: 0 }) } },
    { whose: 'another cluster', found: owned({ cluster: 'other' }) },
    { whose: 'another node', found: owned({ node: 'node-9' }) },
  ];

  it.each(foreign)('but of $whose is left alone however old it is', async ({ found }) => {
    const world = createWorld();
    alsoRuns(world, found);
    await sweep(world);
    await sweep(world);
    await sweep(world);
    expect(stopsOf(world)).toEqual([]);
    expect(world.records.writes).toBe(0);
  });

  it('is no reason not to stop the next one, which is', async () => {
    const world = await withOrphan();
    world.provider.startStranger();
    await sweep(world);
    await sweep(world);
    expect(stopsOf(world)).toEqual([world.provider.tasks()[0]!.task.arn]);
  });
});

describe('a sweep of two nodes', () => {
  it('asks once for the list of all tasks, and about each task once', async () => {
    const world = createWorld({ settings: { nodes: [aNodeSettings(), aNodeSettings({ name: 'node-2' })] } });
    for (const node of ['node-1', 'node-2'])
      for (let pod = 0; pod < 200; pod += 1) world.bind({ name: `${node}-${pod}`, node });
    await world.pass();
    for (const { task } of world.provider.tasks()) await world.tell(world.provider.start(task.arn));
    const before = world.provider.calls.length;
    await sweep(world);
    const made = world.provider.calls.slice(before);
    expect(made.filter(({ method }) => method === 'listLive')).toHaveLength(1);
    const asked = made.flatMap((call) => (call.method === 'describe' ? call.taskArns : []));
    expect(asked.length, 'tasks asked about').toBe(400);
  });
});

describe('a sweep that cannot list the tasks', () => {
  it('publishes all the same what it was told of the tasks on record', async () => {
    const world = createWorld();
    await settleNode(world);
    await runPods(world, 1, { spec: { restartPolicy: 'Never' } });
    void world.hold();
    await world.clock.advance(SECOND);
    world.provider.exit(world.task().task.arn, 3);
    intercept(world, 'provider', 'listLive', () => down);
    await world.clock.advance(5 * MINUTE);
    expect(world.record()?.task?.state).toBe('stopped');
    expect(world.line(), 'the end is on record, and nobody told it').toBe('Failed; main: terminated Error 3');
  });

  it('is made again with the next look', async () => {
    const world = createWorld();
    world.provider.failNext('listLive', { kind: 'throttled', message: 'Rate exceeded' });
    await world.pass();
    expect(world.slot.item?.lastSweepAt).toBeUndefined();
    await world.pass();
    expect(world.slot.item?.lastSweepAt).toBeDefined();
  });
});

function aSlot(world: LoopWorld) {
  return { holder: '', deployId: 'd1', startedAt: 0, until: 0, renewedAt: world.clock.now() };
}
