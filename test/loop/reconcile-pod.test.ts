import { describe, expect, it } from 'vitest';
import { FailureError, type FailureKind } from '../../lib/core/failure.ts';
import { keyOfPod } from '../../lib/core/kubernetes.ts';
import { observePod } from '../../lib/loop/observe-pod.ts';
import { reconcilePod, type Reconciled } from '../../lib/loop/reconcile-pod.ts';
import { expectLogged } from '../memory/memory-telemetry.ts';
import { passes } from '../support/vocabulary-launch.ts';
import { createWorld, intercept, type LoopWorld } from '../support/vocabulary-loop.ts';
import { holder, MINUTE, SECOND } from '../support/vocabulary.ts';

async function reconcile(world: LoopWorld, failuresBefore = 0): Promise<Reconciled> {
  const view = await observePod(world.deps, 'node-1', keyOfPod(world.pod()!));
  return world.clock.runUntil(
    reconcilePod(view, holder, world.deps, { failuresBefore, permit: { used: false } }),
  );
}
const failing = (kind: FailureKind) => () =>
  Promise.reject(new FailureError({ kind, message: `it is ${kind}` }));

describe('a fold', () => {
  it('that fails where nothing can be recorded waits, longer each time in a row', async () => {
    const world = createWorld();
    world.bind();
    intercept(world, 'records', 'write', () => failing('transient'));
    const waits = [];
    for (const failures of [0, 1, 2, 20])
      waits.push((await reconcile(world, failures)).until! - world.clock.now());
    expect(waits).toEqual([5, 10, 20, 300].map((seconds) => seconds * SECOND));
    expectLogged(world.telemetry, 'warn', 'Pod action failed', { action: 'claim' });
  });

  it.each<FailureKind>([
    'refused',
    'capacity',
    'quota',
    'throttled',
    'auth',
    'transient',
    'ambiguous',
    'internal',
  ])('that ends in a failure called %s never looks again at once', async (kind) => {
    const world = createWorld();
    world.bind();
    intercept(world, 'records', 'write', () => failing(kind));
    const done = await reconcile(world);
    expect(done.failure).toMatchObject({ kind });
    expect(done.until! - world.clock.now()).toBeGreaterThanOrEqual(2 * SECOND);
  });

  it('that fails by a fault of ours says so with the error itself', async () => {
    const world = createWorld();
    world.bind();
    intercept(world, 'records', 'write', () => () => Promise.reject(new TypeError('x is not a function')));
    await reconcile(world);
    const line = expectLogged(world.telemetry, 'warn', 'Pod action failed');
    expect(line.fields['error']).toBeInstanceOf(TypeError);
  });

  it('that does not settle is given up with an alarm, and looked at again later', async () => {
    const world = createWorld();
    world.bind();
    const pod = world.pod()!;
    // An API server that says yes and does nothing.
    intercept(world, 'pods', 'patchStatus', () => () => Promise.resolve({ kind: 'patched', pod }));
    const { until } = await reconcile(world);
    expect(until).toBe(world.clock.now() + MINUTE);
    expectLogged(world.telemetry, 'error', 'Pod did not settle', { trouble: 'foldLimit' });
    expect(world.telemetry.sum('Trouble')).toBe(1);
  });

  it('finds no task that the provider has forgotten, and takes that for no verdict', async () => {
    const world = createWorld();
    world.bind();
    await world.pass();
    intercept(world, 'provider', 'describe', () => () => Promise.resolve(new Map()));
    await passes(world, 16);
    expectLogged(world.telemetry, 'warn', 'Task is unknown to the provider');
    expect(world.line()).toBe('Pending; main: waiting ContainerCreating');
  });

  it('drops a status of a pod that is gone, and ends', async () => {
    const world = createWorld();
    world.bind();
    intercept(world, 'pods', 'patchStatus', () => () => Promise.resolve({ kind: 'gone' }));
    const { view } = await reconcile(world);
    expect(view.pod).toBeUndefined();
    expect(world.task().task.state, 'its task is stopped').toBe('stopping');
  });

  it('tells once, when it takes a pod up, what is honoured only in part', async () => {
    const world = createWorld();
    world.bind();
    const warnings = [
      { path: 'spec.terminationGracePeriodSeconds', note: 'at most 120 s' },
      { path: 'spec.priority', note: 'not used' },
    ];
    intercept(world, 'provider', 'assess', () => () => ({ kind: 'runnable', specHash: '1:x', warnings }));
    await reconcile(world);
    await passes(world, 2);
    expect(world.kubernetes.controls.events()).toMatchObject([
      {
        reason: 'PodFieldApproximated',
        message: 'spec.terminationGracePeriodSeconds: at most 120 s; spec.priority: not used',
        count: 1,
      },
    ]);
  });
});
