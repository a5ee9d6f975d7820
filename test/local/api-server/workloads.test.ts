import { describe, expect, it } from 'vitest';
import type { Body } from './body.ts';
import {
  type Cluster,
  createCluster,
  MERGE,
  NODES,
  NOON,
  PODS,
  readyNode,
  running,
  STRATEGIC,
  terminated,
} from './cluster-under-test.ts';

const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const REPLICASETS = '/apis/apps/v1/namespaces/default/replicasets';
const JOBS = '/apis/batch/v1/namespaces/default/jobs';

const template = (image: string, spec: object = {}) => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'main', image }], ...spec },
});
const deployment = (replicas: number, more: object = {}) => ({
  metadata: { name: 'web' },
  spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: template('x:1'), ...more },
});
const withNode = (): Cluster => {
  const cluster = createCluster();
  cluster.post(NODES, readyNode('node-1', NOON, { pods: 100 }));
  cluster.settle();
  return cluster;
};
const podsOf = (cluster: Cluster): Body['items'] => {
  cluster.settle();
  return cluster.get(PODS).items;
};
const staying = (cluster: Cluster): Body['items'] =>
  podsOf(cluster).filter((pod) => pod.metadata.deletionTimestamp === undefined) as unknown as Body['items'];
const start = (cluster: Cluster): void => {
  for (const pod of staying(cluster)) {
    cluster.patch(`${PODS}/${pod.metadata.name}/status`, STRATEGIC, {
      status: {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: [running('main')],
      },
    });
  }
  cluster.settle();
};
const end = (cluster: Cluster, name: string, exitCode: number): void => {
  cluster.patch(`${PODS}/${name}/status`, STRATEGIC, {
    status: {
      phase: exitCode === 0 ? 'Succeeded' : 'Failed',
      containerStatuses: [terminated('main', exitCode)],
    },
  });
  cluster.settle();
};
/** What a kubelet does with pods that are being deleted. */
const reap = (cluster: Cluster): void => {
  for (const pod of podsOf(cluster))
    if (pod.metadata.deletionTimestamp !== undefined)
      cluster.remove(`${PODS}/${pod.metadata.name}?gracePeriodSeconds=0`);
  cluster.settle();
};

describe('a Deployment', () => {
  it('makes pods through a ReplicaSet and tells how many are ready', () => {
    const cluster = withNode();
    cluster.post(DEPLOYMENTS, deployment(3));
    expect(staying(cluster)).toHaveLength(3);
    start(cluster);
    const { status, spec } = cluster.get(`${DEPLOYMENTS}/web`);
    expect(status).toMatchObject({
      observedGeneration: 1,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
    });
    expect(status.conditions).toMatchObject([
      { type: 'Available', status: 'True' },
      { type: 'Progressing', reason: 'NewReplicaSetAvailable' },
    ]);
    expect(spec.strategy).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' },
    });
    expect(staying(cluster)[0].metadata.ownerReferences).toMatchObject([
      { kind: 'ReplicaSet', controller: true },
    ]);
  });

  it('scales 0 to 3 to 1 to 0, also by the scale subresource', () => {
    const cluster = withNode();
    cluster.post(DEPLOYMENTS, deployment(0));
    expect(staying(cluster)).toHaveLength(0);
    for (const replicas of [3, 1, 0]) {
      cluster.patch(`${DEPLOYMENTS}/web/scale`, MERGE, { spec: { replicas } });
      expect(staying(cluster)).toHaveLength(replicas);
      start(cluster);
    }
    expect(cluster.get(`${DEPLOYMENTS}/web/scale`)).toMatchObject({
      kind: 'Scale',
      spec: {},
      status: { selector: 'app=web' },
    });
  });

  it('replaces a pod that fails or is taken away', () => {
    const cluster = withNode();
    cluster.post(DEPLOYMENTS, deployment(1));
    const first = staying(cluster)[0];
    end(cluster, first.metadata.name, 1);
    const second = staying(cluster).find((pod) => pod.status.phase !== 'Failed')!;
    cluster.remove(`${PODS}/${second.metadata.name}`);
    expect(staying(cluster).filter((pod) => pod.status.phase !== 'Failed')).toHaveLength(1);
  });

  it('rolls to a new template without falling below what must stay available', () => {
    const cluster = withNode();
    cluster.post(DEPLOYMENTS, deployment(4));
    cluster.settle();
    start(cluster);
    cluster.patch(`${DEPLOYMENTS}/web`, STRATEGIC, {
      spec: { template: { spec: { containers: [{ name: 'main', image: 'x:2' }] } } },
    });
    const images = () => staying(cluster).map((pod) => pod.spec.containers[0].image);
    for (let round = 0; round < 10 && images().some((image) => image === 'x:1'); round += 1) {
      expect(
        staying(cluster).filter((pod) => pod.status.conditions.some((one) => one.type === 'Ready')).length,
      ).toBeGreaterThanOrEqual(3);
      expect(images().length).toBeLessThanOrEqual(5);
      start(cluster);
      reap(cluster);
    }
    expect(images()).toEqual(['x:2', 'x:2', 'x:2', 'x:2']);
    expect(cluster.get(REPLICASETS).items).toHaveLength(2);
  });

  it('takes everything with it when it is deleted', () => {
    const cluster = withNode();
    cluster.post(DEPLOYMENTS, deployment(2));
    cluster.settle();
    cluster.remove(`${DEPLOYMENTS}/web`);
    expect(staying(cluster)).toHaveLength(0);
    reap(cluster);
    expect(cluster.get(REPLICASETS).items).toEqual([]);
  });

  it('is refused when its selector does not match its template or its pods may end', () => {
    const cluster = createCluster();
    expect(
      cluster.request('POST', DEPLOYMENTS, deployment(1, { selector: { matchLabels: { app: 'x' } } })).body[
        'message'
      ],
    ).toContain('`selector` does not match template `labels`');
    expect(
      cluster.request(
        'POST',
        DEPLOYMENTS,
        deployment(1, { template: template('x', { restartPolicy: 'Never' }) }),
      ).code,
    ).toBe(422);
  });
});

