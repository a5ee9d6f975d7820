import { once } from 'node:events';
import { Agent, request, type RequestOptions } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { connect, type TLSSocket } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  startHttpsServer,
  type HttpsServer,
  type HttpsServerOptions,
} from '../../../lib/adapters/https-server/start-https-server.ts';
import { textAnswer, type ApiOutcome, type ApiRequest } from '../../../lib/kubelet-api/exchange.ts';
import type { ClientCertificate } from '../../../lib/kubelet-api/identity/identify-caller.ts';
import {
  createAuthority,
  type Authority,
  type Certificate,
} from '../../../lib/local/api-server/server/self-signed-certificate.ts';
import { quietTools } from '../../support/quiet-tools.ts';

let authority: Authority;
let serving: Certificate;
beforeAll(() => {
  authority = createAuthority('the CA');
  serving = authority.issue({ subject: { commonName: 'node', hosts: ['127.0.0.1'] }, usage: 'server' });
});

interface Asked {
  readonly request: Omit<ApiRequest, 'node'>;
  readonly certificate: ClientCertificate;
}

const open: HttpsServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function start(
  outcome: (asked: Asked) => ApiOutcome = () => textAnswer(200, 'here'),
  options: Partial<HttpsServerOptions> = {},
): Promise<{ readonly server: HttpsServer; readonly asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = await startHttpsServer({
    ...{ host: '127.0.0.1', port: 0, serving, clientAuthorities: authority.certificate },
    telemetry: quietTools.telemetry,
    clock: { now: Date.now },
    answer: (one, certificate) => {
      asked.push({ request: one, certificate });
      return Promise.resolve(outcome({ request: one, certificate }));
    },
    ...options,
  });
  open.push(server);
  return { server, asked };
}

interface Answer {
  readonly status: number;
  readonly message: IncomingMessage;
  readonly body: () => Promise<string>;
}

function ask({ port }: HttpsServer, options: RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request(
      { host: '127.0.0.1', port, ca: authority.certificate, agent: false, path: '/healthz', ...options },
      (message) => resolve({ status: message.statusCode ?? 0, message, body: () => text(message) }),
    );
    asking.on('error', reject).end();
  });
}

const client = (usage?: 'server' | 'client', until?: string, from = authority): RequestOptions => {
  const { certificate, key } = from.issue({
    subject: { commonName: 'someone', organisations: ['one', 'two'] },
    ...(usage && { usage }),
    ...(until && { until: new Date(until) }),
  });
  return { cert: certificate, key };
};

