import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { request } from 'node:https';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { connect } from 'node:tls';
import { ApiFailure, badRequest } from '../objects/api-failure.ts';
import type { KubeletCall } from '../requests/ask-kubelet.ts';

/** With what the API server comes to kubelets, and how it knows them. */
export interface KubeletClient {
  readonly certificate: string;
  readonly key: string;
  /** PEM of whom their certificates must be from. */
  readonly authority: string;
}

/** Not for the other side: who the client is, and what is of this connection alone. */
const OWN_HEADERS = /^(authorization|host|connection|upgrade|keep-alive|transfer-encoding|te|trailer)$/;

/**
 * Passes a request to a kubelet, and its answer back, no faster than the client takes it.
 * @throws ApiFailure when the kubelet is not there, or refuses what is checked
 */
export async function passToKubelet(
  call: KubeletCall,
  client: KubeletClient,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const hungUp = new AbortController();
  response.once('close', () => hungUp.abort());
  const answer = await ask(call, client, message, hungUp.signal);
  const { statusCode = 502 } = answer;
  if (call.isChecked && statusCode >= 300) throw failureOf(statusCode, await text(answer));
  const { connection: _, 'transfer-encoding': _2, ...headers } = answer.headers;
  response.writeHead(statusCode, headers);
  response.flushHeaders();
  // A client that hangs up, or a kubelet that does, ends both.
  await pipeline(answer, response).catch(() => response.destroy());
}

function ask(
  { host, port, path }: KubeletCall,
  { certificate, key, authority }: KubeletClient,
  { method = 'GET', headers }: IncomingMessage,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asking = request({
      ...{ host, port, path, method, signal, agent: false },
      ...{ headers: forwarded(headers), cert: certificate, key, ca: authority },
    });
    asking.once('response', resolve);
    asking.once('error', (error) => reject(notThere(host, port, error)));
    asking.end();
  });
}

function forwarded(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN_HEADERS.test(name)));
}

function notThere(host: string, port: number, error: Error): ApiFailure {
  const why = `error dialing backend: dial tcp ${host}:${port}: ${error.message}`;
  return new ApiFailure(500, 'InternalError', `Internal error occurred: ${why}`);
}

/** What became of an answer of the kubelet in `GenericHttpResponseChecker`. */
function failureOf(status: number, body: string): ApiFailure {
  if (status === 400) return badRequest(body);
  if (status === 404)
    return new ApiFailure(404, 'NotFound', 'the server could not find the requested resource');
  if (status === 500) return new ApiFailure(500, 'InternalError', `Internal error occurred: ${body}`);
  return new ApiFailure(status, '', body);
}

/** A request for another protocol, and what came with it. */
export interface UpgradeRequest {
  readonly message: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** Passes a request for another protocol on, and from then on every byte both ways. */
export function passUpgrade(
  { host, port, path }: KubeletCall,
  { certificate, key, authority }: KubeletClient,
  { message, socket, head }: UpgradeRequest,
): void {
  const { method = 'GET', rawHeaders } = message;
  const kubelet = connect({ host, port, cert: certificate, key, ca: authority, ALPNProtocols: ['http/1.1'] });
  const names = rawHeaders.filter((_, index) => index % 2 === 0);
  const lines = names.flatMap((name, index) =>
    /^(authorization|host)$/i.test(name) ? [] : [`${name}: ${rawHeaders[2 * index + 1] ?? ''}`],
  );
  kubelet.once('secureConnect', () => {
    kubelet.write(
      `${[`${method} ${path} HTTP/1.1`, `Host: ${host}:${port}`, ...lines].join('\r\n')}\r\n\r\n`,
    );
    kubelet.write(head);
    socket.pipe(kubelet);
    kubelet.pipe(socket);
  });
  for (const [one, other] of [
    [socket, kubelet],
    [kubelet, socket],
  ] as const) {
    one.on('error', () => other.destroy());
    one.once('close', () => other.destroy());
  }
}
