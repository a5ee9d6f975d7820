// Tasks that AWS or someone else took away, tasks that cannot be found, and tasks that are not ours: nothing is invented, and nothing
// is stopped on doubt.
import { describe, expect, it } from 'vitest';
import { beatNodes } from '../../lib/loop/heartbeat.ts';
import { livingOf, passes, sendsOf } from '../support/vocabulary-launch.ts';
import type { LoopWorld } from '../support/vocabulary-loop.ts';
import { conditionsOf } from '../support/vocabulary-status.ts';
import { MINUTE, SECOND } from '../support/vocabulary.ts';
import { createEcsWorld } from './vocabulary-ecs.ts';
import {
  aged,
  passMinutes,
  phasesOf,
  running,
  runningBefore,
  stopsOf,
  sweep,
  WAYS,
} from './vocabulary-scenario.ts';

const LOST = 'Failed NodeLost; main: terminated ContainerStatusUnknown 137';
const RUNS = 'Running; main: running';

/** Many pods that run. */
async function crowd(size: number): Promise<LoopWorld> {
  const world = await aged((fresh) => {
    for (let pod = 0; pod < size; pod += 1) fresh.bind({ name: `web-${pod}` });
  });
  await world.pass();
  for (const { task } of world.provider.tasks()) await world.tell(world.provider.start(task.arn));
  return world;
}
const linesOf = (world: LoopWorld, size: number): string[] =>
  Array.from({ length: size }, (_, pod) => world.line(`web-${pod}`));

describe.each(WAYS)('a task that AWS takes away; $way', (way) => {
  it.each(['Always', 'Never'] as const)(
    'ends its pod as a disruption, under %s too',
    async (restartPolicy) => {
      const world = await way.open((fresh) => fresh.bind({ spec: { restartPolicy } }));
      if (world.provider.tasks().length === 0) await way.look(world);
      const { arn } = world.provider.start(world.task().task.arn).task;
      const reason = 'Your Spot Task was interrupted.';
      await way.hear(world, world.provider.setState(arn, { state: 'stopping', cause: 'disruption', reason }));
      expect(world.pod()?.status?.phase, 'it still runs').toBe('Running');
      await way.hear(world, world.provider.exit(arn, 143));
      expect(world.line()).toBe('Failed Shutdown; main: terminated Error 143');
      const target = { DisruptionTarget: 'True TerminationByKubelet', Ready: 'False PodFailed' };
      expect(conditionsOf(world.pod()?.status)).toMatchObject(target);
      expect(world.pod()?.status?.message).toBe(reason);
      await way.minutes(world, 3);
      expect(sendsOf(world), 'its owner replaces it, not we').toHaveLength(1);
    },
  );
});

