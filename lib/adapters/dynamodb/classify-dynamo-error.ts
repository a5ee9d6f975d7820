import { FailureError } from '../../core/failure.ts';
import type { FailureKind } from '../../core/failure.ts';

/** What was being done when the error came, and to which table. */
export interface FailedCall {
  readonly table: string;
  readonly region: string;
  /** Whether the call would have changed an item: then a lost answer leaves it open whether it did. */
  readonly changes: boolean;
}

const THROTTLED = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'Throttling',
  'LimitExceededException',
]);
const DENIED = new Set([
  'AccessDeniedException',
  'CredentialsProviderError',
  'ExpiredTokenException',
  'IncompleteSignature',
  'IncompleteSignatureException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'UnrecognizedClientException',
]);
/** The connection was never made, so nothing was sent. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

interface SdkError {
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
  readonly status: number | undefined;
  readonly attempts: number;
}

/** How often the SDK sent the call that ended in this error; 1 when it does not say. */
export function attemptsOf(thrown: unknown): number {
  return readError(thrown).attempts;
}

/**
 * The failure in an error of the SDK (names as in the DynamoDB developer guide, "Error handling"). Network errors and 5xx
 * answers of a change are `ambiguous`: DynamoDB may have written before the answer was lost.
 */
export function classifyDynamoError(thrown: unknown, call: FailedCall): FailureError {
  if (thrown instanceof FailureError) return thrown;
  const error = readError(thrown);
  const code = error.code ?? error.name;
  return new FailureError(
    { kind: kindOf(error, call), message: messageOf(error, call), code },
    { cause: thrown },
  );
}

function kindOf(error: SdkError, call: FailedCall): FailureKind {
  if (THROTTLED.has(error.name)) return 'throttled';
  // A missing table is like missing rights: nothing this node starts can work until someone mends the deployment.
  if (DENIED.has(error.name) || error.name === 'ResourceNotFoundException') return 'auth';
  if (error.status !== undefined && error.status < 500) return 'internal';
  if (error.status === undefined && !isNetworkError(error)) return 'internal';
  const neverSent = error.code !== undefined && NEVER_SENT.has(error.code) && error.attempts <= 1;
  return call.changes && !neverSent ? 'ambiguous' : 'transient';
}

function messageOf(error: SdkError, { table, region }: FailedCall): string {
  if (error.name === 'ResourceNotFoundException') {
    return `DynamoDB table ${table} does not exist in Region ${region}: deploy the state stack or check LAMBDALET_TABLE`;
  }
  const words = error.message === '' ? (error.code ?? error.name) : error.message;
  if (error.name === 'AccessDeniedException') {
    return `DynamoDB table ${table} in Region ${region} refuses this function's role: ${words}`;
  }
  return `DynamoDB table ${table} in Region ${region}: ${words}`;
}

function isNetworkError({ name, code }: SdkError): boolean {
  // System errors of Node (ECONNRESET, EPIPE, ...) carry a code; the SDK names its own time-outs.
  return code !== undefined || name === 'TimeoutError' || name === 'AbortError';
}

function readError(thrown: unknown): SdkError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const extra = error as { code?: unknown; $metadata?: { httpStatusCode?: unknown; attempts?: unknown } };
  const status = extra.$metadata?.httpStatusCode;
  const attempts = extra.$metadata?.attempts;
  return {
    name: error.name,
    message: error.message,
    code: typeof extra.code === 'string' ? extra.code : undefined,
    status: typeof status === 'number' ? status : undefined,
    attempts: typeof attempts === 'number' ? attempts : 1,
  };
}
