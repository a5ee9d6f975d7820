// Tasks that AWS or someone else takes away: what their pods say decides what a Job or a Service makes of it.
import { describe, expect, it } from 'vitest';
import { sendsOf } from '../support/vocabulary-launch.ts';
import { conditionsOf } from '../support/vocabulary-status.ts';
import { MINUTE } from '../support/vocabulary.ts';
import { createEcsWorld } from './vocabulary-ecs.ts';
import { phasesOf, WAYS, launchedBy } from './vocabulary-scenario.ts';

const RUNS = 'Running; main: running';

describe.each(WAYS)('a task that AWS takes away; $way', (way) => {
  it.each(['Always', 'Never'] as const)(
    'ends its pod as a disruption, under %s too',
    async (restartPolicy) => {
      const world = await launchedBy(way, (fresh) => fresh.bind({ spec: { restartPolicy } }));
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
