import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Body } from './body.ts';
import { parse } from 'yaml';
import { startApiServer } from '../../../lib/local/api-server/server/start-api-server.ts';
import type { RunningApiServer } from '../../../lib/local/api-server/server/start-api-server.ts';
import { NODES, pod, PODS, readyNode } from './cluster-under-test.ts';

interface Kubeconfig {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string };
  }[];
  readonly users: readonly { readonly user: object }[];
}

interface Answer {
  readonly code: number;
  readonly headers: Record<string, unknown>;
  readonly body: Body;
  readonly text: string;
}

let server: RunningApiServer;
beforeAll(async () => {
  server = await startApiServer();
});
afterAll(() => server.close());

function send(
  method: string,
  path: string,
  more: {
    body?: string | Buffer;
    headers?: Record<string, string>;
    plain?: boolean;
    token?: string;
    of?: RunningApiServer;
  } = {},
): Promise<Answer> {
  const of = more.of ?? server;
  const { hostname, port } = new URL(of.url);
  const headers = { authorization: `Bearer ${more.token ?? of.token}`, ...more.headers };
  const open = more.plain === true ? httpRequest : httpsRequest;
  return new Promise((resolve, reject) => {
    const request = open(
      { hostname, port, path, method, headers, ca: of.caCertificate, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const isJson = response.headers['content-type']?.startsWith('application/json') === true;
          resolve({
            code: response.statusCode ?? 0,
            headers: response.headers,
            body: (isJson && text !== '' && !text.includes('\n') ? JSON.parse(text) : {}) as Body,
            text,
          });
        });
      },
    );
    request.on('error', reject);
    request.end(more.body);
  });
}
const json = (body: object) => ({
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
});

describe('the API server on the wire', () => {
  it('speaks TLS with its own certificate and plain HTTP on the same port', async () => {
    expect((await send('GET', '/version')).body.gitVersion).toMatch(/^v1\./);
    expect((await send('GET', '/version', { plain: true })).body.gitVersion).toMatch(/^v1\./);
  });

  it('answers 401 with a Status to whoever has no token', async () => {
    for (const token of ['', 'wrong']) {
      const { code, body } = await send('GET', '/api', { token });
      expect([code, body.kind, body.reason]).toEqual([401, 'Status', 'Unauthorized']);
    }
  });

  it('hands out a kubeconfig with everything inside', () => {
    const config = parse(server.kubeconfig) as Kubeconfig;
    expect(config.clusters[0]!.cluster.server).toBe(server.url);
    expect(Buffer.from(config.clusters[0]!.cluster['certificate-authority-data'], 'base64').toString()).toBe(
      server.caCertificate,
    );
    expect(config.users[0]!.user).toEqual({ token: server.token });
  });

  it('lets scheduler and controllers work by itself', async () => {
    await send('POST', NODES, json(readyNode('wire', Date.now())));
    await send('POST', PODS, json(pod('wire')));
    await expect
      .poll(async () => (await send('GET', `${PODS}/wire`)).body.spec.nodeName as string)
      .toBe('wire');
  });

  it('sends warnings as headers', async () => {
    const { headers } = await send('POST', PODS, json(pod('warned', { bogus: 1 })));
    expect(headers['warning']).toBe('299 - "unknown field \\"spec.bogus\\""');
  });

  it('answers what no group serves in plain text', async () => {
    expect(await send('GET', '/nothing')).toMatchObject({ code: 404, text: '404 page not found\n' });
  });

  it('refuses bodies that are too large or in an unknown binary form', async () => {
    expect((await send('POST', PODS, { body: Buffer.alloc(4 * 1024 * 1024, 32) })).code).toBe(413);
    const headers = { 'content-type': 'application/vnd.kubernetes.protobuf' };
    expect((await send('POST', PODS, { body: 'k8s\0', headers })).code).toBe(415);
    expect((await send('POST', PODS, { body: Buffer.from('6b38730009', 'hex'), headers })).code).toBe(400);
  });

  it('streams a watch line by line and ends it at its timeout', async () => {
    await send('POST', PODS, json(pod('streamed')));
    const { code, text } = await send(
      'GET',
      `${PODS}?watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3Dstreamed`,
    );
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Body);
    expect(code).toBe(200);
    expect(lines[0]).toMatchObject({
      type: 'ADDED',
      object: { kind: 'Pod', metadata: { name: 'streamed' } },
    });
  });

  it('answers a watch that cannot start with a Status instead of a stream', async () => {
    expect(await send('GET', `${PODS}?watch=1&fieldSelector=bad`)).toMatchObject({
      code: 400,
      body: { kind: 'Status' },
    });
  });

  it('closes while watches are open', async () => {
    const other = await startApiServer();
    const watching = send('GET', `${PODS}?watch=1`, { of: other });
    await expect.poll(() => send('GET', '/livez', { of: other }).then((answer) => answer.code)).toBe(200);
    await other.close();
    await expect(watching.then((answer) => answer.code)).resolves.toBe(200);
  });
});
