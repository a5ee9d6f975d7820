import { describe, expect, it } from 'vitest';
import { FailureError } from '../../lib/core/failure.ts';
import { toMicroTime } from '../../lib/core/kubernetes.ts';
import { beatNodes, standIn } from '../../lib/loop/heartbeat.ts';
import { expectLogged } from '../memory/memory-telemetry.ts';
import { createWorld, intercept, type LoopWorld } from '../support/vocabulary-loop.ts';
import { conditionsOf } from '../support/vocabulary-status.ts';
import { aNodeSettings, MINUTE, SECOND } from '../support/vocabulary.ts';

const down = () => Promise.reject(new FailureError({ kind: 'transient', message: 'down' }));

const beat = (world: LoopWorld): Promise<void> => world.clock.runUntil(beatNodes(world.deps));
/** A world whose node was created by a first beat. */
async function alive(): Promise<LoopWorld> {
  const world = createWorld();
  await beat(world);
  return world;
}
const nodeOf = ({ kubernetes }: LoopWorld) => kubernetes.controls.nodeOf('node-1');
const leaseOf = ({ kubernetes }: LoopWorld) => kubernetes.controls.leaseOf('node-1');
const methodsOf = ({ kubernetes }: LoopWorld): string[] =>
  kubernetes.controls.calls.map(({ method }) => method);

describe('a heartbeat', () => {
  it('creates the Node, Ready, with its lease, and tells it once', async () => {
    const world = await alive();
    expect(conditionsOf(nodeOf(world)?.status as never)).toMatchObject({ Ready: 'True KubeletReady' });
    expect(leaseOf(world)).toMatchObject({
      metadata: { ownerReferences: [{ kind: 'Node', name: 'node-1', uid: nodeOf(world)?.metadata.uid }] },
      spec: { holderIdentity: 'node-1', leaseDurationSeconds: 40, renewTime: toMicroTime(world.clock.now()) },
    });
    expect(world.kubernetes.controls.events()).toMatchObject([{ reason: 'Starting', count: 1 }]);
  });

  it('renews the lease and writes nothing else when everything is as it should be', async () => {
    const world = await alive();
    await world.clock.advance(12 * SECOND);
    world.kubernetes.controls.forgetCalls();
    await beat(world);
    expect(leaseOf(world)?.spec?.renewTime).toBe(toMicroTime(world.clock.now()));
    expect(methodsOf(world).filter((method) => !method.startsWith('cluster.'))).toEqual([
      'nodes.get',
      'leases.get',
      'leases.renew',
    ]);
  });

  it('leaves a lease alone that was renewed less than eight seconds ago', async () => {
    const world = await alive();
    await world.clock.advance(8 * SECOND - 1);
    await beat(world);
    expect(world.kubernetes.controls.callsOf('leases.renew')).toEqual([]);
    await world.clock.advance(1);
    await beat(world);
    expect(world.kubernetes.controls.callsOf('leases.renew')).toHaveLength(1);
  });

  it('writes the whole status once a minute', async () => {
    const world = await alive();
    for (let beats = 0; beats < 10; beats += 1) {
      await world.clock.advance(12 * SECOND);
      await beat(world);
    }
    expect(world.kubernetes.controls.callsOf('nodes.patchStatus')).toHaveLength(2);
  });

  it('sets the node Ready again at once after it was called Unknown', async () => {
    const world = await alive();
    await world.clock.advance(12 * SECOND);
    world.kubernetes.controls.flapNode('node-1');
    await beat(world);
    expect(conditionsOf(nodeOf(world)?.status as never)).toMatchObject({
      Ready: 'True KubeletReady',
      MemoryPressure: 'False KubeletHasSufficientMemory',
    });
  });

  it('creates a deleted Node anew, and gives it the lease', async () => {
    const world = await alive();
    const old = nodeOf(world)!.metadata.uid;
    world.kubernetes.controls.deleteNode('node-1');
    await world.clock.advance(12 * SECOND);
    await beat(world);
    expect(nodeOf(world)?.metadata.uid).not.toBe(old);
    expect(leaseOf(world)?.metadata.ownerReferences).toMatchObject([{ uid: nodeOf(world)?.metadata.uid }]);
  });

  it('gives a lease of an older Node of the name to the new one', async () => {
    const world = await alive();
    await world.clock.advance(12 * SECOND);
    world.kubernetes.controls.changeLease('node-1', (lease) => (lease.metadata.ownerReferences = []));
    await beat(world);
    expect(leaseOf(world)?.metadata.ownerReferences).toMatchObject([{ uid: nodeOf(world)?.metadata.uid }]);
  });

  it('heals labels that someone took away', async () => {
    const world = await alive();
    world.kubernetes.controls.changeNode('node-1', (node) => (node.metadata.labels = { mine: 'stays' }));
    await beat(world);
    expect(nodeOf(world)?.metadata.labels).toMatchObject({ type: 'virtual-kubelet', mine: 'stays' });
  });

  it('follows the API server to its next version', async () => {
    const world = await alive();
    world.kubernetes.controls.setVersion('v1.37.0');
    await beat(world);
    expect(nodeOf(world)?.status?.nodeInfo?.kubeletVersion).toBe('v1.37.0-lambdalet');
  });

  it('is done when another has just renewed the lease', async () => {
    const world = await alive();
    await world.clock.advance(12 * SECOND);
    intercept(world, 'leases', 'renew', () => () => Promise.resolve('conflict'));
    await beat(world);
    expectLogged(world.telemetry, 'debug', 'Lease', { outcome: 'conflict' });
  });

  it('takes a Node for its own that another invocation created at the same time', async () => {
    const world = createWorld();
    await world.clock.runUntil(Promise.all([beatNodes(world.deps), beatNodes(world.deps)]));
    expect(world.kubernetes.controls.callsOf('nodes.create')).toHaveLength(2);
    expect(leaseOf(world)).toBeDefined();
    expect(world.kubernetes.controls.events()).toMatchObject([{ count: 1 }]);
  });

  it('tells how old the lease was', async () => {
    const world = await alive();
    await world.clock.advance(12 * SECOND);
    await beat(world);
    expect(world.telemetry.metrics).toContainEqual({
      name: 'HeartbeatAge',
      value: 12,
      node: 'node-1',
    });
  });
});

