import { describe, expect, it } from 'vitest';
import type { Failure } from '../../lib/core/failure.ts';
import { keyOfPod } from '../../lib/core/kubernetes.ts';
import { expectLogged } from '../memory/memory-telemetry.ts';
import { changedPages } from '../support/vocabulary-pages.ts';
import { livingOf, passes } from '../support/vocabulary-launch.ts';
import { createWorld, intercept, type LoopWorld } from '../support/vocabulary-loop.ts';
import { conditionsOf } from '../support/vocabulary-status.ts';
import { aClaim } from '../support/vocabulary.ts';

const down: Failure = { kind: 'transient', message: 'no connection' };

/** A world with one running pod, everything published. */
async function running(): Promise<LoopWorld> {
  const world = createWorld();
  world.bind();
  await world.pass();
  await world.tell(world.provider.start(world.task().task.arn));
  return world;
}
const stops = ({ provider }: LoopWorld) => provider.calls.filter(({ method }) => method === 'stop');

describe('a status that cannot be written', () => {
  it('because the pod was changed meanwhile, is decided anew from a new look', async () => {
    const world = await running();
    const { controls } = world.kubernetes;
    const { arn } = world.task().task;
    let rivals = 1;
    intercept(world, 'pods', 'patchStatus', (patch) => (pod, status) => {
      if (rivals-- > 0)
        controls.changePod('default', 'web', (copy) => (copy.metadata.labels = { rival: 'was here' }));
      return patch(pod, status);
    });
    await world.tell(world.provider.exit(arn, 3));
    expect(world.line()).toBe('Running; main: waiting CrashLoopBackOff');
    expect(world.pod()?.metadata.labels).toEqual({ rival: 'was here' });
  });

  it('because the API server calls it invalid, is alarmed and not sent again at once', async () => {
    const world = createWorld();
    world.bind({ spec: { restartPolicy: 'Never' } });
    await world.pass();
    const invalid = { kind: 'invalid', message: 'Forbidden' } as const;
    intercept(world, 'pods', 'patchStatus', () => () => Promise.resolve(invalid));
    await world.tell(world.provider.start(world.task().task.arn));
    expectLogged(world.telemetry, 'error', 'Pod status was called invalid', { message: 'Forbidden' });
    expect(world.telemetry.troubles('foldLimit')).toBe(0);
  });

  it('because the pod is gone, is dropped, and the task is stopped', async () => {
    const world = createWorld();
    world.bind();
    await world.pass();
    const running = world.provider.start(world.task().task.arn);
    world.kubernetes.controls.deletePod('default', 'web', 0);
    await world.tell(running);
    await world.pass();
    expect(world.task().task.state).toBe('stopping');
  });
});

describe('a node that flapped', () => {
  it('has its pods Ready again with the next look, and foreign conditions are left alone', async () => {
    const world = await running();
    const { controls } = world.kubernetes;
    controls.changePod('default', 'web', (pod) => {
      pod.status!.conditions!.push({ type: 'lb/ready', status: 'True' });
    });
    controls.flapNode('node-1');
    expect(conditionsOf(world.pod()?.status)).toMatchObject({ Ready: 'False' });
    await world.pass();
    expect(conditionsOf(world.pod()?.status)).toMatchObject({ Ready: 'True', 'lb/ready': 'True' });
    expect(livingOf(world)).toHaveLength(1);
  });
});

describe('a pod that is replaced by one of the same name', () => {
  it('loses its task, and the new one gets its own', async () => {
    const world = await running();
    const old = world.task().task.arn;
    world.kubernetes.controls.deletePod('default', 'web', 0);
    const { uid } = world.bind().metadata;
    await world.pass();
    expect(stops(world)).toMatchObject([{ taskArn: old }]);
    expect(world.task()).toMatchObject({ owner: { uid, attempt: 1 } });
    expect(livingOf(world)).toHaveLength(2);
    await world.tell(world.provider.exit(old, 143));
    expect(world.line(), 'the end of the old task is not the new pod’s').toBe(
      'Pending; main: waiting ContainerCreating',
    );
    expect(world.record()).toMatchObject({ state: 'launched', uid });
  });
});

describe('a pod that is missing in a list', () => {
  it('keeps its task when a look by name finds it', async () => {
    const world = await running();
    intercept(
      world,
      'pods',
      'list',
      (list) => (node) => changedPages(list(node), (page) => ({ ...page, pods: [] })),
    );
    await passes(world, 3);
    expect(stops(world)).toEqual([]);
  });

  it('keeps its task when the look by name fails, and so does every other pod', async () => {
    const world = await running();
    world.kubernetes.controls.deletePod('default', 'web', 0);
    world.kubernetes.controls.failNext('pods.get', down);
    await world.pass();
    expect(stops(world)).toEqual([]);
    await world.pass();
    expect(stops(world)).toHaveLength(1);
  });

  it('has no verdict when the list itself fails', async () => {
    const world = await running();
    world.kubernetes.controls.failNext('pods.list', down);
    await world.pass();
    expectLogged(world.telemetry, 'error', 'The sync of a node failed');
    expect(stops(world)).toEqual([]);
  });
});

describe('a stop', () => {
  it('whose call was lost is asked for again', async () => {
    const world = await running();
    world.kubernetes.controls.deletePod('default', 'web');
    world.provider.failNext('stop', down);
    await world.pass();
    expect(world.record()?.stop).toMatchObject({ why: 'deleted' });
    expect(world.task().task.state).toBe('running');
    await passes(world, 2);
    expect(world.task().task.state).toBe('stopping');
  });

  it('whose call was answered with silence is not taken for done either', async () => {
    const world = await running();
    world.kubernetes.controls.deletePod('default', 'web');
    world.provider.failNext('stop', 'timeoutAfterSuccess');
    await passes(world, 2);
    await world.tell(world.provider.exit(world.task().task.arn, 0));
    expect(world.pod()).toBeUndefined();
  });

  it('is not sent when the record has moved on', async () => {
    const world = await running();
    world.kubernetes.controls.deletePod('default', 'web');
    intercept(world, 'records', 'getMany', (getMany) => async (node, uids) => {
      const found = await getMany(node, uids);
      world.records.put(aClaim({ ...keyOfPod(world.pod()!), attempt: 2 }));
      return found;
    });
    await world.pass();
    expect(stops(world)).toEqual([]);
    expect(world.record()).toMatchObject({ state: 'claimed', attempt: 2 });
  });
});

describe('a pod that someone else ended', () => {
  it('loses its task and keeps the words of whoever ended it', async () => {
    const world = await running();
    world.kubernetes.controls.changePod('default', 'web', (pod) => {
      Object.assign(pod.status!, { phase: 'Failed', reason: 'Evicted', message: 'out of budget' });
    });
    await world.pass();
    expect(world.task().task).toMatchObject({ state: 'stopping', reason: 'lambdalet: the pod has ended' });
    await world.tell(world.provider.exit(world.task().task.arn, 0));
    expect(world.pod()?.status).toMatchObject({
      phase: 'Failed',
      reason: 'Evicted',
      message: 'out of budget',
    });
    expect(world.record()).toMatchObject({ state: 'ended' });
  });
});
