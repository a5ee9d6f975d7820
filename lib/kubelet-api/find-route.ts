import type { ApiRequest } from './exchange.ts';
import type { ContainerPath, PodPath } from './handlers.ts';

type FixedRoute = 'pods' | 'runningPods' | 'healthz' | 'statsSummary' | 'metricsResource';

/** What a request is for. */
export type Route =
  | { readonly kind: 'logs' | 'exec' | 'attach'; readonly of: ContainerPath }
  | { readonly kind: 'portForward'; readonly of: PodPath }
  | { readonly kind: FixedRoute }
  | { readonly kind: 'noSuchPath' | 'wrongMethod' };

const NO_SUCH_PATH: Route = { kind: 'noSuchPath' };

const FIXED: ReadonlyMap<string, FixedRoute> = new Map([
  ['pods', 'pods'],
  ['runningpods', 'runningPods'],
  ['healthz', 'healthz'],
  ['stats/summary', 'statsSummary'],
  ['metrics/resource', 'metricsResource'],
]);

/** The route of a path, by the kubelet's; a slash at its end changes nothing. */
export function findRoute({ method, path }: Pick<ApiRequest, 'method' | 'path'>): Route {
  const parts = path.replace(/\/$/, '').split('/').slice(1);
  const fixed = FIXED.get(parts.join('/'));
  if (fixed !== undefined) return method === 'GET' ? { kind: fixed } : { kind: 'wrongMethod' };
  const route = routeOfPod(parts);
  if (route.kind === 'noSuchPath') return route;
  const isStream = route.kind !== 'logs';
  return method === 'GET' || (isStream && method === 'POST') ? route : { kind: 'wrongMethod' };
}

function routeOfPod([root = '', namespace = '', pod = '', ...rest]: readonly string[]): Route {
  if ([namespace, pod, ...rest].includes('')) return NO_SUCH_PATH;
  const [first, second, ...more] = rest;
  if (more.length > 0) return NO_SUCH_PATH;
  const of = { namespace, pod };
  if (root === 'portForward' && second === undefined)
    return { kind: root, of: { ...of, ...(first !== undefined && { uid: first }) } };
  if (first === undefined) return NO_SUCH_PATH;
  if (root === 'containerLogs' && second === undefined)
    return { kind: 'logs', of: { ...of, container: first } };
  if (root !== 'exec' && root !== 'attach') return NO_SUCH_PATH;
  return second === undefined
    ? { kind: root, of: { ...of, container: first } }
    : { kind: root, of: { ...of, uid: first, container: second } };
}
