import { describe, expect, it } from 'vitest';
import {
  type Cluster,
  createCluster,
  pod,
  PODS,
  running,
  STRATEGIC,
  terminated,
} from './cluster-under-test.ts';

const bound = (spec: object = {}): Cluster => {
  const cluster = createCluster({ controllers: 'none' });
  cluster.post(
    PODS,
    pod(
      'a',
      { nodeName: 'node-1', ...spec },
      { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u' }] },
    ),
  );
  return cluster;
};
const write = (cluster: Cluster, status: object, metadata?: object) =>
  cluster.request(
    'PATCH',
    `${PODS}/a/status`,
    { ...(metadata === undefined ? {} : { metadata }), status },
    { 'content-type': STRATEGIC },
  );

describe('a status write', () => {
  it('leaves spec and owners alone but carries labels, annotations and finalizers', () => {
    const cluster = bound();
    const metadata = {
      labels: { a: 'b' },
      annotations: { c: 'd' },
      finalizers: ['x/y'],
      ownerReferences: [],
    };
    const patch = { metadata, spec: { nodeName: 'other' }, status: { phase: 'Running' } };
    const after = cluster.patch(`${PODS}/a/status`, STRATEGIC, patch);
    expect(after).toMatchObject({
      metadata: {
        labels: { a: 'b' },
        annotations: { c: 'd' },
        finalizers: ['x/y'],
        generation: 1,
        ownerReferences: [{ uid: 'u' }],
      },
      spec: { nodeName: 'node-1' },
      status: { phase: 'Running', qosClass: 'BestEffort' },
    });
  });

  it('shows unset times as null and fills in what a container status always has', () => {
    const cluster = bound();
    const { status } = write(cluster, {
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [{ name: 'main', state: { terminated: { exitCode: 3 } } }],
    }).body as { status: object };
    expect(status).toMatchObject({
      conditions: [{ type: 'Ready', status: 'True', lastProbeTime: null, lastTransitionTime: null }],
      containerStatuses: [
        {
          name: 'main',
          image: '',
          imageID: '',
          lastState: {},
          ready: false,
          restartCount: 0,
          state: { terminated: { exitCode: 3, startedAt: null, finishedAt: null } },
        },
      ],
    });
  });

  it('keeps times in whole seconds', () => {
    expect(write(bound(), { startTime: '2026-01-01T00:00:00.5Z' }).body).toHaveProperty(
      'status.startTime',
      '2026-01-01T00:00:00Z',
    );
  });

  it('makes the list of IPs follow the IP', () => {
    const cluster = bound();
    expect(write(cluster, { podIP: '1.1.1.1' }).body).toHaveProperty('status.podIPs', [{ ip: '1.1.1.1' }]);
    expect(write(cluster, { podIP: '2.2.2.2' }).body).toHaveProperty('status.podIPs', [{ ip: '2.2.2.2' }]);
  });

  it('is refused when the host IP is not the first of its list', () => {
    expect(write(bound(), { hostIP: '1.1.1.1', hostIPs: [{ ip: '2.2.2.2' }] })).toMatchObject({
      code: 422,
      body: {
        message:
          'Pod "a" is invalid: status.hostIPs[0].ip: Invalid value: "2.2.2.2": must be equal to `hostIP`',
      },
    });
  });

  it('keeps observedGeneration when it does not name one', () => {
    const cluster = bound();
    write(cluster, { observedGeneration: 1 });
    const { status } = cluster.get(`${PODS}/a`);
    const replaced = cluster.request('PUT', `${PODS}/a/status`, {
      ...pod('a'),
      status: { phase: 'Running' },
    });
    expect(status.observedGeneration).toBe(1);
    expect(replaced.body).toHaveProperty('status', {
      phase: 'Running',
      qosClass: 'BestEffort',
      observedGeneration: 1,
    });
  });
});

describe('a container that has ended', () => {
  const endThenRun = (restartPolicy: string, exitCode: number) => {
    const cluster = bound({ restartPolicy });
    write(cluster, { containerStatuses: [terminated('main', exitCode)] });
    return write(cluster, { containerStatuses: [running('main')] });
  };

  it.each([
    ['Never', 1, 422],
    ['Never', 0, 422],
    ['OnFailure', 0, 422],
    ['OnFailure', 1, 200],
    ['Always', 0, 200],
  ])('under %s after exit %d runs again: %d', (policy, exitCode, code) => {
    expect(endThenRun(policy, exitCode).code).toBe(code);
  });

  it('is told so in the words of the API server', () => {
    expect(endThenRun('Never', 1).body['message']).toBe(
      'Pod "a" is invalid: status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state',
    );
  });

  it('may start again as a sidecar', () => {
    const cluster = bound({
      restartPolicy: 'Never',
      initContainers: [{ name: 'side', image: 'x', restartPolicy: 'Always' }],
    });
    write(cluster, { initContainerStatuses: [terminated('side', 1)] });
    expect(write(cluster, { initContainerStatuses: [running('side')] }).code).toBe(200);
  });
});

describe('a patch of the status with metadata', () => {
  it('sets and removes annotations, as on a real API server', () => {
    const cluster = createCluster({ controllers: 'none' });
    cluster.post(PODS, pod('a', {}, { annotations: { old: '1', kept: '1' }, labels: { app: 'web' } }));
    const metadata = { annotations: { old: null, size: '256/512' } };
    const patched = cluster.patch(`${PODS}/a/status`, STRATEGIC, { metadata, status: { message: 'm' } });
    expect(patched.metadata.annotations).toEqual({ kept: '1', size: '256/512' });
    expect(patched.metadata.labels).toEqual({ app: 'web' });
    expect(patched.metadata.generation).toBe(1);
    expect(cluster.get(`${PODS}/a`).metadata.annotations).toEqual({ kept: '1', size: '256/512' });
  });

  it('is refused with an annotation that has no name', () => {
    const cluster = createCluster({ controllers: 'none' });
    cluster.post(PODS, pod('a'));
    const body = { metadata: { annotations: { 'a b': '1' } } };
    const answer = cluster.request('PATCH', `${PODS}/a/status`, body, { 'content-type': STRATEGIC });
    expect(answer.code).toBe(422);
    expect(answer.body['message']).toContain('metadata.annotations: Invalid value: "a b"');
  });
});
