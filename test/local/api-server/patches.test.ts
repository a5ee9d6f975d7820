import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyMergePatch } from '../../../lib/local/api-server/patches/merge-patch.ts';
import { applyStrategicMerge } from '../../../lib/local/api-server/patches/strategic-merge.ts';
import { CONFIGMAPS, createCluster, JSON_PATCH, MERGE, pod, PODS, STRATEGIC } from './cluster-under-test.ts';

const smp = (original: object, patch: object, model = 'V1Pod') =>
  applyStrategicMerge(original as never, patch as never, model);
const conditions = (...types: string[]) => types.map((type) => ({ type, status: 'True' }));

describe('a strategic merge patch', () => {
  it('merges conditions by type, the new ones first, as the API server orders them', () => {
    const before = { status: { conditions: conditions('Ready', 'Gate') } };
    const after = smp(before, {
      status: {
        conditions: [
          { type: 'Gate', reason: 'x' },
          { type: 'New', status: 'True' },
        ],
      },
    });
    expect(after).toEqual({
      status: {
        conditions: [
          { type: 'Ready', status: 'True' },
          { type: 'Gate', status: 'True', reason: 'x' },
          { type: 'New', status: 'True' },
        ],
      },
    });
    const added = smp(before, { status: { conditions: conditions('First') } });
    expect(added).toMatchObject({
      status: { conditions: [{ type: 'First' }, { type: 'Ready' }, { type: 'Gate' }] },
    });
  });

  it('replaces containerStatuses whole, because they have no merge key', () => {
    const before = { status: { containerStatuses: [{ name: 'a' }, { name: 'b' }] } };
    expect(smp(before, { status: { containerStatuses: [{ name: 'b', ready: true }] } })).toEqual({
      status: { containerStatuses: [{ name: 'b', ready: true }] },
    });
  });

  it('merges podIPs by ip unless it says replace', () => {
    const before = { status: { podIPs: [{ ip: '1.1.1.1' }] } };
    expect(smp(before, { status: { podIPs: [{ ip: '2.2.2.2' }] } })).toEqual({
      status: { podIPs: [{ ip: '2.2.2.2' }, { ip: '1.1.1.1' }] },
    });
    expect(smp(before, { status: { podIPs: [{ $patch: 'replace' }, { ip: '2.2.2.2' }] } })).toEqual({
      status: { podIPs: [{ ip: '2.2.2.2' }] },
    });
  });

  it('deletes one item by its key, and a whole object', () => {
    const before = {
      status: { conditions: conditions('A', 'B') },
      spec: { securityContext: { runAsUser: 1 } },
    };
    const patch = {
      status: { conditions: [{ type: 'A', $patch: 'delete' }] },
      spec: { securityContext: { $patch: 'delete' } },
    };
    expect(smp(before, patch)).toEqual({ status: { conditions: conditions('B') }, spec: {} });
  });

  it('keeps only the retained keys, so that one volume source replaces another', () => {
    const before = { spec: { volumes: [{ name: 'v', emptyDir: {} }] } };
    const patch = {
      spec: { volumes: [{ name: 'v', $retainKeys: ['name', 'secret'], secret: { secretName: 's' } }] },
    };
    expect(smp(before, patch)).toEqual({ spec: { volumes: [{ name: 'v', secret: { secretName: 's' } }] } });
  });

  it('takes values out of a plain list', () => {
    const before = { metadata: { finalizers: ['a/b', 'c/d'] } };
    expect(smp(before, { metadata: { '$deleteFromPrimitiveList/finalizers': ['a/b'] } })).toEqual({
      metadata: { finalizers: ['c/d'] },
    });
    expect(smp(before, { metadata: { finalizers: ['e/f'] } })).toMatchObject({
      metadata: { finalizers: expect.arrayContaining(['a/b', 'c/d', 'e/f']) as string[] },
    });
  });

  it('orders a list as it is told', () => {
    const before = { spec: { containers: [{ name: 'a' }, { name: 'b' }] } };
    const order = [{ name: 'b' }, { name: 'a' }];
    expect(
      smp(before, {
        spec: { '$setElementOrder/containers': order, containers: [{ name: 'a', image: 'x' }] },
      }),
    ).toEqual({
      spec: { containers: [{ name: 'b' }, { name: 'a', image: 'x' }] },
    });
    expect(smp(before, { spec: { '$setElementOrder/containers': order } })).toEqual({
      spec: { containers: order },
    });
  });

  it('refuses an item without its key and a directive that does not exist', () => {
    const before = { spec: { containers: [{ name: 'a' }] } };
    expect(() => smp(before, { spec: { containers: [{ image: 'x' }] } })).toThrow(
      'does not contain declared merge key: name',
    );
    expect(() => smp(before, { $patch: 'bogus' })).toThrow('unknown patch type');
  });

  it('never leaves a directive in the result and never changes what it is given', () => {
    const directive = fc.constantFrom(
      '$patch',
      '$retainKeys',
      '$setElementOrder/conditions',
      'reason',
      'conditions',
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(directive),
        fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 })),
        (keys, types) => {
          const before = Object.freeze({
            status: Object.freeze({ conditions: Object.freeze(conditions('Ready')) }),
          });
          const patch: Record<string, unknown> = {};
          if (keys.includes('$patch')) patch['$patch'] = 'replace';
          if (keys.includes('$retainKeys')) patch['$retainKeys'] = ['conditions'];
          if (keys.includes('conditions')) patch['conditions'] = conditions(...types);
          if (keys.includes('$setElementOrder/conditions'))
            patch['$setElementOrder/conditions'] = types.map((type) => ({ type }));
          expect(JSON.stringify(smp(before, { status: patch }))).not.toMatch(/"\$[^"]*":/);
          expect(before.status.conditions).toEqual(conditions('Ready'));
        },
      ),
    );
  });
});

