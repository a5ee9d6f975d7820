import { constants, X509Certificate } from 'node:crypto';
import { ServerResponse, type IncomingMessage } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { failureOf } from '../../core/failure.ts';
import { textAnswer, type ApiAnswer, type ApiOutcome, type ApiRequest } from '../../kubelet-api/exchange.ts';
import type { ClientCertificate } from '../../kubelet-api/identity/identify-caller.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import { clientCertificateOf, fingerprintOf, type Fingerprint } from './client-certificate.ts';
import { writeAnswer } from './write-answer.ts';

/** A certificate with its chain, and its key, both PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** How one node is served. */
export interface HttpsServerOptions {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  readonly serving: KeyPair;
  /** PEM of whom client certificates must be from; empty: none is good. */
  readonly clientAuthorities: string;
  /** Never rejects. */
  readonly answer: (request: Omit<ApiRequest, 'node'>, certificate: ClientCertificate) => Promise<ApiOutcome>;
  readonly clock: Pick<Clock, 'now'>;
  readonly telemetry: Pick<Telemetry, 'debug' | 'warn'>;
}

/** A server that listens. */
export interface HttpsServer {
  readonly port: number;
  /** Shows another certificate from the next connection on; those that are open keep theirs. */
  show(serving: KeyPair): void;
  /** Trusts others (PEM) from the next request on: who is none of theirs is refused on connections that are open, too. */
  trust(clientAuthorities: string): void;
  /** Takes no more connections; those that are still busy after `patienceMs` are cut. */
  close(patienceMs?: number): Promise<void>;
}

const LIMITS = {
  /** A bearer token is the largest thing that a caller has to show. */
  maxHeaderSize: 32_768,
  headersTimeout: 10_000,
  /** For the whole of a request, which has no body worth the name. */
  requestTimeout: 30_000,
  keepAliveTimeout: 90_000,
  handshakeTimeout: 10_000,
  keepAlive: true,
  keepAliveInitialDelay: 30_000,
  noDelay: true,
} satisfies ServerOptions;

/** While it closes. */
const IDLE_LOOK_MS = 250;
const MOST_CONNECTIONS = 2_000;
/** No route takes a body. */
const MOST_BODY = 65_536;

/** What a server goes by that may be another later. */
interface Shown {
  serving: KeyPair;
  clientAuthorities: string;
  trusted: ReadonlySet<Fingerprint>;
}

type Serving = HttpsServerOptions & { readonly shown: Shown };

/** Listens for one node: HTTP/1.1 over TLS, a certificate of the caller asked for but not demanded. */
export async function startHttpsServer(given: HttpsServerOptions): Promise<HttpsServer> {
  const { serving, clientAuthorities } = given;
  const shown: Shown = { serving, clientAuthorities, trusted: fingerprintsIn(clientAuthorities) };
  const options: Serving = { ...given, shown };
  const server = createServer({
    ...LIMITS,
    ...contextOf(shown),
    requestCert: true,
    rejectUnauthorized: false,
  });
  server.maxConnections = MOST_CONNECTIONS;
  const upgraded = new Set<Duplex>();
  server.on('request', (message, response) => void handleRequest(options, message, response));
  server.on('upgrade', (message, socket, head) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    socket.on('error', () => socket.destroy());
    void handleUpgrade(options, message, socket, head);
  });
  server.on('tlsClientError', (error, socket) => {
    options.telemetry.debug('TLS failed', { from: socket.remoteAddress, why: error.message });
    socket.destroy();
  });
  server.on('clientError', refuseNonsense);
  await listen(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    show: (serving) => {
      shown.serving = serving;
      server.setSecureContext(contextOf(shown));
    },
    trust: (clientAuthorities) => {
      Object.assign(shown, { clientAuthorities, trusted: fingerprintsIn(clientAuthorities) });
      server.setSecureContext(contextOf(shown));
    },
    close: (patienceMs = 0) => close(server, upgraded, patienceMs),
  };
}

