import { describe, expect, it } from 'vitest';
import { type Cluster, createCluster, MERGE, TABLE } from './cluster-under-test.ts';

const VOLUMES = '/api/v1/persistentvolumes';
const CLAIMS = '/api/v1/namespaces/default/persistentvolumeclaims';
const EFS = { csi: { driver: 'efs.csi.aws.com', volumeHandle: 'fs-1' } };

const volumeSpec = (more: object = {}) => ({
  capacity: { storage: '5Gi' },
  accessModes: ['ReadWriteMany'],
  ...EFS,
  ...more,
});
const claimSpec = (more: object = {}) => ({
  accessModes: ['ReadWriteMany'],
  resources: { requests: { storage: '5Gi' } },
  ...more,
});

function bindings(cluster: Cluster): Record<string, unknown> {
  cluster.settle();
  const shown = [...cluster.get(VOLUMES).items, ...cluster.get(CLAIMS).items];
  return Object.fromEntries(shown.map(({ metadata, status }) => [metadata.name, status.phase]));
}

function clusterWith(volumes: Record<string, object>, claims: Record<string, object>): Cluster {
  const cluster = createCluster();
  for (const [name, spec] of Object.entries(volumes))
    cluster.post(VOLUMES, { metadata: { name }, spec: volumeSpec(spec) });
  for (const [name, spec] of Object.entries(claims))
    cluster.post(CLAIMS, { metadata: { name }, spec: claimSpec(spec) });
  return cluster;
}

describe('the binder of volumes', () => {
  it('binds the volume that a claim names', () => {
    const cluster = clusterWith({ v: {}, w: {} }, { c: { volumeName: 'w', storageClassName: '' } });
    expect(bindings(cluster)).toEqual({ v: 'Available', w: 'Bound', c: 'Bound' });
    const claim = cluster.get(`${CLAIMS}/c`);
    expect(claim.status).toEqual({
      phase: 'Bound',
      accessModes: ['ReadWriteMany'],
      capacity: { storage: '5Gi' },
    });
    expect(cluster.get(`${VOLUMES}/w`).spec.claimRef).toMatchObject({ name: 'c', uid: claim.metadata.uid });
  });

  it('binds the volume that names the claim before one that fits', () => {
    const cluster = clusterWith({ a: {}, z: { claimRef: { namespace: 'default', name: 'c' } } }, { c: {} });
    expect(bindings(cluster)).toMatchObject({ a: 'Available', z: 'Bound', c: 'Bound' });
  });

  it('binds the smallest volume of the same class that is large enough', () => {
    const storageClassName = 'efs-sc';
    const volumes = {
      small: { capacity: { storage: '1Gi' }, storageClassName },
      right: { capacity: { storage: '6Gi' }, storageClassName },
      large: { capacity: { storage: '9Gi' }, storageClassName },
      other: {},
      single: { accessModes: ['ReadWriteOnce'], storageClassName },
    };
    const cluster = clusterWith(volumes, { c: { storageClassName } });
    expect(bindings(cluster)).toMatchObject({
      c: 'Bound',
      right: 'Bound',
      large: 'Available',
      other: 'Available',
    });
    expect(cluster.get(`${CLAIMS}/c`).spec.volumeName).toBe('right');
  });

  it('leaves a claim Pending that nothing fits or whose volume is of someone else', () => {
    const cluster = clusterWith({ v: {} }, { a: { volumeName: 'v' }, b: { volumeName: 'v' } });
    expect(bindings(cluster)).toEqual({ v: 'Bound', a: 'Bound', b: 'Pending' });
  });

  it('releases the volume of a claim that is gone, and calls a claim lost whose volume is', () => {
    const cluster = clusterWith({ v: {}, w: {} }, { a: { volumeName: 'v' }, b: { volumeName: 'w' } });
    cluster.settle();
    cluster.remove(`${CLAIMS}/a`);
    cluster.remove(`${VOLUMES}/w`);
    expect(bindings(cluster)).toEqual({ v: 'Released', b: 'Lost' });
  });
});

