import { describe, expect, it } from 'vitest';
import {
  type Cluster,
  CONFIGMAPS,
  createCluster,
  MERGE,
  NODES,
  pod,
  PODS,
  STRATEGIC,
} from './cluster-under-test.ts';

const bound = (spec: object = {}, metadata: object = {}): Cluster => {
  const cluster = createCluster({ controllers: 'none' });
  cluster.post(PODS, pod('a', { nodeName: 'node-1', ...spec }, metadata));
  return cluster;
};
const remove = (cluster: Cluster, query = '', body?: object) =>
  cluster.request('DELETE', `${PODS}/a${query}`, body);
const isThere = (cluster: Cluster): boolean => cluster.request('GET', `${PODS}/a`).code === 200;

describe('deleting a pod', () => {
  it('marks a bound one and leaves it to its kubelet', () => {
    const cluster = bound();
    expect(remove(cluster)).toMatchObject({
      code: 200,
      body: {
        kind: 'Pod',
        metadata: {
          deletionTimestamp: '2026-01-01T12:00:30Z',
          deletionGracePeriodSeconds: 30,
          generation: 2,
        },
      },
    });
    cluster.pass(3600);
    expect(isThere(cluster)).toBe(true);
  });

  it('takes the grace from the request before that of the pod', () => {
    expect(remove(bound({ terminationGracePeriodSeconds: 7 })).body).toHaveProperty(
      'metadata.deletionGracePeriodSeconds',
      7,
    );
    expect(remove(bound(), '?gracePeriodSeconds=5').body).toHaveProperty(
      'metadata.deletionGracePeriodSeconds',
      5,
    );
    expect(remove(bound(), '', { gracePeriodSeconds: 6 }).body).toHaveProperty(
      'metadata.deletionGracePeriodSeconds',
      6,
    );
    expect(remove(bound(), '?gracePeriodSeconds=-1').body).toHaveProperty(
      'metadata.deletionGracePeriodSeconds',
      1,
    );
  });

  it.each([
    ['is not bound', { nodeName: '' }, undefined],
    ['has succeeded', {}, 'Succeeded'],
    ['has failed', {}, 'Failed'],
  ])('removes one at once that %s', (_why, spec, phase) => {
    const cluster = bound(spec);
    if (phase !== undefined) cluster.patch(`${PODS}/a/status`, STRATEGIC, { status: { phase } });
    remove(cluster);
    expect(isThere(cluster)).toBe(false);
  });

  it('removes one by force, which a watch sees as a change and an end', () => {
    const cluster = bound();
    const follower = cluster.follow(PODS, { resourceVersion: String(cluster.model.store.revision()) });
    remove(cluster, '?gracePeriodSeconds=0');
    expect(isThere(cluster)).toBe(false);
    expect(follower.told()).toEqual(['MODIFIED a', 'DELETED a']);
    expect(follower.events[0]?.object.metadata.deletionGracePeriodSeconds).toBe(0);
  });

  it('can shorten the grace of an earlier delete but not lengthen it', () => {
    const cluster = bound();
    remove(cluster);
    expect(remove(cluster, '?gracePeriodSeconds=60').body).toHaveProperty(
      'metadata.deletionGracePeriodSeconds',
      30,
    );
    expect(remove(cluster, '?gracePeriodSeconds=10').body).toMatchObject({
      metadata: { deletionTimestamp: '2026-01-01T12:00:10Z', deletionGracePeriodSeconds: 10 },
    });
    cluster.pass(20);
    expect(remove(cluster, '?gracePeriodSeconds=5').body).toMatchObject({
      metadata: { deletionTimestamp: '2026-01-01T12:00:20Z', deletionGracePeriodSeconds: 1 },
    });
  });

  it('honours preconditions', () => {
    const cluster = bound();
    expect(remove(cluster, '', { preconditions: { uid: 'x' } })).toMatchObject({
      code: 409,
      body: {
        message: expect.stringContaining(
          'the UID in the precondition (x) does not match the UID in record',
        ) as string,
        details: { kind: 'Pod' },
      },
    });
    expect(remove(cluster, '', { preconditions: { resourceVersion: '1' } }).code).toBe(409);
    const { uid } = cluster.get(`${PODS}/a`).metadata;
    expect(remove(cluster, '', { gracePeriodSeconds: 0, preconditions: { uid } }).code).toBe(200);
    expect(remove(cluster).code).toBe(404);
  });

  it('waits for finalizers, takes no new ones, and ends when the last is gone', () => {
    const cluster = bound({}, { finalizers: ['a.b/c'] });
    remove(cluster, '?gracePeriodSeconds=0');
    expect(isThere(cluster)).toBe(true);
    const more = cluster.request(
      'PATCH',
      `${PODS}/a`,
      { metadata: { finalizers: ['a.b/c', 'd.e/f'] } },
      { 'content-type': MERGE },
    );
    expect(more).toMatchObject({ code: 422 });
    cluster.patch(`${PODS}/a`, MERGE, { metadata: { finalizers: null } });
    expect(isThere(cluster)).toBe(false);
  });
});

