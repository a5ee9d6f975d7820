import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createProbes } from '../../../lib/adapters/probes/create-probes.ts';
import type { ProbeHandler } from '../../../lib/core/plan-probes.ts';
import type { ProbeOutcome } from '../../../lib/ports/probes.ts';
import { listen, startHttp, startHttps, type Probed } from './start-probed.ts';

type HttpHandler = ProbeHandler & { readonly kind: 'http' };
type Listener = (request: IncomingMessage, response: ServerResponse) => void;

const opened: Probed[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ close }) => close()));
});
const keep = async (started: Promise<Probed>): Promise<Probed> => {
  const server = await started;
  opened.push(server);
  return server;
};
const probes = createProbes({ version: '1.36', isAllowed: () => true });
const get = ({ podIP, port }: Probed, words: Partial<HttpHandler> = {}, ms = 2000): Promise<ProbeOutcome> =>
  probes.probe(
    { podIP, handler: { kind: 'http', scheme: 'http', port, path: '/', headers: [], ...words } },
    ms,
  );
/** Starts a server that answers all with 200; gives what it was asked. */
async function recording(listener: Listener = (_, response) => void response.end()) {
  const seen: IncomingMessage[] = [];
  const server = await keep(
    startHttp((request, response) => {
      seen.push(request);
      listener(request, response);
    }),
  );
  return { server, seen };
}
const redirectTo =
  (location: (request: IncomingMessage) => string, status = 302): Listener =>
  (request, response) =>
    void response.writeHead(request.url === '/end' ? 200 : status, { location: location(request) }).end();

