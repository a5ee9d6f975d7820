import {
  connect,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
} from 'node:http2';
import type { ProbeOutcome } from '../../ports/probes.ts';
import {
  CHECK_PATH,
  codeOfHttp,
  codeOfStatus,
  decodeStatus,
  encodeCheck,
  type GrpcCode,
} from './grpc-health.ts';
import {
  dialError,
  joinHostPort,
  ProbeError,
  reachHost,
  type AddressRule,
  type Reached,
} from './reach-host.ts';
import { unlessLate, type TimeLimit } from './time-limit.ts';

/** One health check of a gRPC server. */
export interface GrpcProbe {
  readonly host: string;
  readonly port: number;
  readonly service: string;
  readonly timeoutMs: number;
}

/** What the way to a probe's target needs. */
export interface GrpcRules {
  readonly isAllowed: AddressRule;
  readonly userAgent: string;
}

/** An answer is a few bytes; a server that sends more than this is no health service. */
const MAX_ANSWER_BYTES = 10 * 1024;

/** What came of the call: the message, or why there is none. */
interface Answer {
  readonly code: GrpcCode;
  readonly words: string;
  readonly message: Buffer;
}

/** Asks a server for its health in plain text (h2c), as the kubelet does. Throws a {@link ProbeError}. */
export async function probeGrpc(probe: GrpcProbe, limit: TimeLimit, rules: GrpcRules): Promise<ProbeOutcome> {
  const target = joinHostPort(probe.host, probe.port);
  const within = seconds(probe.timeoutMs);
  const failed = (): ProbeError =>
    new ProbeError(
      `timeout: failed to connect service ${JSON.stringify(target)} within ${within}: context deadline exceeded`,
    );
  const reached = await unlessLate(limit, reachHost(probe.host, probe.port, rules.isAllowed), failed);
  const session = connect(`http://${joinHostPort(reached.address, reached.port)}`);
  try {
    await unlessLate(limit, connected(session, reached), failed);
    const late = (): ProbeError => new ProbeError(`timeout: health rpc did not complete within ${within}`);
    return judge(await unlessLate(limit, check(session, probe, rules.userAgent), late), within);
  } finally {
    session.destroy();
  }
}

function connected(session: ClientHttp2Session, reached: Reached): Promise<void> {
  return new Promise((resolve, reject) => {
    session.once('connect', () => resolve());
    // Stays on for the whole life: an error that comes later is told by the stream.
    session.on('error', (error) => {
      const words = `connection error: desc = "transport: Error while dialing: ${dialError(reached, error).message}"`;
      reject(
        new ProbeError(
          `error: failed to connect service at ${JSON.stringify(joinHostPort(reached.address, reached.port))}: ${words}`,
        ),
      );
    });
  });
}

function check(
  session: ClientHttp2Session,
  { service, timeoutMs }: GrpcProbe,
  userAgent: string,
): Promise<Answer> {
  return new Promise((resolve) => {
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: CHECK_PATH,
      'content-type': 'application/grpc',
      te: 'trailers',
      'user-agent': userAgent,
      'grpc-timeout': `${Math.max(1, Math.floor(timeoutMs))}m`,
    });
    collect(stream, resolve);
    session.once('close', () => resolve(unavailable('error reading server preface: EOF')));
    stream.end(encodeCheck(service));
  });
}

function collect(stream: ClientHttp2Stream, resolve: (answer: Answer) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let head: IncomingHttpHeaders = {};
  let trailers: IncomingHttpHeaders = {};
  stream.once('response', (headers) => (head = headers));
  stream.once('trailers', (headers: IncomingHttpHeaders) => (trailers = headers));
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) resolve(answerOf('ResourceExhausted', 'received message larger than max'));
    else chunks.push(chunk);
  });
  stream.on('error', () => resolve(unavailable('the stream was closed by the server')));
  stream.once('end', () => resolve(readAnswer({ ...head, ...trailers }, Buffer.concat(chunks))));
}

function readAnswer(headers: IncomingHttpHeaders, message: Buffer): Answer {
  const status = headers['grpc-status'];
  if (typeof status === 'string')
    return { code: codeOfStatus(status), words: decodeWords(headers['grpc-message']), message };
  const http = Number(headers[constants.HTTP2_HEADER_STATUS] ?? 0);
  if (http === 0) return unavailable('the connection was closed by the server');
  if (http === 200) return answerOf('Internal', 'server closed the stream without sending trailers');
  return answerOf(codeOfHttp(http), `unexpected HTTP status code received from server: ${http}`);
}

function answerOf(code: GrpcCode, words: string): Answer {
  return { code, words, message: Buffer.alloc(0) };
}

function unavailable(words: string): Answer {
  return answerOf('Unavailable', `connection error: desc = "${words}"`);
}

/** `grpc-message` is percent-encoded; one that is not is taken as it is. */
function decodeWords(words: string | string[] | undefined): string {
  const text = typeof words === 'string' ? words : '';
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function judge({ code, words, message }: Answer, within: string): ProbeOutcome {
  if (code === 'Unimplemented')
    return failure(
      `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${words}`,
    );
  if (code === 'DeadlineExceeded') return failure(`timeout: health rpc did not complete within ${within}`);
  if (code !== 'OK') return failure(rpcError(code, words));
  const status = decodeStatus(message);
  if (status === undefined)
    return failure(rpcError('Internal', 'grpc: failed to unmarshal the received message'));
  return status === 'SERVING'
    ? { kind: 'success' }
    : failure(`service unhealthy (responded with ${JSON.stringify(status)})`);
}

function rpcError(code: GrpcCode, words: string): string {
  return `error: health rpc probe failed: rpc error: code = ${code} desc = ${words}`;
}

function failure(message: string): ProbeOutcome {
  return { kind: 'failure', message };
}

/** A duration of whole seconds as Go writes it: `1s`, `1m30s`. */
function seconds(ms: number): string {
  const whole = ms / 1000;
  return whole < 60 ? `${whole}s` : `${Math.floor(whole / 60)}m${whole % 60}s`;
}
