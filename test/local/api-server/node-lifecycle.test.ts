import { describe, expect, it } from 'vitest';
import {
  createCluster,
  LEASES,
  MERGE,
  NODES,
  NOON,
  PODS,
  readyNode,
  STRATEGIC,
  type Cluster,
} from './cluster-under-test.ts';
import { bindTo, live, micro, postReady, renew, withNodes } from './living-nodes.ts';

const readyOf = (cluster: Cluster, name = 'node-1') =>
  cluster.get(`${NODES}/${name}`).status.conditions.find((one: { type: string }) => one.type === 'Ready');
const taintsOf = (cluster: Cluster, name = 'node-1'): string[] =>
  (cluster.get(`${NODES}/${name}`).spec.taints ?? []).map(
    (one: { key: string; effect: string }) => `${one.key}:${one.effect}`,
  );
describe('a node', () => {
  it('is born with the not-ready taint and loses it by its conditions', () => {
    const cluster = createCluster();
    const born = cluster.post(NODES, readyNode('node-1', NOON));
    expect(born.spec.taints).toEqual([{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }]);
    cluster.settle();
    expect(taintsOf(cluster)).toEqual([]);
  });

  it('is tainted while it is cordoned or says that it is not ready', () => {
    const cluster = withNodes();
    cluster.patch(`${NODES}/node-1`, MERGE, { spec: { unschedulable: true } });
    cluster.patch(`${NODES}/node-2/status`, STRATEGIC, {
      status: { conditions: [{ type: 'Ready', status: 'False' }] },
    });
    cluster.settle();
    expect(taintsOf(cluster)).toEqual(['node.kubernetes.io/unschedulable:NoSchedule']);
    expect(taintsOf(cluster, 'node-2')).toEqual(['node.kubernetes.io/not-ready:NoSchedule']);
  });

  it('may not change its providerID once it has one', () => {
    const cluster = withNodes();
    cluster.patch(`${NODES}/node-1`, MERGE, { spec: { providerID: 'aws:///x/y' } });
    expect(
      cluster.request('PATCH', `${NODES}/node-1`, { spec: { providerID: 'z' } }, { 'content-type': MERGE })
        .code,
    ).toBe(422);
  });

  it('keeps spec when its status is written, and status when its spec is', () => {
    const cluster = withNodes();
    cluster.patch(`${NODES}/node-1/status`, STRATEGIC, {
      metadata: { labels: { a: 'b' } },
      spec: { unschedulable: true },
      status: { addresses: [{ type: 'InternalIP', address: '1.1.1.1' }] },
    });
    cluster.patch(`${NODES}/node-1`, MERGE, { status: { addresses: [] } });
    const node = cluster.get(`${NODES}/node-1`);
    expect(node).toMatchObject({
      metadata: { labels: { a: 'b' } },
      status: { addresses: [{ address: '1.1.1.1' }] },
    });
    expect(node.spec).not.toHaveProperty('unschedulable');
  });
});

