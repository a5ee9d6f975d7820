import { describe, expect, it } from 'vitest';
import { beatNodes } from '../../lib/loop/heartbeat.ts';
import { tearDownNode } from '../../lib/loop/tear-down-node.ts';
import { expectLogged } from '../memory/memory-telemetry.ts';
import { pagesOf } from '../support/vocabulary-pages.ts';
import { passes, sendsOf, tokensOf } from '../support/vocabulary-launch.ts';
import { createWorld, intercept, type LoopWorld } from '../support/vocabulary-loop.ts';
import { aNodeSettings, MINUTE, SECOND } from '../support/vocabulary.ts';

/** A running pod, and a holder that follows the watch. */
async function runningUnderHolder(): Promise<LoopWorld> {
  const world = createWorld();
  world.bind();
  void world.hold();
  await world.clock.advance(SECOND);
  await world.tell(world.provider.start(world.task().task.arn));
  return world;
}

describe('credentials that lead to another cluster while an invocation runs', () => {
  it('stop no task, although every pod seems to be gone', async () => {
    const world = await runningUnderHolder();
    const ours = await world.deps.cluster.identity();
    const { controls } = world.kubernetes;
    let elsewhere = true;
    intercept(
      world,
      'pods',
      'get',
      (get) =>
        (...name) =>
          elsewhere ? Promise.resolve(undefined) : get(...name),
    );
    intercept(
      world,
      'pods',
      'list',
      (list) => (node) => (elsewhere ? pagesOf({ pods: [], resourceVersion: '1' }) : list(node)),
    );
    controls.setIdentity('uid:another');
    controls.breakWatches();
    await world.clock.advance(6 * MINUTE);
    expect(world.task().task.state, 'a task was stopped on the word of another cluster').toBe('running');
    elsewhere = false;
    controls.setIdentity(ours);
    await world.clock.advance(MINUTE);
    controls.deletePod('default', 'web');
    await world.clock.advance(SECOND);
    expect(world.task().task.state, 'the holder did not come back to its own cluster').toBe('stopping');
  });

  it('do not let an event end the record', async () => {
    const world = createWorld();
    world.bind();
    await world.pass();
    const stopped = world.provider.exit(world.provider.start(world.task().task.arn).task.arn, 0);
    world.kubernetes.controls.setIdentity('uid:another');
    intercept(world, 'pods', 'get', () => () => Promise.resolve(undefined));
    expect(await world.tell(stopped)).toMatchObject({ kind: 'retry' });
    expect(world.record()?.state).toBe('launched');
  });
});

describe('a live pod whose record has ended', () => {
  it('starts again with the next attempt when its task had stopped', async () => {
    const world = createWorld();
    world.bind();
    await world.pass();
    await world.tell(world.provider.exit(world.provider.start(world.task().task.arn).task.arn, 1));
    world.records.put({ ...world.record()!, state: 'ended', expiresAt: world.clock.now() + MINUTE });
    await passes(world, 3);
    expect(tokensOf(world)).toEqual(['1', '2']);
    expect(world.record()).toMatchObject({ state: 'launched', attempt: 2 });
    expect(world.record()?.expiresAt, 'a record in use must not expire').toBeUndefined();
  });

  it('starts when nothing was ever started for it', async () => {
    const world = createWorld();
    world.bind();
    world.provider.failNext('launch', { kind: 'capacity', message: 'no room' });
    await world.pass();
    const { nextTryAt: _, refusal: __, ...record } = world.record()!;
    world.records.put({ ...record, state: 'ended' });
    await world.pass();
    expect(world.record()).toMatchObject({ state: 'launched', attempt: 2 });
  });
});

/** The record of this pod is of a shape that is not known here. */
const cannotRead = (world: LoopWorld, uid: string): void => {
  const found = { records: [], unreadable: [uid] };
  intercept(world, 'records', 'list', () => () => pagesOf(found));
  intercept(world, 'records', 'getMany', () => () => Promise.resolve(found));
};

describe('a record that cannot be read', () => {
  it('is not taken for no record: its pod is left as it is', async () => {
    const world = createWorld();
    const pod = world.bind();
    await world.pass();
    cannotRead(world, pod.metadata.uid);
    world.kubernetes.controls.deletePod('default', 'web');
    await passes(world, 3);
    expect(world.pod(), 'the pod was removed while its task runs').toBeDefined();
    expect(sendsOf(world)).toHaveLength(1);
  });
});

