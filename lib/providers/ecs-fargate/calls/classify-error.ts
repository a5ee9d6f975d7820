import type { Failure as EcsFailure } from '@aws-sdk/client-ecs';
import { ADDRESSES_EXHAUSTED, type Failure, type FailureKind } from '../../../core/failure.ts';
import { cutText } from '../../../core/text.ts';
import { findShortage } from '../tasks/find-shortage.ts';

/** Whether a call that was cut off may have started something: `launch` may, others are harmless to repeat. */
export type CallKind = 'launch' | 'other';

interface SdkError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Messages decide before names, because ECS files most things under two exceptions. First match counts. */
const MESSAGES: readonly (readonly [RegExp, FailureKind])[] = [
  [/Request ?limit ?exceeded|Rate (limit )?exceeded|Too many requests|throttl/i, 'throttled'],
  [/Too many concurrent attempts/i, 'transient'],
  [/Capacity is unavailable|^RESOURCE:|insufficient (free|capacity)|free ?(ip ?)?address/i, 'capacity'],
  [/reached the limit on the number of|limit exceeded|quota/i, 'quota'],
  [/assume (the )?(\w+ )*role|service[- ]linked role|PassRole|not authorized/i, 'auth'],
  [/subnet|security ?group|capacity provider/i, 'auth'],
];

const NAMES: Readonly<Record<string, FailureKind>> = {
  ThrottlingException: 'throttled',
  Throttling: 'throttled',
  RequestThrottled: 'throttled',
  RequestThrottledException: 'throttled',
  ThrottledException: 'throttled',
  TooManyRequestsException: 'throttled',
  RequestLimitExceeded: 'throttled',
  LimitExceededException: 'quota',
  AccessDeniedException: 'auth',
  AccessDenied: 'auth',
  UnrecognizedClientException: 'auth',
  InvalidSignatureException: 'auth',
  IncompleteSignature: 'auth',
  InvalidClientTokenId: 'auth',
  MissingAuthenticationToken: 'auth',
  ExpiredTokenException: 'auth',
  OptInRequired: 'auth',
  CredentialsProviderError: 'auth',
  ClusterNotFoundException: 'auth',
  BlockedException: 'auth',
  InvalidParameterException: 'refused',
  ClientException: 'refused',
  ValidationException: 'refused',
  PlatformTaskDefinitionIncompatibilityException: 'refused',
  PlatformUnknownException: 'refused',
  UnsupportedFeatureException: 'refused',
};

/** Errors of Node before a request has left: the far side has seen nothing. */
const NEVER_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];

/**
 * What a thrown error of the SDK means. A fault of the account or the node's settings (rights, roles, subnets, the ECS
 * cluster) is `auth`: no pod is to blame for it. A launch that may have been carried out is `ambiguous`: a server fault, a
 * broken connection, a timeout.
 */
export function classifyError(thrown: unknown, call: CallKind): Failure {
  const error = toSdkError(thrown);
  return withReason({ kind: kindOf(error, call), code: error.name, message: cutText(error.message) });
}

/** What an entry of `failures[]` of RunTask means: nothing was started; ECS has no other words than `reason` and `detail`. */
export function classifyRunFailure(failure: EcsFailure | undefined): Failure {
  if (failure === undefined)
    return { kind: 'ambiguous', message: 'RunTask answered with neither a task nor a failure.' };
  const { reason = 'unknown', detail } = failure;
  const message = cutText(detail === undefined ? reason : `${reason} (${detail})`);
  return withReason({ kind: byMessage(message) ?? 'transient', code: 'RunTaskFailure', message });
}

/** Capacity that is a matter of the subnets is called so. */
function withReason(failure: Failure): Failure {
  if (failure.kind !== 'capacity' || findShortage(failure.message) !== 'addresses') return failure;
  return { ...failure, podReason: ADDRESSES_EXHAUSTED };
}

/** Whether RunTask says that the definition it named is not there, or not any more. */
export function isDefinitionMissing(thrown: unknown): boolean {
  const { name, message } = toSdkError(thrown);
  return (
    ['InvalidParameterException', 'ClientException'].includes(name) &&
    /task ?definition\b.*(not found|inactive|not exist)/i.test(message)
  );
}

/** Whether ECS says that there is no such definition to describe or to deregister, or not any more. */
export function isDefinitionGone(thrown: unknown): boolean {
  const { name, message } = toSdkError(thrown);
  return (
    isDefinitionMissing(thrown) ||
    (name === 'ClientException' && /unable to describe task ?definition/i.test(message))
  );
}

/** Whether the connection broke under a request, which the far side may have seen or not. */
export function isConnectionBroken(thrown: unknown): boolean {
  const { code, message } = toSdkError(thrown);
  return code === 'ECONNRESET' || code === 'EPIPE' || /socket hang up/i.test(message);
}

/** Whether StopTask says that there is no such task. */
export function isTaskMissing(thrown: unknown): boolean {
  const { name, message } = toSdkError(thrown);
  return ['InvalidParameterException', 'ClientException'].includes(name) && /task.*not found/i.test(message);
}

function kindOf(error: SdkError, call: CallKind): FailureKind {
  const cutOff: FailureKind = call === 'launch' ? 'ambiguous' : 'transient';
  const status = error.$metadata?.httpStatusCode;
  if (status === 429) return 'throttled';
  const named = NAMES[error.name];
  if (named !== undefined) return byMessage(error.message, named) ?? named;
  if (NEVER_SENT.includes(error.code ?? '')) return 'transient';
  if (status === 403 || status === 401) return 'auth';
  if (status !== undefined && status < 500) return byMessage(error.message) ?? 'refused';
  return cutOff;
}

/** Only the two exceptions that mean anything are read further; a throttle stays a throttle whatever it says. */
function byMessage(message: string, named: FailureKind = 'refused'): FailureKind | undefined {
  if (named !== 'refused') return undefined;
  return MESSAGES.find(([pattern]) => pattern.test(message))?.[1];
}

function toSdkError(thrown: unknown): SdkError {
  if (!(thrown instanceof Error)) return { name: 'Error', message: String(thrown) };
  return thrown;
}
