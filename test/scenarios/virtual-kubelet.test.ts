// The scenarios of Virtual Kubelet's own tests (lifecycle_test.go, pod_test.go), asked of our loop: the first eight in both ways
// in which news reach us.
import { describe, expect, it } from 'vitest';
import type { Failure } from '../../lib/core/failure.ts';
import { toTime, type PodStatus } from '../../lib/core/kubernetes.ts';
import { commandsOf, livingOf, passes } from '../support/vocabulary-launch.ts';
import { createWorld, intercept, type LoopWorld } from '../support/vocabulary-loop.ts';
import { conditionsOf } from '../support/vocabulary-status.ts';
import { MINUTE } from '../support/vocabulary.ts';
import {
  forgetWrites,
  patchesOf,
  runningBefore,
  stopsOf,
  told,
  WAYS,
  writesOf,
  type Way,
  launchedBy,
} from './vocabulary-scenario.ts';

const down: Failure = { kind: 'transient', message: 'random error' };

/** A world with one pod that runs. */
async function running(way: Way): Promise<LoopWorld> {
  const world = await launchedBy(way, (fresh) => fresh.bind());
  await way.hear(world, world.provider.start(world.task().task.arn));
  expect(world.line()).toBe('Running; main: running');
  return world;
}

/** What the pod of {@link runningBefore} shows. */
const taken = (world: LoopWorld): Partial<PodStatus> => ({
  phase: 'Running',
  startTime: toTime(world.clock.now()),
});

describe.each(WAYS)('$way', (way) => {
  it('creates, starts and deletes a pod', async () => {
    const world = await running(way);
    expect(conditionsOf(world.pod()?.status)).toMatchObject({ Ready: 'True' });
    world.kubernetes.controls.deletePod('default', 'web');
    await way.look(world);
    expect(world.task().task.state).toBe('stopping');
    expect(world.pod(), 'the object stays while its task runs').toBeDefined();
    await way.hear(world, world.provider.exit(world.task().task.arn, 0));
    expect(world.pod()).toBeUndefined();
    expect(patchesOf(world).at(-1)).toMatchObject({ phase: 'Succeeded' });
    expect(world.record()).toMatchObject({ state: 'ended' });
  });

  it('deletes a pod whose task the provider does not know any more', async () => {
    const world = await running(way);
    world.provider.lose(world.task().task.arn);
    world.kubernetes.controls.deletePod('default', 'web');
    await way.look(world);
    expect(world.pod(), 'one answer is no proof').toBeDefined();
    await way.minutes(world, 8);
    expect(world.pod(), 'the pod is stuck in Terminating').toBeUndefined();
    const [container] = (patchesOf(world).at(-1) as PodStatus).containerStatuses ?? [];
    expect(container?.state?.terminated, 'its end is not known').toMatchObject({
      exitCode: 137,
      reason: 'ContainerStatusUnknown',
    });
  });

  it('retries a stop that fails with a random error, and keeps the pod object meanwhile', async () => {
    const world = await running(way);
    for (let time = 0; time < 5; time += 1) world.provider.failNext('stop', down);
    world.kubernetes.controls.deletePod('default', 'web');
    await way.look(world);
    expect(world.task().task.state).toBe('running');
    expect(world.pod()).toBeDefined();
    await way.minutes(world, 3);
    expect(world.task().task.state, 'the stop was given up').toBe('stopping');
    expect(
      stopsOf(world).length,
      'a stop that was answered is not asked for again before its deadline',
    ).toBeLessThanOrEqual(7);
    expect(world.pod()).toBeDefined();
    await way.hear(world, world.provider.exit(world.task().task.arn, 143));
    expect(world.pod()).toBeUndefined();
  });

  it('stops a dangling task that has no pod, once it is ten minutes old, though the first looks fail', async () => {
    const world = await way.open(async (fresh) => {
      await fresh.clock.advance(MINUTE);
      await runningBefore(fresh, { ...createWorld().bind({ name: 'gone' }) });
      for (let time = 0; time < 2; time += 1) fresh.provider.failNext('listLive', down);
    });
    expect(commandsOf(world), 'a failed look proves nothing').toEqual(['launch']);
    await way.minutes(world, 16);
    expect(stopsOf(world)).toEqual([world.task().task.arn]);
    expect(world.task().task.reason).toBe('lambdalet: no pod needs this task');
  });

  it('finishes a pod that was deleted while nobody was there: dangling, with a deletionTimestamp', async () => {
    const prepare = async (fresh: LoopWorld): Promise<void> => {
      await runningBefore(fresh, fresh.bind({ status: taken(fresh) }));
      fresh.kubernetes.controls.deletePod('default', 'web');
    };
    // Not even the table remembers the pod.
    const world = await way.open(prepare, { rebuilt: false });
    await way.minutes(world, 3);
    expect(world.task().task.state).toBe('stopping');
    expect(world.provider.tasks()).toHaveLength(1);
    expect(world.pod()).toBeDefined();
    await way.hear(world, world.provider.exit(world.task().task.arn, 7));
    expect(world.pod()).toBeUndefined();
    expect(patchesOf(world).at(-1)).toMatchObject({ phase: 'Failed' });
  });

  it.each(['Failed', 'Succeeded'])(
    'leaves a pod alone that is %s before anyone looks at it',
    async (phase) => {
      const world = await way.open((fresh) => fresh.bind({ status: { phase, reason: 'Evicted' } }));
      const before = world.pod();
      forgetWrites(world);
      await way.look(world);
      world.kubernetes.controls.changePod('default', 'web', (pod) => (pod.metadata.labels = { seen: 'yes' }));
      await way.minutes(world, 11);
      expect(commandsOf(world)).toEqual([]);
      expect(writesOf(world)).toEqual([]);
      expect(world.pod()?.status).toEqual(before?.status);
    },
  );

  it('keeps a pod running that is updated while it runs', async () => {
    const world = await running(way);
    const { arn } = world.task().task;
    world.kubernetes.controls.changePod('default', 'web', (pod) => {
      pod.metadata.generation = 2;
      pod.spec.containers[0]!.image = 'registry.invalid/app:2';
    });
    await way.look(world);
    await way.minutes(world, 6);
    expect(livingOf(world)).toMatchObject([{ task: { arn, state: 'running' } }]);
    expect(world.line()).toBe('Running; main: running');
    expect(conditionsOf(world.pod()?.status)).toMatchObject({ Ready: 'True' });
    expect(told(world, 'UpdateNotSupported')).toMatchObject([{ count: 1 }]);
  });
});

