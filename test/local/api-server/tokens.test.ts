import { describe, expect, it } from 'vitest';
import { type Cluster, createCluster, pod, PODS } from './cluster-under-test.ts';

const TOKEN = '/api/v1/namespaces/default/serviceaccounts/default/token';
const REVIEWS = '/apis/authentication.k8s.io/v1/tokenreviews';

function setUp(): { cluster: Cluster; uid: string; bound: object } {
  const cluster = createCluster({ controllers: 'none' });
  cluster.post('/api/v1/nodes', { metadata: { name: 'node-1' } });
  const { uid } = cluster.post(PODS, pod('a', { nodeName: 'node-1' })).metadata;
  return { cluster, uid, bound: { kind: 'Pod', apiVersion: 'v1', name: 'a', uid } };
}

const isKnown = (cluster: Cluster, token: string): boolean =>
  cluster.post(REVIEWS, { spec: { token } }).status.authenticated === true;

const part = (token: string, index: number): unknown =>
  JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString());

describe('a token of a service account', () => {
  it('has the claims of a real one', () => {
    const { cluster, uid, bound } = setUp();
    const { status } = cluster.post(TOKEN, { spec: { audiences: ['vault'], boundObjectRef: bound } });
    const account = cluster.get('/api/v1/namespaces/default/serviceaccounts/default').metadata.uid;
    const node = cluster.get('/api/v1/nodes/node-1').metadata.uid;
    const now = cluster.now() / 1000;
    expect(part(status.token, 0)).toEqual({ alg: 'ES256', kid: expect.any(String) as string });
    expect(part(status.token, 1)).toEqual({
      aud: ['vault'],
      exp: now + 3600,
      iat: now,
      iss: 'https://kubernetes.default.svc',
      jti: expect.any(String) as string,
      'kubernetes.io': {
        namespace: 'default',
        node: { name: 'node-1', uid: node },
        pod: { name: 'a', uid },
        serviceaccount: { name: 'default', uid: account },
      },
      nbf: now,
      sub: 'system:serviceaccount:default:default',
    });
  });

  it('is known until it ends', () => {
    const { cluster, bound } = setUp();
    const { token } = cluster.post(TOKEN, { spec: { expirationSeconds: 600, boundObjectRef: bound } }).status;
    expect(isKnown(cluster, token)).toBe(true);
    cluster.pass(600);
    expect(isKnown(cluster, token)).toBe(false);
  });

  it('is known until its pod is gone', () => {
    const { cluster, bound } = setUp();
    const { token } = cluster.post(TOKEN, { spec: { boundObjectRef: bound } }).status;
    cluster.request('DELETE', `${PODS}/a?gracePeriodSeconds=0`, { gracePeriodSeconds: 0 });
    expect(isKnown(cluster, token)).toBe(false);
  });

  it('tells who it is and what it is bound to', () => {
    const { cluster, uid, bound } = setUp();
    const { token } = cluster.post(TOKEN, { spec: { boundObjectRef: bound } }).status;
    expect(cluster.post(REVIEWS, { spec: { token } }).status).toMatchObject({
      audiences: ['https://kubernetes.default.svc'],
      user: {
        username: 'system:serviceaccount:default:default',
        extra: {
          'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^JTI=/) as string],
          'authentication.kubernetes.io/node-name': ['node-1'],
          'authentication.kubernetes.io/pod-name': ['a'],
          'authentication.kubernetes.io/pod-uid': [uid],
        },
      },
    });
  });

  it('is known to those whom it is for alone', () => {
    const { cluster, bound } = setUp();
    const order = { spec: { audiences: ['vault', 'bank'], boundObjectRef: bound } };
    const { token } = cluster.post(TOKEN, order).status;
    const asked = cluster.post(REVIEWS, { spec: { token, audiences: ['bank', 'shop'] } }).status;
    expect(asked).toMatchObject({ authenticated: true, audiences: ['bank'] });
    expect(cluster.post(REVIEWS, { spec: { token } }).status).toMatchObject({
      user: {},
      error: expect.stringContaining('token audiences ["vault","bank"] is invalid') as string,
    });
  });

  it('is not known when it was changed, or signed by another server', () => {
    const { cluster, bound } = setUp();
    const { token } = cluster.post(TOKEN, { spec: { boundObjectRef: bound } }).status;
    const [header, , signature] = token.split('.');
    const forged = Buffer.from(JSON.stringify({ sub: 'system:serviceaccount:kube-system:admin' }));
    expect(isKnown(cluster, `${header}.${forged.toString('base64url')}.${signature}`)).toBe(false);
    expect(isKnown(setUp().cluster, token)).toBe(false);
    expect(isKnown(cluster, 'x')).toBe(false);
  });

  it.each([
    [{ expirationSeconds: 599 }, 422, 'may not specify a duration less than 10 minutes'],
    [{ expirationSeconds: 2 ** 33 }, 422, 'may not specify a duration larger than 2^32 seconds'],
    [{ boundObjectRef: { kind: 'Pod', name: 'none' } }, 404, 'pods "none" not found'],
    [{ boundObjectRef: { kind: 'Pod', name: 'a', uid: 'x' } }, 409, 'does not match the UID in record'],
    [
      { boundObjectRef: { kind: 'Banana', name: 'a' } },
      400,
      'cannot bind token to object of type /v1, Kind=Banana',
    ],
  ])('is refused for %j', (spec, code, text) => {
    const answer = setUp().cluster.request('POST', TOKEN, { spec });
    expect([answer.code, answer.body['message']]).toEqual([code, expect.stringContaining(text)]);
  });

  it('is refused to a pod that runs as another, and by the name of another', () => {
    const { cluster, bound } = setUp();
    cluster.post('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'other' } });
    const path = TOKEN.replace('default/token', 'other/token');
    const answer = cluster.request('POST', path, { spec: { boundObjectRef: bound } });
    expect(answer.body['message']).toContain('to pod running with different serviceaccount name');
    const named = cluster.request('POST', path, { metadata: { name: 'default' }, spec: {} });
    expect(named.body['message']).toContain('must match the service account name if specified');
  });

  it('may be bound to a Secret, or to nothing', () => {
    const { cluster } = setUp();
    cluster.post('/api/v1/namespaces/default/secrets', { metadata: { name: 's' } });
    const boundObjectRef = { kind: 'Secret', apiVersion: 'v1', name: 's' };
    const { token } = cluster.post(TOKEN, { spec: { boundObjectRef } }).status;
    expect(part(token, 1)).toMatchObject({ 'kubernetes.io': { secret: { name: 's' } } });
    expect(isKnown(cluster, cluster.post(TOKEN, { spec: {} }).status.token)).toBe(true);
  });
});
