import { describe, expect, it } from 'vitest';
import { CONFIGMAPS, createCluster, MERGE } from './cluster-under-test.ts';

const SECRETS = '/api/v1/namespaces/default/secrets';
const SERVICES = '/api/v1/namespaces/default/services';
const POLICIES = '/apis/networking.k8s.io/v1/namespaces/default/networkpolicies';
const port = (more: object = {}) => ({ port: 80, ...more });

/** The answer to a new object with these fields. */
const post = (path: string, fields: object) =>
  createCluster().request('POST', path, { metadata: { name: 'a' }, ...fields });

describe('a ConfigMap is refused', () => {
  it.each([
    [{ data: { '': 'b' } }, 422, 'data[]: Invalid value: "": a valid config key must consist of'],
    [{ data: { 'a b': 'c' } }, 422, 'data[a b]: Invalid value: "a b"'],
    [
      { binaryData: { '..a': 'AA==' } },
      422,
      'binaryData[..a]: Invalid value: "..a": must not start with \'..\'',
    ],
    [{ data: { '..': 'a' } }, 422, "must not be '..'"],
    [{ data: { ['x'.repeat(254)]: 'a' } }, 422, 'must be no more than 253 characters'],
    [{ data: { a: 'x' }, binaryData: { a: 'AAE=' } }, 422, 'duplicate of key present in binaryData'],
    [{ binaryData: { a: '%%' } }, 400, 'illegal base64 data at input byte 0'],
    [{ binaryData: { a: 'YWJj*' } }, 400, 'illegal base64 data at input byte 4'],
    [{ binaryData: { a: 'YQ' } }, 400, 'illegal base64 data at input byte 0'],
    [{ data: { a: 1 } }, 400, 'cannot unmarshal number into Go struct field ConfigMap.data'],
    [{ data: { a: 'x'.repeat(1_048_577) } }, 422, 'Too long: may not be more than 1048576 bytes'],
  ])('for %.60j', (fields, code, text) => {
    const answer = post(CONFIGMAPS, fields);
    expect([answer.code, answer.body['message']]).toEqual([code, expect.stringContaining(text)]);
  });
});

describe('what is immutable', () => {
  it.each([CONFIGMAPS, SECRETS])('stays as it is: %s', (path) => {
    const cluster = createCluster();
    const data = { a: 'YQ==' };
    cluster.post(path, { metadata: { name: 'a' }, immutable: true, data });
    const change = (patch: object) => cluster.request('PATCH', `${path}/a`, patch, { 'content-type': MERGE });
    for (const [field, value] of [
      ['data', { a: 'Yg==' }],
      ['immutable', false],
    ] as const) {
      const { code, body } = change({ [field]: value });
      expect([code, body['message']]).toEqual([
        422,
        expect.stringContaining(`${field}: Forbidden: field is immutable when \`immutable\` is set`),
      ]);
    }
    expect(change({ metadata: { labels: { a: 'b' } } }).code).toBe(200);
  });
});

describe('a Secret', () => {
  it.each([
    ['kubernetes.io/dockerconfigjson', {}, 'data[.dockerconfigjson]: Required value'],
    ['kubernetes.io/dockercfg', { '.dockercfg': '{x' }, '"<secret contents redacted>"'],
    ['kubernetes.io/basic-auth', {}, '[data[username]: Required value, data[password]: Required value]'],
    ['kubernetes.io/ssh-auth', {}, 'data[ssh-privatekey]: Required value'],
    ['kubernetes.io/tls', { 'tls.crt': 'x' }, 'data[tls.key]: Required value'],
    [
      'kubernetes.io/service-account-token',
      {},
      'metadata.annotations[kubernetes.io/service-account.name]: Required value',
    ],
    ['Opaque', { 'a/b': 'x' }, 'data[a/b]: Invalid value'],
    ['Opaque', { a: 'x'.repeat(1_048_577) }, 'data: Too long: may not be more than 1048576 bytes'],
  ])('of type %s with %.60j is refused', (type, stringData, text) => {
    const { code, body } = post(SECRETS, { type, stringData });
    expect([code, body['message']]).toEqual([422, expect.stringContaining(text)]);
  });

  it.each([
    ['kubernetes.io/dockerconfigjson', { '.dockerconfigjson': '{"auths":{}}' }],
    ['kubernetes.io/basic-auth', { username: 'x' }],
    ['bootstrap.kubernetes.io/token', {}],
  ])('of type %s with %j is taken', (type, stringData) => {
    expect(post(SECRETS, { type, stringData }).code).toBe(201);
  });

  it('keeps its type, also when an update does not name it', () => {
    const cluster = createCluster();
    cluster.post(SECRETS, { metadata: { name: 'a' }, type: 'example.com/mine' });
    const put = (fields: object) =>
      cluster.request('PUT', `${SECRETS}/a`, { metadata: { name: 'a' }, ...fields });
    expect(put({ stringData: { a: 'b' } }).body).toMatchObject({
      type: 'example.com/mine',
      data: { a: 'Yg==' },
    });
    expect(put({ type: 'Opaque' }).body['message']).toContain(
      'type: Invalid value: "Opaque": field is immutable',
    );
  });
});

