import { describe, expect, it } from 'vitest';
import { CONFIGMAPS, createCluster, pod, PODS } from './cluster-under-test.ts';

describe('creating', () => {
  it('completes the metadata that the server owns', () => {
    const cluster = createCluster();
    const { metadata } = cluster.post(CONFIGMAPS, {
      metadata: { name: 'a', uid: 'mine', labels: {} },
      data: { k: 'v' },
    });
    expect(metadata).toMatchObject({
      name: 'a',
      namespace: 'default',
      creationTimestamp: '2026-01-01T12:00:00Z',
    });
    expect(metadata.uid).not.toBe('mine');
    expect(Number(metadata.resourceVersion)).toBeGreaterThan(0);
    expect(metadata).not.toHaveProperty('labels');
  });

  it('makes a name from a prefix', () => {
    const cluster = createCluster();
    const names = [1, 2].map(
      () => cluster.post(CONFIGMAPS, { metadata: { generateName: 'a-' } }).metadata.name,
    );
    expect(names[0]).toMatch(/^a-[a-z0-9]{5}$/);
    expect(names[0]).not.toBe(names[1]);
  });

  it('refuses a name that is taken', () => {
    const cluster = createCluster();
    cluster.post(PODS, pod('a'));
    const { code, body } = cluster.request('POST', PODS, pod('a'));
    expect(code).toBe(409);
    expect(body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'pods "a" already exists',
      reason: 'AlreadyExists',
      details: { name: 'a', kind: 'pods' },
      code: 409,
    });
  });

  it('refuses a namespace that is not there or is not the one of the URL', () => {
    const cluster = createCluster();
    expect(cluster.request('POST', '/api/v1/namespaces/none/pods', pod('a'))).toMatchObject({
      code: 404,
      body: { message: 'namespaces "none" not found' },
    });
    expect(cluster.request('POST', PODS, pod('a', {}, { namespace: 'kube-system' })).code).toBe(400);
  });

  it('drops unknown fields with a warning, and refuses them under strict validation', () => {
    const cluster = createCluster();
    const odd = pod('a', { bogus: 1 });
    expect(cluster.request('POST', `${PODS}?fieldValidation=Strict`, odd)).toMatchObject({
      code: 400,
      body: {
        message: expect.stringContaining('strict decoding error: unknown field "spec.bogus"') as string,
      },
    });
    const { body, warnings } = cluster.request('POST', PODS, odd);
    expect(warnings).toEqual(['unknown field "spec.bogus"']);
    expect(body).not.toHaveProperty('spec.bogus');
  });

  it('refuses a value of the wrong type with the text of the API server', () => {
    const answer = createCluster().request('POST', PODS, pod('a', { containers: [{ name: 'a', image: 5 }] }));
    expect(answer.code).toBe(400);
    expect(answer.body['message']).toBe(
      'Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal number into Go struct field Container.spec.containers.image of type string',
    );
  });

  it('stores nothing on a dry run', () => {
    const cluster = createCluster();
    expect(cluster.request('POST', `${PODS}?dryRun=All`, pod('a')).code).toBe(201);
    expect(cluster.request('GET', `${PODS}/a`).code).toBe(404);
  });

  it('accepts YAML', () => {
    const cluster = createCluster();
    const yaml = 'metadata: {name: a}\ndata: {k: v}\n';
    expect(
      cluster.request('POST', CONFIGMAPS, yaml, { 'content-type': 'application/yaml' }).body,
    ).toMatchObject({ data: { k: 'v' } });
  });
});

describe('replacing', () => {
  const created = () => {
    const cluster = createCluster();
    return { cluster, before: cluster.post(CONFIGMAPS, { metadata: { name: 'a' }, data: { k: '1' } }) };
  };

  it('writes with the newest resourceVersion and refuses an old one', () => {
    const { cluster, before } = created();
    const next = { ...before, data: { k: '2' } };
    expect(cluster.request('PUT', `${CONFIGMAPS}/a`, next).code).toBe(200);
    expect(cluster.request('PUT', `${CONFIGMAPS}/a`, next)).toMatchObject({
      code: 409,
      body: {
        reason: 'Conflict',
        message:
          'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
      },
    });
  });

  it('refuses another UID as a conflict', () => {
    const { cluster } = created();
    expect(cluster.request('PUT', `${CONFIGMAPS}/a`, { metadata: { name: 'a', uid: 'x' } })).toMatchObject({
      code: 409,
      body: { message: expect.stringContaining('Precondition failed: UID in precondition: x') as string },
    });
  });

  it('writes nothing when nothing changes', () => {
    const { cluster, before } = created();
    const { metadata } = cluster.request('PUT', `${CONFIGMAPS}/a`, before).body as { metadata: object };
    expect(metadata).toHaveProperty('resourceVersion', before.metadata.resourceVersion);
  });

  it('says 400 when the body names another object, 404 when there is none', () => {
    const { cluster } = created();
    expect(cluster.request('PUT', `${CONFIGMAPS}/a`, { metadata: { name: 'b' } }).code).toBe(400);
    expect(cluster.request('PUT', `${CONFIGMAPS}/b`, { metadata: { name: 'b' } }).code).toBe(404);
  });
});

describe('paths and methods', () => {
  it.each([
    ['GET', '/api/v1/foos', 404, 'the server could not find the requested resource'],
    ['GET', '/apis/foo/v1', 404, '404 page not found'],
    ['PUT', '/api/v1/pods', 405, 'the server does not allow this method on the requested resource'],
    ['POST', '/api/v1/pods', 405, 'the server does not allow this method on the requested resource'],
    ['GET', `${PODS}/a/nothing`, 404, 'the server could not find the requested resource'],
  ])('answers %s %s with %d', (method, path, code, message) => {
    const answer = createCluster().request(method, path);
    expect(answer.code).toBe(code);
    expect(answer.body['message']).toBe(message);
  });

  it('refuses bodies and patches in a format that it does not know', () => {
    const cluster = createCluster();
    expect(cluster.request('POST', PODS, '{}', { 'content-type': 'text/plain' }).code).toBe(415);
    cluster.post(PODS, pod('a'));
    expect(cluster.request('PATCH', `${PODS}/a`, '{}', { 'content-type': 'text/plain' }).code).toBe(415);
    expect(cluster.request('GET', PODS, undefined, { accept: 'text/plain' }).code).toBe(406);
  });
});