describe('a pod that is re-created under its name at the very moment of its removal', () => {
  it('is not deleted in the place of the old one', async () => {
    const world = createWorld();
    world.bind();
    await world.pass();
    await world.tell(world.provider.start(world.task().task.arn));
    const old = world.pod()!.metadata.uid;
    const { controls } = world.kubernetes;
    controls.deletePod('default', 'web');
    await world.pass();
    intercept(world, 'pods', 'remove', (remove) => (key, node) => {
      if (world.pod()?.metadata.uid === old) {
        controls.deletePod('default', 'web', 0);
        world.bind();
      }
      return remove(key, node);
    });
    await world.tell(world.provider.exit(world.task().task.arn, 143));
    const { uid } = world.pod()!.metadata;
    expect(uid).not.toBe(old);
    expect(world.records.stored(old)).toMatchObject({ state: 'ended' });
    await passes(world, 2);
    expect(world.pod()?.metadata.deletionTimestamp).toBeUndefined();
    expect(livingOf(world)).toMatchObject([{ owner: { uid, attempt: 1 } }]);
  });
});

describe('a pod of whose task nothing is told', () => {
  it('shows that it is being created, and nothing breaks', async () => {
    const world = createWorld();
    world.bind();
    await world.pass();
    const { task: _, ...untold } = world.record()!;
    world.records.put(untold);
    await passes(world, 3);
    expect(world.line()).toBe('Pending; main: waiting ContainerCreating');
    await world.tell(world.provider.setState(world.task().task.arn, { state: 'running', containers: [] }));
    expect(world.line()).toBe('Pending; main: waiting ContainerCreating');
    expect(world.telemetry.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
