import { ArnFormat, Token } from 'aws-cdk-lib';
import type { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ClusterSettings } from '../cluster-settings.ts';
import { namesOf } from '../names.ts';
import type { FunctionName } from '../names.ts';
import { keyStatements, viaServices } from './key-statements.ts';
import { clearFileStatements, storeFileStatements } from './pod-file-statements.ts';
import { passRoleStatements } from './pod-role-statement.ts';
import { mirrorStatements } from './pod-secret-statements.ts';

/** What the policies of the functions name. */
export interface PolicyParts {
  readonly settings: ClusterSettings;
  readonly tableArn: string;
  readonly ecsClusterArn: string;
  readonly executionRoleArn: string;
  readonly execRoleArn?: string;
  readonly filesBucketArn: string;
  readonly eventQueueArn: string;
  readonly deadLetterQueueArn: string;
  readonly podLogGroupArn: string;
}

/**
 * What each function may do in AWS, besides its log and its queue. Only pod-sync starts tasks, only pod-sync and node-teardown stop
 * them, task-events has no ECS action at all, and node-heartbeat writes nothing but the identity of the cluster and its own next token. Nothing may scan
 * the table; only pod-sync deletes items, retires definitions, takes dead letters and copies secrets, and only it and node-teardown
 * touch the files of pods, which neither may read.
 */
export function policiesOf(
  stack: Stack,
  parts: PolicyParts,
): Readonly<Record<FunctionName, readonly PolicyStatement[]>> {
  const identity = identityStatements(stack, parts.settings);
  const notices = noticeStatement(stack, parts.settings);
  const key = (...services: Parameters<typeof keyStatements>[2]): readonly PolicyStatement[] =>
    keyStatements(stack, parts.settings, services);
  const table = (...actions: readonly string[]): PolicyStatement => tableStatement(parts, actions);
  return {
    'node-heartbeat': [
      table('GetItem'),
      identityMark(parts),
      ...key('dynamodb', 'sqs'),
      ...identity,
      ...renewStatements(stack, parts.settings),
    ],
    'pod-sync': [
      table('GetItem', 'BatchGetItem', 'Query', 'UpdateItem'),
      forgetStatement(parts),
      ...launchStatements(stack, parts),
      ...passRoleStatements(parts),
      ...storeFileStatements(parts),
      ...mirrorStatements(stack, parts.settings.cluster),
      ...taskStatements(stack, parts),
      retireStatement(),
      backlogStatement(parts),
      deadLetterStatement(parts),
      quotaStatement(),
      notices,
      ...key('dynamodb', 's3', 'secretsmanager', 'sqs'),
      ...identity,
    ],
    'task-events': [table('GetItem', 'UpdateItem'), notices, ...key('dynamodb', 'sqs'), ...identity],
    'node-teardown': [
      table('GetItem', 'BatchGetItem', 'Query', 'UpdateItem'),
      ...taskStatements(stack, parts),
      ...clearFileStatements(parts),
      backlogStatement(parts),
      notices,
      ...key('dynamodb'),
      ...identity,
    ],
  };
}

/** What the gateway may do in AWS besides reading its own code: look, and open sessions in the containers of pods. */
export function gatewayStatements(stack: Stack, parts: PolicyParts): readonly PolicyStatement[] {
  const tasks = taskArns(stack, parts.settings);
  const inCluster = { ArnEquals: { 'ecs:cluster': parts.ecsClusterArn } };
  return [
    recordsStatement(parts),
    useStatement(parts),
    new PolicyStatement({ actions: ['logs:GetLogEvents'], resources: [parts.podLogGroupArn] }),
    insightsStatement(stack, parts.settings),
    new PolicyStatement({
      actions: ['ecs:ExecuteCommand'],
      resources: [parts.ecsClusterArn, tasks],
      conditions: inCluster,
    }),
    ...keyStatements(stack, parts.settings, ['dynamodb']),
    ...identityStatements(stack, parts.settings),
  ];
}

/** The items of this cluster only. A node that was taken out of the settings is still torn down, so nodes are not listed. */
function tableStatement({ settings, tableArn }: PolicyParts, actions: readonly string[]): PolicyStatement {
  const { cluster } = settings;
  return new PolicyStatement({
    actions: actions.map((action) => `dynamodb:${action}`),
    resources: [tableArn],
    conditions: {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`CLUSTER#${cluster}`, `NODE#${cluster}/*`] },
    },
  });
}

/** Read records of pods whose UIDs are known: none are looked for, and no item of the cluster is read. */
function recordsStatement({ settings, tableArn }: PolicyParts): PolicyStatement {
  return new PolicyStatement({
    actions: ['dynamodb:BatchGetItem', 'dynamodb:GetItem'],
    resources: [tableArn],
    conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`NODE#${settings.cluster}/*`] } },
  });
}

/** Keep what was counted of the use of tasks: a partition of its own. */
function useStatement({ settings, tableArn }: PolicyParts): PolicyStatement {
  return new PolicyStatement({
    actions: ['dynamodb:Query', 'dynamodb:UpdateItem'],
    resources: [tableArn],
    conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [`USE#${settings.cluster}`] } },
  });
}

