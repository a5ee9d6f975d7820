import { FailureError, type FailureKind } from '../../core/failure.ts';
import { cutText } from '../../core/text.ts';

interface SdkError {
  readonly name: string;
  readonly message: string;
  /** Of a system error of Node, such as ECONNRESET. */
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const DENIED =
  /^(AccessDenied|CredentialsProvider|ExpiredToken|InvalidClientTokenId|InvalidSignature|UnrecognizedClient|OptInRequired|MissingAuthenticationToken)/;
const THROTTLED = /^(Throttl|TooManyRequests|LimitExceeded|RequestLimitExceeded)/;

/** The failure in an error of the SDK about a quota, in words that name the action: they are shown on the node. Reading changes nothing. */
export function classifyQuotaError(thrown: unknown, what: string): FailureError {
  if (thrown instanceof FailureError) return thrown;
  const error: SdkError = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = typeof error.code === 'string' ? error.code : error.name;
  const words = error.message === '' ? code : error.message;
  return new FailureError(
    { kind: kindOf(error), message: cutText(`${what}: ${words}`), code },
    { cause: thrown },
  );
}

/** An answer without what was asked for, in AWS's words on why where it gives any. */
export function incomplete(what: string, why = 'the answer has no value'): FailureError {
  return new FailureError({ kind: 'internal', message: cutText(`${what}: ${why}`) });
}

function kindOf({ name, code, $metadata }: SdkError): FailureKind {
  const status = $metadata?.httpStatusCode;
  if (status === 429 || THROTTLED.test(name)) return 'throttled';
  if (status === 401 || status === 403 || DENIED.test(name)) return 'auth';
  if (status !== undefined) return status < 500 ? 'internal' : 'transient';
  const isOfTheNetwork = typeof code === 'string' || name === 'TimeoutError' || name === 'AbortError';
  return isOfTheNetwork ? 'transient' : 'internal';
}
