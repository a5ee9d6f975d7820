// How a pod is deleted, in every way in which Kubernetes deletes one.
import { describe, expect, it } from 'vitest';
import { isDeleting, type PodStatus } from '../../lib/core/kubernetes.ts';
import type { PodWatchEvent } from '../../lib/ports/pods.ts';
import { commandsOf, sendsOf } from '../support/vocabulary-launch.ts';
import { intercept, type LoopWorld } from '../support/vocabulary-loop.ts';
import { conditionsOf } from '../support/vocabulary-status.ts';
import { MINUTE, SECOND } from '../support/vocabulary.ts';
import { aged, passMinutes, patchesOf, running, stopsOf, sweep, told } from './vocabulary-scenario.ts';

/** The last status that was written before the object went. */
const lastStatus = (world: LoopWorld): PodStatus => patchesOf(world).at(-1) as PodStatus;

/** A holder of the watch to whom the watch tells only of the end of objects, as after a gap. */
async function heldWithGap(): Promise<LoopWorld> {
  const world = await running();
  intercept(
    world,
    'pods',
    'watch',
    (watch) =>
      async function* (...args): AsyncGenerator<PodWatchEvent> {
        for await (const event of watch(...args))
          if (event.kind !== 'changed' || !isDeleting(event.pod)) yield event;
      },
  );
  void world.hold();
  await world.clock.advance(SECOND);
  return world;
}

