import { describe, expect, it } from 'vitest';
import type { Failure } from '../../lib/core/failure.ts';
import { handleTaskEvent } from '../../lib/loop/handle-task-event.ts';
import { livingOf, passes } from '../support/vocabulary-launch.ts';
import { createWorld, readEvent, type LoopWorld } from '../support/vocabulary-loop.ts';

const down: Failure = { kind: 'transient', message: 'the API server does not answer' };

/** A world with one pod whose task was launched; nothing was told of it yet. */
async function launched(): Promise<LoopWorld> {
  const world = createWorld();
  world.bind();
  await world.pass();
  return world;
}
/** What tells whether an event changed anything. */
const stateOf = (world: LoopWorld) => ({ record: world.record(), pod: world.pod() });

describe('an event about the task of a pod', () => {
  it('advances the record and publishes the status', async () => {
    const world = await launched();
    expect(await world.tell(world.provider.start(world.task().task.arn))).toEqual({ kind: 'done' });
    expect(world.record()?.task).toMatchObject({ state: 'running', version: 2 });
    expect(world.line()).toBe('Running; main: running');
  });

  it('changes nothing when it comes twice', async () => {
    const world = await launched();
    const running = world.provider.start(world.task().task.arn);
    await world.tell(running);
    const before = stateOf(world);
    expect(await world.tell(running)).toEqual({ kind: 'done' });
    expect(stateOf(world)).toEqual(before);
  });

  it('changes nothing when a newer one was faster', async () => {
    const world = await launched();
    const running = world.provider.start(world.task().task.arn);
    const stopped = world.provider.exit(world.task().task.arn, 3);
    await world.tell(stopped);
    const before = stateOf(world);
    await world.tell(running);
    expect(stateOf(world)).toEqual(before);
    expect(world.line()).toBe('Running; main: waiting CrashLoopBackOff');
  });

  it('changes nothing when it is about an earlier attempt', async () => {
    const world = await launched();
    world.provider.start(world.task().task.arn);
    const first = world.provider.exit(world.task().task.arn, 3);
    await world.tell(first);
    await passes(world, 2);
    const before = stateOf(world);
    expect(before.record?.attempt).toBe(2);
    expect(await world.tell(first)).toMatchObject({ kind: 'ignored', why: 'the record is at attempt 2' });
    expect(stateOf(world)).toEqual(before);
  });

  it('changes nothing when it is about another task of the same attempt', async () => {
    const world = await launched();
    const { task, owner } = world.task();
    const other = { owner: owner!, task: { ...task, arn: `${task.arn}-twin`, version: 9 } };
    const before = stateOf(world);
    expect(await world.tell(other)).toMatchObject({
      kind: 'ignored',
      why: 'the record names another task for this attempt',
    });
    expect(stateOf(world)).toEqual(before);
  });

  it('gives its task to a claim that has none: it was faster than the answer to the launch', async () => {
    const world = createWorld();
    world.bind();
    world.provider.failNext('launch', 'timeoutAfterSuccess');
    await world.pass();
    await world.tell(world.task());
    expect(world.record()).toMatchObject({ state: 'launched', taskArn: world.task().task.arn });
    expect(world.record()?.taskDefinition).toBe(world.task().taskDefinition);
  });

  it('never makes a record', async () => {
    const world = await launched();
    const { task, owner } = world.task();
    const stranger = { task, owner: { ...owner!, uid: 'nobody' } };
    expect(await world.tell(stranger)).toMatchObject({
      kind: 'ignored',
      why: 'there is no record of the pod',
    });
    expect(world.records.stored('nobody')).toBeUndefined();
  });

  it('never asks the provider for anything', async () => {
    const world = await launched();
    world.kubernetes.controls.deletePod('default', 'web');
    const calls = world.provider.calls.length;
    await world.tell(world.provider.start(world.task().task.arn));
    await world.tell(world.provider.exit(world.task().task.arn, 0));
    expect(world.provider.calls).toHaveLength(calls);
    expect(livingOf(world)).toEqual([]);
  });
});

describe('an event that is not ours', () => {
  it.each([
    { of: 'a task without an owner', owner: undefined, why: 'the task is not of this cluster' },
    { of: 'another cluster', owner: { cluster: 'other' }, why: 'the task is not of this cluster' },
    {
      of: 'a node that this deployment does not have',
      owner: { node: 'node-9' },
      why: 'the task is of a node that this deployment does not have',
    },
  ])('because it is of $of, is ignored', async ({ owner, why }) => {
    const world = await launched();
    const { task, owner: ours } = world.task();
    const found = owner === undefined ? { task } : { task, owner: { ...ours!, ...owner } };
    const before = stateOf(world);
    expect(await world.tell(found)).toMatchObject({ kind: 'ignored', why });
    expect(stateOf(world)).toEqual(before);
  });

  it('because it cannot be read, names every fault, for the queue of the dead', async () => {
    const world = createWorld();
    const outcome = await handleTaskEvent({ detail: {} }, 1, { ...world.deps, normalise: readEvent });
    if (outcome.kind !== 'poisoned') throw new Error(`the event was ${outcome.kind}`);
    expect(outcome.faults.join('\n')).toMatch(/detail\.taskArn[\s\S]*detail\.version/);
  });
});

describe('an event while something is down', () => {
  it('comes again while the status cannot be written, then is given up: the record holds the fact', async () => {
    const world = await launched();
    const running = world.provider.start(world.task().task.arn);
    const outcomes = [];
    for (const deliveries of [1, 2, 3]) {
      world.kubernetes.controls.failNext('pods.patchStatus', down);
      outcomes.push(await world.tell(running, { deliveries }));
    }
    expect(outcomes).toMatchObject([
      { kind: 'retry', why: 'the API server does not answer' },
      { kind: 'retry', why: 'the API server does not answer' },
      {
        kind: 'ignored',
        why: 'the fact is on record, the next pass publishes it: the API server does not answer',
      },
    ]);
    expect(world.record()?.task?.state).toBe('running');
    await world.pass();
    expect(world.line()).toBe('Running; main: running');
  });

  it('comes again while the pod cannot be read', async () => {
    const world = await launched();
    world.kubernetes.controls.failNext('pods.get', down);
    expect(await world.tell(world.provider.start(world.task().task.arn))).toMatchObject({ kind: 'retry' });
    expect(world.record()?.task?.state).toBe('running');
  });

  it('fails as a whole while the record cannot be written: nothing is lost, the message comes again', async () => {
    const world = await launched();
    const running = world.provider.start(world.task().task.arn);
    world.records.failNext('write', { kind: 'transient', message: 'no table' });
    await expect(world.tell(running)).rejects.toThrow('no table');
    expect(world.record()?.task?.state).toBe('pending');
    await world.tell(running, { deliveries: 2 });
    expect(world.line()).toBe('Running; main: running');
  });
});
