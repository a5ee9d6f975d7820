import { describe, expect, it } from 'vitest';
import { keyOfPod } from '../../lib/core/kubernetes.ts';
import { observePod } from '../../lib/loop/observe-pod.ts';
import { reconcilePod } from '../../lib/loop/reconcile-pod.ts';
import { expectLogged } from '../memory/memory-telemetry.ts';
import { livingOf, passes, tokensOf, whileAnswering } from '../support/vocabulary-launch.ts';
import { createWorld, type LoopWorld } from '../support/vocabulary-loop.ts';
import { holder, MINUTE } from '../support/vocabulary.ts';

describe('a pod that two invocations see', () => {
  const seenBy = async (world: LoopWorld, id: string) => {
    const view = await observePod(world.deps, 'node-1', keyOfPod(world.pod()!));
    return (): Promise<unknown> =>
      reconcilePod(view, { ...holder, id }, world.deps, { permit: { used: false } });
  };

  it('is claimed by one of them, and started once', async () => {
    const world = createWorld();
    world.bind();
    const [one, two] = [await seenBy(world, 'one'), await seenBy(world, 'two')];
    await world.clock.runUntil(Promise.all([one(), two()]));
    expect(tokensOf(world)).toEqual(['1']);
    expect(world.record()).toMatchObject({ state: 'launched' });
    expect(['one', 'two']).toContain(world.record()?.claimer);
  });

  it('is taken up by one of them when its claim is over', async () => {
    const world = createWorld();
    world.bind();
    world.provider.failNext('launch', 'timeoutAfterSuccess');
    await world.pass();
    await world.clock.advance(MINUTE);
    const [one, two] = [await seenBy(world, 'one'), await seenBy(world, 'two')];
    await world.clock.runUntil(Promise.all([one(), two()]));
    expect(tokensOf(world)).toEqual(['1', '1']);
    expect(livingOf(world)).toHaveLength(1);
  });

  it('keeps the task on record: a task of a claim that no longer stands is stopped', async () => {
    const world = createWorld();
    world.bind();
    const view = await observePod(world.deps, 'node-1', keyOfPod(world.pod()!));
    const provider = whileAnswering(world, () => world.records.put({ ...world.record()!, attempt: 2 }));
    await world.clock.runUntil(
      reconcilePod(view, holder, { ...world.deps, provider }, { permit: { used: false } }),
    );
    expect(world.task().task).toMatchObject({ state: 'stopping' });
    expectLogged(world.telemetry, 'warn', 'Task belongs to no claim', { orphan: world.task().task.arn });
  });

  it('keeps its task when an event was faster than the answer to the launch', async () => {
    const world = createWorld();
    world.bind();
    const view = await observePod(world.deps, 'node-1', keyOfPod(world.pod()!));
    const provider = whileAnswering(world, () => world.tell(world.provider.start(world.task().task.arn)));
    await world.clock.runUntil(
      reconcilePod(view, holder, { ...world.deps, provider }, { permit: { used: false } }),
    );
    expect(world.provider.calls.filter(({ method }) => method === 'stop')).toEqual([]);
    expect(world.record()).toMatchObject({ state: 'launched', task: { state: 'running' } });
    expect(world.line()).toBe('Running; main: running');
  });

  it('stops nothing when it is not known whether the record was written', async () => {
    const world = createWorld();
    world.bind();
    const view = await observePod(world.deps, 'node-1', keyOfPod(world.pod()!));
    const provider = whileAnswering(world, () =>
      world.records.failNext('write', { kind: 'transient', message: 'no connection' }),
    );
    const done = await world.clock.runUntil(
      reconcilePod(view, holder, { ...world.deps, provider }, { permit: { used: false } }),
    );
    expect(done.failure).toMatchObject({ kind: 'transient' });
    expect(world.provider.calls.filter(({ method }) => method === 'stop')).toEqual([]);
    await passes(world, 6);
    expect(world.record()).toMatchObject({ state: 'launched', taskArn: world.task().task.arn });
    expect(livingOf(world)).toHaveLength(1);
  });
});