describe('volumes and claims', () => {
  it.each([
    [VOLUMES, {}, 'spec.accessModes: Required value'],
    [VOLUMES, {}, 'spec.capacity: Required value'],
    [VOLUMES, {}, 'spec: Required value: must specify a volume type'],
    [VOLUMES, volumeSpec({ nfs: { server: 'a', path: '/b' } }), 'may not specify more than 1 volume type'],
    [VOLUMES, volumeSpec({ csi: { driver: 'd' } }), 'spec.csi.volumeHandle: Required value'],
    [CLAIMS, {}, 'spec.accessModes: Required value: at least 1 access mode is required'],
    [CLAIMS, {}, 'spec.resources[storage]: Required value'],
    [CLAIMS, claimSpec({ accessModes: ['X'] }), 'spec.accessModes: Unsupported value: "X"'],
    [CLAIMS, claimSpec({ resources: { requests: { storage: '-1' } } }), 'must be greater than zero'],
  ])('are refused: %s with %j', (path, spec, text) => {
    const { code, body } = createCluster().request('POST', path, { metadata: { name: 'a' }, spec });
    expect([code, body['message']]).toEqual([422, expect.stringContaining(text)]);
  });

  it('keep their source and their volume', () => {
    const cluster = clusterWith({ v: {} }, { c: { volumeName: 'v' } });
    const patch = (path: string, spec: object) =>
      cluster.request('PATCH', path, { spec }, { 'content-type': MERGE }).body['message'];
    expect(patch(`${VOLUMES}/v`, { csi: { volumeHandle: 'fs-2' } })).toContain('is immutable after creation');
    expect(patch(`${CLAIMS}/c`, { volumeName: 'w' })).toContain('spec is immutable after creation');
  });

  it('say when a status of a volume has changed its phase', () => {
    const cluster = createCluster({ controllers: 'none' });
    cluster.post(VOLUMES, { metadata: { name: 'v' }, spec: volumeSpec() });
    cluster.pass(60);
    const write = (status: object) => cluster.patch(`${VOLUMES}/v/status`, MERGE, { status }).status;
    expect(write({ message: 'm' })).toMatchObject({ lastPhaseTransitionTime: '2026-01-01T12:00:00Z' });
    expect(write({ phase: 'Failed' })).toMatchObject({ lastPhaseTransitionTime: '2026-01-01T12:01:00Z' });
  });

  it('are printed as kubectl prints them', () => {
    const cluster = clusterWith(
      { v: { storageClassName: 'efs-sc' } },
      { c: { storageClassName: 'efs-sc' }, d: {} },
    );
    cluster.settle();
    const rowsOf = (path: string) => cluster.get(path, { accept: TABLE }).rows.map(({ cells }) => cells);
    expect(rowsOf(VOLUMES)).toEqual([
      ['v', '5Gi', 'RWX', 'Retain', 'Bound', 'default/c', 'efs-sc', '<unset>', '', '0s', 'Filesystem'],
    ]);
    expect(rowsOf(CLAIMS)).toEqual([
      ['c', 'Bound', 'v', '5Gi', 'RWX', 'efs-sc', '<unset>', '0s', 'Filesystem'],
      ['d', 'Pending', '', '', '', '', '<unset>', '0s', 'Filesystem'],
    ]);
  });

  it('are printed beside network policies', () => {
    const cluster = createCluster();
    const path = '/apis/networking.k8s.io/v1/namespaces/default/networkpolicies';
    const matchExpressions = [
      { key: 'b', operator: 'In', values: ['x', 'y'] },
      { key: 'c', operator: 'NotIn', values: ['z'] },
      { key: 'd', operator: 'Exists' },
      { key: 'e', operator: 'DoesNotExist' },
    ];
    const podSelector = { matchLabels: { a: '1' }, matchExpressions };
    cluster.post(path, { metadata: { name: 'p' }, spec: { podSelector } });
    cluster.post(path, { metadata: { name: 'q' } });
    expect(cluster.get(path, { accept: TABLE }).rows.map(({ cells }) => cells)).toEqual([
      ['p', 'a=1,b in (x,y),c notin (z),d,!e', '0s'],
      ['q', '<none>', '0s'],
    ]);
  });
});
