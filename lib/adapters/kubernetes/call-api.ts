import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { FailureError } from '../../core/failure.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import {
  failureOfAnswer,
  failureOfBody,
  failureOfError,
  isTrustError,
  isUnrelated,
} from './classify-failure.ts';
import type { Access, Identity } from './identity.ts';
import { measureRequests } from './measure-requests.ts';
import {
  createTransport,
  type HttpAnswer,
  type HttpRequest,
  RequestError,
  type Transport,
} from './send-request.ts';

/** One question to the API server. */
export interface ApiCall {
  readonly method: HttpRequest['method'];
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly contentType?: `application/${'json' | 'merge-patch+json' | 'strategic-merge-patch+json'}`;
  /** Error statuses that the caller expects as answers, such as 404. */
  readonly expects?: readonly number[];
  /** Whether a lost answer may be answered by sending again: reads, and writes whose precondition makes them idempotent. */
  readonly repeatable?: boolean;
}

/** A successful answer, or one of the expected error statuses. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** The API server, asked as one identity. Everything it throws is a `FailureError`. */
export interface Api {
  call(call: ApiCall): Promise<ApiAnswer>;
  /** The stream of a watch; `undefined` when the server says 410 (the resourceVersion is too old). */
  open(
    path: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<IncomingMessage | undefined>;
  /** The PEM of the cluster's CA, if it has one of its own. */
  certificateAuthority(): Promise<string | undefined>;
}

/** What an {@link Api} is made of. */
export interface ApiOptions {
  readonly identity: Identity;
  readonly telemetry: Pick<Telemetry, 'warn' | 'count'>;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  /** Default: over the network. */
  readonly transport?: Transport;
}

const RETRIES = 2;
const BACK_OFF_MS = [200, 800] as const;
/** A server that asks for more patience than this gets its failure told: the loop outside waits better. */
const MAX_RETRY_AFTER_S = 3;

/** Sends calls as `identity`, with the one retry layer of this adapter. */
export function createApi(options: ApiOptions): Api {
  const { identity } = options;
  const transport = measureRequests(options.transport ?? createTransport(), options.telemetry);
  return {
    call: async (call) => {
      const request = toRequest(call);
      const answer = await sendPatiently(options, transport, request, call);
      if (answer.status >= 300 && !call.expects?.includes(answer.status))
        throw new FailureError(failureOfAnswer(request, answer));
      return { status: answer.status, body: parse(request, answer) };
    },
    open: (path, query, signal) =>
      openStream(identity, transport, toRequest({ method: 'GET', path, query }), signal),
    certificateAuthority: async () => (await identity.current()).endpoint.ca,
  };
}

function toRequest({ method, path, query, body, contentType }: ApiCall): HttpRequest {
  const search = query ? `?${new URLSearchParams(query).toString()}` : '';
  return {
    method,
    path: `${path}${search}`,
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(contentType && { contentType }),
  };
}

/** Sends at most three times: only what did certainly nothing, or may be done twice, is sent again. */
async function sendPatiently(
  { identity, telemetry, clock }: ApiOptions,
  transport: Transport,
  request: HttpRequest,
  call: ApiCall,
): Promise<HttpAnswer> {
  const repeatable = call.repeatable ?? call.method === 'GET';
  for (let retry = 0; ; retry++) {
    const outcome = await sendAs(identity, transport, request);
    const delay = retry < RETRIES ? delayBefore(retry, outcome, repeatable) : undefined;
    if (delay === undefined) {
      if (outcome instanceof RequestError)
        throw new FailureError(failureOfError(request, outcome), { cause: outcome });
      return outcome;
    }
    const reason = outcome instanceof RequestError ? outcome.code : outcome.status;
    telemetry.warn('Kubernetes request is sent again', { method: call.method, path: call.path, reason });
    await clock.sleep(clock.now() + delay);
  }
}

/** The milliseconds to wait before sending again; `undefined` when it must not be, or would be of no use. */
function delayBefore(
  retry: number,
  outcome: HttpAnswer | RequestError,
  repeatable: boolean,
): number | undefined {
  const backOff = BACK_OFF_MS[retry] ?? 0;
  if (outcome instanceof RequestError) {
    // A time-out has used up the caller's patience; a wrong certificate does not get better.
    if (outcome.code === 'ETIMEDOUT' || isTrustError(outcome)) return undefined;
    return repeatable || !outcome.reached ? backOff : undefined;
  }
  const didNothing = outcome.status === 429 || outcome.status === 503 || isUnrelated(outcome);
  if (!didNothing && !(repeatable && outcome.status >= 500)) return undefined;
  const asked = outcome.retryAfter ?? 0;
  return asked > MAX_RETRY_AFTER_S ? undefined : Math.max(backOff, asked * 1000);
}

/** Sends once; a 401 renews the identity and sends once more (the server turned it away unread). */
async function sendAs(
  identity: Identity,
  transport: Transport,
  request: HttpRequest,
): Promise<HttpAnswer | RequestError> {
  const send = async (access: Access): Promise<HttpAnswer | RequestError> => {
    try {
      return await transport.send(access, request);
    } catch (error) {
      if (error instanceof RequestError) return error;
      throw error;
    }
  };
  const access = await identity.current();
  const outcome = await send(access);
  if (outcome instanceof RequestError || outcome.status !== 401) return outcome;
  return send(await identity.renewed(access));
}

async function openStream(
  identity: Identity,
  transport: Transport,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<IncomingMessage | undefined> {
  const open = async (access: Access): Promise<IncomingMessage> => {
    try {
      return await transport.open(access, request, signal);
    } catch (error) {
      throw new FailureError(failureOfError(request, error), { cause: error });
    }
  };
  const access = await identity.current();
  let response = await open(access);
  if (response.statusCode === 401) {
    response.destroy();
    response = await open(await identity.renewed(access));
  }
  if (response.statusCode === 200) return response;
  const { statusCode: status = 0, headers } = response;
  const contentType = headers['content-type'] ?? '';
  const body = await text(response).catch(() => '');
  if (status === 410) return undefined;
  throw new FailureError(failureOfAnswer(request, { status, contentType, body, retryAfter: undefined }));
}

function parse(request: HttpRequest, answer: HttpAnswer): unknown {
  try {
    return JSON.parse(answer.body);
  } catch {
    throw failureOfBody(request, answer);
  }
}