describe('the node lifecycle controller', () => {
  it('keeps a node Ready as long as its lease moves, however old its status is', () => {
    const cluster = withNodes();
    live(cluster, 600, 'node-1', 'node-2');
    expect(readyOf(cluster)).toMatchObject({ status: 'True' });
  });

  it('keeps a node Ready as long as its heartbeat moves, without any lease', () => {
    const cluster = createCluster();
    cluster.post(NODES, readyNode('node-1', NOON));
    for (let beat = 0; beat < 20; beat += 1) {
      cluster.pass(30);
      postReady(cluster, 'node-1');
    }
    expect(readyOf(cluster)).toMatchObject({ status: 'True' });
  });

  it('judges by what it sees move, not by the times in the lease', () => {
    const cluster = withNodes();
    cluster.patch(`${LEASES}/node-1`, MERGE, {
      spec: { renewTime: micro(NOON + 86_400_000), leaseDurationSeconds: 3600 },
    });
    live(cluster, 60, 'node-2');
    expect(readyOf(cluster)).toMatchObject({ status: 'Unknown' });
  });

  it('makes a node Unknown after 40 s of silence, at a check of every 5 s', () => {
    const cluster = withNodes();
    cluster.pass(5);
    renew(cluster, 'node-1');
    live(cluster, 45, 'node-2');
    expect(readyOf(cluster)).toMatchObject({ status: 'True' });
    live(cluster, 10, 'node-2');
    expect(readyOf(cluster)).toMatchObject({
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
    });
    expect(taintsOf(cluster).sort()).toEqual([
      'node.kubernetes.io/unreachable:NoExecute',
      'node.kubernetes.io/unreachable:NoSchedule',
    ]);
  });

  it('takes another grace period as a setting', () => {
    const cluster = createCluster({ gracePeriodMs: 10_000 });
    cluster.post(NODES, readyNode('node-1', NOON));
    cluster.pass(25);
    expect(readyOf(cluster)).toMatchObject({ status: 'Unknown' });
  });

  it('gives a node that never posted a status a minute', () => {
    const cluster = createCluster();
    cluster.post(NODES, { metadata: { name: 'node-1' } });
    cluster.pass(60);
    expect(cluster.get(`${NODES}/node-1`).status).not.toHaveProperty('conditions');
    cluster.pass(10);
    expect(readyOf(cluster)).toMatchObject({ status: 'Unknown', reason: 'NodeStatusNeverUpdated' });
  });

  it('sets the pods of a silent node to not ready, and nobody sets them back', () => {
    const cluster = withNodes();
    bindTo(cluster, 'a', 'node-1');
    bindTo(cluster, 'b', 'node-2');
    live(cluster, 60, 'node-2');
    const ready = (name: string) => cluster.get(`${PODS}/${name}`).status.conditions[0].status;
    expect([ready('a'), ready('b')]).toEqual(['False', 'True']);
    postReady(cluster, 'node-1');
    live(cluster, 20, 'node-1', 'node-2');
    expect(readyOf(cluster)).toMatchObject({ status: 'True' });
    expect(taintsOf(cluster)).toEqual([]);
    expect(ready('a')).toBe('False');
  });

  it('is not healed by a lease alone once the node is Unknown', () => {
    const cluster = withNodes();
    live(cluster, 60, 'node-2');
    live(cluster, 60, 'node-1', 'node-2');
    expect(readyOf(cluster)).toMatchObject({ status: 'Unknown' });
  });

  it('does not evict when no node at all is ready', () => {
    const cluster = withNodes();
    cluster.pass(120);
    expect(taintsOf(cluster)).toEqual(['node.kubernetes.io/unreachable:NoSchedule']);
    expect(taintsOf(cluster, 'node-2')).toEqual(['node.kubernetes.io/unreachable:NoSchedule']);
  });

  it('reports a node that came, went silent and went away', () => {
    const cluster = withNodes();
    live(cluster, 60, 'node-2');
    cluster.remove(`${NODES}/node-1`);
    live(cluster, 5, 'node-2');
    const events = cluster.get('/api/v1/events').items;
    expect(
      events
        .filter((event) => event.involvedObject.name === 'node-1')
        .map((event) => event.reason)
        .sort(),
    ).toEqual(['NodeNotReady', 'RegisteredNode', 'RemovingNode']);
  });
});

describe('a lease', () => {
  it('is created by a PUT, and then asks for its resourceVersion', () => {
    const cluster = createCluster({ controllers: 'none' });
    const lease = { metadata: { name: 'n' }, spec: { holderIdentity: 'n' } };
    expect(cluster.request('PUT', `${LEASES}/n`, lease).code).toBe(201);
    expect(cluster.request('PUT', `${LEASES}/n`, lease)).toMatchObject({
      code: 422,
      body: { message: expect.stringContaining('must be specified for an update') as string },
    });
    expect(
      cluster.request('PUT', `${LEASES}/n`, { ...lease, metadata: { name: 'n', resourceVersion: '1' } }).code,
    ).toBe(409);
    expect(
      cluster.request('PUT', `${LEASES}/m`, { ...lease, metadata: { name: 'm', uid: 'gone' } }).code,
    ).toBe(409);
  });

  it('takes times with six digits only, and durations above zero', () => {
    const cluster = createCluster({ controllers: 'none' });
    const put = (spec: object) =>
      cluster.request('POST', LEASES, { metadata: { generateName: 'n' }, spec }).code;
    expect(put({ renewTime: '2026-01-01T00:00:00Z' })).toBe(400);
    expect(put({ renewTime: '2026-01-01T00:00:00.000000Z' })).toBe(201);
    expect(put({ leaseDurationSeconds: 0 })).toBe(422);
  });
});
