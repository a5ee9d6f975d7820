import { FailureError } from '../../core/failure.ts';
import type { AccessReviews, Caller } from '../../ports/access.ts';
import type { Apis } from './act-as-node.ts';
import type { Api } from './call-api.ts';

/** {@link AccessReviews} of a cluster. A node may make both (the Node authorizer's rules for `system:nodes`). */
export function createAccessReviews({ asNode }: Pick<Apis, 'asNode'>): AccessReviews {
  return {
    identify: async (token, node) => {
      const { status } = (await review(asNode(node), 'authentication.k8s.io', 'TokenReview', {
        token,
      })) as { readonly status?: TokenStatus };
      if (status === undefined) throw withoutStatus('TokenReview');
      return status.authenticated === true ? callerOf(status) : undefined;
    },
    allows: async ({ name, uid, groups, extra }, { verb, subresource, node }) => {
      const { status } = (await review(asNode(node), 'authorization.k8s.io', 'SubjectAccessReview', {
        ...{ user: name, groups, uid, extra },
        resourceAttributes: { verb, version: 'v1', resource: 'nodes', subresource, name: node },
      })) as { readonly status?: AccessStatus };
      if (typeof status?.allowed !== 'boolean') throw withoutStatus('SubjectAccessReview');
      return { isAllowed: status.allowed && status.denied !== true, reason: status.reason ?? '' };
    },
  };
}

interface TokenStatus {
  readonly authenticated?: boolean;
  readonly user?: {
    readonly username?: string;
    readonly uid?: string;
    readonly groups?: readonly string[] | null;
    readonly extra?: Caller['extra'] | null;
  };
}

interface AccessStatus {
  readonly allowed?: boolean;
  readonly denied?: boolean;
  readonly reason?: string;
}

async function review(api: Pick<Api, 'call'>, group: string, kind: string, spec: object): Promise<unknown> {
  const apiVersion = `${group}/v1`;
  const { body } = await api.call({
    method: 'POST',
    path: `/apis/${apiVersion}/${kind.toLowerCase()}s`,
    body: { apiVersion, kind, spec },
    // Nothing is stored.
    repeatable: true,
  });
  return body;
}

function callerOf({ user }: TokenStatus): Caller {
  const { username = '', uid, groups, extra } = user ?? {};
  return {
    name: username,
    ...(uid !== undefined && uid !== '' && { uid }),
    groups: groups ?? [],
    ...(extra && { extra }),
  };
}

function withoutStatus(kind: string): FailureError {
  return new FailureError({
    kind: 'internal',
    message: `The API server answered a ${kind} without a status`,
  });
}
