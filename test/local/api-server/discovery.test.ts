import { describe, expect, it } from 'vitest';
import type { Body } from './body.ts';
import { createCluster, LEASES, PODS, pod } from './cluster-under-test.ts';

describe('discovery', () => {
  it('tells version and health', () => {
    const cluster = createCluster({ kubernetesVersion: 'v1.34.2-local' });
    expect(cluster.get('/version')).toMatchObject({ major: '1', minor: '34', gitVersion: 'v1.34.2-local' });
    for (const path of ['/healthz', '/livez', '/readyz', '/readyz/ping'])
      expect(cluster.request('GET', path)).toMatchObject({ code: 200, text: 'ok' });
  });

  it('lists groups and resources with their subresources', () => {
    const cluster = createCluster();
    expect(cluster.get('/api').versions).toEqual(['v1']);
    const groups = cluster.get('/apis').groups.map((one) => one.name);
    expect(groups.sort()).toEqual([
      'apps',
      'authentication.k8s.io',
      'authorization.k8s.io',
      'batch',
      'coordination.k8s.io',
      'events.k8s.io',
      'networking.k8s.io',
    ]);
    const pods = cluster.get('/api/v1').resources.filter((one: Body) => one.kind === 'Pod');
    expect(pods.map((one: Body) => one.name)).toEqual(['pods', 'pods/log', 'pods/status']);
    expect(pods[0]).toMatchObject({ namespaced: true, singularName: 'pod', shortNames: ['po'] });
    expect(cluster.get('/apis/coordination.k8s.io')).toMatchObject({
      kind: 'APIGroup',
      name: 'coordination.k8s.io',
    });
    expect(cluster.get('/apis/coordination.k8s.io/v1').resources).toMatchObject([
      { name: 'leases', kind: 'Lease' },
    ]);
  });

  it('answers in one piece to those who ask for it', () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
    const answer = createCluster().request('GET', '/apis', undefined, { accept });
    expect(answer.mediaParameters).toContain('APIGroupDiscoveryList');
    expect((answer.body['items'] as unknown as Body[]).map((one) => one.metadata.name)).toContain('batch');
  });

  it('describes each kind with what kubectl needs to merge, explain and validate', () => {
    const cluster = createCluster();
    const index = cluster.get('/openapi/v3').paths;
    expect(Object.keys(index)).toContain('apis/apps/v1');
    expect(index['api/v1']!.serverRelativeURL).toMatch(/^\/openapi\/v3\/api\/v1\?hash=/);
    const core = cluster.get('/openapi/v3/api/v1');
    const { schemas } = core.components;
    expect(schemas['io.k8s.api.v1.Pod']!['x-kubernetes-group-version-kind']).toEqual([
      { group: '', version: 'v1', kind: 'Pod' },
    ]);
    expect(schemas['io.k8s.api.v1.PodSpec']!.properties['containers']).toMatchObject({
      type: 'array',
      'x-kubernetes-patch-merge-key': 'name',
    });
    const { parameters } = core.paths['/api/v1/namespaces/{namespace}/pods/{name}']!.patch;
    expect(parameters.map((one) => one.name)).toContain('fieldValidation');
    for (const [, schema] of Object.entries(schemas)) expect(schema).toHaveProperty('type', 'object');
    expect(cluster.get('/openapi/v2').swagger).toBe('2.0');
    expect(
      cluster.request('GET', '/openapi/v2', undefined, {
        accept: 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
      }).code,
    ).toBe(406);
    expect(cluster.request('GET', '/openapi/v3/apis/none/v1').code).toBe(404);
  });
});

describe('a new cluster', () => {
  it('has the standard namespaces with what belongs in each', () => {
    const cluster = createCluster({ caCertificate: 'PEM' });
    const names = cluster.get('/api/v1/namespaces').items.map((one: Body) => one.metadata.name);
    expect(names).toEqual(['default', 'kube-node-lease', 'kube-public', 'kube-system']);
    for (const name of names) {
      expect(cluster.get(`/api/v1/namespaces/${name}/serviceaccounts/default`).kind).toBe('ServiceAccount');
      expect(cluster.get(`/api/v1/namespaces/${name}/configmaps/kube-root-ca.crt`).data).toEqual({
        'ca.crt': 'PEM',
      });
    }
  });

  it('is the same cluster again with the same ids', () => {
    const identity = () => createCluster().get('/api/v1/namespaces/kube-system').metadata.uid;
    expect(identity()).toBe(identity());
    expect(identity()).toMatch(/^[0-9a-f]{8}-/);
  });
});