describe('who calls', () => {
  it('is nobody without a certificate, which is asked for but not demanded', async () => {
    const { server, asked } = await start();
    expect(await (await ask(server)).body()).toBe('here\n');
    expect(asked[0]?.certificate).toEqual({ kind: 'none' });
  });

  it('is whom a certificate of a trusted authority names', async () => {
    const { server, asked } = await start();
    await ask(server, client('client'));
    await ask(server, client());
    const someone = { kind: 'verified', commonName: 'someone', organisations: ['one', 'two'] };
    expect(asked.map(({ certificate }) => certificate)).toEqual([someone, someone]);
  });

  it.each<[string, () => RequestOptions, RegExp]>([
    ['of another authority', () => client('client', undefined, createAuthority('the CA')), /./],
    ['of an authority of another name', () => client('client', undefined, createAuthority('other')), /./],
    ['that is over', () => client('client', '2021-01-01T00:00:00Z'), /CERT_HAS_EXPIRED/],
    ['that is for servers only', () => client('server'), /INVALID_PURPOSE/],
    [
      'that is its own authority',
      () => {
        const made = createAuthority('someone').issue({ subject: { commonName: 'someone' } });
        return { cert: made.certificate, key: made.key };
      },
      /./,
    ],
  ])('is refused with a certificate %s', async (_, options, why) => {
    const { server, asked } = await start();
    await ask(server, options());
    expect(asked[0]?.certificate).toEqual({ kind: 'refused', why: expect.stringMatching(why) as string });
  });

  it('is refused with any certificate where no authority is trusted', async () => {
    const { server, asked } = await start(undefined, { clientAuthorities: '' });
    await ask(server, client('client'));
    expect(asked[0]?.certificate).toMatchObject({ kind: 'refused' });
  });

  it('is one of several trusted authorities', async () => {
    const other = createAuthority('other');
    const clientAuthorities = `${authority.certificate}\n${other.certificate}`;
    const { server, asked } = await start(undefined, { clientAuthorities });
    await ask(server, client('client'));
    await ask(server, client('client', undefined, other));
    expect(asked.map(({ certificate }) => certificate.kind)).toEqual(['verified', 'verified']);
  });

  describe('on a connection that stays open', () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    afterEach(() => agent.destroy());
    const askOn = async (server: HttpsServer): Promise<void> => {
      const answer = await ask(server, { ...mine, agent });
      await answer.body();
    };
    let mine: RequestOptions;
    beforeAll(() => {
      mine = client('client', '2030-12-31T23:59:59Z');
    });

    it('is refused once the certificate is over', async () => {
      let now = Date.parse('2030-12-31T23:59:58Z');
      const { server, asked } = await start(undefined, { clock: { now: () => now } });
      await askOn(server);
      now += 2_000;
      await askOn(server);
      expect(Object.values(agent.freeSockets).flat(), 'connections that were made').toHaveLength(1);
      expect(asked.map(({ certificate }) => certificate)).toMatchObject([
        { kind: 'verified' },
        { kind: 'refused', why: 'CERT_HAS_EXPIRED' },
      ]);
    });

    it('is refused once its authority is trusted no longer, and known again when it is', async () => {
      const { server, asked } = await start();
      const other = createAuthority('other').certificate;
      await askOn(server);
      server.trust(other);
      await askOn(server);
      server.trust(`${other}\n${authority.certificate}`);
      await askOn(server);
      server.trust('');
      await askOn(server);
      expect(asked.map(({ certificate }) => certificate.kind)).toEqual([
        ...['verified', 'refused', 'verified', 'refused'],
      ]);
      expect(asked[1]?.certificate).toMatchObject({ why: 'its authority is no longer trusted' });
    });
  });

  it('is looked at with every connection: no session is resumed', async () => {
    const { server } = await start();
    const open = async (session?: Buffer): Promise<{ socket: TLSSocket; session: Promise<Buffer> }> => {
      const socket = connect({
        ...{ host: '127.0.0.1', port: server.port, ca: authority.certificate, session },
        ...{ ...(client('client') as object) },
      });
      const told = once(socket, 'session').then(([ticket]) => ticket as Buffer);
      await once(socket, 'secureConnect');
      return { socket, session: told };
    };
    const first = await open();
    first.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const session = await first.session;
    const second = await open(session);
    expect(second.socket.isSessionReused()).toBe(false);
    first.socket.destroy();
    second.socket.destroy();
  });
});

