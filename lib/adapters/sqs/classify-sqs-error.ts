import { FailureError } from '../../core/failure.ts';
import type { FailureKind } from '../../core/failure.ts';

const THROTTLED = new Set([
  'KmsThrottled',
  'OverLimit',
  'RequestThrottled',
  'RequestThrottledException',
  'Throttling',
  'ThrottlingException',
]);
/** Credentials, rights, or a queue that is not there: until someone mends the deployment nothing will work. */
const DENIED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidAddress',
  'InvalidClientTokenId',
  'InvalidSecurity',
  'InvalidSignatureException',
  'KmsAccessDenied',
  'KmsDisabled',
  'KmsInvalidKeyUsage',
  'KmsInvalidState',
  'KmsNotFound',
  'KmsOptInRequired',
  'MissingAuthenticationToken',
  'OptInRequired',
  'QueueDoesNotExist',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);
const WAYS_OUT: Readonly<Record<string, string>> = {
  QueueDoesNotExist:
    'deploy the state stack, or correct LAMBDALET_EVENT_QUEUE and LAMBDALET_DEAD_LETTER_QUEUE',
  InvalidAddress: 'correct LAMBDALET_EVENT_QUEUE and LAMBDALET_DEAD_LETTER_QUEUE',
  AccessDenied: 'allow the role of this function what the control-loop stack gives it',
  AccessDeniedException: 'allow the role of this function what the control-loop stack gives it',
};

interface SdkError {
  readonly name: string;
  readonly message: string;
  /** Of a system error of Node, such as ECONNRESET. */
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/**
 * The failure in an error of the SDK about a queue (names as in the SQS API reference, "Common errors" and those of each
 * operation). A lost answer is `transient`, never `ambiguous`: every call that is made here may be repeated without harm.
 */
export function classifySqsError(thrown: unknown, queueUrl: string): FailureError {
  if (thrown instanceof FailureError) return thrown;
  const error: SdkError = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = typeof error.code === 'string' ? error.code : error.name;
  const wayOut = WAYS_OUT[error.name];
  const words = error.message === '' ? code : error.message;
  const message = `SQS queue ${queueUrl}: ${words}${wayOut === undefined ? '' : `; ${wayOut}`}`;
  return new FailureError({ kind: kindOf(error), message, code }, { cause: thrown });
}

function kindOf({ name, code, $metadata }: SdkError): FailureKind {
  const status = $metadata?.httpStatusCode;
  if (status === 429 || THROTTLED.has(name)) return 'throttled';
  if (status === 401 || status === 403 || DENIED.has(name)) return 'auth';
  if (status !== undefined) return status < 500 ? 'internal' : 'transient';
  const isOfTheNetwork = typeof code === 'string' || name === 'TimeoutError' || name === 'AbortError';
  return isOfTheNetwork ? 'transient' : 'internal';
}
