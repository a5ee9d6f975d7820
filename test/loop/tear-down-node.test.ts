import { describe, expect, it } from 'vitest';
import { FailureError } from '../../lib/core/failure.ts';
import { beatNodes } from '../../lib/loop/heartbeat.ts';
import { tearDownNode, type TornDown } from '../../lib/loop/tear-down-node.ts';
import { failingPages } from '../support/vocabulary-pages.ts';
import { livingOf, tokensOf } from '../support/vocabulary-launch.ts';
import { createWorld, intercept, type LoopWorld } from '../support/vocabulary-loop.ts';
import { conditionsOf } from '../support/vocabulary-status.ts';
import { MINUTE } from '../support/vocabulary.ts';

const down = () => Promise.reject(new FailureError({ kind: 'transient', message: 'unreachable' }));

/** A world with a node and one running pod. */
async function inUse(): Promise<LoopWorld> {
  const world = createWorld();
  await world.clock.runUntil(beatNodes(world.deps));
  world.bind();
  await world.pass();
  await world.tell(world.provider.start(world.task().task.arn));
  return world;
}
const tearDown = (world: LoopWorld, minutes = 5): Promise<TornDown> =>
  tearDownNode(world.deps, 'node-1', world.clock.now() + minutes * MINUTE);
/** The task ends as soon as it was asked to. */
const obey = (world: LoopWorld): void =>
  intercept(world, 'provider', 'stop', (stop) => async (arn, reason) => {
    await stop(arn, reason);
    world.provider.exit(arn, 143);
  });

describe('the teardown of a node', () => {
  it('stops its tasks, publishes what they ended with and takes Lease and Node away', async () => {
    const world = await inUse();
    obey(world);
    expect(await world.clock.runUntil(tearDown(world))).toMatchObject({ kind: 'clean' });
    expect(livingOf(world)).toEqual([]);
    expect(world.line()).toBe('Failed Shutdown; main: terminated Error 143');
    expect(conditionsOf(world.pod()?.status)).toMatchObject({
      DisruptionTarget: 'True TerminationByKubelet',
    });
    expect(world.record()).toMatchObject({ state: 'ended', expiresAt: expect.any(Number) as number });
    expect(world.kubernetes.controls.nodeOf('node-1')).toBeUndefined();
    expect(world.kubernetes.controls.leaseOf('node-1')).toBeUndefined();
  });

  it('lets the records go that were kept for pods which are over', async () => {
    const world = createWorld();
    await world.clock.runUntil(beatNodes(world.deps));
    world.bind({ spec: { restartPolicy: 'Never' } });
    await world.pass();
    await world.tell(world.provider.start(world.task().task.arn));
    await world.tell(world.provider.exit(world.task().task.arn, 0));
    expect(world.record()?.expiresAt).toBeUndefined();
    expect(await world.clock.runUntil(tearDown(world))).toMatchObject({ kind: 'clean' });
    expect(world.record()).toMatchObject({ state: 'ended', expiresAt: expect.any(Number) as number });
  });

  it('cordons first, and waits until the holder must have seen that the node closes', async () => {
    const world = await inUse();
    const done = tearDown(world);
    await world.clock.advance(14_000);
    expect(world.kubernetes.controls.nodeOf('node-1')?.spec?.unschedulable).toBe(true);
    expect(world.task().task.state).toBe('running');
    obey(world);
    await world.clock.runUntil(done);
    expect(livingOf(world)).toEqual([]);
  });

  it('is not undone by a heartbeat or a pass that comes after it', async () => {
    const world = await inUse();
    obey(world);
    await world.clock.runUntil(tearDown(world));
    world.bind({ name: 'late' });
    await world.clock.runUntil(beatNodes(world.deps));
    await world.pass();
    expect(world.kubernetes.controls.nodeOf('node-1')).toBeUndefined();
    expect(tokensOf(world)).toEqual(['1']);
  });

  it('says how many pods had not ended in time, and leaves the node for them', async () => {
    const world = await inUse();
    const torn = await world.clock.runUntil(tearDown(world, 1));
    expect(torn).toMatchObject({ kind: 'leftOver', message: expect.stringContaining('1 pods') as string });
    expect(world.task().task.state).toBe('stopping');
    expect(world.kubernetes.controls.nodeOf('node-1')).toBeDefined();
  });

  it('waits for a launch that may be under way', async () => {
    const world = createWorld();
    world.bind();
    world.provider.failNext('launch', 'timeoutAfterSuccess');
    await world.pass();
    obey(world);
    expect(await world.clock.runUntil(tearDown(world))).toMatchObject({ kind: 'clean' });
    expect(livingOf(world)).toEqual([]);
  });

  it('ends pods that wait for another attempt', async () => {
    const world = await inUse();
    await world.tell(world.provider.exit(world.task().task.arn, 3));
    expect(await world.clock.runUntil(tearDown(world))).toMatchObject({ kind: 'clean' });
    expect(world.line()).toBe('Failed Shutdown; main: terminated Error 3');
    expect(tokensOf(world)).toEqual(['1']);
  });

  it('removes what is stored for its pods last: where it is goes next, and must be empty', async () => {
    const world = await inUse();
    obey(world);
    await world.clock.runUntil(tearDown(world));
    expect(world.provider.calls.at(-1)).toMatchObject({ method: 'clearNode', node: 'node-1' });
  });

  it('says that stored files were left, and does not fail', async () => {
    const world = await inUse();
    obey(world);
    world.provider.failNext('clearNode', { kind: 'auth', message: 'AccessDenied' });
    expect(await world.clock.runUntil(tearDown(world))).toEqual({
      kind: 'leftOver',
      message: 'node node-1 and its lease are removed; the files of its pods were left: AccessDenied',
    });
  });

  it('begins nothing when its time is over', async () => {
    const world = await inUse();
    expect(await world.clock.runUntil(tearDown(world, 0))).toMatchObject({
      kind: 'leftOver',
      message: expect.stringContaining('there was no time to remove the files of its pods') as string,
    });
    expect(world.provider.calls.map(({ method }) => method)).not.toContain('clearNode');
  });

  it('works for a node that the settings do not have any more', async () => {
    const world = await inUse();
    obey(world);
    const settings = { ...world.deps.settings, nodes: [] };
    const done = tearDownNode({ ...world.deps, settings }, 'node-1', world.clock.now() + 5 * MINUTE);
    expect(await world.clock.runUntil(done)).toMatchObject({ kind: 'clean' });
    expect(livingOf(world)).toEqual([]);
  });
});

