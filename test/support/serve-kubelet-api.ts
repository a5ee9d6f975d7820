import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ApiAnswer, ApiOutcome, ApiRequest } from '../../lib/kubelet-api/exchange.ts';
import { createSelfSignedCertificate } from '../../lib/local/api-server/server/self-signed-certificate.ts';

/** A kubelet API on loopback over HTTPS, without any authorization: for tests of handlers only. */
export interface ServedApi {
  readonly port: number;
  /** Connections that handlers still serve. */
  readonly serving: number;
  readonly close: () => Promise<void>;
}

/** Serves what a handler gives, for one node. */
export async function serveKubeletApi(
  node: string,
  handle: (request: ApiRequest) => Promise<ApiOutcome>,
): Promise<ServedApi> {
  const { key, certificate } = createSelfSignedCertificate(['127.0.0.1']);
  const sockets = new Set<Duplex>();
  let serving = 0;
  const server = createServer({ key, cert: certificate });
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', (request, response) => {
    void handle(toApiRequest(node, request)).then((outcome) => {
      if (outcome.kind === 'upgrade') throw new Error('an upgrade that nobody asked for');
      response.writeHead(outcome.status, { 'content-type': outcome.contentType });
      response.end(bodyOf(outcome));
    });
  });
  server.on('upgrade', (request, socket: Duplex, head) => {
    void handle(toApiRequest(node, request)).then(async (outcome) => {
      if (outcome.kind === 'answer') {
        const body = bodyOf(outcome);
        socket.end(
          `HTTP/1.1 ${outcome.status} Refused\r\ncontent-type: ${outcome.contentType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
        );
        return;
      }
      serving += 1;
      await outcome.serve(socket, head);
      serving -= 1;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get serving() {
      return serving;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function toApiRequest(node: string, request: IncomingMessage): ApiRequest {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'https://kubelet');
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  );
  return {
    node,
    method: request.method ?? 'GET',
    path: decodeURIComponent(pathname),
    query: searchParams,
    headers,
    signal: new AbortController().signal,
  };
}

function bodyOf({ body }: ApiAnswer): string {
  if (typeof body !== 'string') throw new Error('this server knows answers of text only');
  return body;
}
