import { createServer, request as requestHttp } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer as createSecureServer, request as requestHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { createSelfSignedCertificate } from '../../lib/local/api-server/server/self-signed-certificate.ts';
import type { RunningApiServer } from '../../lib/local/api-server/server/start-api-server.ts';
import { writeKubeconfig } from '../../lib/local/api-server/server/write-kubeconfig.ts';

/** One request as it came over the wire, and what was answered. */
export interface Exchange {
  /** The operation of AWS, or method and path. */
  readonly what: string;
  /** Method, URL and headers without `authorization`. */
  readonly head: string;
  readonly body: string;
  /** Empty for a stream. */
  readonly answer: string;
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  /** Of requests to AWS: the access key and the service that the signature names. */
  readonly signature?: { readonly key: string; readonly service: string };
}

/** Something between the functions and a server that writes down what passes. */
export interface Recorder {
  readonly url: string;
  exchanges(): readonly Exchange[];
  close(): Promise<void>;
}

/**
 * Stands before an AWS service; requests wait until `target` is known.
 * @param admits by the access key that signed it; what is not admitted finds its connection broken
 */
export async function recordAws(
  target: Promise<string>,
  admits: (key: string | undefined) => boolean = () => true,
): Promise<Recorder> {
  const exchanges: Exchange[] = [];
  const listener: RequestListener = (request, response) => {
    void (async () => {
      const body = await buffer(request);
      if (!admits(signatureOf(request)?.key)) {
        response.destroy();
        return;
      }
      const upstream = requestHttp(`${await target}${request.url ?? '/'}`, {
        method: request.method ?? 'GET',
        headers: request.headers,
      });
      upstream.on('error', () => response.destroy());
      upstream.on('response', (answer) => {
        void buffer(answer).then((bytes) => {
          exchanges.push(exchangeOf(request, body, bytes));
          response.writeHead(answer.statusCode ?? 500, answer.headers).end(bytes);
        });
      });
      upstream.end(body);
    })();
  };
  const server = createServer(listener);
  const url = `http://127.0.0.1:${await listen(server)}`;
  return { url, exchanges: () => exchanges, close: () => closeServer(server) };
}

/** What happens to an answer on its way: half of it and then nothing more, half of it as if it were all, or none. */
export type Damage = 'cut' | 'halved' | 'lost';

/** Stands before an API server, whose users come by this kubeconfig instead. */
export interface ApiRecorder extends Recorder {
  readonly kubeconfig: string;
  /** The answers to GET of a path that ends so are damaged from now on; without damage they are whole again. */
  damage(pathEnd: string, damage?: Damage): void;
}

/** Records what passes between the functions and the API server. What a watch answers is passed on and not kept. */
export async function recordApiServer(server: RunningApiServer): Promise<ApiRecorder> {
  const { key, certificate } = createSelfSignedCertificate(['127.0.0.1']);
  const exchanges: Exchange[] = [];
  const damages = new Map<string, Damage>();
  const damageOf = ({ method, url = '' }: IncomingMessage): Damage | undefined =>
    method === 'GET' ? [...damages].find(([end]) => url.endsWith(end))?.[1] : undefined;
  const listener: RequestListener = (request, response) => {
    void (async () => {
      const body = await buffer(request);
      const upstream = requestHttps(`${server.url}${request.url ?? '/'}`, {
        method: request.method ?? 'GET',
        headers: request.headers,
        ca: server.caCertificate,
        agent: false,
      });
      upstream.on('error', () => response.destroy());
      response.on('close', () => upstream.destroy());
      upstream.on('response', (answer) => {
        if (request.url?.includes('watch=') === true) {
          exchanges.push(exchangeOf(request, body, Buffer.alloc(0)));
          response.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(response);
          return;
        }
        void buffer(answer).then(
          (bytes) => {
            exchanges.push(exchangeOf(request, body, bytes));
            reply(response, { status: answer.statusCode ?? 500, bytes, damage: damageOf(request) });
          },
          () => response.destroy(),
        );
      });
      upstream.end(body);
    })();
  };
  const front = createSecureServer({ key, cert: certificate }, listener);
  const url = `https://127.0.0.1:${await listen(front)}`;
  return {
    url,
    kubeconfig: writeKubeconfig({ server: url, certificate, token: server.token }),
    exchanges: () => exchanges,
    damage: (pathEnd, damage) => {
      if (damage === undefined) damages.delete(pathEnd);
      else damages.set(pathEnd, damage);
    },
    close: () => closeServer(front),
  };
}

function reply(
  response: ServerResponse,
  {
    status,
    bytes,
    damage,
  }: { readonly status: number; readonly bytes: Buffer; readonly damage: Damage | undefined },
): void {
  const half = bytes.subarray(0, Math.ceil(bytes.byteLength / 2));
  const send = (whole: Buffer): ServerResponse =>
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': whole.byteLength });
  switch (damage) {
    case undefined:
      send(bytes).end(bytes);
      return;
    case 'halved':
      send(half).end(half);
      return;
    case 'cut':
      send(bytes).write(half, () => response.destroy());
      return;
    case 'lost':
      response.destroy();
  }
}

function signatureOf({ headers }: Pick<IncomingMessage, 'headers'>): Exchange['signature'] {
  const { authorization = '' } = headers;
  const [, key, service] = /Credential=([^/]+)\/[^/]+\/[^/]+\/([^/]+)\//.exec(authorization) ?? [];
  return key === undefined || service === undefined ? undefined : { key, service };
}

function exchangeOf(
  { method = '', url = '', headers }: IncomingMessage,
  body: Buffer,
  answer: Buffer,
): Exchange {
  const { authorization: _signature, ...shown } = headers;
  const signature = signatureOf({ headers });
  const target = headers['x-amz-target'];
  return {
    what: typeof target === 'string' ? (target.split('.').at(-1) ?? '') : `${method} ${url}`,
    head: `${method} ${url} ${JSON.stringify(shown)}`,
    body: body.toString('latin1'),
    answer: answer.toString('latin1'),
    ...{ method, url, headers },
    ...(signature !== undefined && { signature }),
  };
}

/** The port. A connection that is idle is not closed under whoever is about to use it. */
async function listen(server: Server): Promise<number> {
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