describe('an HTTP probe', () => {
  it("sends the kubelet's request on a connection that ends with it", async () => {
    const { server, seen } = await recording();
    await get(server, { path: '/healthz?full=1' });
    expect(seen[0]).toMatchObject({ method: 'GET', url: '/healthz?full=1' });
    expect(seen[0]?.headers).toEqual({
      host: `127.0.0.1:${server.port}`,
      'user-agent': 'kube-probe/1.36',
      accept: '*/*',
      connection: 'close',
    });
    await vi.waitFor(() => expect(server.connections()).toBe(0));
  });

  it("sends the probe's headers instead, Host among them, and leaves out what it empties", async () => {
    const { server, seen } = await recording();
    const headers = [
      { name: 'Host', value: 'shop.example' },
      { name: 'Accept', value: '' },
      { name: 'X-Token', value: 'a' },
      { name: 'x-token', value: 'b' },
    ];
    await get(server, { headers });
    expect(seen[0]?.headers).toMatchObject({ host: 'shop.example', 'x-token': 'a, b' });
    expect(seen[0]?.headers).not.toHaveProperty('accept');
  });

  it.each([
    { path: 'healthz', url: '/healthz' },
    { path: '//evil.example/x', url: '//evil.example/x' },
    { path: 'http://evil.example/x', url: '/x' },
    { path: '/a b', url: '/a%20b' },
    { path: '', url: '/' },
    { path: '/x#part', url: '/x' },
    { path: 'http://[broken', url: '/http://[broken' },
  ])('asks the pod for $path, whatever host that names', async ({ path, url }) => {
    const { server, seen } = await recording();
    expect(await get(server, { path })).toEqual({ kind: 'success' });
    expect(seen[0]?.url).toBe(url);
  });

  it('does not verify the certificate', async () => {
    const server = await keep(startHttps((_, response) => void response.end()));
    expect(await get(server, { scheme: 'https' })).toEqual({ kind: 'success' });
  });

  it('tells when HTTPS is asked of a server that speaks HTTP', async () => {
    const { server } = await recording();
    expect(await get(server, { scheme: 'https' })).toEqual({
      kind: 'failure',
      message: `Get "https://127.0.0.1:${server.port}/": http: server gave HTTP response to HTTPS client`,
    });
  });

  it.each([301, 302, 303, 307, 308])('follows a redirect (%i) on the same host', async (status) => {
    const { server, seen } = await recording(redirectTo(() => '/end', status));
    const headers = [{ name: 'Host', value: 'shop.example' }];
    expect(await get(server, { headers })).toEqual({ kind: 'success' });
    expect(seen.map(({ url, headers: { host } }) => [url, host])).toEqual([
      ['/', 'shop.example'],
      ['/end', 'shop.example'],
    ]);
  });

  it('takes the host of a redirect that names one', async () => {
    const { server, seen } = await recording(
      redirectTo(({ socket }) => `http://127.0.0.1:${socket.localPort ?? 0}/end`),
    );
    expect(await get(server, { headers: [{ name: 'Host', value: 'shop.example' }] })).toEqual({
      kind: 'success',
    });
    expect(seen[1]?.headers.host).toBe(`127.0.0.1:${server.port}`);
  });

  it('does not follow a redirect to another host, and warns', async () => {
    const { server, seen } = await recording(redirectTo(() => 'http://other.example/end'));
    expect(await get(server)).toEqual({
      kind: 'success',
      warning: 'Probe terminated redirects, status code: 302 Found',
    });
    expect(seen).toHaveLength(1);
  });

  it('takes a redirect that names no place for what it is', async () => {
    const { server } = await recording((_, response) => void response.writeHead(304).end());
    expect(await get(server)).toMatchObject({ kind: 'success', warning: expect.any(String) as string });
    const bare = await recording((_, response) => void response.writeHead(302).end());
    expect(await get(bare.server)).toMatchObject({ kind: 'success', warning: expect.any(String) as string });
  });

  it('stops after ten redirects', async () => {
    const { server, seen } = await recording(redirectTo(() => '/again'));
    expect(await get(server)).toEqual({
      kind: 'failure',
      message: `Get "http://127.0.0.1:${server.port}/again": stopped after 10 redirects`,
    });
    expect(seen).toHaveLength(10);
  });

  it.each([
    { location: 'ftp://127.0.0.1/', words: 'unsupported protocol scheme "ftp"' },
    { location: 'http://[x', words: 'failed to parse Location header "http://[x"' },
  ])('fails on a redirect to $location', async ({ location, words }) => {
    const { server } = await recording(redirectTo(() => location));
    expect(await get(server)).toMatchObject({
      kind: 'failure',
      message: expect.stringContaining(words) as string,
    });
  });

  it('reads no more than 10 KB of a body, and tells nothing of it', async () => {
    let written = 0;
    const { server } = await recording((_, response) => {
      const write = (): void => {
        while (written < 100_000_000 && response.write('secret'.repeat(1000))) written += 6000;
        response.once('drain', write);
      };
      response.writeHead(500);
      write();
    });
    expect(await get(server)).toEqual({ kind: 'failure', message: 'HTTP probe failed with statuscode: 500' });
    await vi.waitFor(() => expect(server.connections()).toBe(0));
    expect(written).toBeLessThan(10_000_000);
  });

  it('says neither yes nor no when a body does not end, or breaks', async () => {
    const endless = await recording((_, response) => void response.writeHead(200).write('x'));
    expect(await get(endless.server, {}, 100)).toEqual({
      kind: 'error',
      message: 'context deadline exceeded (Client.Timeout or context cancellation while reading body)',
    });
    await vi.waitFor(() => expect(endless.server.connections()).toBe(0));
    const broken = await recording((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('x', () => response.destroy());
    });
    expect(await get(broken.server)).toEqual({ kind: 'error', message: 'unexpected EOF' });
  });

  it('tells of a connection that is closed or reset without an answer', async () => {
    const { server } = await recording((request) => void request.socket.destroy());
    const about = `Get "http://127.0.0.1:${server.port}/"`;
    expect(await get(server)).toEqual({ kind: 'failure', message: `${about}: EOF` });
    const resetting = await recording((request) => void request.socket.resetAndDestroy());
    expect(await get(resetting.server)).toMatchObject({
      kind: 'failure',
      message: expect.stringContaining('read: connection reset by peer') as string,
    });
  });

  it('tells of an answer that is not HTTP', async () => {
    const server = await keep(
      listen(createServer((socket) => void socket.on('error', () => undefined).end('SSH-2.0\r\n'))),
    );
    expect(await get(server)).toMatchObject({
      kind: 'failure',
      message: expect.stringContaining('malformed HTTP response') as string,
    });
  });

  it('cannot be asked with a header that HTTP does not know', async () => {
    const { server, seen } = await recording();
    expect(await get(server, { headers: [{ name: 'x', value: 'a\nb' }] })).toMatchObject({ kind: 'error' });
    expect(await get(server, { host: 'no host' })).toMatchObject({ kind: 'error' });
    expect(seen).toEqual([]);
  });
});
