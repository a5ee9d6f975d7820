import { describe, expect, it } from 'vitest';
import { beatNodes } from '../../lib/loop/heartbeat.ts';
import { expectLogged } from '../memory/memory-telemetry.ts';
import { passes, tokensOf } from '../support/vocabulary-launch.ts';
import { createWorld, intercept, type LoopWorld } from '../support/vocabulary-loop.ts';
import { hideTasks, runPods, settleNode, stopsOf, sweep } from '../support/vocabulary-repair.ts';
import { MINUTE, SECOND } from '../support/vocabulary.ts';

/** A running pod of policy Never on a node that is old enough; its task is unknown to the provider from now on. */
async function withMissingTask(
  spec: { readonly restartPolicy?: 'Always' | 'Never' } = {},
): Promise<LoopWorld & { readonly known: () => void }> {
  const world = createWorld();
  await settleNode(world);
  const tasks = await runPods(world, 1, { spec: { restartPolicy: 'Never', ...spec } });
  return { ...world, ...hideTasks(world, tasks) };
}
/** The same, with a holder that has just made its first pass, which was a sweep. */
async function underHolder(): Promise<LoopWorld & { readonly known: () => void }> {
  const world = await withMissingTask();
  void world.hold();
  await world.clock.advance(SECOND);
  return world;
}
const isLost = ({ telemetry }: LoopWorld): boolean => telemetry.troubles('lostTask') > 0;

describe('a task on record that the provider does not know', () => {
  it('is noted by the first sweep that misses it, and nothing is said of the pod', async () => {
    const world = await withMissingTask();
    await sweep(world);
    expect(world.record()).toMatchObject({ missingSince: world.clock.now(), task: { state: 'running' } });
    expect(world.line()).toBe('Running; main: running');
    expectLogged(world.telemetry, 'warn', 'Task is unknown to the provider', { node: 'node-1', attempt: 1 });
  });

  it('is noted once: a later look keeps the time of the first', async () => {
    const world = await withMissingTask();
    world.eventQueue.setBacklog(1);
    await sweep(world);
    const since = world.clock.now();
    await sweep(world);
    expect(world.record()).toMatchObject({ missingSince: since });
  });

  it('is lost after a second look by the holder, a minute after the first', async () => {
    const world = await underHolder();
    await world.clock.advance(5 * MINUTE);
    const { missingSince = 0 } = world.record() ?? {};
    expect(missingSince).toBeGreaterThan(0);
    await world.clock.advance(missingSince + MINUTE - world.clock.now() - 1);
    expect(isLost(world), 'lost too soon').toBe(false);
    await world.clock.advance(1);
    expect(isLost(world)).toBe(true);
    expect(world.record()?.missingSince, 'the mark goes with the verdict').toBeUndefined();
  });

  it('is lost by later passes in economy mode, a minute after the first look', async () => {
    const world = await withMissingTask();
    await sweep(world);
    await passes(world, 4);
    expect(isLost(world), 'after 48 s').toBe(false);
    await world.pass();
    expect(isLost(world), 'after 60 s').toBe(true);
  });

  it('is asked about by name right before the verdict', async () => {
    const world = await withMissingTask();
    await sweep(world);
    const before = world.provider.calls.length;
    await passes(world, 5);
    expect(world.provider.calls.slice(before)).toMatchObject([
      { method: 'describe', taskArns: [world.record()?.taskArn] },
    ]);
  });

  it('ends its pod as unknown, and no exit code is invented', async () => {
    const world = await withMissingTask();
    await sweep(world);
    await passes(world, 5);
    expect(world.record()).toMatchObject({ state: 'ended', task: { state: 'stopped', cause: 'lost' } });
    for (const container of world.record()?.task?.containers ?? [])
      expect(container.exitCode).toBeUndefined();
    expect(world.line()).toBe('Failed NodeLost; main: terminated ContainerStatusUnknown 137');
    expect(stopsOf(world)).toEqual([]);
  });

  it('ends a pod of policy Always too: two of it might run else, and its controller makes another', async () => {
    const world = await withMissingTask({ restartPolicy: 'Always' });
    await sweep(world);
    await passes(world, 20);
    expect(world.line()).toBe('Failed NodeLost; main: terminated ContainerStatusUnknown 137');
    expect(tokensOf(world)).toEqual(['1']);
  });

  it('keeps the object of a deleted pod until it is lost, then lets it go', async () => {
    const world = await withMissingTask();
    await sweep(world);
    world.kubernetes.controls.deletePod('default', 'web');
    await passes(world, 2);
    expect(world.pod()).toBeDefined();
    expect(stopsOf(world), 'the stop is asked for all the same').toContain(world.record()?.taskArn);
    await passes(world, 4);
    expect(world.pod()).toBeUndefined();
    expect(world.record()).toMatchObject({ state: 'ended' });
  });

  it('is missed too when it is silent while it starts', async () => {
    const world = createWorld();
    await settleNode(world);
    world.bind();
    await world.pass();
    hideTasks(world, [world.task()]);
    await passes(world, 16);
    expect(world.record()?.missingSince).toBeDefined();
    await passes(world, 6);
    expect(isLost(world)).toBe(true);
  });
});

