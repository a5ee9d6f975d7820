import type { Stack } from 'aws-cdk-lib';
import type { EnvironmentName } from '../../lib/settings.ts';
import type { ClusterSettings } from '../cluster-settings.ts';

/** The variables that the functions read, all of them and no other; Lambda itself sets AWS_REGION. */
export type FunctionEnvironment = Readonly<Record<Exclude<EnvironmentName, 'AWS_REGION'>, string>>;

/** What the environment needs besides the settings. */
export interface EnvironmentParts {
  readonly tableName: string;
  readonly ecsClusterArn: string;
  readonly podLogGroupName: string;
  readonly executionRoleArn: string;
  readonly filesBucketName: string;
  readonly eventQueueUrl: string;
  readonly deadLetterQueueUrl: string;
  /** What the files of the settings name by place. */
  readonly values: readonly string[];
  /** Changes with every change of code or settings: a new holder takes over from one with another id. */
  readonly deployId: string;
}

/** What of a stack the environment takes: JSON of what may be known only at settings. */
type EnvironmentStack = Pick<Stack, 'toJsonString'>;

/** The environment of every function: one for all, so that they can never disagree about what the deployment is. */
export function functionEnvironment(
  stack: EnvironmentStack,
  settings: ClusterSettings,
  parts: EnvironmentParts,
): FunctionEnvironment {
  return {
    LAMBDALET_CLUSTER: settings.cluster,
    LAMBDALET_NODES: 'file:nodes.json',
    LAMBDALET_NAMESPACE_CEILINGS: 'file:namespace-ceilings.json',
    LAMBDALET_VALUES: stack.toJsonString(parts.values),
    LAMBDALET_TABLE: parts.tableName,
    LAMBDALET_ECS_CLUSTER: parts.ecsClusterArn,
    LAMBDALET_IDENTITY: 'file:identity.json',
    LAMBDALET_LOG_GROUP: parts.podLogGroupName,
    LAMBDALET_EXECUTION_ROLE: parts.executionRoleArn,
    LAMBDALET_FILES_BUCKET: parts.filesBucketName,
    LAMBDALET_ENCRYPTION_KEY: settings.encryptionKeyArn ?? 'aws',
    LAMBDALET_NETWORK_PROBES: String(settings.networkProbes),
    LAMBDALET_EVENT_BUS: settings.eventBus,
    LAMBDALET_EVENT_QUEUE: parts.eventQueueUrl,
    LAMBDALET_DEAD_LETTER_QUEUE: parts.deadLetterQueueUrl,
    LAMBDALET_ECS_SHARE: String(settings.ecsShare),
    LAMBDALET_FARGATE_LAUNCH_RATE: String(settings.fargateLaunchRate ?? 'regional'),
    LAMBDALET_MODE: settings.mode,
    LAMBDALET_DEPLOY_ID: parts.deployId,
    LAMBDALET_ACCEPT_NEW_CLUSTER: String(settings.acceptNewCluster),
    LAMBDALET_NOT_READY_WHEN_STALLED: String(settings.notReadyWhenStalled),
    LAMBDALET_GATEWAY: String(settings.gateway !== undefined),
    LAMBDALET_GATEWAY_APPROVES: String(settings.gateway?.approveCertificates === true),
  };
}
