import { describe, expect, it } from 'vitest';
import type { Body } from './body.ts';
import { type Cluster, CONFIGMAPS, createCluster, pod, PODS, TABLE } from './cluster-under-test.ts';

const withConfigMaps = (count: number): Cluster => {
  const cluster = createCluster();
  for (let index = 0; index < count; index += 1) {
    cluster.post(CONFIGMAPS, {
      metadata: { name: `m-${index}`, labels: { parity: index % 2 === 0 ? 'even' : 'odd' } },
    });
  }
  return cluster;
};
const names = (list: Body): string[] => list.items.map((one) => one.metadata.name);

describe('lists', () => {
  it('carry no kind on their items, and the revision of the whole store', () => {
    const list = withConfigMaps(1).get(CONFIGMAPS);
    expect(list).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
    expect(list.items[0]).not.toHaveProperty('kind');
    expect(Number(list.metadata.resourceVersion)).toBeGreaterThanOrEqual(
      Number(list.items.at(-1)!.metadata.resourceVersion),
    );
  });

  it('come in pages that all show the revision of the first', () => {
    const cluster = withConfigMaps(5);
    const first = cluster.get(`${CONFIGMAPS}?limit=3`);
    expect(first.metadata.remainingItemCount).toBe(3);
    cluster.remove(`${CONFIGMAPS}/m-4`);
    cluster.post(CONFIGMAPS, { metadata: { name: 'm-9' } });
    const second = cluster.get(`${CONFIGMAPS}?limit=3&continue=${first.metadata.continue}`);
    expect([...names(first), ...names(second)]).toEqual([
      'kube-root-ca.crt',
      'm-0',
      'm-1',
      'm-2',
      'm-3',
      'm-4',
    ]);
    expect(second.metadata).toEqual({ resourceVersion: first.metadata.resourceVersion });
  });

  it('answer an old continue token with 410 and a way to go on', () => {
    const cluster = withConfigMaps(5);
    const { metadata } = cluster.get(`${CONFIGMAPS}?limit=3`);
    cluster.model.compact();
    const gone = cluster.request('GET', `${CONFIGMAPS}?limit=3&continue=${metadata.continue}`);
    expect(gone).toMatchObject({ code: 410, body: { reason: 'Expired' } });
    const { continue: onward } = gone.body['metadata'] as { continue: string };
    expect(names(cluster.get(`${CONFIGMAPS}?continue=${onward}`))).toEqual(['m-2', 'm-3', 'm-4']);
  });

  it('refuse a continue token that is none, a limit that is no number, a revision of the future', () => {
    const cluster = withConfigMaps(0);
    expect(cluster.request('GET', `${PODS}?continue=x`).code).toBe(400);
    expect(cluster.request('GET', `${PODS}?limit=x`).code).toBe(400);
    expect(cluster.request('GET', `${PODS}?resourceVersion=x`).code).toBe(400);
    expect(cluster.request('GET', `${PODS}?resourceVersion=99999`)).toMatchObject({
      code: 504,
      body: { reason: 'Timeout' },
    });
    expect(cluster.request('GET', `${PODS}?resourceVersionMatch=Exact`).code).toBe(422);
  });

  it.each([
    ['parity=even', ['m-0', 'm-2']],
    ['parity!=even', ['kube-root-ca.crt', 'm-1', 'm-3']],
    ['parity in (odd, none)', ['m-1', 'm-3']],
    ['parity notin (odd),parity', ['m-0', 'm-2']],
    ['!parity', ['kube-root-ca.crt']],
  ])('are narrowed by the labels %s', (selector, expected) => {
    expect(
      names(withConfigMaps(4).get(`${CONFIGMAPS}?labelSelector=${encodeURIComponent(selector)}`)),
    ).toEqual(expected);
  });

  it.each(['a b', '=x', 'a in b'])('refuse the label selector "%s"', (selector) => {
    expect(createCluster().request('GET', `${PODS}?labelSelector=${encodeURIComponent(selector)}`).code).toBe(
      400,
    );
  });

  it('are narrowed by the fields that a kind has', () => {
    const cluster = createCluster({ controllers: 'none' });
    cluster.post(PODS, pod('a', { nodeName: 'node-1' }));
    cluster.post(PODS, pod('b', { nodeName: 'node-2' }));
    const select = (selector: string) =>
      names(cluster.get(`/api/v1/pods?fieldSelector=${encodeURIComponent(selector)}`));
    expect(select('spec.nodeName=node-1')).toEqual(['a']);
    expect(select('spec.nodeName!=node-1,status.phase=Pending')).toEqual(['b']);
    expect(select('metadata.name==b')).toEqual(['b']);
    expect(cluster.request('GET', `${PODS}?fieldSelector=spec.foo%3Db`).body['message']).toBe(
      'field label not supported: spec.foo',
    );
    expect(cluster.request('GET', `${CONFIGMAPS}?fieldSelector=data%3Db`).body['message']).toBe(
      '"data" is not a known field selector: only "metadata.name", "metadata.namespace"',
    );
  });

  it('can be Tables or metadata only', () => {
    const cluster = withConfigMaps(1);
    const table = cluster.get(CONFIGMAPS, { accept: TABLE });
    expect(table.columnDefinitions.map((one: { name: string }) => one.name)).toEqual(['Name', 'Data', 'Age']);
    expect(table.rows[1]).toMatchObject({
      cells: ['m-0', 0, '0s'],
      object: { kind: 'PartialObjectMetadata' },
    });
    const metadata = cluster.get(CONFIGMAPS, {
      accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
    });
    expect(metadata.items[1]).not.toHaveProperty('data');
  });

  it('share their items with the store instead of copying them', () => {
    const cluster = withConfigMaps(1);
    expect(cluster.get(CONFIGMAPS).items[1]).toBe(cluster.model.store.get('configmaps', 'default', 'm-0'));
    expect(Object.isFrozen(cluster.get(CONFIGMAPS).items[1].metadata)).toBe(true);
  });
});
