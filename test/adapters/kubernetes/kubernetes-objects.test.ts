import { describe, expect, it } from 'vitest';
import type { Api, ApiAnswer, ApiCall } from '../../../lib/adapters/kubernetes/call-api.ts';
import { createObjects } from '../../../lib/adapters/kubernetes/kubernetes-objects.ts';
import { FailureError, failureOf } from '../../../lib/core/failure.ts';
import type { Pod } from '../../../lib/core/kubernetes.ts';
import { askScript, failureFrom } from './ask-script.ts';

const POD: Pod = {
  metadata: { namespace: 'shop', name: 'web', uid: 'u-1', resourceVersion: '1' },
  spec: { serviceAccountName: 'web', containers: [] },
};
const NEED = { audience: 'vault', expirationSeconds: 7200 };
const SECRET = 'c2VjcmV0LWNhbmFyeQ==';

function create(answer: (call: ApiCall) => Partial<ApiAnswer>, url = 'https://api.test') {
  const clock = { time: 0, now: () => clock.time, sleep: () => Promise.resolve() };
  const calls: string[] = [];
  const api = {
    call: (call: ApiCall) => {
      calls.push(`${call.method} ${call.path}${call.query ? `?${call.query['fieldSelector'] ?? ''}` : ''}`);
      return Promise.resolve({ status: 200, body: {}, ...answer(call) });
    },
  };
  const access = { endpoint: { url }, headers: {} };
  const identity = { current: () => Promise.resolve(access), renewed: () => Promise.resolve(access) };
  const apis = { own: api as Api, asNode: () => api as Api };
  return { objects: createObjects(apis, { identity, clock }), calls, clock };
}

describe('objects of a cluster', () => {
  it('cost one read for a thousand replicas of a second', async () => {
    const { objects, calls, clock } = create(() => ({ body: { data: { a: 'b' } } }));
    await Promise.all(Array.from({ length: 1000 }, () => objects.configMap('shop', 'web', 'node-1')));
    clock.time = 999;
    await objects.configMap('shop', 'web', 'node-1');
    expect(calls).toEqual(['GET /api/v1/namespaces/shop/configmaps/web']);
    clock.time = 1000;
    await objects.configMap('shop', 'web', 'node-1');
    expect(calls).toHaveLength(2);
  });

  it('do not mix up kinds, namespaces and names', async () => {
    const { objects, calls } = create(() => ({}));
    await objects.configMap('shop', 'web', 'node-1');
    await objects.secret('shop', 'web', 'node-1');
    await objects.configMap('web', 'shop', 'node-1');
    await objects.serviceAccount('shop', 'web');
    expect(new Set(calls).size).toBe(4);
  });

  it('read Services and network policies of a namespace once in half a minute', async () => {
    const { objects, calls, clock } = create(() => ({ body: { items: null } }));
    const read = () => Promise.all([objects.services('shop', 'node-1'), objects.networkPolicies('shop')]);
    await read();
    clock.time = 29_999;
    await read();
    expect(calls).toEqual([
      'GET /api/v1/namespaces/shop/services',
      'GET /api/v1/namespaces/default/services?metadata.name=kubernetes',
      'GET /apis/networking.k8s.io/v1/namespaces/shop/networkpolicies',
    ]);
    clock.time = 30_000;
    await read();
    expect(calls).toHaveLength(6);
  });

  it('ask for each token, bound to the pod', async () => {
    const bodies: unknown[] = [];
    const { objects } = create(({ body }) => {
      bodies.push(body);
      return { body: { status: { token: 't', expirationTimestamp: '2026-11-22T12:00:00Z' } } };
    });
    const reading = await objects.token(POD, NEED);
    await objects.token({ ...POD, spec: { containers: [] } }, { ...NEED, audience: '' });
    const value = { token: 't', expiresAt: Date.UTC(2026, 10, 22, 12) };
    expect(reading).toEqual({ kind: 'found', value });
    const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'web', uid: 'u-1' };
    expect(bodies.map((body) => (body as { spec: unknown }).spec)).toEqual([
      { audiences: ['vault'], expirationSeconds: 7200, boundObjectRef },
      { expirationSeconds: 7200, boundObjectRef },
    ]);
  });

  it('fail for a token that has no end, without showing it', async () => {
    const { objects } = create(() => ({ body: { status: { token: 'canary' } } }));
    const failure = await failureFrom(objects.token(POD, NEED));
    expect(failure.kind).toBe('internal');
    expect(failure.message).not.toContain('canary');
  });

  it('say in their own words what the server refused without any', async () => {
    const { objects } = create(() => ({ status: 403 }));
    expect(await objects.secret('shop', 'web', 'node-1')).toEqual({
      kind: 'unreadable',
      message: 'the API server answered with 403',
    });
  });

  it('do not look for the volume of a claim that may not be read, and say so of a volume', async () => {
    const bound = { spec: { volumeName: 'v' }, status: { phase: 'Bound' } };
    const { objects, calls } = create(({ path }) =>
      path.includes('persistentvolumes') ? { status: 403, body: { message: 'no' } } : { body: bound },
    );
    expect(await objects.claim('shop', 'data', 'node-1')).toEqual({ kind: 'unreadable', message: 'no' });
    expect(calls).toHaveLength(2);
  });

  it('do not wait for a claim that is on its way out', async () => {
    const metadata = { name: 'data', deletionTimestamp: '2026-11-22T12:00:00Z' };
    const { objects } = create(() => ({ body: { metadata, status: { phase: 'Bound' } } }));
    const message = 'persistentvolumeclaim "data" is being deleted';
    expect(await objects.claim('shop', 'data', 'node-1')).toEqual({
      kind: 'found',
      value: { kind: 'pending', message },
    });
  });

  it('throw when there is no answer, and keep nothing of it', async () => {
    const failures = [new FailureError({ kind: 'transient', message: 'away' })];
    const { objects } = create(() => {
      const failure = failures.shift();
      if (failure) throw failure;
      return { body: {} };
    });
    await expect(async () => objects.secret('shop', 'web', 'node-1')).rejects.toSatisfy(
      (error) => failureOf(error).kind === 'transient',
    );
    expect(await objects.secret('shop', 'web', 'node-1')).toMatchObject({ kind: 'found' });
  });

  it('show nothing of a Secret whose answer was cut', async () => {
    const { ports, warnings } = await askScript([{ pieces: [`{"data":{"a":"${SECRET}"`], then: 'end' }]);
    const failure = await failureFrom(ports.objects.secret('shop', 'web', 'node-1'));
    expect(JSON.stringify([failure, warnings])).not.toMatch(/canary|c2VjcmV0/);
  });
});

describe('the endpoint', () => {
  it.each([
    ['https://api.test', 'api.test', '443'],
    ['https://api.test:443/prefix', 'api.test', '443'],
    ['https://10.0.0.1:6443', '10.0.0.1', '6443'],
    ['http://127.0.0.1', '127.0.0.1', '80'],
    ['https://[fd00::1]:6443', 'fd00::1', '6443'],
  ])('of %s is %s, port %s', async (url, host, port) => {
    const { objects } = create(() => ({}), url);
    expect(await objects.endpoint()).toEqual({ host, port });
  });
});