describe('a Node of that name that is not ours', () => {
  /** A real kubelet's node with a pod of its own. */
  function strange(): LoopWorld {
    const world = createWorld();
    world.kubernetes.controls.addNode({ metadata: { name: 'node-1', labels: { role: 'important' } } });
    world.bind();
    return world;
  }

  it('keeps its lease and its status', async () => {
    const world = strange();
    world.kubernetes.controls.forgetCalls();
    await beatNodes(world.deps);
    const writes = world.kubernetes.controls.calls.filter(({ method }) =>
      /renew|create|patch|remove/.test(method),
    );
    expect(writes).toEqual([]);
    expectLogged(world.telemetry, 'error', 'is not of lambdalet');
  });

  it('keeps its pods: none of them is started here', async () => {
    const world = strange();
    await passes(world, 2);
    expect(sendsOf(world)).toEqual([]);
  });

  it('survives the teardown', async () => {
    const world = strange();
    await world.clock.runUntil(tearDownNode(world.deps, 'node-1', world.clock.now() + 10 * MINUTE));
    expect(world.kubernetes.controls.nodeOf('node-1')).toBeDefined();
    expect(world.pod()).toBeDefined();
  });
});

describe('a watch that the server ends at once', () => {
  it('is not opened again and again in the same breath', async () => {
    const world = createWorld();
    let opened = 0;
    intercept(
      world,
      'pods',
      'watch',
      () =>
        // eslint-disable-next-line @typescript-eslint/require-await -- an empty watch
        async function* () {
          opened += 1;
        },
    );
    void world.hold();
    await world.clock.advance(MINUTE);
    expect(opened).toBeGreaterThan(1);
    expect(opened, 'the holder spins').toBeLessThan(30);
  });
});

describe('a provider that cannot be asked about its tasks', () => {
  it('does not keep new pods from being started', async () => {
    const world = createWorld();
    world.bind();
    await world.pass();
    world.bind({ name: 'late' });
    intercept(world, 'provider', 'describe', () => () => Promise.reject(new Error('ECS does not answer')));
    await world.clock.advance(6 * MINUTE);
    await world.pass();
    expect(sendsOf(world)).toHaveLength(2);
  });
});

describe('a record that was rebuilt from the provider', () => {
  it('goes on counting restarts from what the pod shows', async () => {
    const world = createWorld();
    world.bind();
    await world.pass();
    await world.tell(world.provider.exit(world.provider.start(world.task().task.arn).task.arn, 1));
    await passes(world, 2);
    await world.tell(world.provider.exit(world.provider.start(world.task().task.arn).task.arn, 1));
    expect(world.pod()?.status?.containerStatuses?.[0]?.restartCount).toBe(1);
    world.records.put({ ...world.record()!, restarts: {} });
    await passes(world, 4);
    expect(world.record()?.restarts).toEqual({ main: 2 });
  });
});

describe('a deployment that came before its rights', () => {
  it('goes on once the right to tell the cluster by its UID is given', async () => {
    const world = createWorld();
    const uid = await world.deps.cluster.identity();
    world.kubernetes.controls.setIdentity((await world.deps.cluster.certificate())!);
    await world.pass();
    world.kubernetes.controls.setIdentity(uid);
    world.bind();
    expect(await world.pass()).toBe('done');
    expect(sendsOf(world)).toHaveLength(1);
    expect(await world.marks.keepIdentity('none', false), 'the better mark is kept').toBe(uid);
  });

  it('does not take another cluster for its own only because it shows a UID', async () => {
    const world = createWorld();
    world.kubernetes.controls.setIdentity('ca:of-another-cluster');
    await world.pass();
    world.kubernetes.controls.setIdentity('uid:new');
    world.bind();
    expect(await world.pass()).toBe('notVerified');
  });
});

describe('two nodes', () => {
  const two = [aNodeSettings(), aNodeSettings({ name: 'node-2' })];

  it('are not both stalled because one has the name of a stranger', async () => {
    const world = createWorld({ settings: { nodes: two } });
    world.kubernetes.controls.addNode({ metadata: { name: 'node-2' } });
    await passes(world, 2);
    expect(world.slot.item?.lastPassAt).toBeDefined();
  });

  it('get over a first look that fails', async () => {
    const world = createWorld({ settings: { nodes: two } });
    world.kubernetes.controls.failNext('nodes.get', { kind: 'transient', message: 'no answer' });
    world.bind();
    void world.hold();
    await world.clock.advance(MINUTE);
    expect(sendsOf(world)).toHaveLength(1);
  });
});

describe('a teardown', () => {
  it('does not call clean what it could not read, and stops its task by its mark', async () => {
    const world = createWorld();
    const pod = world.bind();
    await beatNodes(world.deps);
    await world.pass();
    await world.tell(world.provider.start(world.task().task.arn));
    cannotRead(world, pod.metadata.uid);
    const torn = await world.clock.runUntil(
      tearDownNode(world.deps, 'node-1', world.clock.now() + 10 * MINUTE),
    );
    expect(torn.kind).toBe('leftOver');
    expect(world.task().task.state).not.toBe('running');
  });
});
