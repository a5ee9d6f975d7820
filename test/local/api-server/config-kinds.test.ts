import { describe, expect, it } from 'vitest';
import { CONFIGMAPS, createCluster, NODES, pod, PODS, TABLE } from './cluster-under-test.ts';

const SERVICES = '/api/v1/namespaces/default/services';
const SECRETS = '/api/v1/namespaces/default/secrets';

describe('a Service', () => {
  it('gets an address that no other has, ports with defaults, and keeps both', () => {
    const cluster = createCluster();
    const [a, b] = ['a', 'b'].map((name) =>
      cluster.post(SERVICES, {
        metadata: { name },
        spec: { selector: { app: name }, ports: [{ port: 80, nodePort: 30_080 }] },
      }),
    );
    expect(a?.spec).toMatchObject({
      type: 'ClusterIP',
      clusterIP: '10.96.0.10',
      ports: [{ port: 80, targetPort: 80, protocol: 'TCP' }],
    });
    expect(b?.spec).toMatchObject({ clusterIP: '10.96.0.11' });
    const moved = cluster.request('PUT', `${SERVICES}/a`, {
      metadata: { name: 'a' },
      spec: { ports: [{ port: 81 }] },
    });
    expect(moved.body).toMatchObject({ spec: { clusterIP: '10.96.0.10', ports: [{ port: 81 }] } });
    expect(cluster.get(SERVICES, { accept: TABLE }).rows[0].cells).toEqual([
      'a',
      'ClusterIP',
      '10.96.0.10',
      '<none>',
      '81/TCP',
      '0s',
      '<none>',
    ]);
  });

  it('without an address of its own stays without one', () => {
    const cluster = createCluster();
    const headless = cluster.post(SERVICES, {
      metadata: { name: 'a' },
      spec: { clusterIP: 'None', ports: [{ port: 80 }] },
    });
    expect(headless.spec).toMatchObject({ clusterIP: 'None' });
    const outside = cluster.post(SERVICES, {
      metadata: { name: 'b' },
      spec: { type: 'ExternalName', externalName: 'example.com' },
    });
    expect(outside.spec).not.toHaveProperty('clusterIP');
  });
});

describe('a Secret', () => {
  it('keeps what was written as text with what was there', () => {
    const cluster = createCluster();
    cluster.post(SECRETS, { metadata: { name: 's' }, data: { a: 'YQ==' }, stringData: { b: 'b' } });
    const secret = cluster.get(`${SECRETS}/s`);
    expect(secret).toMatchObject({ type: 'Opaque', data: { a: 'YQ==', b: 'Yg==' } });
    expect(secret).not.toHaveProperty('stringData');
  });
});

describe('a pod template', () => {
  it('fills in probes, lifecycle and volume sources', () => {
    const main = {
      name: 'main',
      image: 'x:1',
      livenessProbe: { httpGet: { port: 80 } },
      readinessProbe: { grpc: { port: 81 } },
      lifecycle: { preStop: { httpGet: { port: 80 } } },
      env: [{ name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } }],
    };
    const volumes = [
      { name: 'none' },
      { name: 'host', hostPath: { path: '/x' } },
      { name: 'secret', secret: { secretName: 's' } },
      { name: 'api', downwardAPI: { items: [{ path: 'l', fieldRef: { fieldPath: 'metadata.labels' } }] } },
      { name: 'all', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } },
    ];
    const { spec } = createCluster({ controllers: 'none' }).post(
      PODS,
      pod('a', { containers: [main], volumes, automountServiceAccountToken: false }),
    );
    expect(spec.containers[0]).toMatchObject({
      livenessProbe: {
        httpGet: { path: '/', scheme: 'HTTP' },
        timeoutSeconds: 1,
        periodSeconds: 10,
        successThreshold: 1,
        failureThreshold: 3,
      },
      readinessProbe: { grpc: { port: 81, service: '' } },
      lifecycle: { preStop: { httpGet: { path: '/', scheme: 'HTTP' } } },
      env: [{ valueFrom: { resourceFieldRef: { divisor: '0' } } }],
    });
    expect(spec.volumes).toEqual([
      { name: 'none', emptyDir: {} },
      { name: 'host', hostPath: { path: '/x', type: '' } },
      { name: 'secret', secret: { secretName: 's', defaultMode: 420 } },
      {
        name: 'api',
        downwardAPI: {
          defaultMode: 420,
          items: [{ path: 'l', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.labels' } }],
        },
      },
      {
        name: 'all',
        projected: {
          defaultMode: 420,
          sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 3600 } }],
        },
      },
    ]);
  });
});

describe('metadata', () => {
  it.each([
    [{ labels: { 'a b': 'c' } }, 'metadata.labels: Invalid value: "a b": name part must consist of'],
    [{ labels: { a: 'c d' } }, 'metadata.labels: Invalid value: "c d": a valid label must be'],
    [{ labels: { a: 'x'.repeat(64) } }, 'must be no more than 63 characters'],
    [{ labels: { '/a': 'b' } }, 'prefix part must be non-empty'],
    [{ annotations: { 'a/b/c': 'd' } }, 'metadata.annotations: Invalid value: "a/b/c"'],
    [{ annotations: { a: 'x'.repeat(262_145) } }, 'is larger than limit 262144'],
    [{ finalizers: ['mine'] }, 'name is neither a standard finalizer name nor is it fully qualified'],
    [
      { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'x' }] },
      'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
    ],
    [{ name: 'x'.repeat(254) }, 'must be no more than 253 characters'],
    [{ name: '' }, 'metadata.name: Required value: name or generateName is required'],
  ])('is refused with %j', (metadata, text) => {
    const { code, body } = createCluster().request('POST', CONFIGMAPS, {
      metadata: { name: 'a', ...metadata },
    });
    expect(code).toBe(422);
    expect(body['message']).toContain(text);
  });

  it('of a node with a taint that has no such effect is refused', () => {
    const answer = createCluster().request('POST', NODES, {
      metadata: { name: 'n' },
      spec: { taints: [{ key: 'a', effect: 'Never' }] },
    });
    expect(answer).toMatchObject({
      code: 422,
      body: { details: { causes: [{ field: 'metadata.taints[0].effect' }] } },
    });
  });
});

describe('options', () => {
  it.each(['dryRun=Some', 'fieldValidation=Loose'])('%s are refused', (query) => {
    expect(
      createCluster().request('POST', `${CONFIGMAPS}?${query}`, { metadata: { name: 'a' } }),
    ).toMatchObject({
      code: 422,
      body: { details: { kind: 'CreateOptions' } },
    });
  });

  it('of a list that do not go together are refused', () => {
    const code = (query: string) => createCluster().request('GET', `${CONFIGMAPS}?${query}`).code;
    expect(code('resourceVersion=0&resourceVersionMatch=Exact')).toBe(422);
    expect(code('resourceVersion=1&resourceVersionMatch=Near')).toBe(422);
  });
});
