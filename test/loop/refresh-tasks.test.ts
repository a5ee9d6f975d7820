import { describe, expect, it } from 'vitest';
import { liveTaskOf, refreshTasks } from '../../lib/loop/refresh-tasks.ts';
import { createWorld, type LoopWorld } from '../support/vocabulary-loop.ts';
import { hideTasks, runPods } from '../support/vocabulary-repair.ts';
import { aLaunch, aStoppedTask, aView } from '../support/vocabulary.ts';

const viewOf = (world: LoopWorld) =>
  aView({ key: world.task().owner as never, pod: world.pod(), record: world.record() });

describe('a look at the tasks on record', () => {
  it('takes the mark of a task that is missing away when the provider knows it, though it has no news', async () => {
    const world = createWorld();
    await runPods(world, 1);
    world.records.put({ ...world.record()!, missingSince: world.clock.now() });
    const { changed, missing } = await refreshTasks([liveTaskOf(viewOf(world))!], world.deps);
    expect(world.record()?.missingSince).toBeUndefined();
    expect(changed.map(({ uid }) => uid)).toEqual([world.task().owner?.uid]);
    expect(missing).toEqual([]);
  });

  it('writes nothing when there is no news', async () => {
    const world = createWorld();
    await runPods(world, 1);
    world.records.forgetCalls();
    expect(await refreshTasks([liveTaskOf(viewOf(world))!], world.deps)).toEqual({
      changed: [],
      missing: [],
    });
    expect(world.records.calls).toEqual([]);
  });

  it('only tells of what is missing', async () => {
    const world = createWorld();
    await runPods(world, 1);
    hideTasks(world, [world.task()]);
    world.records.forgetCalls();
    const { missing } = await refreshTasks([liveTaskOf(viewOf(world))!], world.deps);
    expect(missing).toMatchObject([{ arn: world.task().task.arn }]);
    expect(world.records.calls).toEqual([]);
  });

  it('asks about 100 tasks a call', async () => {
    const world = createWorld();
    await runPods(world, 101);
    const views = world.kubernetes.controls.allPods().map((pod) => {
      const { uid, namespace, name } = pod.metadata;
      return aView({ key: { uid, namespace, name }, pod, record: world.record(name) });
    });
    const before = world.provider.calls.length;
    await refreshTasks(
      views.map((view) => liveTaskOf(view)!),
      world.deps,
    );
    const asked = world.provider.calls.slice(before);
    expect(asked.map((call) => (call.method === 'describe' ? call.taskArns.length : 0))).toEqual([100, 1]);
  });

  it.each([
    { what: 'no record', record: undefined },
    { what: 'a record that has ended', record: aLaunch(undefined, { state: 'ended' }) },
    { what: 'a task that has stopped', record: aLaunch(aStoppedTask(0)) },
  ])('does not ask about a pod with $what', ({ record }) => {
    expect(liveTaskOf(aView({ record }))).toBeUndefined();
  });
});