/** Read what Container Insights tells of the tasks of the cluster, whoever has turned it on. */
function insightsStatement(stack: Stack, settings: ClusterSettings): PolicyStatement {
  const group = `/aws/ecs/containerinsights/${namesOf(settings).ecsCluster}/performance`;
  const arn = stack.formatArn({
    ...{ service: 'logs', resource: 'log-group', resourceName: `${group}:*` },
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return new PolicyStatement({ actions: ['logs:FilterLogEvents'], resources: [arn] });
}

/** Forget records that have expired: items of nodes, never the slot, the identity or the mark of a rebuild. */
function forgetStatement({ settings, tableArn }: PolicyParts): PolicyStatement {
  return new PolicyStatement({
    actions: ['dynamodb:DeleteItem'],
    resources: [tableArn],
    conditions: {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`NODE#${settings.cluster}/*`] },
    },
  });
}

/** Whoever comes first keeps the identity of the cluster, and that may be the heartbeat: this one attribute, and no slot. */
function identityMark({ settings, tableArn }: PolicyParts): PolicyStatement {
  return new PolicyStatement({
    actions: ['dynamodb:UpdateItem'],
    resources: [tableArn],
    conditions: {
      'ForAllValues:StringEquals': {
        'dynamodb:LeadingKeys': [`CLUSTER#${settings.cluster}`],
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
      resources: [taskArns(stack, parts.settings)],
      conditions: inCluster,
    }),
    // A list has no resource to name; the condition holds it to the one cluster.
    new PolicyStatement({ actions: ['ecs:ListTasks'], resources: ['*'], conditions: inCluster }),
  ];
}

/** Register the definitions of pods, start them, and tag the tasks at birth. */
function launchStatements(stack: Stack, parts: PolicyParts): readonly PolicyStatement[] {
  const { settings, ecsClusterArn } = parts;
  const families = stack.formatArn({
    service: 'ecs',
    resource: 'task-definition',
    resourceName: namesOf(settings).familyPattern,
  });
  return [
    // ECS authorizes a registration against no resource: the family exists only afterwards.
    new PolicyStatement({ actions: ['ecs:RegisterTaskDefinition'], resources: ['*'] }),
    new PolicyStatement({
      actions: ['ecs:RunTask'],
      // By its family alone and with its revision.
      resources: [families, `${families}:*`],
      conditions: { ArnEquals: { 'ecs:cluster': ecsClusterArn } },
    }),
    new PolicyStatement({
      actions: ['ecs:TagResource'],
      resources: [taskArns(stack, settings)],
      conditions: { StringEquals: { 'ecs:CreateAction': 'RunTask' } },
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

/** Look up how much Fargate the account may use and uses. None of the actions knows a resource or a condition key that would narrow it. */
function quotaStatement(): PolicyStatement {
  return new PolicyStatement({
    actions: [
      'cloudwatch:GetMetricStatistics',
      'servicequotas:GetAWSDefaultServiceQuota',
      'servicequotas:GetServiceQuota',
    ],
    resources: ['*'],
  });
}

/** Handle again what task-events gave up on. */
function deadLetterStatement({ deadLetterQueueArn }: PolicyParts): PolicyStatement {
  return new PolicyStatement({
    actions: ['sqs:DeleteMessage', 'sqs:ReceiveMessage'],
    resources: [deadLetterQueueArn],
  });
}

function taskArns(stack: Stack, settings: ClusterSettings): string {
  return stack.formatArn({
    service: 'ecs',
    resource: 'task',
    resourceName: `${namesOf(settings).ecsCluster}/*`,
  });
}

function noticeStatement(stack: Stack, { eventBus }: ClusterSettings): PolicyStatement {
  return new PolicyStatement({
    actions: ['events:PutEvents'],
    resources: [stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: eventBus })],
  });
}

/** EKS needs none: the token is a presigned GetCallerIdentity, which every principal may call. */
function identityStatements(stack: Stack, settings: ClusterSettings): readonly PolicyStatement[] {
  const { identity } = settings;
  if (identity.kind === 'eks') return [];
  return [
    new PolicyStatement({
      actions: ['secretsmanager:GetSecretValue'],
      resources: [secretArn(stack, identity.secret)],
    }),
    ...secretKeyStatements(stack, settings, ['kms:Decrypt']),
  ];
}

/** Replace the service account token that ends by the one that follows. */
function renewStatements(stack: Stack, settings: ClusterSettings): readonly PolicyStatement[] {
  const { identity } = settings;
  if (identity.kind !== 'token') return [];
  return [
    new PolicyStatement({
      actions: ['secretsmanager:PutSecretValue'],
      resources: [secretArn(stack, identity.secret)],
    }),
    ...secretKeyStatements(stack, settings, ['kms:GenerateDataKey']),
  ];
}

function secretKeyStatements(
  stack: Stack,
  { secretKeyArn }: ClusterSettings,
  actions: string[],
): readonly PolicyStatement[] {
  if (secretKeyArn === undefined) return [];
  return [
    new PolicyStatement({
      actions,
      resources: [secretKeyArn],
      conditions: { StringEquals: { 'kms:ViaService': viaServices(stack, ['secretsmanager']) } },
    }),
  ];
}

/** Secrets Manager appends a dash and six characters to the name of a secret in its ARN. What is known only later is an ARN. */
function secretArn(stack: Stack, secret: string): string {
  if (secret.startsWith('arn:') || Token.isUnresolved(secret)) return secret;
  return stack.formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: `${secret}-??????`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}