describe('a task of the ECS model', () => {
  const pod = {
    restartPolicy: 'Never',
    containers: [{ name: 'main', image: 'busybox', command: ['sh', '-c', 'sleep 900'] }],
  };
  const started = async () => {
    const ecs = createEcsWorld();
    ecs.world.bind({ spec: pod });
    await ecs.pass();
    await ecs.seconds(8);
    expect(ecs.world.line()).toBe(RUNS);
    return { ...ecs, arn: ecs.world.record()!.taskArn! };
  };

  it('that is retired is a disruption', async () => {
    const { world, ecs, seconds, arn } = await started();
    const why = {
      stopCode: 'TerminationNotice',
      reason: 'ECS is performing maintenance on the underlying infrastructure.',
    };
    ecs.model.stopByAws(arn, why, world.clock.now());
    await seconds(5);
    expect(conditionsOf(world.pod()?.status)).toMatchObject({
      DisruptionTarget: 'True TerminationByKubelet',
    });
    expect(world.pod()?.status?.message).toContain('maintenance');
  });

  it('whose Spot capacity is reclaimed is one, and the warning alone is not the end', async () => {
    const { world, ecs, seconds, arn } = await started();
    ecs.model.interruptSpot(arn, world.clock.now());
    await seconds(1);
    expect(world.line()).toBe(RUNS);
    await seconds(5);
    expect(conditionsOf(world.pod()?.status)).toMatchObject({
      DisruptionTarget: 'True TerminationByKubelet',
    });
    expect(phasesOf(world)).toEqual(['Running', 'Failed']);
  });

  it('that someone stops is not one: the policy decides', async () => {
    const { world, ecs, seconds, arn } = await started();
    const input = { cluster: 'lambdalet-demo', task: arn, reason: 'clean-up' };
    ecs.model.handle('StopTask', input, world.clock.now());
    await seconds(5);
    expect(world.pod()?.status).toMatchObject({ phase: 'Failed' });
    expect(conditionsOf(world.pod()?.status)['DisruptionTarget']).toBeUndefined();
  });

  it('that is a stranger in our cluster runs on, whatever we do', async () => {
    const { world, ecs, pass, arn } = await started();
    const stranger = ecs.model.startStranger('lambdalet-demo', world.clock.now());
    world.kubernetes.controls.deletePod('default', 'web', 0);
    for (let time = 0; time < 4; time += 1) {
      await world.clock.advance(6 * MINUTE);
      await pass();
    }
    const desired = [arn, stranger].map((task) => {
      const asked = { cluster: 'lambdalet-demo', tasks: [task] };
      const { tasks } = ecs.model.handle('DescribeTasks', asked, world.clock.now()) as {
        readonly tasks: readonly { readonly desiredStatus: string }[];
      };
      return tasks[0]?.desiredStatus;
    });
    expect(desired, 'ours stops, the stranger runs on').toEqual(['STOPPED', 'RUNNING']);
  });
});

