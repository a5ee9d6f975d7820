import { request as requestHttp, STATUS_CODES, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import type { ProbeHeader } from '../../core/plan-probes.ts';
import type { ProbeOutcome } from '../../ports/probes.ts';
import {
  codeOf,
  dialError,
  joinHostPort,
  ProbeError,
  reachHost,
  type AddressRule,
  type Reached,
} from './reach-host.ts';
import { unlessLate, type TimeLimit } from './time-limit.ts';

/** One GET. */
export interface HttpProbe {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly headers: readonly ProbeHeader[];
}

/** What the way to a probe's target needs. */
export interface HttpRules {
  readonly isAllowed: AddressRule;
  readonly userAgent: string;
}

/** The kubelet reads so much of a body, and drops the rest with the connection. */
const MAX_BODY_BYTES = 10 * 1024;
const MOST_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * GETs as the kubelet does: 200 to 399 is a success, redirects are followed on the same host only, certificates are not verified.
 * Throws a {@link ProbeError}.
 */
export async function probeHttp(probe: HttpProbe, limit: TimeLimit, rules: HttpRules): Promise<ProbeOutcome> {
  let url = urlOf(probe);
  let headers = headersOf(probe, rules.userAgent);
  for (let hops = 1; ; hops += 1) {
    const answer = await getOnce(url, headers, limit, rules);
    const next = REDIRECTS.has(answer.status) ? redirectOf(answer, url) : undefined;
    if (next === undefined || next.hostname !== url.hostname) return judge(answer.status);
    if (hops >= MOST_REDIRECTS) throw getError(next, 'stopped after 10 redirects');
    // A redirect that names its host means that host; another one goes on with the host that the probe names.
    if (URL.canParse(answer.location ?? '')) headers = { ...headers, host: targetOf(next) };
    url = next;
  }
}

/** The path may be anything that Go's parser takes; whatever host it names does not count. */
function urlOf({ scheme, host, port, path }: HttpProbe): URL {
  const url = new URL(`${scheme}://${joinHostPort(host, port)}/`);
  const parsed = URL.parse(path.startsWith('/') ? `http://any${path}` : path, 'http://any/');
  if (parsed !== null) {
    url.pathname = parsed.pathname;
    url.search = parsed.search;
  } else url.pathname = path;
  return url;
}

function redirectOf({ location }: Answer, from: URL): URL | undefined {
  if (location === undefined) return undefined;
  const next = URL.parse(location, from.href);
  if (next === null) throw getError(from, `failed to parse Location header ${JSON.stringify(location)}`);
  if (next.protocol !== 'http:' && next.protocol !== 'https:')
    throw getError(next, `unsupported protocol scheme ${JSON.stringify(next.protocol.slice(0, -1))}`);
  return next;
}

type Headers = Readonly<Record<string, string | string[]>>;

function headersOf({ headers, host, port }: HttpProbe, userAgent: string): Headers {
  const sent = new Map<string, string[]>();
  for (const { name, value } of headers) {
    const key = name.toLowerCase();
    sent.set(key, [...(sent.get(key) ?? []), value]);
  }
  for (const [name, value] of [
    ['user-agent', userAgent],
    ['accept', '*/*'],
  ] as const) {
    if (!sent.has(name)) sent.set(name, [value]);
    else if (sent.get(name)?.[0] === '') sent.delete(name);
  }
  sent.set('host', [sent.get('host')?.at(-1) ?? joinHostPort(host, port)]);
  sent.set('connection', ['close']);
  return Object.fromEntries([...sent].map(([name, values]) => [name, oneOrMore(values)]));
}

function oneOrMore(values: string[]): string | string[] {
  return values.length === 1 ? (values[0] ?? '') : values;
}

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
}

