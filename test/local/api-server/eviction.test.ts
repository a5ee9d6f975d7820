import { describe, expect, it } from 'vitest';
import { MERGE, NODES, PODS, readyNode, type Cluster } from './cluster-under-test.ts';
import { bindTo, live, postReady, withNodes } from './living-nodes.ts';

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
