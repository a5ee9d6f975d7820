import {
  createServer as createHttp,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import type { MadeCertificate } from './make-certificate.ts';

/** A request as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  /** The JSON body, if there was one. */
  readonly body: unknown;
  /** Whether a trusted client certificate came with it. */
  readonly certified: boolean;
}

/** What the server does with one request: an answer, or something worse. */
export type ScriptedAnswer =
  | {
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Closes the connection without a word, after it has read the request. */
  | 'hang up'
  /** Never answers. */
  | 'silence'
  /** Sends these pieces, then ends (`end`) or breaks off. */
  | { readonly pieces: readonly string[]; readonly then: 'end' | 'break' };

export interface ScriptServer {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  /** How many connections were made to it. */
  readonly connections: () => number;
  close(): Promise<void>;
}

/** A server on loopback that answers each request by `answer`; with a certificate it speaks TLS and asks for the client's. */
export async function startScriptServer(
  answer: (request: SeenRequest, index: number) => ScriptedAnswer,
  certificate?: MadeCertificate,
): Promise<ScriptServer> {
  const seen: SeenRequest[] = [];
  const listener: RequestListener = (request, response) => {
    void toSeen(request).then((question) => {
      const scripted = answer(question, seen.push(question) - 1);
      if (scripted === 'silence') return undefined;
      if (scripted === 'hang up') return request.socket.destroy();
      if ('pieces' in scripted) {
        response.writeHead(200, { 'content-type': 'application/json' });
        for (const piece of scripted.pieces) response.write(piece);
        // Breaking off at once would take back what is still in the buffer.
        if (scripted.then === 'break') return setTimeout(() => request.socket.destroy(), 20);
        return response.end();
      }
      response.writeHead(scripted.status, { 'content-type': 'application/json', ...scripted.headers });
      return response.end(
        typeof scripted.body === 'string' ? scripted.body : JSON.stringify(scripted.body ?? {}),
      );
    });
  };
  const server = certificate
    ? createHttps(
        { ...certificate, ca: certificate.cert, requestCert: true, rejectUnauthorized: false },
        listener,
      )
    : createHttp(listener);
  let connections = 0;
  server.on('connection', () => (connections += 1));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${certificate ? 'https' : 'http'}://127.0.0.1:${port}`,
    seen,
    connections: () => connections,
    close: () => closeServer(server),
  };
}

async function toSeen(request: IncomingMessage): Promise<SeenRequest> {
  const url = new URL(request.url ?? '/', 'http://server');
  const body = await text(request);
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: request.headers,
    body: body === '' ? undefined : JSON.parse(body),
    certified: 'authorized' in request.socket && (request.socket as TLSSocket).authorized,
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    server.closeAllConnections();
  });
}