describe('a graceful delete', () => {
  it('stops, publishes the true exit codes of all containers, and deletes with grace 0 and the UID', async () => {
    const containers = ['app', 'side'].map((name) => ({ name, image: 'app' }));
    const world = await running((fresh) => fresh.bind({ spec: { containers } }));
    const { uid } = world.pod()!.metadata;
    world.kubernetes.controls.deletePod('default', 'web');
    await world.pass();
    const { calls } = world.kubernetes.controls;
    const before = calls.length;
    await world.tell(world.provider.exit(world.task().task.arn, { app: 0, side: 143 }));
    const exits = lastStatus(world).containerStatuses?.map(({ state }) => state?.terminated?.exitCode);
    expect(exits).toEqual([0, 143]);
    expect(lastStatus(world).phase).toBe('Failed');
    const methods = calls.slice(before).map(({ method }) => method);
    expect(
      methods.filter((method) => /patchStatus|remove/.test(method)),
      'the end is published first',
    ).toEqual(['pods.patchStatus', 'pods.remove']);
    expect(world.kubernetes.controls.callsOf('pods.remove')).toMatchObject([{ args: [{ uid }, 'node-1'] }]);
  });

  it('of a pod that exits with 0 ends as Succeeded, although its policy is Always', async () => {
    const world = await running();
    world.kubernetes.controls.deletePod('default', 'web');
    await world.pass();
    await world.tell(world.provider.exit(world.task().task.arn, 0));
    expect(lastStatus(world).phase).toBe('Succeeded');
  });

  it('of a pod in back-off starts nothing again and is done at once', async () => {
    const world = await running();
    await world.tell(world.provider.exit(world.task().task.arn, 3));
    expect(world.line()).toBe('Running; main: waiting CrashLoopBackOff');
    world.kubernetes.controls.deletePod('default', 'web');
    await world.pass();
    expect(world.pod()).toBeUndefined();
    const end = lastStatus(world).containerStatuses?.[0]?.state?.terminated;
    expect(end, 'it ended as it ended').toMatchObject({ exitCode: 3, reason: 'Error' });
    expect(sendsOf(world)).toHaveLength(1);
    expect(stopsOf(world)).toEqual([]);
  });

  it('by the eviction API keeps its words about the disruption', async () => {
    const world = await running();
    const evicted = { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' };
    const finalizers = ['batch.kubernetes.io/job-tracking'];
    world.kubernetes.controls.changePod('default', 'web', (pod) => {
      pod.metadata.finalizers = finalizers;
      pod.status!.conditions!.push(evicted);
    });
    world.kubernetes.controls.deletePod('default', 'web');
    await world.pass();
    await world.tell(world.provider.exit(world.task().task.arn, 143));
    expect(world.line()).toBe('Failed; main: terminated Error 143');
    const kept = { DisruptionTarget: 'True EvictionByEvictionAPI' };
    expect(conditionsOf(world.pod()?.status)).toMatchObject(kept);
  });

  it('is finished by the event alone: the event function needs no holder to remove the object', async () => {
    const world = await running();
    world.kubernetes.controls.deletePod('default', 'web');
    // The task ends by itself at that very moment, and nobody passes.
    await world.tell(world.provider.exit(world.task().task.arn, 2));
    expect(world.pod()).toBeUndefined();
    expect(world.record()).toMatchObject({ state: 'ended' });
  });
});

describe('a task that outlives its grace', () => {
  it('keeps its object; its stop is asked for again', async () => {
    const world = await running((fresh) => fresh.bind({ spec: { terminationGracePeriodSeconds: 30 } }));
    world.kubernetes.controls.deletePod('default', 'web');
    await world.pass();
    await sweep(world);
    expect(world.record()?.task, 'the provider says that it is stopping').toMatchObject({
      state: 'stopping',
    });
    const before = stopsOf(world).length;
    await passMinutes(world, 20);
    expect(world.pod()).toBeDefined();
    expect(stopsOf(world).length).toBeGreaterThan(before);
    expect(stopsOf(world).length - before, 'at most once in each two minutes').toBeLessThanOrEqual(10);
    await world.tell(world.provider.exit(world.task().task.arn, 137));
    expect(world.pod()).toBeUndefined();
    expect(lastStatus(world).containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(137);
  });

  it('is reported, in one event that only counts up', async () => {
    const world = await running((fresh) => fresh.bind({ spec: { terminationGracePeriodSeconds: 30 } }));
    world.kubernetes.controls.deletePod('default', 'web');
    await passMinutes(world, 1);
    expect(told(world, 'FailedKillPod'), 'it is within its grace').toEqual([]);
    await passMinutes(world, 10);
    const [event, ...others] = told(world, 'FailedKillPod');
    expect(event?.message).toContain('not stopped within its grace');
    expect(event?.count).toBeGreaterThan(1);
    expect(others).toEqual([]);
    expect(told(world, 'Killing')).toMatchObject([{ count: 1 }]);
  });
});

describe('a delete without grace', () => {
  it('that only its end tells of is looked up by name, and stops the task in the same second', async () => {
    const world = await heldWithGap();
    const at = world.clock.now();
    world.kubernetes.controls.forgetCalls();
    world.kubernetes.controls.deletePod('default', 'web', 0);
    await world.clock.advance(SECOND);
    expect(world.kubernetes.controls.callsOf('pods.get')).toMatchObject([
      { args: ['default', 'web', 'node-1'] },
    ]);
    expect(world.provider.calls.find(({ method }) => method === 'stop')?.at).toBeLessThan(at + SECOND);
  });

  it('of a finished pod stops nothing: its task is over', async () => {
    const world = await running((fresh) => fresh.bind({ spec: { restartPolicy: 'Never' } }));
    await world.tell(world.provider.exit(world.task().task.arn, 0));
    void world.hold();
    await world.clock.advance(SECOND);
    world.kubernetes.controls.deletePod('default', 'web');
    expect(world.pod(), 'the API server removes a finished pod at once').toBeUndefined();
    await world.clock.advance(6 * MINUTE);
    expect(stopsOf(world)).toEqual([]);
    expect(world.record()).toMatchObject({ state: 'ended' });
  });

  it('of a pod that someone else called Failed stops its task, though the object is gone', async () => {
    const world = await running();
    world.kubernetes.controls.changePod('default', 'web', (pod) => (pod.status!.phase = 'Failed'));
    world.kubernetes.controls.deletePod('default', 'web');
    expect(world.pod()).toBeUndefined();
    await world.pass();
    expect(world.task().task.state).toBe('stopping');
  });

  it('of a pod whose launch is unanswered stops the task that was started after all', async () => {
    const world = await aged((fresh) => fresh.bind());
    world.provider.failNext('launch', 'timeoutAfterSuccess');
    await world.pass();
    world.kubernetes.controls.deletePod('default', 'web', 0);
    await passMinutes(world, 4);
    expect(world.task().task.state).toBe('stopping');
    expect(sendsOf(world), 'a deleted pod is not sent again').toHaveLength(1);
  });
});

describe('a pod that was never launched', () => {
  it('is gone at once when it waits for capacity, and nothing of it is left', async () => {
    const world = await aged((fresh) => fresh.bind());
    world.provider.failNext('launch', { kind: 'capacity', message: 'Capacity is unavailable at this time.' });
    await world.pass();
    expect(world.line()).toBe('Pending; main: waiting FargateCapacityUnavailable');
    world.kubernetes.controls.deletePod('default', 'web');
    await world.pass();
    expect(world.pod()).toBeUndefined();
    expect(lastStatus(world)).toMatchObject({ phase: 'Failed' });
    await passMinutes(world, 20);
    expect(commandsOf(world)).toEqual(['launch']);
    expect(world.record()).toMatchObject({ state: 'ended' });
  });

  it('and was deleted without grace while only claimed is looked for before it is forgotten', async () => {
    const world = await aged((fresh) => fresh.bind());
    world.provider.failNext('launch', { kind: 'ambiguous', message: 'the connection broke' });
    await world.pass();
    world.kubernetes.controls.deletePod('default', 'web', 0);
    await passMinutes(world, 4);
    expect(world.provider.calls.filter(({ method }) => method === 'find')).toHaveLength(1);
    expect(world.record()).toMatchObject({ state: 'ended' });
  });
});
