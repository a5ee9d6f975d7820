import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import type { Access } from '../../../lib/adapters/kubernetes/identity.ts';
import {
  RequestError,
  type HttpAnswer,
  type HttpRequest,
} from '../../../lib/adapters/kubernetes/send-request.ts';
import {
  createApiServerModel,
  type ApiServerModel,
} from '../../../lib/local/api-server/create-api-server-model.ts';
import { createCountedIds, createRandomIds } from '../../../lib/local/api-server/random-ids.ts';
import type { ApiRequest } from '../../../lib/local/api-server/requests/api-request.ts';
import { encodeBody, encodeEvent } from '../../../lib/local/api-server/server/encode-response.ts';
import { createSelfSignedCertificate } from '../../../lib/local/api-server/server/self-signed-certificate.ts';
import { writeKubeconfig } from '../../../lib/local/api-server/server/write-kubeconfig.ts';
import type { BenchClock } from '../../bench/virtual/bench-clock.ts';

/** Where the API server is, whichever cluster answers there. */
const ENDPOINT = 'https://cluster.example';

/** `unreachable`: the functions cannot get there, the cluster goes on. `gone`: nothing of its control plane works. */
export type Reach = 'fine' | 'unreachable' | 'gone';

/** The cluster behind one endpoint: the embedded API server with its controllers, on virtual time. */
export interface StageCluster {
  /** The cluster that answers now. */
  model(): ApiServerModel;
  reach(): Reach;
  setReach(reach: Reach): void;
  /** Another, empty cluster answers at the same endpoint, with a CA of its own. */
  replace(): void;
  /** A kubeconfig that is good from now on. */
  issueKubeconfig(): string;
  /** Every kubeconfig but this one is refused from now on. */
  revokeOthers(kubeconfig: string): void;
  /** Any request as the cluster's administrator. Throws while the control plane is gone. */
  ask(method: HttpRequest['method'], path: string, body?: object, contentType?: string): HttpAnswer;
  /** Lets scheduler and controllers do what has become due, and plans when they are next. */
  touch(): void;
  /** A request of a function. Throws a {@link RequestError} where the network or TLS would. */
  serve(access: Access, request: HttpRequest): HttpAnswer;
  /** A watch of a function. */
  stream(access: Access, request: HttpRequest, signal: AbortSignal): IncomingMessage;
}

interface Behind {
  readonly model: ApiServerModel;
  readonly certificate: string;
}

/** A new cluster with every controller. Told of each change before anyone else sees it. */
export function createStageCluster(
  clock: BenchClock,
  onChange: (event: Parameters<Parameters<ApiServerModel['store']['subscribe']>[0]>[0]) => void,
): StageCluster {
  const streams = new Set<PassThrough>();
  const tokens = new Set<string>();
  let reach: Reach = 'fine';
  let issued = 0;
  let planned = Infinity;

  const build = (ids: ReturnType<typeof createCountedIds>): Behind => {
    const { certificate } = createSelfSignedCertificate(['cluster.example']);
    const model = createApiServerModel({ now: clock.now(), ids, caCertificate: certificate });
    model.store.subscribe(onChange);
    return { model, certificate };
  };
  let behind = build(createCountedIds());

  const touch = (): void => {
    if (reach === 'gone') return;
    behind.model.advance(clock.now());
    const next = Math.max(behind.model.nextDue() ?? Infinity, clock.now() + 1);
    if (next >= planned || next === Infinity) return;
    planned = next;
    clock.at(next, () => {
      planned = Infinity;
      touch();
    });
  };
  const cut = (code: string): void => {
    for (const stream of streams)
      stream.destroy(Object.assign(new Error('the connection was cut'), { code }));
    streams.clear();
  };
  const answer = (request: ApiRequest): HttpAnswer => {
    const { code, body, text } = behind.model.handle(request, clock.now());
    touch();
    return {
      ...{ status: code, retryAfter: undefined, body: text ?? encodeBody(body) },
      contentType: text === undefined ? 'application/json' : 'text/plain',
    };
  };
  const admit = (access: Access): HttpAnswer | undefined => {
    if (access.endpoint.ca !== behind.certificate)
      throw new RequestError(
        Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
        false,
      );
    const token = String(access.headers['authorization']).replace('Bearer ', '');
    return tokens.has(token) ? undefined : UNAUTHORIZED;
  };

  return {
    touch,
    model: () => behind.model,
    reach: () => reach,
    setReach: (next) => {
      if (next !== 'fine') cut('ECONNRESET');
      // A control plane that comes back looks at the present: it does not live through the time it was away.
      if (reach === 'gone') behind.model.handle({ method: 'GET', path: '/version' }, clock.now());
      reach = next;
      touch();
    },
    replace: () => {
      cut('ECONNRESET');
      behind = build(createRandomIds());
      tokens.clear();
      touch();
    },
    issueKubeconfig: () => {
      const token = `token-${(issued += 1)}`;
      tokens.add(token);
      return writeKubeconfig({ server: ENDPOINT, certificate: behind.certificate, token });
    },
    revokeOthers: (kubeconfig) => {
      for (const token of tokens)
        if (!new RegExp(`token: ${token}\\b`).test(kubeconfig)) tokens.delete(token);
    },
    ask: (method, path, body, contentType) => {
      if (reach === 'gone') throw new Error('the control plane is gone');
      return answer(
        toRequest({
          method,
          path,
          ...(contentType && { contentType }),
          ...(body && { body: JSON.stringify(body) }),
        }),
      );
    },
    serve: (access, request) => admit(access) ?? answer(toRequest(request)),
    stream: (access, request, signal) => {
      const stream = new PassThrough();
      const refused = admit(access);
      if (refused !== undefined) return toMessage(stream, refused);
      const outcome = behind.model.watch(
        toRequest(request),
        { event: (event) => void stream.write(encodeEvent(event)), end: () => void stream.end() },
        clock.now(),
      );
      if (outcome.kind === 'refused')
        return toMessage(stream, {
          ...{ status: outcome.response.code, contentType: 'application/json', retryAfter: undefined },
          body: encodeBody(outcome.response.body),
        });
      streams.add(stream);
      const abort = (): void =>
        void stream.destroy(Object.assign(new Error('aborted'), { code: 'ABORT_ERR' }));
      signal.addEventListener('abort', abort, { once: true });
      stream.once('close', () => {
        outcome.stop();
        streams.delete(stream);
        signal.removeEventListener('abort', abort);
      });
      touch();
      return toMessage(stream);
    },
  };
}

const UNAUTHORIZED: HttpAnswer = {
  ...{ status: 401, contentType: 'application/json', retryAfter: undefined },
  body: JSON.stringify({ kind: 'Status', status: 'Failure', message: 'Unauthorized', code: 401 }),
};

/** The stream as node:http would give it. */
function toMessage(stream: PassThrough, whole?: HttpAnswer): IncomingMessage {
  if (whole !== undefined) stream.end(whole.body);
  const head = { statusCode: whole?.status ?? 200, headers: { 'content-type': 'application/json' } };
  return Object.assign(stream, head) as unknown as IncomingMessage;
}

function toRequest({ method, path, body, contentType }: HttpRequest): ApiRequest {
  const url = new URL(path, ENDPOINT);
  return {
    method,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { accept: 'application/json', ...(contentType && { 'content-type': contentType }) },
    ...(body !== undefined && { body }),
  };
}