async function getOnce(
  url: URL,
  headers: Headers,
  limit: TimeLimit,
  { isAllowed }: HttpRules,
): Promise<Answer> {
  const { host, port } = placeOf(url);
  const stage: Stage = { is: 'dial' };
  const late = (): ProbeError => lateError(url, stage);
  try {
    const reached = await unlessLate(limit, reachHost(host, port, isAllowed), late);
    return await unlessLate(limit, send(url, { host, reached, headers }, limit, stage), late);
  } catch (thrown) {
    throw thrown instanceof ProbeError && !thrown.unasked && !thrown.message.startsWith('Get ')
      ? getError(url, thrown.message)
      : thrown;
  }
}

/** How far a request got: what Go says of a timeout depends on it. */
interface Stage {
  is: 'dial' | 'head' | 'body';
}

function lateError(url: URL, { is }: Stage): ProbeError {
  switch (is) {
    case 'dial':
      return getError(url, `dial tcp ${targetOf(url)}: i/o timeout`);
    case 'head':
      return getError(url, 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)');
    case 'body':
      // As with the kubelet: an answer that does not end says neither yes nor no.
      return new ProbeError(
        'context deadline exceeded (Client.Timeout or context cancellation while reading body)',
        true,
      );
  }
}

function send(
  url: URL,
  way: { readonly host: string; readonly reached: Reached; readonly headers: Headers },
  { signal }: TimeLimit,
  stage: Stage,
): Promise<Answer> {
  const secure = url.protocol === 'https:';
  return new Promise((resolve, reject) => {
    const request = (secure ? requestHttps : requestHttp)({
      host: way.reached.address,
      port: way.reached.port,
      path: `${url.pathname}${url.search}`,
      method: 'GET',
      headers: way.headers,
      // A connection of its own; an agent of our own would also look for a proxy.
      agent: false,
      signal,
      ...(secure && { rejectUnauthorized: false, servername: isIP(way.host) === 0 ? way.host : '' }),
    });
    request.once('socket', (socket) => {
      socket.once('connect', () => (stage.is = 'head'));
    });
    request.on('error', (error) => reject(sendError(url, way.reached, stage, error)));
    request.once('response', (response) => {
      stage.is = 'body';
      void drain(response).then((failure) => {
        request.destroy();
        if (failure === undefined)
          resolve({ status: response.statusCode ?? 0, location: response.headers.location });
        else reject(failure);
      });
    });
    request.end();
  });
}

/** Reads the body to its end or its limit; what it says is nobody's business. */
async function drain(response: IncomingMessage): Promise<ProbeError | undefined> {
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes >= MAX_BODY_BYTES) return undefined;
    }
    return undefined;
  } catch {
    return new ProbeError('unexpected EOF', true);
  }
}

function sendError(url: URL, reached: Reached, { is }: Stage, cause: Error): ProbeError {
  const code = codeOf(cause);
  if (is === 'dial') return dialError(reached, cause);
  if (/wrong.version.number|packet.length.too.long/i.test(`${code} ${cause.message}`))
    return getError(url, 'http: server gave HTTP response to HTTPS client');
  if (code.startsWith('HPE_'))
    return getError(url, 'net/http: HTTP/1.x transport connection broken: malformed HTTP response');
  if (cause.message === 'socket hang up') return getError(url, 'EOF');
  if (code === 'ECONNRESET')
    return getError(
      url,
      `read tcp ${joinHostPort(reached.address, reached.port)}: read: connection reset by peer`,
    );
  return getError(url, code);
}

function getError(url: URL, words: string): ProbeError {
  return new ProbeError(`Get "${url.protocol}//${targetOf(url)}${url.pathname}${url.search}": ${words}`);
}

/** With the port that a URL leaves out, as Go shows it. */
function targetOf(url: URL): string {
  const { host, port } = placeOf(url);
  return joinHostPort(host, port);
}

function placeOf(url: URL): { readonly host: string; readonly port: number } {
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port };
}

function judge(status: number): ProbeOutcome {
  if (status < 200 || status >= 400)
    return { kind: 'failure', message: `HTTP probe failed with statuscode: ${status}` };
  if (status < 300) return { kind: 'success' };
  return {
    kind: 'success',
    warning: `Probe terminated redirects, status code: ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd(),
  };
}
