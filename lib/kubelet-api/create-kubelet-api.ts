import { failureOf } from '../core/failure.ts';
import type { AccessReviews, Caller } from '../ports/access.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logs } from '../ports/logs.ts';
import type { Pods } from '../ports/pods.ts';
import type { Provider } from '../ports/provider.ts';
import type { Records } from '../ports/records.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { textAnswer, type ApiAnswer, type ApiOutcome, type ApiRequest } from './exchange.ts';
import { findRoute } from './find-route.ts';
import type { Handlers } from './handlers.ts';
import { createAuthorizer } from './identity/authorize-caller.ts';
import { createIdentifier, type ClientCertificate } from './identity/identify-caller.ts';
import { accessOf, type NeededAccess } from './identity/name-access.ts';
import type { LogHub } from './logs/follow-log.ts';
import { serveLogs } from './logs/serve-logs.ts';
import { servePods, serveRunningPods } from './pods/serve-pods.ts';

/** What the kubelet API stands on. */
export interface KubeletApiDeps {
  readonly pods: Pick<Pods, 'list' | 'get'>;
  readonly records: Pick<Records, 'get' | 'getMany'>;
  readonly provider: Pick<Provider, 'logStreamOf'>;
  readonly logs: Logs;
  /** The one of all who follow logs, so that a log is polled once for all of them. */
  readonly hub: LogHub;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly reviews: AccessReviews;
  readonly handlers: Handlers;
  readonly telemetry: Pick<Telemetry, 'info' | 'warn'>;
}

/** Answers a request to the kubelet API of a node. Never rejects. */
export type KubeletApi = (request: ApiRequest, certificate: ClientCertificate) => Promise<ApiOutcome>;

/**
 * The kubelet API of every node that is asked for: who calls, then whether he may, and only then what for. Without the API server
 * nothing is served, because nobody is known.
 */
export function createKubeletApi(deps: KubeletApiDeps): KubeletApi {
  const identify = createIdentifier(deps.reviews, deps.clock);
  const authorize = createAuthorizer(deps.reviews, deps.clock);
  const serve = createServer(deps);
  /** Who it is, or what he is told instead. */
  const admit = async (
    request: ApiRequest,
    certificate: ClientCertificate,
  ): Promise<ApiAnswer | undefined> => {
    const caller = await identify(certificate, request.headers['authorization'], request.node);
    if (caller === undefined) return textAnswer(401, 'Unauthorized');
    const needed = accessOf(request);
    if (needed === undefined) return textAnswer(405, 'Method Not Allowed');
    return (await authorize(caller, needed, request.node)) ? undefined : forbidden(caller, needed);
  };
  return async (request, certificate) => {
    const { node, method, path } = request;
    try {
      const refusal = await admit(request, certificate);
      if (refusal === undefined) return await serve(request);
      const why = certificate.kind === 'refused' ? certificate.why : undefined;
      deps.telemetry.info('Kubelet API refused', { node, method, path, status: refusal.status, why });
      return refusal;
    } catch (error) {
      const failure = failureOf(error);
      deps.telemetry.warn('Kubelet API failed', { node, method, path, failure });
      return textAnswer(500, failure.kind === 'internal' ? 'Internal error' : failure.message);
    }
  };
}

/** In the words of the kubelet, which name neither what there is nor whether it is there. */
function forbidden({ name }: Caller, { verb, subresources }: NeededAccess): ApiAnswer {
  return textAnswer(
    403,
    `Forbidden (user=${name}, verb=${verb}, resource=nodes, subresource(s)=[${subresources.join(' ')}])`,
  );
}

function createServer(deps: KubeletApiDeps): (request: ApiRequest) => Promise<ApiOutcome> {
  const { handlers } = deps;
  return async (request) => {
    const route = findRoute(request);
    switch (route.kind) {
      case 'logs':
        return serveLogs(deps, request, route.of);
      case 'exec':
      case 'attach':
        return handlers[route.kind](request, route.of);
      case 'portForward':
        return handlers.portForward(request, route.of);
      case 'pods':
        return servePods(deps, request.node);
      case 'runningPods':
        return serveRunningPods(deps, request.node);
      case 'statsSummary':
      case 'metricsResource':
        return handlers[route.kind](request);
      case 'healthz':
        return { kind: 'answer', status: 200, contentType: 'text/plain; charset=utf-8', body: 'ok' };
      case 'noSuchPath':
        return textAnswer(404, '404: Page Not Found');
      case 'wrongMethod':
        return textAnswer(405, '405: Method Not Allowed');
    }
  };
}