describe('deleting', () => {
  it('answers with a Status for most kinds', () => {
    const cluster = createCluster();
    cluster.post(CONFIGMAPS, { metadata: { name: 'a' } });
    expect(cluster.remove(`${CONFIGMAPS}/a`)).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name: 'a', kind: 'configmaps' },
    });
  });

  it('takes a collection by its selector', () => {
    const cluster = createCluster();
    for (const name of ['a', 'b']) cluster.post(CONFIGMAPS, { metadata: { name, labels: { name } } });
    cluster.remove(`${CONFIGMAPS}?labelSelector=name%3Da`);
    expect(
      cluster.get(CONFIGMAPS).items.map((one: { metadata: { name: string } }) => one.metadata.name),
    ).toEqual(['b', 'kube-root-ca.crt']);
  });

  it('changes nothing on a dry run', () => {
    const cluster = bound();
    remove(cluster, '?dryRun=All&gracePeriodSeconds=0');
    expect(cluster.get(`${PODS}/a`).metadata).not.toHaveProperty('deletionTimestamp');
  });

  it('empties a namespace before it goes, and refuses to take the standard ones', () => {
    const cluster = createCluster();
    cluster.post('/api/v1/namespaces', { metadata: { name: 'team' } });
    cluster.settle();
    expect(cluster.get('/api/v1/namespaces/team/serviceaccounts/default').kind).toBe('ServiceAccount');
    cluster.post('/api/v1/namespaces/team/pods', pod('a', { nodeName: 'node-1' }));
    expect(cluster.remove('/api/v1/namespaces/team')).toMatchObject({ status: { phase: 'Terminating' } });
    expect(cluster.request('POST', '/api/v1/namespaces/team/pods', pod('b'))).toMatchObject({ code: 403 });
    cluster.settle();
    expect(cluster.get('/api/v1/namespaces/team/pods/a').metadata.deletionGracePeriodSeconds).toBe(30);
    cluster.remove('/api/v1/namespaces/team/pods/a?gracePeriodSeconds=0');
    cluster.settle();
    expect(cluster.request('GET', '/api/v1/namespaces/team').code).toBe(404);
    expect(cluster.request('DELETE', '/api/v1/namespaces/kube-system').code).toBe(403);
  });
});

describe('the garbage collector', () => {
  const lease = (node: string, uid: string) => ({
    metadata: { name: node, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node, uid }] },
    spec: {},
  });
  const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';

  it('takes the lease of a node that is gone, and what names an owner that never was', () => {
    const cluster = createCluster();
    const { metadata } = cluster.post(NODES, { metadata: { name: 'n' } });
    cluster.post(LEASES, lease('n', metadata.uid));
    cluster.post(LEASES, lease('stray', 'no-such-uid'));
    cluster.settle();
    expect(cluster.get(LEASES).items).toHaveLength(1);
    cluster.remove(`${NODES}/n`);
    cluster.settle();
    expect(cluster.get(LEASES).items).toEqual([]);
  });

  it('keeps what has another owner, without the one that is gone', () => {
    const cluster = createCluster();
    const uids = ['a', 'b'].map((name) => cluster.post(CONFIGMAPS, { metadata: { name } }).metadata.uid);
    const ownerReferences = uids.map((uid, index) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: 'ab'[index],
      uid,
    }));
    cluster.post(CONFIGMAPS, { metadata: { name: 'c', ownerReferences } });
    cluster.remove(`${CONFIGMAPS}/a`);
    cluster.settle();
    expect(cluster.get(`${CONFIGMAPS}/c`).metadata.ownerReferences).toMatchObject([{ uid: uids[1] }]);
  });

  it('orphans or waits for dependents when the delete says so', () => {
    const cluster = createCluster();
    const owned = (owner: string, uid: string, name: string) => ({
      metadata: { name, ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: owner, uid }] },
    });
    const [a, b] = ['a', 'b'].map((name) => cluster.post(CONFIGMAPS, { metadata: { name } }).metadata.uid);
    cluster.post(CONFIGMAPS, owned('a', a!, 'of-a'));
    cluster.post(CONFIGMAPS, owned('b', b!, 'of-b'));
    cluster.request('DELETE', `${CONFIGMAPS}/a`, { propagationPolicy: 'Orphan' });
    cluster.request('DELETE', `${CONFIGMAPS}/b`, { propagationPolicy: 'Foreground' });
    cluster.settle();
    const names = cluster
      .get(CONFIGMAPS)
      .items.map((one: { metadata: { name: string } }) => one.metadata.name);
    expect(names).toEqual(['kube-root-ca.crt', 'of-a']);
    expect(cluster.get(`${CONFIGMAPS}/of-a`).metadata).not.toHaveProperty('ownerReferences');
  });
});
