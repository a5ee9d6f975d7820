import type { Failure } from '../../core/failure.ts';
import { FailureError } from '../../core/failure.ts';
import type { HttpAnswer, HttpRequest } from './send-request.ts';
import { RequestError } from './send-request.ts';

type Question = Pick<HttpRequest, 'method' | 'path'>;

/** Node's and OpenSSL's codes of a server certificate that is not the expected one's. */
const CERTIFICATE_CODES = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|ERR_SSL|HOSTNAME_MISMATCH/;

/** What an answer with an error status means; see {@link Failure}. */
export function failureOfAnswer(question: Question, answer: HttpAnswer): Failure {
  const { status } = answer;
  const said = messageOf(answer.body) || `(${answer.contentType || 'no content type'})`;
  const what = describe(question);
  const code = String(status);
  if (status === 401)
    return {
      kind: 'auth',
      code,
      message: `${what}: the API server does not know the identity of this node (401: ${said}); renew its credentials`,
    };
  if (status === 403)
    return {
      kind: 'auth',
      code,
      message: `${what}: the identity of this node may not do this (403: ${said}); grant it the RBAC of this project`,
    };
  if (status === 429)
    return { kind: 'throttled', code, message: `${what}: too many requests (429: ${said})` };
  // Turned away before anything was done (the API server is starting, stopping, or has no etcd).
  if (status === 503) return { kind: 'transient', code, message: `${what}: not available (503: ${said})` };
  if (status >= 500) return { kind: lost(question), code, message: `${what}: failed (${status}: ${said})` };
  return { kind: 'internal', code, message: `${what}: refused (${status}: ${said})` };
}

/**
 * Whether the Node authorizer has not (yet) seen that a pod of the node refers to the object: it hears of pods by a watch of its own,
 * so that whoever is as fast as that is refused what it may have a moment later.
 */
export function isUnrelated({ status, body }: HttpAnswer): boolean {
  return status === 403 && body.includes('no relationship found between node');
}

/** What a request without a whole answer means: a write that the server may have seen is ambiguous. */
export function failureOfError(question: Question, error: unknown): Failure {
  const what = describe(question);
  if (!(error instanceof RequestError)) return { kind: 'internal', message: `${what}: ${String(error)}` };
  const { code, message } = error;
  if (isTrustError(error))
    return {
      kind: 'auth',
      code,
      message: `${what}: no trusted connection to the API server (${code}: ${message}); check its CA and the client certificate`,
    };
  const kind = error.reached ? lost(question) : 'transient';
  return { kind, code, message: `${what}: no answer from the API server (${code}: ${message})` };
}

/** Whether the connection failed because one side does not trust the other: sending again is of no use. */
export function isTrustError(error: RequestError): boolean {
  return CERTIFICATE_CODES.test(error.code);
}

/** An answer that is not JSON, so not from an API server: a proxy on the way, or a wrong address. */
export function failureOfBody(question: Question, answer: HttpAnswer): FailureError {
  return new FailureError({
    kind: lost(question),
    code: String(answer.status),
    message: `${describe(question)}: the answer is not JSON but ${answer.contentType || 'of no content type'}; is this a Kubernetes API server?`,
  });
}

/** The API server's own words in a Status object; empty when there are none. */
function messageOf(body: string): string {
  try {
    const status = JSON.parse(body) as { message?: unknown } | null;
    return typeof status?.message === 'string' ? status.message : '';
  } catch {
    return '';
  }
}

function lost({ method }: Question): 'transient' | 'ambiguous' {
  return method === 'GET' ? 'transient' : 'ambiguous';
}

/** `PATCH /api/v1/namespaces/a/pods/b/status`: the query is left out, it names no resource. */
function describe({ method, path }: Question): string {
  return `${method} ${path.split('?')[0] ?? ''}`;
}
