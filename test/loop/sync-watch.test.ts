import { describe, expect, it } from 'vitest';
import { FailureError } from '../../lib/core/failure.ts';
import { isDeleting } from '../../lib/core/kubernetes.ts';
import { expectLogged } from '../memory/memory-telemetry.ts';
import { failingPages } from '../support/vocabulary-pages.ts';
import { livingOf, passes, sendsOf, tokensOf } from '../support/vocabulary-launch.ts';
import { createWorld, intercept, type LoopWorld } from '../support/vocabulary-loop.ts';
import { conditionsOf } from '../support/vocabulary-status.ts';
import { MINUTE, SECOND } from '../support/vocabulary.ts';

/** A world whose slot is held by an invocation in watch mode, at rest after its first pass. */
async function held(prepare?: (world: LoopWorld) => void): Promise<LoopWorld> {
  const world = createWorld();
  prepare?.(world);
  void world.hold();
  await world.clock.advance(SECOND);
  return world;
}
const brokenWatch = (): never => {
  throw new FailureError({ kind: 'transient', message: 'no watch for you' });
};

describe('the holder of the watch', () => {
  it('starts a pod as soon as it is bound', async () => {
    const world = await held();
    world.bind();
    const boundAt = world.clock.now();
    await world.clock.advance(0);
    expect(sendsOf(world)).toEqual([boundAt]);
    expect(world.line()).toBe('Pending; main: waiting ContainerCreating');
  });

  it('stops the task of a pod as soon as it is deleted', async () => {
    const world = await held((at) => at.bind());
    await world.tell(world.provider.start(world.task().task.arn));
    world.kubernetes.controls.deletePod('default', 'web');
    await world.clock.advance(0);
    expect(world.task().task.state).toBe('stopping');
  });

  describe('when all that a watch tells is that the pod was deleted', () => {
    /** The change that comes before the deletion is lost, as in a gap. */
    const gap = (world: LoopWorld): void => {
      world.bind();
      intercept(
        world,
        'pods',
        'watch',
        (watch) =>
          async function* (...args) {
            for await (const event of watch(...args))
              if (event.kind !== 'changed' || !isDeleting(event.pod)) yield event;
          },
      );
    };

    it('looks by name before it stops the task', async () => {
      const world = await held(gap);
      await world.tell(world.provider.start(world.task().task.arn));
      world.kubernetes.controls.forgetCalls();
      world.kubernetes.controls.deletePod('default', 'web', 0);
      await world.clock.advance(0);
      expect(world.kubernetes.controls.callsOf('pods.get')).toMatchObject([
        { args: ['default', 'web', 'node-1'] },
      ]);
      expect(world.task().task).toMatchObject({
        state: 'stopping',
        reason: 'lambdalet: the pod was deleted',
      });
      await world.tell(world.provider.exit(world.task().task.arn, 143));
      expect(world.record()).toMatchObject({ state: 'ended' });
    });

    it('keeps the task while that look fails', async () => {
      const world = await held(gap);
      await world.tell(world.provider.start(world.task().task.arn));
      world.kubernetes.controls.deletePod('default', 'web', 0);
      world.kubernetes.controls.failNext('pods.get', { kind: 'transient', message: 'down' });
      await world.clock.advance(0);
      expect(world.task().task.state).toBe('running');
      await world.clock.advance(5 * SECOND);
      expect(world.task().task.state).toBe('stopping');
    });
  });

  it('starts the next attempt to the second when its back-off is over', async () => {
    const world = await held((at) => at.bind());
    await world.tell(world.provider.start(world.task().task.arn));
    const stoppedAt = world.clock.now();
    await world.tell(world.provider.exit(world.task().task.arn, 3));
    await world.clock.advance(MINUTE);
    expect(sendsOf(world)[1]).toBe(stoppedAt + 10 * SECOND);
  });

  it('repairs pods that a node flap set to not Ready', async () => {
    const world = await held((at) => at.bind());
    await world.tell(world.provider.start(world.task().task.arn));
    world.kubernetes.controls.flapNode('node-1');
    await world.clock.advance(0);
    expect(conditionsOf(world.pod()?.status)).toMatchObject({ Ready: 'True' });
  });

  it('is told by readiness gates that others set', async () => {
    const world = await held((at) => at.bind({ spec: { readinessGates: [{ conditionType: 'lb/ready' }] } }));
    await world.tell(world.provider.start(world.task().task.arn));
    expect(conditionsOf(world.pod()?.status)).toMatchObject({ Ready: 'False ReadinessGatesNotReady' });
    world.kubernetes.controls.changePod('default', 'web', (pod) => {
      pod.status!.conditions!.push({ type: 'lb/ready', status: 'True' });
    });
    await world.clock.advance(0);
    expect(conditionsOf(world.pod()?.status)).toMatchObject({ Ready: 'True' });
  });

  it('retries what failed, later and later, and other pods do not wait for it', async () => {
    const world = await held();
    world.records.failNext('write', { kind: 'transient', message: 'no table' });
    world.records.failNext('write', { kind: 'transient', message: 'no table' });
    world.bind({ name: 'first' });
    await world.clock.advance(0);
    world.bind({ name: 'second' });
    await world.clock.advance(0);
    await world.clock.advance(MINUTE);
    expect(livingOf(world)).toHaveLength(2);
  });

  it('does not lose a pod that could not be observed', async () => {
    const world = await held();
    world.records.failNext('get', { kind: 'transient', message: 'no table' });
    world.bind();
    await world.clock.advance(0);
    expectLogged(world.telemetry, 'warn', 'Pod could not be observed');
    await world.clock.advance(5 * SECOND);
    expect(tokensOf(world)).toEqual(['1']);
  });
});

