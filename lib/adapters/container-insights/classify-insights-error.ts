import type { CloudWatchLogsServiceException } from '@aws-sdk/client-cloudwatch-logs';
import { FailureError, type FailureKind } from '../../core/failure.ts';
import { cutText } from '../../core/text.ts';

type SdkError = Error &
  Partial<Pick<CloudWatchLogsServiceException, '$metadata'>> & {
    /** Of a system error of Node, such as ECONNRESET. */
    readonly code?: unknown;
  };

const DENIED =
  /^(AccessDenied|CredentialsProvider|ExpiredToken|InvalidClientTokenId|InvalidSignature|IncompleteSignature|UnrecognizedClient|OptInRequired|MissingAuthenticationToken)/;
const THROTTLED = /^(Throttl|TooManyRequests|LimitExceeded|RequestLimitExceeded)/;

/** The failure in an error of FilterLogEvents, which changes nothing: a lost answer is a passing fault. */
export function classifyInsightsError(thrown: unknown, group: string): FailureError {
  if (thrown instanceof FailureError) return thrown;
  const error: SdkError = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = typeof error.code === 'string' ? error.code : error.name;
  const words = error.message === '' ? code : error.message;
  const message = cutText(`logs:FilterLogEvents of ${group}: ${words}`);
  return new FailureError({ kind: kindOf(error), message, code }, { cause: thrown });
}

/** Whether the log group is not there: Container Insights makes it with the first task that it measures. */
export function isGroupMissing(error: unknown): boolean {
  return error instanceof Error && error.name === 'ResourceNotFoundException';
}

/** Whether the token is not taken: it lives for 24 hours (FilterLogEvents, API reference). */
export function isTokenRefused(error: unknown): boolean {
  return error instanceof Error && error.name === 'InvalidParameterException';
}

function kindOf({ name, code, $metadata }: SdkError): FailureKind {
  const status = $metadata?.httpStatusCode;
  if (status === 429 || THROTTLED.test(name)) return 'throttled';
  if (status === 401 || status === 403 || DENIED.test(name)) return 'auth';
  if (status !== undefined) return status < 500 ? 'internal' : 'transient';
  const isOfTheNetwork = typeof code === 'string' || name === 'TimeoutError' || name === 'AbortError';
  return isOfTheNetwork ? 'transient' : 'internal';
}
