import { describe, expect, it } from 'vitest';
import {
  type Cluster,
  createCluster,
  NODES,
  NOON,
  pod,
  PODS,
  readyNode,
  STRATEGIC,
} from './cluster-under-test.ts';

const withNode = (more: { pods?: number; spec?: object; labels?: object } = {}): Cluster => {
  const cluster = createCluster();
  cluster.post(NODES, readyNode('node-1', NOON, more));
  cluster.settle();
  return cluster;
};
const nodeOf = (cluster: Cluster, name = 'a'): string => {
  cluster.settle();
  return cluster.get(`${PODS}/${name}`).spec.nodeName ?? '';
};
const eventsOf = (cluster: Cluster, name = 'a'): string[] =>
  cluster
    .get(
      `/api/v1/namespaces/default/events?fieldSelector=${encodeURIComponent(`involvedObject.name=${name}`)}`,
    )
    .items.map((event: { reason: string; message: string }) => `${event.reason}: ${event.message}`);
const asking = (requests: object) => ({
  containers: [{ name: 'main', image: 'x', resources: { requests } }],
});

describe('the scheduler', () => {
  it('binds a pod to a node that is ready, and says so', () => {
    const cluster = withNode();
    cluster.post(PODS, pod('a'));
    expect(nodeOf(cluster)).toBe('node-1');
    expect(cluster.get(`${PODS}/a`).status.conditions).toEqual([
      {
        type: 'PodScheduled',
        status: 'True',
        observedGeneration: 1,
        lastProbeTime: null,
        lastTransitionTime: '2026-01-01T12:00:00Z',
      },
    ]);
    expect(eventsOf(cluster)).toEqual(['Scheduled: Successfully assigned default/a to node-1']);
  });

  it('leaves pods of other schedulers and gated pods alone', () => {
    const cluster = withNode();
    cluster.post(PODS, pod('a', { schedulerName: 'mine' }));
    cluster.post(PODS, pod('b', { schedulingGates: [{ name: 'x/y' }] }));
    expect([nodeOf(cluster, 'a'), nodeOf(cluster, 'b')]).toEqual(['', '']);
  });

  it.each([
    [
      'nodeSelector',
      { nodeSelector: { disk: 'fast' } },
      {},
      "1 node(s) didn't match Pod's node affinity/selector",
    ],
    [
      'node affinity',
      {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator: 'In', values: ['fast'] }] }],
            },
          },
        },
      },
      {},
      "1 node(s) didn't match Pod's node affinity/selector",
    ],
    [
      'taints',
      {},
      { spec: { taints: [{ key: 'a', value: 'b', effect: 'NoSchedule' }] } },
      '1 node(s) had untolerated taint(s)',
    ],
    ['cordon', {}, { spec: { unschedulable: true } }, '1 node(s) were unschedulable'],
    ['cpu', asking({ cpu: '8' }), {}, '1 Insufficient cpu'],
    ['pods', {}, { pods: 0 }, '1 Too many pods'],
  ])('refuses a node by %s', (_what, spec, node, reason) => {
    const cluster = withNode(node);
    cluster.post(PODS, pod('a', spec));
    expect(nodeOf(cluster)).toBe('');
    const [condition] = cluster.get(`${PODS}/a`).status.conditions;
    expect(condition).toMatchObject({ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' });
    expect(condition.message).toMatch(/^0\/1 nodes are available: /);
    expect(condition.message).toContain(reason);
  });

  it('accepts a node that selector, affinity and tolerations ask for', () => {
    const cluster = withNode({
      labels: { disk: 'fast' },
      spec: { taints: [{ key: 'a', value: 'b', effect: 'NoSchedule' }] },
    });
    const terms = [
      {
        matchExpressions: [{ key: 'disk', operator: 'Exists' }],
        matchFields: [{ key: 'metadata.name', operator: 'In', values: ['node-1'] }],
      },
    ];
    cluster.post(
      PODS,
      pod('a', {
        nodeSelector: { disk: 'fast' },
        affinity: {
          nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
        },
        tolerations: [{ key: 'a', operator: 'Equal', value: 'b' }],
      }),
    );
    expect(nodeOf(cluster)).toBe('node-1');
  });

  it('complains once, and binds as soon as a node comes that fits', () => {
    const cluster = createCluster();
    cluster.post(PODS, pod('a'));
    cluster.settle();
    expect(eventsOf(cluster)).toEqual(['FailedScheduling: no nodes available to schedule pods']);
    cluster.pass(1);
    cluster.post(NODES, readyNode('node-1', cluster.now()));
    expect(nodeOf(cluster)).toBe('node-1');
    expect(
      eventsOf(cluster).filter((text) => text.startsWith('FailedScheduling')).length,
    ).toBeLessThanOrEqual(2);
  });

  it('gives the room of a pod that has finished or gone to the next', () => {
    const cluster = withNode({ pods: 1 });
    for (const name of ['a', 'b', 'c']) cluster.post(PODS, pod(name));
    expect([nodeOf(cluster, 'a'), nodeOf(cluster, 'b')]).toEqual(['node-1', '']);
    cluster.patch(`${PODS}/a/status`, STRATEGIC, { status: { phase: 'Succeeded' } });
    expect([nodeOf(cluster, 'b'), nodeOf(cluster, 'c')]).toEqual(['node-1', '']);
    cluster.remove(`${PODS}/b?gracePeriodSeconds=0`);
    expect(nodeOf(cluster, 'c')).toBe('node-1');
  });

  it('spreads pods over the nodes by how full they are', () => {
    const cluster = withNode();
    cluster.post(NODES, readyNode('node-2', NOON));
    cluster.settle();
    for (const name of ['a', 'b', 'c', 'd']) cluster.post(PODS, pod(name, asking({ cpu: '1' })));
    cluster.settle();
    const nodes = ['a', 'b', 'c', 'd'].map((name) => nodeOf(cluster, name)).sort();
    expect(nodes).toEqual(['node-1', 'node-1', 'node-2', 'node-2']);
  });

  it('can be done by hand: the binding subresource binds once', () => {
    const cluster = createCluster({ controllers: 'none' });
    cluster.post(PODS, pod('a'));
    const binding = { metadata: { name: 'a' }, target: { kind: 'Node', name: 'node-1' } };
    expect(cluster.request('POST', `${PODS}/a/binding`, binding).code).toBe(201);
    expect(nodeOf(cluster)).toBe('node-1');
    expect(cluster.request('POST', `${PODS}/a/binding`, binding)).toMatchObject({ code: 409 });
    expect(cluster.request('POST', `${PODS}/a/binding`, { target: {} })).toMatchObject({ code: 400 });
  });
});
