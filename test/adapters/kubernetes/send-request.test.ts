import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Endpoint } from '../../../lib/adapters/kubernetes/identity.ts';
import { createTransport, RequestError } from '../../../lib/adapters/kubernetes/send-request.ts';
import { failureOfError } from '../../../lib/adapters/kubernetes/classify-failure.ts';
import { makeCertificate } from '../../support/make-certificate.ts';
import { type ScriptServer, startScriptServer } from '../../support/script-server.ts';

const server = makeCertificate('server');
const stranger = makeCertificate('stranger');
const GET = { method: 'GET', path: '/version' } as const;

describe('connections to the API server', () => {
  let running: ScriptServer;
  beforeAll(async () => {
    running = await startScriptServer(() => ({ status: 200, body: { fine: true } }), server);
  });
  afterAll(() => running.close());

  const send = (endpoint: Partial<Endpoint>) =>
    createTransport().send({ endpoint: { url: running.url, ...endpoint }, headers: {} }, GET);

  it('trust the CA that they are given', async () => {
    expect(await send({ ca: server.cert })).toMatchObject({ status: 200, body: '{"fine":true}' });
  });

  it('show the client certificate', async () => {
    await send({ ca: server.cert, ...server });
    expect(running.seen.at(-1)?.certified).toBe(true);
  });

  it.each([
    ['the public authorities do not know the server', {}],
    ['the CA is another', { ca: stranger.cert }],
    ['the name is another', { ca: server.cert, serverName: 'kubernetes.example.com' }],
  ])('are refused, as auth, when %s', async (_why, endpoint) => {
    const error: unknown = await send(endpoint).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RequestError);
    expect(error).toMatchObject({ reached: false });
    expect(failureOfError(GET, error)).toMatchObject({ kind: 'auth' });
  });

  it('accept the name that they are told to expect', async () => {
    expect(await send({ ca: server.cert, serverName: 'localhost' })).toMatchObject({ status: 200 });
  });

  it('are kept for the next request of the same endpoint', async () => {
    const transport = createTransport();
    const access = { endpoint: { url: running.url, ca: server.cert }, headers: {} };
    const before = running.connections();
    for (let count = 0; count < 20; count++) await transport.send(access, GET);
    expect(running.connections() - before).toBe(1);
  });

  it('carry more requests at once than there are connections', async () => {
    const transport = createTransport();
    const access = { endpoint: { url: running.url, ca: server.cert }, headers: {} };
    const before = running.connections();
    const answers = await Promise.all(Array.from({ length: 40 }, () => transport.send(access, GET)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(running.connections() - before).toBeLessThanOrEqual(8);
  });
});