describe('a request', () => {
  it('comes with its method, decoded path, query and headers', async () => {
    const { server, asked } = await start();
    await ask(server, {
      method: 'POST',
      path: '/exec/a/b%20c/../d?command=ls&command=%2Ftmp&x=%C3%A4',
      headers: { 'X-One': '1', authorization: 'Bearer x' },
    });
    const { method, path, query, headers } = asked[0]!.request;
    expect({ method, path, command: query.getAll('command'), x: query.get('x') }).toEqual({
      ...{ method: 'POST', path: '/exec/a/b c/../d', command: ['ls', '/tmp'], x: 'ä' },
    });
    expect(headers).toMatchObject({ 'x-one': '1', authorization: 'Bearer x' });
  });

  it('with a path that cannot be decoded is told so', async () => {
    const { server, asked } = await start();
    expect(await ask(server, { path: '/a%zz' })).toMatchObject({ status: 400 });
    expect(asked).toEqual([]);
  });

  it('with too much of a head is told so', async () => {
    const { server, asked } = await start();
    expect(await ask(server, { headers: { 'x-long': 'x'.repeat(40_000) } })).toMatchObject({ status: 431 });
    expect(asked).toEqual([]);
  });

  it('that is no HTTP is told so and cut', async () => {
    const { server } = await start();
    const socket = connect({ host: '127.0.0.1', port: server.port, ca: authority.certificate });
    socket.write('nonsense\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 Bad Request/);
  });

  it('speaks HTTP/1.1 only', async () => {
    const { server } = await start();
    const options = { host: '127.0.0.1', port: server.port, ca: authority.certificate };
    const socket = connect({ ...options, ALPNProtocols: ['h2', 'http/1.1'] });
    await once(socket, 'secureConnect');
    expect(socket.alpnProtocol).toBe('http/1.1');
    socket.destroy();
  });
});

/** Chunks that come when they are wanted; how many were taken, and whether it was told that nobody wants more. */
function source(chunk: string, most = Number.POSITIVE_INFINITY) {
  const seen = { taken: 0, isClosed: false };
  async function* chunks(): AsyncGenerator<string> {
    try {
      while (seen.taken < most) {
        seen.taken += 1;
        yield await Promise.resolve(chunk);
      }
    } finally {
      seen.isClosed = true;
    }
  }
  return { seen, chunks };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(5);
}

describe('an answer', () => {
  const answerOf = (body: AsyncIterable<string>): ApiOutcome => ({
    ...{ kind: 'answer', status: 200, contentType: 'text/plain', body },
  });

  it('of chunks begins before the first of them', async () => {
    const gate = Promise.withResolvers<undefined>();
    const { server } = await start(() =>
      answerOf(
        (async function* () {
          await gate.promise;
          yield 'late';
        })(),
      ),
    );
    const answer = await ask(server);
    gate.resolve(undefined);
    expect(await answer.body()).toBe('late');
  });

  it('that breaks off has no proper end', async () => {
    const { server } = await start(() =>
      answerOf(
        (async function* () {
          yield 'first';
          await sleep(1);
          throw new Error('broken');
        })(),
      ),
    );
    await expect((await ask(server)).body()).rejects.toThrow('aborted');
  });

  it('is made no faster than it is taken, and no longer than someone takes it', async () => {
    const { seen, chunks } = source('x'.repeat(100_000));
    const { server, asked } = await start(() => answerOf(chunks()));
    const { message } = await ask(server);
    message.pause();
    let before = -1;
    while (before !== seen.taken) {
      before = seen.taken;
      await sleep(100);
    }
    expect(seen.taken).toBeLessThan(200);
    message.destroy();
    await until(() => seen.isClosed);
    expect(asked[0]?.request.signal.aborted).toBe(true);
  });

  it('is for a caller who asks for another protocol the same', async () => {
    const { server } = await start(() => textAnswer(403, 'no'));
    const headers = { connection: 'upgrade', upgrade: 'SPDY/3.1' };
    const answer = await ask(server, { headers });
    expect({ status: answer.status, body: await answer.body() }).toEqual({ status: 403, body: 'no\n' });
  });
});

describe('another protocol', () => {
  const serveEcho: ApiOutcome = {
    kind: 'upgrade',
    serve: async (connection, head) => {
      connection.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
      connection.write(head);
      connection.pipe(connection);
      await once(connection, 'close');
    },
  };
  const upgrade = (server: HttpsServer): Promise<Duplex> =>
    new Promise((resolve, reject) => {
      const headers = { connection: 'upgrade', upgrade: 'echo' };
      const options = { host: '127.0.0.1', port: server.port, ca: authority.certificate, headers };
      request({ ...options, agent: new Agent() })
        .on('upgrade', (_message, socket) => resolve(socket))
        .on('error', reject)
        .end();
    });

  it('is spoken on the connection from then on', async () => {
    const { server } = await start(() => serveEcho);
    const socket = await upgrade(server);
    socket.write('hello');
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    expect(chunk.toString()).toBe('hello');
    socket.destroy();
  });

  it('is told to whom does not ask for it', async () => {
    const { server } = await start(() => serveEcho);
    expect(await ask(server)).toMatchObject({ status: 400 });
  });

  it('is cut when the server ends', async () => {
    const { server } = await start(() => serveEcho);
    const socket = await upgrade(server);
    socket.on('error', () => undefined);
    const closed = once(socket, 'close');
    await server.close(1);
    await closed;
  });
});

describe('the server', () => {
  it('shows the certificate that it was given last, and trusts whom it was told last', async () => {
    const { server, asked } = await start();
    const other = createAuthority('the next CA');
    const next = other.issue({ subject: { commonName: 'next', hosts: ['127.0.0.1'] }, usage: 'server' });
    server.show(next);
    server.trust(other.certificate);
    await expect(ask(server)).rejects.toThrow(/certificate/);
    await ask(server, { ...client('client', undefined, other), ca: other.certificate });
    await ask(server, { ...client('client'), ca: other.certificate });
    expect(asked.map(({ certificate }) => certificate.kind)).toEqual(['verified', 'refused']);
  });

  it('does not wait for a connection that a caller keeps open after its last answer', async () => {
    const gate = Promise.withResolvers<undefined>();
    const { server } = await start(() => ({
      ...{ kind: 'answer', status: 200, contentType: 'text/plain' },
      body: (async function* () {
        await gate.promise;
        yield 'done';
      })(),
    }));
    const agent = new Agent({ keepAlive: true });
    const answer = await ask(server, { agent });
    const closing = server.close(60_000);
    gate.resolve(undefined);
    expect(await answer.body()).toBe('done');
    await closing;
    agent.destroy();
  });

  it('lets an answer that is under way come to its end before it ends', async () => {
    const gate = Promise.withResolvers<undefined>();
    const { server } = await start(() => ({
      ...{ kind: 'answer', status: 200, contentType: 'text/plain' },
      body: (async function* () {
        await gate.promise;
        yield 'done';
      })(),
    }));
    const answer = await ask(server);
    const closing = server.close(60_000);
    gate.resolve(undefined);
    expect(await answer.body()).toBe('done');
    await closing;
  });
});
