import { FailureError } from '../../core/failure.ts';
import { type Api, type ApiOptions, createApi } from './call-api.ts';
import type { Access, Identity } from './identity.ts';
import { createTransport } from './send-request.ts';

/** The API server, as whom it is asked for what. */
export interface Apis {
  /** As the identity of the functions. */
  readonly own: Api;
  /** For what a kubelet does for its node: as the node itself where nodes are impersonated, else as the own identity. */
  readonly asNode: (node: string | undefined) => Api;
  /** Whether nodes are impersonated. The Node authorizer then shows a node nothing but its own, and calls the rest forbidden. */
  readonly confined: boolean;
}

/** What {@link Apis} are made of. */
export interface ApisOptions extends ApiOptions {
  /** Default `false`. */
  readonly impersonateNodes?: boolean;
}

/** All over one set of connections. */
export function createApis({ impersonateNodes = false, ...options }: ApisOptions): Apis {
  const shared = { ...options, transport: options.transport ?? createTransport() };
  const own = createApi(shared);
  if (!impersonateNodes) return { own, asNode: () => own, confined: false };
  const apis = new Map<string, Api>();
  const asNode = (node: string | undefined): Api => {
    if (!node) throw new FailureError({ kind: 'internal', message: 'There is no node to act as.' });
    const known = apis.get(node) ?? createApi({ ...shared, identity: impersonate(options.identity, node) });
    apis.set(node, known);
    return known;
  };
  return { own, asNode, confined: true };
}

/**
 * The identity of a kubelet, by impersonation: the user and the group by which the Node authorizer and the admission plugin
 * NodeRestriction know the node (https://kubernetes.io/docs/reference/access-authn-authz/node/).
 */
function impersonate(identity: Identity, node: string): Identity {
  const headers = { 'impersonate-user': `system:node:${node}`, 'impersonate-group': 'system:nodes' };
  // What was refused is reported with the access that we made; the identity knows its own.
  const origins = new WeakMap<Access, Access>();
  const wrap = (access: Access): Access => {
    if ('impersonate-user' in access.headers) throw alreadySomeoneElse();
    const made = { ...access, headers: { ...access.headers, ...headers } };
    origins.set(made, access);
    return made;
  };
  return {
    current: async () => wrap(await identity.current()),
    renewed: async (refused) => wrap(await identity.renewed(origins.get(refused) ?? refused)),
  };
}

function alreadySomeoneElse(): FailureError {
  return new FailureError({
    kind: 'auth',
    code: 'KubeconfigRefused',
    message:
      'The kubeconfig impersonates someone (as), and so do the functions (impersonateNodes); one request can be only one of them: ' +
      'remove as and as-groups from the kubeconfig, or impersonateNodes from the settings',
  });
}
