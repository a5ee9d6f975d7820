import type { ECSServiceException } from '@aws-sdk/client-ecs';
import { FailureError, type Failure, type FailureKind } from '../../core/failure.ts';
import { cutText } from '../../core/text.ts';

type SdkError = Error &
  Partial<Pick<ECSServiceException, '$metadata'>> & {
    /** Of a system error of Node, such as ECONNRESET. */
    readonly code?: unknown;
  };

const DENIED =
  /^(AccessDenied|CredentialsProvider|ExpiredToken|InvalidClientTokenId|InvalidSignature|IncompleteSignature|UnrecognizedClient|OptInRequired|MissingAuthenticationToken)/;
const THROTTLED = /^(Throttl|TooManyRequests|LimitExceeded|RequestLimitExceeded)/;

const HELP = {
  notEnabled:
    'no command can be run in this container: its task was started without ECS Exec, or its root file system is read-only, or its agent has ended. Set `exec: true` for the node, deploy, and let the pod be started anew: it cannot be turned on for a task that runs',
  notConnected:
    'the agent of ECS Exec in the container is not connected. It takes some seconds after the start of the container; if it lasts, the task role lacks the four actions of ssmmessages (CreateControlChannel, CreateDataChannel, OpenControlChannel, OpenDataChannel), its subnet has no way to the endpoint ssmmessages, or the root file system of the container is read-only',
  denied: 'the role of the gateway needs ecs:ExecuteCommand on the cluster and its tasks',
  noCluster: 'the ECS cluster does not exist in this Region',
} as const;

/** Whether the agent in the container may only need a moment. */
export function isNotConnected(error: unknown): boolean {
  return error instanceof Error && error.name === 'TargetNotConnectedException';
}

/** The failure in an error of ExecuteCommand. No session is in it, so no secret is. */
export function classifyExecError(thrown: unknown): FailureError {
  if (thrown instanceof FailureError) return thrown;
  const error: SdkError = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = typeof error.code === 'string' ? error.code : error.name;
  const words = error.message === '' ? code : error.message;
  const { kind, help } = judge(error);
  const message = cutText(help === undefined ? `ecs:ExecuteCommand: ${words}` : `${help} (${words})`);
  return new FailureError({ kind, message, code } satisfies Failure, { cause: thrown });
}

interface Judgement {
  readonly kind: FailureKind;
  readonly help?: string;
}

function judge(error: SdkError): Judgement {
  const { name, message, $metadata } = error;
  const status = $metadata?.httpStatusCode;
  switch (name) {
    case 'TargetNotConnectedException':
      return { kind: 'transient', help: HELP.notConnected };
    case 'ClusterNotFoundException':
      return { kind: 'configuration', help: HELP.noCluster };
    case 'InvalidParameterException':
    case 'ClientException':
      if (/not enabled/i.test(message)) return { kind: 'refused', help: HELP.notEnabled };
      return { kind: 'refused' };
  }
  if (status === 429 || THROTTLED.test(name)) return { kind: 'throttled' };
  if (status === 401 || status === 403 || DENIED.test(name)) return { kind: 'auth', help: HELP.denied };
  if (status !== undefined) return { kind: status < 500 ? 'internal' : 'transient' };
  const isOfTheNetwork = typeof error.code === 'string' || name === 'TimeoutError' || name === 'AbortError';
  return { kind: isOfTheNetwork ? 'transient' : 'internal' };
}
