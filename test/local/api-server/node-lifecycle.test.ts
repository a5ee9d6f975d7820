import { describe, expect, it } from 'vitest';
import {
  type Cluster,
  createCluster,
  LEASES,
  MERGE,
  NODES,
  NOON,
  pod,
  PODS,
  readyNode,
  STRATEGIC,
} from './cluster-under-test.ts';

const micro = (now: number): string => `${new Date(now).toISOString().slice(0, 23)}000Z`;

/** Two nodes with leases; node-2 keeps beating, so that the cluster is never taken to be cut off as a whole. */
const withNodes = (): Cluster => {
  const cluster = createCluster();
  for (const name of ['node-1', 'node-2']) {
    cluster.post(NODES, readyNode(name, NOON));
    cluster.post(LEASES, {
      metadata: { name },
      spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: micro(NOON) },
    });
  }
  cluster.settle();
  return cluster;
};
const renew = (cluster: Cluster, ...names: string[]): void => {
  for (const name of names)
    cluster.patch(`${LEASES}/${name}`, MERGE, { spec: { renewTime: micro(cluster.now()) } });
};
const live = (cluster: Cluster, seconds: number, ...names: string[]): void => {
  for (let second = 0; second < seconds; second += 5) {
    renew(cluster, ...names);
    cluster.pass(5);
  }
};
const readyOf = (cluster: Cluster, name = 'node-1') =>
  cluster.get(`${NODES}/${name}`).status.conditions.find((one: { type: string }) => one.type === 'Ready');
const taintsOf = (cluster: Cluster, name = 'node-1'): string[] =>
  (cluster.get(`${NODES}/${name}`).spec.taints ?? []).map(
    (one: { key: string; effect: string }) => `${one.key}:${one.effect}`,
  );
const postReady = (cluster: Cluster, name: string): void => {
  const condition = {
    type: 'Ready',
    status: 'True',
    reason: 'KubeletReady',
    lastHeartbeatTime: new Date(cluster.now()).toISOString(),
  };
  cluster.patch(`${NODES}/${name}/status`, STRATEGIC, { status: { conditions: [condition] } });
};
const bindTo = (cluster: Cluster, name: string, node: string, spec: object = {}): void => {
  cluster.post(PODS, pod(name, { nodeName: node, ...spec }));
  cluster.patch(`${PODS}/${name}/status`, STRATEGIC, {
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  });
};

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
    const ready = (name: string) => cluster.get(`${PODS}/${name}`).status.conditions[0].status as string;
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
    const events = cluster.get('/api/v1/events').items as {
      reason: string;
      involvedObject: { name: string };
    }[];
    expect(
      events
        .filter((event) => event.involvedObject.name === 'node-1')
        .map((event) => event.reason)
        .sort(),
    ).toEqual(['NodeNotReady', 'RegisteredNode', 'RemovingNode']);
  });
});

describe('taint eviction', () => {
  const isLeaving = (cluster: Cluster, name: string): boolean =>
    cluster.get(`${PODS}/${name}`).metadata.deletionTimestamp !== undefined;

  it('deletes pods when their tolerationSeconds are over, at once without a toleration, never with an endless one', () => {
    const cluster = withNodes();
    const key = 'node.kubernetes.io/unreachable';
    bindTo(cluster, 'default', 'node-1');
    bindTo(cluster, 'none', 'node-1', {
      tolerations: [{ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 0 }],
    });
    bindTo(cluster, 'endless', 'node-1', { tolerations: [{ operator: 'Exists' }] });
    live(cluster, 60, 'node-2');
    expect(['default', 'none', 'endless'].map((name) => isLeaving(cluster, name))).toEqual([
      false,
      true,
      false,
    ]);
    live(cluster, 310, 'node-2');
    expect(['default', 'endless'].map((name) => isLeaving(cluster, name))).toEqual([true, false]);
    expect(cluster.get(`${PODS}/default`).status.conditions).toContainEqual(
      expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager' }),
    );
  });

  it('is called off when the node comes back in time', () => {
    const cluster = withNodes();
    bindTo(cluster, 'a', 'node-1');
    live(cluster, 200, 'node-2');
    postReady(cluster, 'node-1');
    live(cluster, 400, 'node-1', 'node-2');
    expect(isLeaving(cluster, 'a')).toBe(false);
  });

  it('also follows a taint that a user sets', () => {
    const cluster = withNodes();
    bindTo(cluster, 'a', 'node-1');
    cluster.patch(`${NODES}/node-1`, MERGE, { spec: { taints: [{ key: 'out', effect: 'NoExecute' }] } });
    cluster.settle();
    expect(isLeaving(cluster, 'a')).toBe(true);
  });
});

describe('the pod garbage collector', () => {
  it('fails and removes the pods of a node that is gone for forty seconds', () => {
    const cluster = withNodes();
    bindTo(cluster, 'a', 'node-1');
    const follower = cluster.follow(PODS, { resourceVersion: String(cluster.model.store.revision()) });
    cluster.remove(`${NODES}/node-1`);
    live(cluster, 40, 'node-2');
    expect(cluster.request('GET', `${PODS}/a`).code).toBe(200);
    live(cluster, 40, 'node-2');
    expect(cluster.request('GET', `${PODS}/a`).code).toBe(404);
    expect(follower.events[0]?.object.status).toMatchObject({
      phase: 'Failed',
      conditions: [
        { type: 'Ready' },
        { type: 'DisruptionTarget', reason: 'DeletionByPodGC', message: 'PodGC: node no longer exists' },
      ],
    });
  });

  it('spares them when the node is back in time', () => {
    const cluster = withNodes();
    bindTo(cluster, 'a', 'node-1');
    cluster.remove(`${NODES}/node-1`);
    cluster.pass(30);
    cluster.post(NODES, readyNode('node-1', cluster.now()));
    live(cluster, 120, 'node-1', 'node-2');
    expect(cluster.request('GET', `${PODS}/a`).code).toBe(200);
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