/**
 * Sessions are not resumed: what a ticket says of the caller's certificate was true when it was made. Without authorities of its own a
 * context would trust every public one.
 */
function contextOf({
  serving,
  clientAuthorities,
}: Pick<HttpsServerOptions, 'serving' | 'clientAuthorities'>): ServerOptions {
  return {
    cert: serving.certificate,
    key: serving.key,
    ca: clientAuthorities.trim() === '' ? [] : [clientAuthorities],
    minVersion: 'TLSv1.2',
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}

async function handleRequest(
  options: Serving,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const hungUp = new AbortController();
  response.once('close', () => hungUp.abort());
  const outcome = await answerTo(options, message, hungUp.signal);
  await give(options, message, response, outcome.kind === 'answer' ? outcome : notAnUpgrade());
}

async function handleUpgrade(
  options: Serving,
  message: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const hungUp = new AbortController();
  socket.once('close', () => hungUp.abort());
  const outcome = await answerTo(options, message, hungUp.signal);
  if (outcome.kind === 'upgrade') {
    await outcome.serve(socket, head);
    return;
  }
  const response = new ServerResponse(message);
  response.shouldKeepAlive = false;
  response.assignSocket(message.socket);
  response.once('finish', () => socket.end());
  await give(options, message, response, outcome);
}

async function answerTo(
  { answer, clock, shown }: Serving,
  message: IncomingMessage,
  signal: AbortSignal,
): Promise<ApiOutcome> {
  let size = 0;
  message.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > MOST_BODY) message.destroy();
  });
  const target = targetOf(message.url ?? '/');
  if (target === undefined) return textAnswer(400, 'Bad Request');
  const headers = Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  );
  const request = { method: message.method ?? 'GET', ...target, headers, signal };
  const { socket } = message;
  const rules = { authorities: shown.trusted, now: clock.now() };
  return answer(request, socket instanceof TLSSocket ? clientCertificateOf(socket, rules) : { kind: 'none' });
}

function fingerprintsIn(pem: string): ReadonlySet<Fingerprint> {
  const all = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return new Set(all.map((one) => fingerprintOf(new X509Certificate(one).raw)));
}

/** The path, decoded but not tidied: what is judged is what is served. */
function targetOf(url: string): Pick<ApiRequest, 'path' | 'query'> | undefined {
  const [, path = '', search = ''] = /^([^?#]*)\??([^#]*)/.exec(url) ?? [];
  if (!path.startsWith('/')) return undefined;
  try {
    return { path: decodeURIComponent(path), query: new URLSearchParams(search) };
  } catch {
    return undefined;
  }
}

async function give(
  { telemetry }: HttpsServerOptions,
  { method, url }: IncomingMessage,
  response: ServerResponse,
  answer: ApiAnswer,
): Promise<void> {
  try {
    await writeAnswer(response, answer);
  } catch (error) {
    const path = url?.replace(/\?.*/, '');
    if (!isHangUp(error)) telemetry.warn('An answer broke off', { method, path, failure: failureOf(error) });
    response.destroy();
  }
}

function isHangUp(error: unknown): boolean {
  const { code } = error as { readonly code?: string };
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE';
}

function notAnUpgrade(): ApiAnswer {
  return textAnswer(400, 'Upgrade request required');
}

/** What is no HTTP is told so, and cut. */
function refuseNonsense(error: Error & { readonly code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function listen(server: Server, { host, port }: HttpsServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server, upgraded: ReadonlySet<Duplex>, patienceMs: number): Promise<void> {
  return new Promise((resolve) => {
    // A connection that a caller keeps open for its next request is not busy: Node lets it stay once its last answer was given.
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_LOOK_MS);
    const timer = setTimeout(() => {
      server.closeAllConnections();
      for (const socket of upgraded) socket.destroy();
    }, patienceMs);
    server.close(() => {
      clearTimeout(timer);
      clearInterval(idle);
      resolve();
    });
  });
}
