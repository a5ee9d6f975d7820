import { ArnFormat } from 'aws-cdk-lib';
import type { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Deployment } from '../deployment-schema.ts';
import { namesOf } from '../names.ts';
import type { FunctionName } from '../names.ts';
import { clearFileStatements, storeFileStatements } from './pod-file-statements.ts';
import { passRoleStatement } from './pod-role-statement.ts';
import { mirrorStatements } from './pod-secret-statements.ts';

/** What the policies of the functions name. */
export interface PolicyParts {
  readonly deployment: Deployment;
  readonly tableArn: string;
  readonly ecsClusterArn: string;
  readonly executionRoleArn: string;
  readonly filesBucketArn: string;
  readonly eventQueueArn: string;
  readonly deadLetterQueueArn: string;
}

/**
 * What each function may do in AWS, besides its log and its queue. Only pod-sync starts tasks, only pod-sync and node-teardown stop
 * them, task-events has no ECS action at all, and node-heartbeat writes nothing but the identity of the cluster. Nothing may scan
 * the table; only pod-sync deletes items, retires definitions, takes dead letters and copies secrets, and only it and node-teardown
 * touch the files of pods, which neither may read.
 */
export function policiesOf(
  stack: Stack,
  parts: PolicyParts,
): Readonly<Record<FunctionName, readonly PolicyStatement[]>> {
  const identity = identityStatements(stack, parts.deployment);
  const notices = noticeStatement(stack, parts.deployment);
  const table = (...actions: readonly string[]): PolicyStatement => tableStatement(parts, actions);
  return {
    'node-heartbeat': [table('GetItem'), identityMark(parts), ...identity],
    'pod-sync': [
      table('GetItem', 'BatchGetItem', 'Query', 'UpdateItem'),
      forgetStatement(parts),
      ...launchStatements(stack, parts),
      passRoleStatement(parts),
      ...storeFileStatements(parts),
      ...mirrorStatements(stack, parts.deployment.cluster),
      ...taskStatements(stack, parts),
      retireStatement(),
      backlogStatement(parts),
      deadLetterStatement(parts),
      notices,
      ...identity,
    ],
    'task-events': [table('GetItem', 'UpdateItem'), notices, ...identity],
    'node-teardown': [
      table('GetItem', 'BatchGetItem', 'Query', 'UpdateItem'),
      ...taskStatements(stack, parts),
      ...clearFileStatements(parts),
      backlogStatement(parts),
      notices,
      ...identity,
    ],
  };
}

/** The items of this cluster only. A node that was taken out of the settings is still torn down, so nodes are not listed. */
function tableStatement({ deployment, tableArn }: PolicyParts, actions: readonly string[]): PolicyStatement {
  const { cluster } = deployment;
  return new PolicyStatement({
    actions: actions.map((action) => `dynamodb:${action}`),
    resources: [tableArn],
    conditions: {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`CLUSTER#${cluster}`, `NODE#${cluster}/*`] },
    },
  });
}

/** Forget records that have expired: items of nodes, never the slot, the identity or the mark of a rebuild. */
function forgetStatement({ deployment, tableArn }: PolicyParts): PolicyStatement {
  return new PolicyStatement({
    actions: ['dynamodb:DeleteItem'],
    resources: [tableArn],
    conditions: {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`NODE#${deployment.cluster}/*`] },
    },
  });
}

/** Whoever comes first keeps the identity of the cluster, and that may be the heartbeat: this one attribute, and no slot. */
function identityMark({ deployment, tableArn }: PolicyParts): PolicyStatement {
  return new PolicyStatement({
    actions: ['dynamodb:UpdateItem'],
    resources: [tableArn],
    conditions: {
      'ForAllValues:StringEquals': {
        'dynamodb:LeadingKeys': [`CLUSTER#${deployment.cluster}`],
        'dynamodb:Attributes': ['pk', 'sk', 'identity'],
      },
    },
  });
}

