import type { CloudWatchLogsServiceException } from '@aws-sdk/client-cloudwatch-logs';
import { FailureError, type FailureKind } from '../../core/failure.ts';
import { cutText } from '../../core/text.ts';
import type { LogStream } from '../../ports/logs.ts';

type SdkError = Error &
  Partial<Pick<CloudWatchLogsServiceException, '$metadata'>> & {
    /** Of a system error of Node, such as ECONNRESET. */
    readonly code?: unknown;
  };

const DENIED =
  /^(AccessDenied|CredentialsProvider|ExpiredToken|InvalidClientTokenId|InvalidSignature|IncompleteSignature|UnrecognizedClient|OptInRequired|MissingAuthenticationToken)/;
const THROTTLED = /^(Throttl|TooManyRequests|LimitExceeded|RequestLimitExceeded)/;

/** The failure in an error of a call that reads, so that a lost answer is a passing fault. */
export function classifyLogsError(
  thrown: unknown,
  { group }: Pick<LogStream, 'group'>,
  operation: 'GetLogEvents' | 'FilterLogEvents' = 'GetLogEvents',
): FailureError {
  if (thrown instanceof FailureError) return thrown;
  const error: SdkError = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = typeof error.code === 'string' ? error.code : error.name;
  const words = error.message === '' ? code : error.message;
  const message = isGroupMissing(error)
    ? `the log group ${group} does not exist: it is made by the state stack of the deployment, and its Region is the one that is asked`
    : `logs:${operation} of ${group}: ${words}`;
  return new FailureError({ kind: kindOf(error), message: cutText(message), code }, { cause: thrown });
}

/** Whether the stream is not there, which is made with its first line. */
export function isStreamMissing(error: unknown): boolean {
  return isMissing(error) && !isGroupMissing(error);
}

/** Whether the token is not taken: it lives for 24 hours (GetLogEvents, API reference). */
export function isTokenRefused(error: unknown): boolean {
  return error instanceof Error && error.name === 'InvalidParameterException';
}

/** One error stands for both; its words tell "The specified log group does not exist." from the same of a log stream. */
function isGroupMissing(error: unknown): boolean {
  return isMissing(error) && /log group/i.test(error.message);
}

function isMissing(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ResourceNotFoundException';
}

function kindOf(error: SdkError): FailureKind {
  const { name, code, $metadata } = error;
  const status = $metadata?.httpStatusCode;
  if (isGroupMissing(error)) return 'configuration';
  if (status === 429 || THROTTLED.test(name)) return 'throttled';
  if (status === 401 || status === 403 || DENIED.test(name)) return 'auth';
  if (status !== undefined) return status < 500 ? 'internal' : 'transient';
  const isOfTheNetwork = typeof code === 'string' || name === 'TimeoutError' || name === 'AbortError';
  return isOfTheNetwork ? 'transient' : 'internal';
}