describe('a Job', () => {
  const job = (more: object = {}) => ({
    metadata: { name: 'task' },
    spec: { template: template('x', { restartPolicy: 'Never' }), ...more },
  });
  const statusOf = (cluster: Cluster): Body['status'] => cluster.get(`${JOBS}/task`).status;

  it('runs one pod to completion, with a finalizer until the end is counted', () => {
    const cluster = withNode();
    cluster.post(JOBS, job());
    const pod = staying(cluster)[0];
    expect(pod.metadata).toMatchObject({
      finalizers: ['batch.kubernetes.io/job-tracking'],
      labels: { 'job-name': 'task' },
    });
    start(cluster);
    expect(statusOf(cluster)).toMatchObject({ active: 1, ready: 1 });
    end(cluster, pod.metadata.name, 0);
    expect(statusOf(cluster)).toMatchObject({
      succeeded: 1,
      completionTime: '2026-01-01T12:00:00Z',
      conditions: [{ type: 'SuccessCriteriaMet' }, { type: 'Complete', status: 'True' }],
    });
    expect(podsOf(cluster)[0].metadata).not.toHaveProperty('finalizers');
  });

  it('runs as many at once and in all as it says', () => {
    const cluster = withNode();
    cluster.post(JOBS, job({ parallelism: 2, completions: 3 }));
    expect(staying(cluster)).toHaveLength(2);
    for (const pod of staying(cluster)) end(cluster, pod.metadata.name, 0);
    const rest = staying(cluster).filter((pod) => pod.status.phase === 'Pending');
    expect(rest).toHaveLength(1);
    end(cluster, rest[0]!.metadata.name, 0);
    expect(statusOf(cluster).succeeded).toBe(3);
  });

  it('tries again after a back-off and gives up at its limit', () => {
    const cluster = withNode();
    cluster.post(JOBS, job({ backoffLimit: 1 }));
    const pending = () => staying(cluster).filter((pod) => pod.status.phase === 'Pending');
    end(cluster, pending()[0]!.metadata.name, 1);
    expect(pending()).toHaveLength(0);
    cluster.pass(10);
    expect(pending()).toHaveLength(1);
    end(cluster, pending()[0]!.metadata.name, 1);
    cluster.pass(3600);
    expect(statusOf(cluster)).toMatchObject({
      failed: 2,
      conditions: [{ type: 'FailureTarget' }, { type: 'Failed', reason: 'BackoffLimitExceeded' }],
    });
    expect(pending()).toHaveLength(0);
  });

  it('leaves no pod behind its finalizer when it is deleted', () => {
    const cluster = withNode();
    cluster.post(JOBS, job());
    cluster.settle();
    cluster.remove(`${JOBS}/task`);
    cluster.settle();
    reap(cluster);
    expect(podsOf(cluster)).toEqual([]);
  });

  it('is refused with pods that never end', () => {
    expect(
      createCluster().request('POST', JOBS, { metadata: { name: 'task' }, spec: { template: template('x') } })
        .code,
    ).toBe(422);
  });
});
