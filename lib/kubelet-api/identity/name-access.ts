import type { NodeAccess } from '../../ports/access.ts';
import type { ApiRequest } from '../exchange.ts';

/** What a request needs of its node: the verb, on any one of the subresources, which are tried in their order. */
export interface NeededAccess {
  readonly verb: NodeAccess['verb'];
  readonly subresources: readonly NodeAccess['subresource'][];
}

const VERBS: ReadonlyMap<string, NodeAccess['verb']> = new Map([
  ['GET', 'get'],
  ['POST', 'create'],
  ['PUT', 'update'],
  ['PATCH', 'patch'],
  ['DELETE', 'delete'],
]);

/** More than to read: who may only `get nodes/proxy` must not come to it by a WebSocket, which begins with a GET. */
const CREATING = ['/exec', '/attach', '/portForward', '/run'];

/** By the kubelet's table; what is not in it is `nodes/proxy` (pkg/kubelet/server/auth.go, with KubeletFineGrainedAuthz). */
const SUBRESOURCES: readonly (readonly [string, readonly NodeAccess['subresource'][]])[] = [
  ['/pods', ['pods', 'proxy']],
  ['/runningpods', ['pods', 'proxy']],
  ['/healthz', ['healthz', 'proxy']],
  ['/configz', ['configz', 'proxy']],
  ['/flagz', ['configz']],
  ['/stats', ['stats']],
  ['/metrics', ['metrics']],
  ['/logs', ['log']],
];

/** What a request needs; `undefined` for a method that no verb stands for, and that nothing is served to. */
export function accessOf({ method, path }: Pick<ApiRequest, 'method' | 'path'>): NeededAccess | undefined {
  const verb = CREATING.some((root) => isBelow(path, root)) ? 'create' : VERBS.get(method);
  if (verb === undefined) return undefined;
  const [, subresources] = SUBRESOURCES.find(([root]) => isBelow(path, root)) ?? [];
  return { verb, subresources: subresources ?? ['proxy'] };
}

function isBelow(path: string, root: string): boolean {
  return path === root || path.startsWith(`${root}/`);
}