describe('a task that the provider does not know any more', () => {
  it('is lost only when two looks a minute apart miss it', async () => {
    const world = await running();
    world.provider.lose(world.task().task.arn);
    await sweep(world);
    await world.clock.advance(30 * SECOND);
    await world.pass();
    expect(world.line(), 'one look is no proof').toBe(RUNS);
    await passMinutes(world, 1);
    expect(world.line()).toBe(LOST);
    expect(world.telemetry.sum('TasksLost')).toBe(1);
    const target = { DisruptionTarget: 'True TerminationByKubelet' };
    expect(conditionsOf(world.pod()?.status), 'no Job may count it as a failure').toMatchObject(target);
    await passMinutes(world, 2);
    expect(sendsOf(world), 'it may still run somewhere').toHaveLength(1);
  });

  it('is not lost when the second look finds it', async () => {
    const world = await running();
    const { arn } = world.task().task;
    world.provider.overlook(arn, { described: 'missing' });
    await sweep(world);
    expect(world.record()?.missingSince).toBeDefined();
    world.provider.overlook(arn, {});
    await passMinutes(world, 8);
    expect(world.line()).toBe(RUNS);
    expect(world.record()?.missingSince).toBeUndefined();
    expect(livingOf(world)).toHaveLength(1);
  });

  it('is not lost when the provider is silent instead of saying so', async () => {
    const world = await running();
    world.provider.overlook(world.task().task.arn, { described: 'silent' });
    await passMinutes(world, 20);
    expect(world.line()).toBe(RUNS);
  });

  it('is not lost while events wait that may tell of its end: then its end is the true one', async () => {
    const world = await running((fresh) => fresh.bind({ spec: { restartPolicy: 'Never' } }));
    world.eventQueue.setBacklog(3);
    const end = world.provider.exit(world.task().task.arn, 12);
    world.provider.lose(world.task().task.arn);
    await passMinutes(world, 20);
    expect(world.line()).toBe(RUNS);
    await world.tell(end);
    world.eventQueue.setBacklog(0);
    await passMinutes(world, 3);
    expect(world.line()).toBe('Failed; main: terminated Error 12');
  });

  it('is lost once the backlog is worked off and told nothing', async () => {
    const world = await running();
    world.eventQueue.setBacklog(1);
    world.provider.lose(world.task().task.arn);
    await passMinutes(world, 10);
    expect(world.line()).toBe(RUNS);
    world.eventQueue.setBacklog(0);
    await passMinutes(world, 2);
    expect(world.line()).toBe(LOST);
  });

  it('is not lost while the Node is younger than ten minutes, and there is none', async () => {
    const world = await running();
    world.kubernetes.controls.deleteNode('node-1');
    world.provider.lose(world.task().task.arn);
    await passMinutes(world, 12);
    expect(world.line(), 'there is no Node').toBe(RUNS);
    await beatNodes(world.deps);
    await passMinutes(world, 9);
    expect(world.line(), 'the Node is nine minutes old').toBe(RUNS);
    await passMinutes(world, 3);
    expect(world.line()).toBe(LOST);
  });

  it('is one of so many that the breaker holds: none is lost, and new pods are started all the same', async () => {
    const world = await crowd(30);
    const tasks = world.provider.tasks();
    for (const { task } of tasks) world.provider.overlook(task.arn, { described: 'missing', listed: false });
    await sweep(world);
    world.bind({ name: 'late' });
    await passMinutes(world, 8);
    expect(new Set(linesOf(world, 30))).toEqual(new Set([RUNS]));
    expect(world.record('late')).toMatchObject({ state: 'launched' });
    await beatNodes(world.deps);
    const node = world.kubernetes.controls.nodeOf('node-1');
    expect(conditionsOf(node?.status as never)['Degraded']).toContain('True');
    for (const { task } of tasks) world.provider.overlook(task.arn, {});
    await passMinutes(world, 20);
    expect(world.telemetry.sum('TasksLost')).toBe(0);
    expect(stopsOf(world)).toEqual([]);
    world.provider.lose(tasks[0]!.task.arn);
    await passMinutes(world, 8);
    expect(
      linesOf(world, 30).filter((line) => line === LOST),
      'the breaker is released',
    ).toHaveLength(1);
  });

  it('is one of so many that are really gone: they are told once looks ten minutes apart agree', async () => {
    const world = await crowd(30);
    for (const { task } of world.provider.tasks()) world.provider.lose(task.arn);
    await sweep(world);
    await passMinutes(world, 10);
    expect(new Set(linesOf(world, 30))).toEqual(new Set([RUNS]));
    await passMinutes(world, 12);
    expect(new Set(linesOf(world, 30))).toEqual(new Set([LOST]));
  });

  it('is one of few: each of them is lost for itself, without the breaker', async () => {
    const world = await crowd(30);
    for (const { task } of world.provider.tasks().slice(0, 10)) world.provider.lose(task.arn);
    await sweep(world);
    await passMinutes(world, 2);
    expect(linesOf(world, 30).filter((line) => line === LOST)).toHaveLength(10);
    expect(linesOf(world, 30).filter((line) => line === RUNS)).toHaveLength(20);
  });
});

describe('a task that nobody of ours started', () => {
  it('is left alone for ever: it names no pod of this cluster', async () => {
    const world = await aged();
    const stranger = world.provider.startStranger();
    await passMinutes(world, 30);
    expect(stopsOf(world)).toEqual([]);
    expect(livingOf(world)).toMatchObject([{ task: { arn: stranger.task.arn } }]);
  });

  it('but bears our marks and has no pod is ten minutes old before it is stopped', async () => {
    const world = await aged();
    const lone = await runningBefore(world, { ...world.bind({ name: 'x', node: 'elsewhere' }) });
    world.kubernetes.controls.deletePod('default', 'x', 0);
    await passMinutes(world, 9);
    expect(stopsOf(world)).toEqual([]);
    await passMinutes(world, 7);
    expect(stopsOf(world)).toEqual([lone.task.arn]);
    await passes(world, 2);
  });
});
