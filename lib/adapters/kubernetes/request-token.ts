import { FailureError } from '../../core/failure.ts';
import { fromTime, type Pod } from '../../core/kubernetes.ts';
import type { BoundToken, Reading, TokenNeed } from '../../core/pod-inputs.ts';
import type { Api, ApiCall } from './call-api.ts';
import { pathOfObject, readingOf } from './read-object.ts';

/**
 * Asks for a token of the pod's service account that is bound to the pod: the API server stops taking it when the pod is gone.
 * `absent`: there is no such service account. `unreadable`: the server will not give it, also because the pod is gone or what
 * the pod asks for is wrong.
 */
export async function requestToken(
  api: Pick<Api, 'call'>,
  pod: Pod,
  { audience, expirationSeconds }: TokenNeed,
): Promise<Reading<BoundToken>> {
  const { namespace, name, uid } = pod.metadata;
  const call = tokenCall(namespace, pod.spec.serviceAccountName ?? 'default', {
    ...(audience !== '' && { audiences: [audience] }),
    expirationSeconds,
    boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
  });
  // 400: the pod runs as another account; 409: another pod has the name; 422: audience or lifetime are wrong.
  const answer = await api.call({ ...call, expects: [400, 403, 404, 409, 422] });
  const isPodGone = answer.status === 404 && kindOf(answer.body) === 'pods';
  return readingOf(isPodGone ? { ...answer, status: 409 } : answer, boundTokenOf);
}

/** A TokenRequest for a service account. */
export function tokenCall(namespace: string, account: string, spec: object): ApiCall {
  return {
    method: 'POST',
    path: `${pathOfObject('serviceaccounts', namespace, account)}/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec },
    // Nothing is stored: a token whose answer was lost is only never used.
    repeatable: true,
  };
}

/** What a Status is about: `serviceaccounts` or `pods`. */
function kindOf(body: unknown): string | undefined {
  return (body as { readonly details?: { readonly kind?: string } }).details?.kind;
}

/** The token in the answer to a TokenRequest. */
export function boundTokenOf(body: unknown): BoundToken {
  const { status } = body as { status?: { token?: string; expirationTimestamp?: string } };
  const expiresAt = fromTime(status?.expirationTimestamp);
  if (status?.token && expiresAt !== undefined) return { token: status.token, expiresAt };
  const message = 'The API server answered a TokenRequest without a token or its end';
  throw new FailureError({ kind: 'internal', message });
}
