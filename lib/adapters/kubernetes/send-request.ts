import {
  type ClientRequest,
  Agent as HttpAgent,
  type IncomingMessage,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { StringDecoder } from 'node:string_decoder';
import type { Access, Endpoint } from './identity.ts';

/** One HTTP request. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with query, without the endpoint's own prefix. */
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
}

/** The whole answer to one HTTP request. */
export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  /** The `Retry-After` header, in seconds. */
  readonly retryAfter: number | undefined;
  readonly body: string;
  /** Milliseconds since the request had a connection, or began to make one; left out by a transport that has none. */
  readonly ms?: number;
}

/** A request that got no whole answer. */
export class RequestError extends Error {
  /** Node's or OpenSSL's code, such as `ECONNREFUSED`; `ETIMEDOUT` when we gave up. */
  readonly code: string;
  /** Whether the server may have seen the request: false only while there was no connection yet. */
  readonly reached: boolean;
  constructor(cause: unknown, reached: boolean) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'RequestError';
    this.code = codeOf(cause);
    this.reached = reached;
  }
}

/** Sends requests and keeps the connections. */
export interface Transport {
  /** The whole answer, within ten seconds. Throws a {@link RequestError}. */
  send(access: Access, request: HttpRequest): Promise<HttpAnswer>;
  /**
   * The answer as a stream on a socket of its own, for a watch: ten seconds for its head, none for the rest. An abort of
   * `signal` ends it with an error. Throws a {@link RequestError}.
   */
  open(access: Access, request: HttpRequest, signal: AbortSignal): Promise<IncomingMessage>;
}

const TIMEOUT_MS = 10_000;
const TCP_KEEP_ALIVE_MS = 30_000;
/**
 * An idle connection is dropped before anyone on the way does it silently: kube-apiserver closes after 90 s (Go's default in
 * its server), the load balancer in front of EKS after 350 s.
 */
const IDLE_MS = 60_000;
/** A page of 250 pods is about 3 MB; an answer far beyond that must not take the function's memory. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** A transport that keeps at most eight connections per endpoint, alive between requests. */
export function createTransport(): Transport {
  const agents = new WeakMap<Endpoint, HttpAgent>();
  const agentOf = (endpoint: Endpoint): HttpAgent => {
    const known = agents.get(endpoint);
    if (known) return known;
    const Agent = isHttps(endpoint) ? HttpsAgent : HttpAgent;
    const agent = new Agent({
      keepAlive: true,
      keepAliveMsecs: TCP_KEEP_ALIVE_MS,
      maxSockets: 8,
      timeout: IDLE_MS,
    });
    agents.set(endpoint, agent);
    return agent;
  };
  return {
    send: (access, request) => {
      const sent = start(access, request, agentOf(access.endpoint));
      return answered(sent, async () => {
        const answer = await readAnswer(await sent.response);
        return { ...answer, ms: performance.now() - sent.begun() };
      });
    },
    open: (access, request, signal) => {
      const sent = start(access, request, false);
      const abort = (): void => void sent.request.destroy(withCode('aborted', 'ABORT_ERR'));
      if (signal.aborted) abort();
      signal.addEventListener('abort', abort);
      sent.request.once('close', () => signal.removeEventListener('abort', abort));
      return answered(sent, () => sent.response);
    },
  };
}

/** Gives `wait` ten seconds from the moment on which the request has a socket: a queue for one is not the server's fault. */
async function answered<T>(sent: Sent, wait: () => Promise<T>): Promise<T> {
  let deadline: NodeJS.Timeout | undefined;
  sent.request.once('socket', () => {
    const error = withCode(`no answer within ${TIMEOUT_MS / 1000} s`, 'ETIMEDOUT');
    deadline = setTimeout(() => sent.request.destroy(error), TIMEOUT_MS);
  });
  try {
    return await wait();
  } catch (error) {
    throw new RequestError(error, sent.reached());
  } finally {
    clearTimeout(deadline);
  }
}

interface Sent {
  readonly request: ClientRequest;
  readonly response: Promise<IncomingMessage>;
  readonly reached: () => boolean;
  /** When it left the queue for a connection, by the monotonic clock. */
  readonly begun: () => number;
}

function start(
  access: Access,
  { method, path, body, contentType }: HttpRequest,
  agent: HttpAgent | false,
): Sent {
  const { endpoint, headers } = access;
  const payload = body === undefined ? undefined : Buffer.from(body);
  const sender = isHttps(endpoint) ? requestHttps : requestHttp;
  const request = sender(`${endpoint.url}${path}`, {
    method,
    agent,
    headers: {
      'user-agent': 'lambdalet',
      accept: 'application/json',
      ...(headers as Record<string, string | string[]>),
      ...(payload && { 'content-type': contentType ?? 'application/json', 'content-length': payload.length }),
    },
    ...(endpoint.ca && { ca: endpoint.ca }),
    ...(endpoint.cert && { cert: endpoint.cert, key: endpoint.key }),
    ...(endpoint.serverName && { servername: endpoint.serverName }),
  });
  let reached = false;
  let begun = 0;
  request.once('socket', (socket) => {
    begun = performance.now();
    socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
    if (!socket.connecting) reached = true;
    else socket.once(isHttps(endpoint) ? 'secureConnect' : 'connect', () => (reached = true));
  });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    // Stays on for the whole life: an error after the head must not end the process; the reader of the body sees it too.
    request.on('error', reject);
  });
  request.end(payload);
  return { request, response, reached: () => reached, begun: () => begun };
}

async function readAnswer(response: IncomingMessage): Promise<HttpAnswer> {
  const body = await readText(response);
  const seconds = Number(response.headers['retry-after'] ?? NaN);
  return {
    status: response.statusCode ?? 0,
    contentType: response.headers['content-type'] ?? '',
    retryAfter: Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined,
    body,
  };
}

/** The body as text, decoded as it comes in, so that its bytes and its text are never both held whole. */
async function readText(response: IncomingMessage): Promise<string> {
  const decoder = new StringDecoder('utf8');
  const pieces: string[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Leaving the loop by an error destroys the response, and with it the connection.
    if (bytes > MAX_ANSWER_BYTES) throw withCode('the answer is larger than 64 MiB', 'EMSGSIZE');
    pieces.push(decoder.write(chunk));
  }
  pieces.push(decoder.end());
  return pieces.join('');
}

function withCode(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}

function isHttps(endpoint: Endpoint): boolean {
  return endpoint.url.startsWith('https:');
}

function codeOf(cause: unknown): string {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : 'UNKNOWN';
}
