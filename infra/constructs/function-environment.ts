import type { Stack } from 'aws-cdk-lib';
import type { NodeSettings } from '../../lib/core/node-settings.ts';
import type { ClusterIdentity, EnvironmentName } from '../../lib/settings.ts';
import type { Deployment } from '../deployment-schema.ts';

/** The variables that the functions read, all of them and no other; Lambda itself sets AWS_REGION. */
export type FunctionEnvironment = Readonly<Record<Exclude<EnvironmentName, 'AWS_REGION'>, string>>;

/** What the environment needs besides the deployment file. */
export interface EnvironmentParts {
  readonly tableName: string;
  readonly ecsClusterArn: string;
  readonly podLogGroupName: string;
  readonly executionRoleArn: string;
  readonly filesBucketName: string;
  readonly eventQueueUrl: string;
  readonly deadLetterQueueUrl: string;
  /** Changes with every change of code or settings: a new holder takes over from one with another id. */
  readonly deployId: string;
}

/** What of a stack the environment takes: its Region, and JSON of what may be known only at deployment. */
export type EnvironmentStack = Pick<Stack, 'region' | 'toJsonString'>;

/** The environment of every function: one for all, so that they can never disagree about what the deployment is. */
export function functionEnvironment(
  stack: EnvironmentStack,
  deployment: Deployment,
  parts: EnvironmentParts,
): FunctionEnvironment {
  return {
    LAMBDALET_CLUSTER: deployment.cluster,
    LAMBDALET_NODES: stack.toJsonString(nodesOf(stack, deployment)),
    LAMBDALET_TABLE: parts.tableName,
    LAMBDALET_ECS_CLUSTER: parts.ecsClusterArn,
    LAMBDALET_IDENTITY: stack.toJsonString(identityOf(deployment.identity)),
    LAMBDALET_LOG_GROUP: parts.podLogGroupName,
    LAMBDALET_EXECUTION_ROLE: parts.executionRoleArn,
    LAMBDALET_FILES_BUCKET: parts.filesBucketName,
    LAMBDALET_NETWORK_PROBES: String(deployment.networkProbes ?? deployment.functionsVpc !== undefined),
    LAMBDALET_EVENT_BUS: deployment.eventBus,
    LAMBDALET_EVENT_QUEUE: parts.eventQueueUrl,
    LAMBDALET_DEAD_LETTER_QUEUE: parts.deadLetterQueueUrl,
    LAMBDALET_ECS_SHARE: String(deployment.ecsShare),
    LAMBDALET_FARGATE_LAUNCH_RATE: String(deployment.fargateLaunchRate ?? 'regional'),
    LAMBDALET_MODE: deployment.mode,
    LAMBDALET_DEPLOY_ID: parts.deployId,
    LAMBDALET_ACCEPT_NEW_CLUSTER: String(deployment.acceptNewCluster),
    LAMBDALET_NOT_READY_WHEN_STALLED: String(deployment.notReadyWhenStalled),
  };
}

/** The nodes as the functions know them: with the Region, which may be known only at deployment. */
function nodesOf({ region }: EnvironmentStack, { nodes }: Deployment): readonly NodeSettings[] {
  return nodes.map((node) => ({ ...node, region }));
}

/** The functions read the identity strictly: what only concerns the stacks (KMS key, access entries) stays here. */
function identityOf(identity: Deployment['identity']): ClusterIdentity {
  if (identity.kind === 'kubeconfig') return { kind: identity.kind, secret: identity.secret };
  const { kind, clusterName, endpoint, certificateAuthority } = identity;
  return { kind, clusterName, endpoint, certificateAuthority };
}