describe('events', () => {
  const event = {
    involvedObject: { kind: 'Pod', namespace: 'default', name: 'a', uid: 'u' },
    reason: 'Pulled',
    message: 'm',
    type: 'Normal',
    source: { component: 'c' },
  };
  const EVENTS = '/api/v1/namespaces/default/events';

  it('are the same objects in both groups', () => {
    const cluster = createCluster();
    cluster.post(EVENTS, { metadata: { name: 'e' }, ...event, count: 1 });
    expect(cluster.get('/apis/events.k8s.io/v1/namespaces/default/events/e')).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      regarding: { name: 'a' },
      note: 'm',
      deprecatedCount: 1,
      deprecatedSource: { component: 'c' },
    });
    const modern = {
      metadata: { name: 'f' },
      eventTime: '2026-01-01T00:00:00.000000Z',
      regarding: event.involvedObject,
      note: 'n',
      reason: 'R',
      type: 'Normal',
      reportingController: 'x/y',
      reportingInstance: 'z',
      action: 'A',
    };
    cluster.post('/apis/events.k8s.io/v1/namespaces/default/events', modern);
    expect(cluster.get(`${EVENTS}/f`)).toMatchObject({
      message: 'n',
      involvedObject: { name: 'a' },
      reportingComponent: 'x/y',
    });
  });

  it('can be selected by what they are about', () => {
    const cluster = createCluster();
    cluster.post(EVENTS, { metadata: { name: 'e' }, ...event });
    const count = (selector: string) =>
      cluster.get(`/api/v1/events?fieldSelector=${encodeURIComponent(selector)}`).items.length;
    expect(count('involvedObject.name=a,involvedObject.uid=u,involvedObject.kind=Pod,reason=Pulled')).toBe(1);
    expect(count('involvedObject.name=b')).toBe(0);
  });

  it('stand in the namespace of what they are about and live for an hour', () => {
    const cluster = createCluster();
    expect(
      cluster.request('POST', EVENTS, {
        metadata: { name: 'e' },
        ...event,
        involvedObject: { kind: 'Pod', namespace: 'x' },
      }).code,
    ).toBe(422);
    expect(
      cluster.request('POST', '/api/v1/namespaces/kube-system/events', {
        metadata: { name: 'e' },
        involvedObject: { kind: 'Node', name: 'n' },
      }).code,
    ).toBe(422);
    cluster.post(EVENTS, { metadata: { name: 'e' }, ...event });
    cluster.pass(3_700);
    expect(cluster.request('GET', `${EVENTS}/e`).code).toBe(404);
  });
});

describe('reviews and tokens', () => {
  it('allow everything to whoever is let in and to the masters, and to others nothing', () => {
    const cluster = createCluster();
    expect(
      cluster.post('/apis/authentication.k8s.io/v1/selfsubjectreviews', {}).status.userInfo.username,
    ).toBe('admin');
    expect(
      cluster.post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { spec: {} }).status,
    ).toEqual({ allowed: true });
    const review = (spec: object): unknown =>
      cluster.post('/apis/authorization.k8s.io/v1/subjectaccessreviews', { spec }).status;
    expect(review({ user: 'admin' })).toEqual({ allowed: true });
    expect(review({ user: 'kubelet-client', groups: ['system:masters'] })).toEqual({ allowed: true });
    expect(review({ user: 'someone', groups: ['system:authenticated'] })).toMatchObject({ allowed: false });
    expect(cluster.request('GET', '/apis/authorization.k8s.io/v1/subjectaccessreviews').code).toBe(405);
  });

  it('give tokens of service accounts that a token review knows again', () => {
    const cluster = createCluster();
    const uid = cluster.post(PODS, pod('a')).metadata.uid;
    const TOKEN = '/api/v1/namespaces/default/serviceaccounts/default/token';
    const bound = (podUid: string) => ({
      spec: {
        expirationSeconds: 3607,
        boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'a', uid: podUid },
      },
    });
    const { status } = cluster.post(TOKEN, bound(uid));
    expect(status.expirationTimestamp).toBe('2026-01-01T13:00:07Z');
    const review = cluster.post('/apis/authentication.k8s.io/v1/tokenreviews', {
      spec: { token: status.token },
    });
    expect(review.status).toMatchObject({
      authenticated: true,
      user: { username: 'system:serviceaccount:default:default' },
    });
    expect(
      cluster.post('/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token: 'x' } }).status.error,
    ).toBe('invalid bearer token');
    expect(cluster.request('POST', TOKEN, bound('other')).code).toBe(409);
    expect(cluster.request('POST', TOKEN, { spec: { expirationSeconds: 60 } }).code).toBe(422);
  });
});

describe('what only a kubelet can answer', () => {
  it('says clearly that there is none', () => {
    const cluster = createCluster({ controllers: 'none' });
    cluster.post(PODS, pod('a'));
    cluster.post(PODS, pod('b', { nodeName: 'none' }));
    cluster.post('/api/v1/nodes', { metadata: { name: 'node-1' } });
    cluster.post(PODS, pod('c', { nodeName: 'node-1' }));
    expect(cluster.request('GET', `${PODS}/a/log`)).toMatchObject({ code: 204 });
    expect(cluster.request('POST', `${PODS}/a/exec`)).toMatchObject({ code: 400 });
    expect(cluster.request('GET', `${PODS}/b/log`)).toMatchObject({ code: 404 });
    expect(cluster.request('GET', `${PODS}/c/log`).body['message']).toContain('no preferred addresses found');
  });

  it('evicts a pod with a reason', () => {
    const cluster = createCluster({ controllers: 'none' });
    cluster.post(PODS, pod('a', { nodeName: 'node-1' }));
    expect(cluster.request('POST', `${PODS}/a/eviction`, { metadata: { name: 'a' } }).code).toBe(201);
    const evicted = cluster.get(`${PODS}/a`);
    expect(evicted.metadata.deletionGracePeriodSeconds).toBe(30);
    expect(evicted.status.conditions).toMatchObject([
      { type: 'DisruptionTarget', reason: 'EvictionByEvictionAPI' },
    ]);
    expect(cluster.get(LEASES).items).toEqual([]);
  });
});