describe('the teardown of a node whose cluster', () => {
  it('cannot be reached stops the tasks all the same', async () => {
    const world = await inUse();
    intercept(world, 'cluster', 'identity', () => down);
    expect(await world.clock.runUntil(tearDown(world))).toEqual({
      kind: 'tasksStopped',
      message:
        '1 tasks of node node-1 were stopped, but its Node, Lease and pods were left: the cluster could not be verified (unknown)',
    });
    expect(world.task().task.state).toBe('stopping');
  });

  it('is another one is left alone, but its tasks stop', async () => {
    const world = await inUse();
    world.kubernetes.controls.setIdentity('uid:other');
    world.kubernetes.controls.forgetCalls();
    expect(await world.clock.runUntil(tearDown(world))).toMatchObject({ kind: 'tasksStopped' });
    expect(world.kubernetes.controls.calls.map(({ method }) => method)).toEqual(['cluster.identity']);
  });

  it('cannot be reached has its files removed all the same', async () => {
    const world = await inUse();
    intercept(world, 'cluster', 'identity', () => down);
    await world.clock.runUntil(tearDown(world));
    expect(world.provider.calls.at(-1)).toMatchObject({ method: 'clearNode', node: 'node-1' });
  });

  it('goes away in the middle stops the tasks all the same', async () => {
    const world = await inUse();
    intercept(world, 'pods', 'list', () => () => failingPages());
    expect(await world.clock.runUntil(tearDown(world))).toMatchObject({ kind: 'tasksStopped' });
    expect(world.task().task.state).toBe('stopping');
  });

  it('and provider are both away says what is left, and does not fail', async () => {
    const world = await inUse();
    intercept(world, 'cluster', 'identity', () => down);
    intercept(world, 'provider', 'listAll', () => down);
    expect(await world.clock.runUntil(tearDown(world))).toMatchObject({ kind: 'leftOver' });
  });

  it('leaves the tasks of other nodes and clusters alone', async () => {
    const world = await inUse();
    const { task, owner } = world.task();
    const others = [
      { task: { ...task, arn: 'other-node' }, owner: { ...owner!, node: 'node-2' } },
      { task: { ...task, arn: 'other-cluster' }, owner: { ...owner!, cluster: 'x' } },
      { task: { ...task, arn: 'stranger' } },
    ];
    intercept(world, 'provider', 'listAll', (listAll) => async () => [...(await listAll()), ...others]);
    intercept(world, 'cluster', 'identity', () => down);
    await world.clock.runUntil(tearDown(world));
    const stopped = world.provider.calls.flatMap((call) => (call.method === 'stop' ? [call.taskArn] : []));
    expect(stopped).toEqual([task.arn]);
  });
});