describe('a merge patch', () => {
  it('merges objects, replaces lists and removes what is null', () => {
    expect(applyMergePatch({ a: { b: 1, c: [1] }, d: 2 }, { a: { c: [2], e: 3 }, d: null })).toEqual({
      a: { b: 1, c: [2], e: 3 },
    });
  });

  it('is idempotent', () => {
    const json = fc.dictionary(
      fc.constantFrom('a', 'b'),
      fc.oneof(fc.constant(null), fc.integer(), fc.dictionary(fc.constantFrom('c', 'd'), fc.integer())),
    );
    fc.assert(
      fc.property(json, json, (original, patch) => {
        const once = applyMergePatch(original, patch);
        expect(applyMergePatch(once, patch)).toEqual(once);
      }),
    );
  });
});

describe('patching an object', () => {
  const created = () => {
    const cluster = createCluster({ controllers: 'none' });
    return { cluster, before: cluster.post(PODS, pod('a')) };
  };

  it('knows all three patches and server-side apply', () => {
    const { cluster } = created();
    cluster.patch(`${PODS}/a`, MERGE, { metadata: { labels: { m: '1' } } });
    cluster.patch(`${PODS}/a`, STRATEGIC, { metadata: { labels: { s: '1' } } });
    cluster.patch(`${PODS}/a`, JSON_PATCH, [{ op: 'add', path: '/metadata/labels/j', value: '1' }]);
    const applied = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', labels: { y: '1' } } };
    cluster.patch(`${PODS}/a?fieldManager=test`, 'application/apply-patch+yaml', applied);
    expect(cluster.get(`${PODS}/a`).metadata.labels).toEqual({ m: '1', s: '1', j: '1', y: '1' });
  });

  it('creates with server-side apply what is absent, and asks for a field manager', () => {
    const { cluster } = created();
    const apply = (path: string) =>
      cluster.request('PATCH', path, 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: b}\n', {
        'content-type': 'application/apply-patch+yaml',
      });
    expect(apply(`${CONFIGMAPS}/x`).code).toBe(422);
    expect(apply(`${CONFIGMAPS}/x?fieldManager=test`).code).toBe(201);
    expect(apply(`${CONFIGMAPS}/x?fieldManager=test`).code).toBe(200);
  });

  it('takes resourceVersion and UID in the patch as preconditions', () => {
    const { cluster, before } = created();
    const write = (metadata: object) =>
      cluster.request(
        'PATCH',
        `${PODS}/a/status`,
        { metadata, status: { reason: 'x' } },
        { 'content-type': STRATEGIC },
      );
    expect(write({ resourceVersion: '1' })).toMatchObject({ code: 409, body: { reason: 'Conflict' } });
    expect(write({ uid: 'other' })).toMatchObject({
      code: 422,
      body: { message: 'Pod "a" is invalid: metadata.uid: Invalid value: "other": field is immutable' },
    });
    expect(write({ uid: before.metadata.uid, resourceVersion: before.metadata.resourceVersion }).code).toBe(
      200,
    );
  });

  it('writes nothing when the patch changes nothing', () => {
    const { cluster, before } = created();
    const after = cluster.patch(`${PODS}/a`, MERGE, { spec: { restartPolicy: 'Always' } });
    expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });

  it('answers a JSON patch that does not apply with 422 and a malformed one with 400', () => {
    const { cluster } = created();
    const patch = (body: object) =>
      cluster.request('PATCH', `${PODS}/a`, JSON.stringify(body), { 'content-type': JSON_PATCH }).code;
    expect(patch([{ op: 'test', path: '/metadata/name', value: 'b' }])).toBe(422);
    expect(patch([{ op: 'remove', path: '/spec/nothing' }])).toBe(422);
    expect(patch({})).toBe(400);
  });

  it('answers a patch that makes nonsense of the object with 422', () => {
    const { cluster } = created();
    expect(
      cluster.request('PATCH', `${PODS}/a`, { spec: { restartPolicy: 5 } }, { 'content-type': MERGE }).code,
    ).toBe(422);
    expect(cluster.request('PATCH', `${PODS}/none`, {}, { 'content-type': MERGE }).code).toBe(404);
  });
});