describe('a heartbeat while something is down', () => {
  it('renews the lease within its time although the table hangs', async () => {
    const world = await alive();
    await world.clock.advance(12 * SECOND);
    intercept(world, 'slot', 'read', () => () => new Promise(() => undefined));
    intercept(world, 'marks', 'keepIdentity', () => () => new Promise(() => undefined));
    const begun = world.clock.now();
    await beat(world);
    expect(world.clock.now() - begun).toBeLessThanOrEqual(3 * SECOND);
    expect(leaseOf(world)?.spec?.renewTime).toBe(toMicroTime(world.clock.now()));
  });

  it('renews the lease although the table fails', async () => {
    const world = await alive();
    await world.clock.advance(12 * SECOND);
    intercept(world, 'slot', 'read', () => down);
    intercept(world, 'marks', 'keepIdentity', () => down);
    await beat(world);
    expect(leaseOf(world)?.spec?.renewTime).toBe(toMicroTime(world.clock.now()));
    expect(conditionsOf(nodeOf(world)?.status as never)).toMatchObject({
      PodSyncStalled: 'False PassesComplete',
    });
    expectLogged(world.telemetry, 'warn', 'The age of the last pass is not known now');
  });

  it('renews the lease although the version cannot be read', async () => {
    const world = await alive();
    await world.clock.advance(12 * SECOND);
    intercept(world, 'cluster', 'version', () => down);
    await beat(world);
    expect(leaseOf(world)?.spec?.renewTime).toBe(toMicroTime(world.clock.now()));
    expectLogged(world.telemetry, 'error', 'The heartbeat of the node failed');
  });

  it('creates no Node while it is not certain whose cluster it is', async () => {
    const world = createWorld();
    intercept(world, 'marks', 'keepIdentity', () => down);
    await beat(world);
    expect(nodeOf(world)).toBeUndefined();
  });

  it('creates no Node that is being removed', async () => {
    const world = createWorld();
    await world.marks.setClosing('node-1', true);
    await beat(world);
    expect(nodeOf(world)).toBeUndefined();
    expect(leaseOf(world)).toBeUndefined();
  });

  it('of one node does not keep the other from its own', async () => {
    const world = createWorld({ settings: { nodes: [aNodeSettings(), aNodeSettings({ name: 'node-2' })] } });
    intercept(world, 'leases', 'get', (get) => (node) => (node === 'node-1' ? down() : get(node)));
    await beat(world);
    expect(world.kubernetes.controls.nodeOf('node-2')).toBeDefined();
    expect(nodeOf(world)).toBeUndefined();
  });
});

describe('a node whose pods are not synced', () => {
  it('says so three minutes after the last pass, and takes no new pods', async () => {
    const world = await alive();
    await world.pass();
    await world.clock.advance(3 * MINUTE + 1);
    await beat(world);
    expect(conditionsOf(nodeOf(world)?.status as never)).toMatchObject({
      PodSyncStalled: 'True NoRecentPass',
      Ready: 'True KubeletReady',
    });
    expect(nodeOf(world)?.status?.allocatable).toMatchObject({ pods: '0' });
    await world.pass();
    await beat(world);
    expect(nodeOf(world)?.status?.allocatable).toMatchObject({ pods: '100' });
  });
});

describe('the holder', () => {
  it('leaves the heartbeat to its function while that is in time', async () => {
    const world = await alive();
    await world.clock.advance(15 * SECOND);
    world.kubernetes.controls.forgetCalls();
    await standIn(world.deps);
    expect(methodsOf(world)).toEqual(['leases.get']);
  });

  it('beats when a lease is older than 16 s, or missing', async () => {
    const world = await alive();
    await world.clock.advance(16 * SECOND);
    await world.clock.runUntil(standIn(world.deps));
    expect(leaseOf(world)?.spec?.renewTime).toBe(toMicroTime(world.clock.now()));
    world.kubernetes.controls.deleteNode('node-1');
    await world.clock.runUntil(standIn(world.deps));
    expect(nodeOf(world)).toBeDefined();
  });

  it('goes on when it cannot look at the leases', async () => {
    const world = await alive();
    intercept(world, 'leases', 'get', () => down);
    await standIn(world.deps);
    expectLogged(world.telemetry, 'warn', 'The holder could not look at the leases');
  });
});