describe('a Service is refused', () => {
  it.each([
    [{}, 'spec.ports: Required value'],
    [{ ports: [port({ name: 'a' }), port()] }, 'spec.ports[1].name: Required value'],
    [{ ports: [port({ name: 'a' }), port({ name: 'a' })] }, 'spec.ports[1].name: Duplicate value: "a"'],
    [{ ports: [{ port: 70_000 }] }, 'spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535'],
    [{ ports: [port({ protocol: 'X' })] }, 'spec.ports[0].protocol: Unsupported value: "X"'],
    [{ type: 'Foo', ports: [port()] }, 'spec.type: Unsupported value: "Foo"'],
    [{ clusterIP: '1.2.3.4', ports: [port()] }, 'the provided network does not match the current range'],
    [{ clusterIP: '10.96.0.1', ports: [port()] }, 'provided IP is already allocated'],
  ])('for %j', (spec, text) => {
    const { code, body } = post(SERVICES, { spec });
    expect([code, body['message']]).toEqual([422, expect.stringContaining(text)]);
  });

  it('for another address than it has; one of its own choice it may have', () => {
    const cluster = createCluster();
    const { spec } = cluster.post(SERVICES, {
      metadata: { name: 'a' },
      spec: { clusterIP: '10.96.9.9', ports: [port()] },
    });
    expect(spec).toMatchObject({ clusterIP: '10.96.9.9', clusterIPs: ['10.96.9.9'] });
    const moved = cluster.request(
      'PATCH',
      `${SERVICES}/a`,
      { spec: { clusterIP: '10.96.9.8' } },
      {
        'content-type': MERGE,
      },
    );
    expect(moved.body['message']).toContain('may not change once set');
  });
});

describe('a NetworkPolicy', () => {
  it('selects all, and is about incoming traffic, unless it says more', () => {
    const cluster = createCluster();
    const specOf = (name: string, spec: object | undefined) =>
      cluster.post(POLICIES, { metadata: { name }, ...(spec && { spec }) }).spec;
    expect(specOf('a', undefined)).toEqual({ podSelector: {}, policyTypes: ['Ingress'] });
    expect(specOf('b', { egress: [{}] })).toEqual({
      podSelector: {},
      egress: [{}],
      policyTypes: ['Ingress', 'Egress'],
    });
    expect(specOf('c', { ingress: [{ ports: [{ port: 80 }] }], policyTypes: ['Egress'] })).toEqual({
      podSelector: {},
      ingress: [{ ports: [{ port: 80, protocol: 'TCP' }] }],
      policyTypes: ['Egress'],
    });
  });

  it('is refused with a selector that Kubernetes does not know', () => {
    const matchExpressions = [
      { key: 'a', operator: 'In' },
      { key: 'b', operator: 'Exists', values: ['x'] },
      { key: 'c', operator: 'Foo' },
    ];
    const { body } = post(POLICIES, { spec: { podSelector: { matchExpressions }, policyTypes: ['Up'] } });
    for (const text of [
      "matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      "matchExpressions[1].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
      'matchExpressions[2].operator: Invalid value: "Foo": not a valid selector operator',
      'spec.policyTypes[0]: Unsupported value: "Up": supported values: "Ingress", "Egress"',
    ])
      expect(body['message']).toContain(text);
  });
});