describe('a watch that ends', () => {
  it('normally is opened again where it stopped, without a list', async () => {
    const world = await held();
    world.kubernetes.controls.forgetCalls();
    world.kubernetes.controls.closeWatches();
    await world.clock.advance(0);
    world.bind();
    await world.clock.advance(0);
    expect(tokensOf(world)).toEqual(['1']);
    expect(world.kubernetes.controls.callsOf('pods.list')).toEqual([]);
  });

  it('because its revision is too old makes the holder list again', async () => {
    const world = await held();
    world.kubernetes.controls.forgetCalls();
    world.kubernetes.controls.compact();
    await world.clock.advance(0);
    expect(world.kubernetes.controls.callsOf('pods.list')).toHaveLength(1);
    world.bind();
    await world.clock.advance(0);
    expect(tokensOf(world)).toEqual(['1']);
  });

  it('by a broken connection makes the holder look at everything again, after a pause', async () => {
    const world = await held();
    const { controls } = world.kubernetes;
    controls.breakWatches();
    await world.clock.advance(0);
    expectLogged(world.telemetry, 'warn', 'The watch of the node broke');
    world.bind();
    controls.compact();
    await world.clock.advance(4 * SECOND);
    expect(tokensOf(world)).toEqual([]);
    await world.clock.advance(SECOND);
    expect(tokensOf(world), 'what happened in the gap is seen').toEqual(['1']);
    expect(controls.openWatches()).toBe(1);
  });

  it('and never comes back leaves lists, slower and slower, and the passes count', async () => {
    const world = createWorld();
    intercept(world, 'pods', 'watch', () => brokenWatch);
    void world.hold();
    await world.clock.advance(SECOND);
    world.bind();
    await world.clock.advance(6 * SECOND);
    expect(tokensOf(world)).toEqual(['1']);
    await world.clock.advance(5 * MINUTE);
    const lists = world.kubernetes.controls.callsOf('pods.list').length;
    expect(lists, 'lists in five minutes').toBeLessThanOrEqual(12);
    expect(world.clock.now() - (world.slot.item?.lastPassAt ?? 0)).toBeLessThan(MINUTE);
  });

  it('with the lists failing too makes the last pass grow old', async () => {
    const world = createWorld();
    void world.hold();
    await world.clock.advance(SECOND);
    intercept(world, 'pods', 'watch', () => brokenWatch);
    intercept(world, 'pods', 'list', () => () => failingPages());
    world.kubernetes.controls.breakWatches();
    await world.clock.advance(4 * MINUTE);
    expect(world.clock.now() - (world.slot.item?.lastPassAt ?? 0)).toBeGreaterThan(3 * MINUTE);
  });

  it('takes a bookmark as the place to go on from', async () => {
    const world = await held();
    const { controls } = world.kubernetes;
    controls.addPod({ name: 'elsewhere', node: 'other' });
    controls.bookmark();
    await world.clock.advance(0);
    controls.closeWatches();
    await world.clock.advance(0);
    const [, from] = controls.callsOf('pods.watch').at(-1)?.args ?? [];
    expect(from).toBe(world.pod('elsewhere')?.metadata.resourceVersion);
  });
});

describe('what watches cannot tell', () => {
  it('is found by a pass every five minutes', async () => {
    const world = await held();
    world.kubernetes.controls.forgetCalls();
    await world.clock.advance(5 * MINUTE);
    expect(world.kubernetes.controls.callsOf('pods.list')).toHaveLength(1);
    await world.clock.advance(5 * MINUTE);
    expect(world.kubernetes.controls.callsOf('pods.list')).toHaveLength(2);
  });

  it('is asked of the provider with it: the end of a running task whose event was lost', async () => {
    const world = await held((at) => at.bind());
    await world.tell(world.provider.start(world.task().task.arn));
    world.provider.exit(world.task().task.arn, 3);
    await world.clock.advance(5 * MINUTE);
    expect(world.record()).toMatchObject({ attempt: 2 });
  });

  it('is asked in economy mode too, but not with every pass', async () => {
    const world = createWorld();
    world.bind();
    await world.pass();
    await world.tell(world.provider.start(world.task().task.arn));
    const before = world.provider.calls.filter(({ method }) => method === 'describe').length;
    await passes(world, 26);
    const asked = world.provider.calls.filter(({ method }) => method === 'describe').length - before;
    expect(asked).toBe(1);
  });
});

describe('a node that is being removed', () => {
  it('gets nothing started any more, within a renewal of the slot', async () => {
    const world = await held();
    await world.marks.setClosing('node-1', true);
    await world.clock.advance(10 * SECOND);
    world.bind();
    await world.clock.advance(MINUTE);
    expect(tokensOf(world)).toEqual([]);
    await world.marks.setClosing('node-1', false);
    await world.clock.advance(5 * MINUTE);
    expect(tokensOf(world), 'a removal that was taken back').toEqual(['1']);
  });

  it('gets nothing started while it is not known whether it is', async () => {
    const world = createWorld();
    world.bind();
    intercept(world, 'marks', 'node', () => () => Promise.reject(new Error('no table')));
    await world.pass();
    expect(tokensOf(world)).toEqual([]);
    expectLogged(world.telemetry, 'warn', 'The marks of the node are not known now');
  });
});