describe('no task is declared lost', () => {
  it('while events wait to be handled: one of them may tell its end', async () => {
    const world = await withMissingTask();
    world.eventQueue.setBacklog(1);
    await sweep(world);
    await passes(world, 50);
    expect(isLost(world)).toBe(false);
    world.eventQueue.setBacklog(0);
    await passes(world, 6);
    expect(isLost(world), 'the events are handled').toBe(true);
  });

  it('when one of them has told its end', async () => {
    const world = await withMissingTask();
    world.eventQueue.setBacklog(1);
    await sweep(world);
    await world.tell(world.provider.exit(world.task().task.arn, 7));
    world.eventQueue.setBacklog(0);
    await passes(world, 10);
    expect(isLost(world)).toBe(false);
    expect(world.line()).toBe('Failed; main: terminated Error 7');
  });

  it('while the number of waiting events is not known', async () => {
    const world = await withMissingTask();
    intercept(world, 'eventQueue', 'backlog', () => () => Promise.reject(new Error('SQS does not answer')));
    await sweep(world);
    await passes(world, 10);
    expect(isLost(world)).toBe(false);
  });

  it('under a Node younger than ten minutes', async () => {
    const world = await withMissingTask();
    world.kubernetes.controls.deleteNode('node-1');
    await beatNodes(world.deps);
    const madeAt = world.clock.now();
    await sweep(world);
    await passes(world, 20);
    expect(world.clock.now() - madeAt).toBeLessThan(10 * MINUTE);
    expect(isLost(world)).toBe(false);
    await passes(world, 10);
    expect(isLost(world), 'the Node is old enough').toBe(true);
  });

  it('under no Node', async () => {
    const world = await withMissingTask();
    world.kubernetes.controls.deleteNode('node-1');
    await sweep(world);
    await passes(world, 30);
    expect(isLost(world)).toBe(false);
  });

  it('while the Node cannot be read', async () => {
    const world = await underHolder();
    await world.clock.advance(5 * MINUTE);
    intercept(world, 'nodes', 'get', () => () => Promise.reject(new Error('no answer')));
    await world.clock.advance(3 * MINUTE);
    expect(world.record()?.missingSince).toBeDefined();
    expect(isLost(world)).toBe(false);
  });

  it('when the provider is only silent about it', async () => {
    const world = await withMissingTask();
    world.provider.overlook(world.task().task.arn, { described: 'silent' });
    await sweep(world);
    await passes(world, 10);
    expect(world.record()?.missingSince).toBeUndefined();
    expectLogged(world.telemetry, 'warn', 'The sweep of the node failed');
  });

  it('when the provider is silent about it at the second look', async () => {
    const world = await withMissingTask();
    await sweep(world);
    world.provider.overlook(world.task().task.arn, { described: 'silent' });
    await passes(world, 10);
    expect(isLost(world)).toBe(false);
  });

  it('when only a list leaves it out', async () => {
    const world = await withMissingTask();
    world.known();
    world.provider.overlook(world.task().task.arn, { listed: false });
    await sweep(world);
    await passes(world, 10);
    expect(world.record()?.missingSince).toBeUndefined();
    expect(world.line()).toBe('Running; main: running');
  });
});

describe('a task that comes back', () => {
  it('before the second look is no longer marked, and was never lost', async () => {
    const world = await withMissingTask();
    await sweep(world);
    world.known();
    await passes(world, 5);
    expect(world.record()?.missingSince).toBeUndefined();
    expect(world.record()?.state).toBe('launched');
    await passes(world, 20);
    expect(isLost(world)).toBe(false);
    expect(tokensOf(world)).toEqual(['1']);
  });

  it('with news is told at once', async () => {
    const world = await withMissingTask();
    await sweep(world);
    world.known();
    world.provider.exit(world.task().task.arn, 3);
    await passes(world, 6);
    expect(world.line()).toBe('Failed; main: terminated Error 3');
    expect(isLost(world)).toBe(false);
  });

  it('by the next sweep is no longer marked either', async () => {
    const world = await withMissingTask();
    world.eventQueue.setBacklog(1);
    await sweep(world);
    intercept(world, 'eventQueue', 'backlog', () => () => Promise.reject(new Error('no answer')));
    world.known();
    await sweep(world);
    expect(world.record()?.missingSince).toBeUndefined();
  });

  it('is missed anew, from the start, when it goes again', async () => {
    const world = await withMissingTask();
    await sweep(world);
    world.known();
    await passes(world, 6);
    hideTasks(world, [world.task()]);
    await sweep(world);
    expect(world.record()?.missingSince).toBe(world.clock.now());
    await passes(world, 4);
    expect(isLost(world)).toBe(false);
  });
});