/** Look at and stop the tasks of the dedicated ECS cluster. */
function taskStatements(stack: Stack, parts: PolicyParts): readonly PolicyStatement[] {
  const inCluster = { ArnEquals: { 'ecs:cluster': parts.ecsClusterArn } };
  return [
    new PolicyStatement({
      actions: ['ecs:DescribeTasks', 'ecs:StopTask'],
      resources: [taskArns(stack, parts.deployment)],
      conditions: inCluster,
    }),
    // A list has no resource to name; the condition holds it to the one cluster.
    new PolicyStatement({ actions: ['ecs:ListTasks'], resources: ['*'], conditions: inCluster }),
  ];
}

/** Register the definitions of pods, start them, and tag both at birth. */
function launchStatements(stack: Stack, parts: PolicyParts): readonly PolicyStatement[] {
  const { deployment, ecsClusterArn } = parts;
  const families = stack.formatArn({
    service: 'ecs',
    resource: 'task-definition',
    resourceName: `${namesOf(deployment).familyPrefix}*`,
  });
  return [
    // ECS authorizes a registration against no resource: the family exists only afterwards.
    new PolicyStatement({ actions: ['ecs:RegisterTaskDefinition'], resources: ['*'] }),
    new PolicyStatement({
      actions: ['ecs:RunTask'],
      resources: [families],
      conditions: { ArnEquals: { 'ecs:cluster': ecsClusterArn } },
    }),
    new PolicyStatement({
      actions: ['ecs:TagResource'],
      resources: [families, taskArns(stack, deployment)],
      conditions: { StringEquals: { 'ecs:CreateAction': ['RegisterTaskDefinition', 'RunTask'] } },
    }),
  ];
}

/**
 * Find and retire definitions that no pod uses. None of these actions has a resource or a condition key (service authorization
 * reference of ECS), so the code alone holds them to the families of this deployment.
 */
function retireStatement(): PolicyStatement {
  return new PolicyStatement({
    actions: ['ecs:DeregisterTaskDefinition', 'ecs:DescribeTaskDefinition', 'ecs:ListTaskDefinitionFamilies'],
    resources: ['*'],
  });
}

/** Count the events that wait: as long as there are some, no task is declared lost. */
function backlogStatement({ eventQueueArn }: PolicyParts): PolicyStatement {
  return new PolicyStatement({ actions: ['sqs:GetQueueAttributes'], resources: [eventQueueArn] });
}

/** Handle again what task-events gave up on. */
function deadLetterStatement({ deadLetterQueueArn }: PolicyParts): PolicyStatement {
  return new PolicyStatement({
    actions: ['sqs:DeleteMessage', 'sqs:ReceiveMessage'],
    resources: [deadLetterQueueArn],
  });
}

function taskArns(stack: Stack, deployment: Deployment): string {
  return stack.formatArn({
    service: 'ecs',
    resource: 'task',
    resourceName: `${namesOf(deployment).ecsCluster}/*`,
  });
}

function noticeStatement(stack: Stack, { eventBus }: Deployment): PolicyStatement {
  return new PolicyStatement({
    actions: ['events:PutEvents'],
    resources: [stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: eventBus })],
  });
}

/** EKS needs none: the token is a presigned GetCallerIdentity, which every principal may call. */
function identityStatements(stack: Stack, { identity }: Deployment): readonly PolicyStatement[] {
  if (identity.kind === 'eks') return [];
  const secret = new PolicyStatement({
    actions: ['secretsmanager:GetSecretValue'],
    resources: [secretArn(stack, identity.secret)],
  });
  if (identity.kmsKey === undefined) return [secret];
  const key = new PolicyStatement({
    actions: ['kms:Decrypt'],
    resources: [identity.kmsKey],
    conditions: { StringEquals: { 'kms:ViaService': `secretsmanager.${stack.region}.${stack.urlSuffix}` } },
  });
  return [secret, key];
}

/** Secrets Manager appends a dash and six characters to the name of a secret in its ARN. */
function secretArn(stack: Stack, secret: string): string {
  if (secret.startsWith('arn:')) return secret;
  return stack.formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: `${secret}-??????`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}
