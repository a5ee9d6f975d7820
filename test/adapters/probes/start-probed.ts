// Servers for probes to ask, on this machine.
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { ProbedServer } from '../../memory/memory-probes.ts';
import type { Place } from '../../contract/probes.contract.ts';
import { makeCertificate } from '../../support/make-certificate.ts';

/** A server that is listened to, its open connections, and its end. */
export interface Probed extends Place {
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

/** Starts what a probe may meet. */
export function startProbed(server: ProbedServer): Promise<Probed> {
  switch (server.kind) {
    case 'http':
      return startHttp((_, response) => void response.writeHead(server.status).end('secret body'));
    case 'silent':
      return listen(createTcpServer((socket) => void socket.on('error', () => undefined).resume()));
    case 'grpc':
      return startGrpc((stream, service) => {
        const status = server.services[service];
        if (status === undefined)
          endWith(stream, { 'grpc-status': '5', 'grpc-message': 'unknown%20service' });
        else answerStatus(stream, ['UNKNOWN', 'SERVING', 'NOT_SERVING'].indexOf(status));
      });
  }
}

export const startHttp = (listener: RequestListener): Promise<Probed> => listen(createHttpServer(listener));

export const startHttps = (listener: RequestListener): Promise<Probed> =>
  listen(createHttpsServer(makeCertificate('probed'), listener));

/** A gRPC server in plain text; `answer` is given the service that was asked for. */
export function startGrpc(answer: (stream: ServerHttp2Stream, service: string) => void): Promise<Probed> {
  const server = createHttp2Server();
  server.on('stream', (stream) => {
    stream.on('error', () => undefined);
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => void chunks.push(chunk));
    // Of a short name: flag, four bytes of length, tag, one byte of length.
    stream.on('end', () => answer(stream, Buffer.concat(chunks).subarray(7).toString()));
  });
  server.on('sessionError', () => undefined);
  return listen(server);
}

/** An answer with a message and a good end. */
export function answerMessage(stream: ServerHttp2Stream, message: Uint8Array): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(message);
}

export function answerStatus(stream: ServerHttp2Stream, status: number): void {
  answerMessage(stream, Uint8Array.of(0, 0, 0, 0, 2, 0x08, status));
}

/** An answer that is only its end. */
export function endWith(stream: ServerHttp2Stream, headers: Record<string, string>): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...headers }, { endStream: true });
}

/** An address that was free a moment ago. */
export async function freePlace(): Promise<Place> {
  const { podIP, port, close } = await listen(createTcpServer());
  await close();
  return { podIP, port };
}

/** Any server, on a port of its own. */
export async function listen(server: Server): Promise<Probed> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    podIP: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    connections: () => sockets.size,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
