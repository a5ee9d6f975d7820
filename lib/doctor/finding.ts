import type { Fact } from './fact.ts';

/**
 * `ok`: as it must be. `warning`: it works, with less than one may expect. `fault`: something will not work. `unknown`: it could not be
 * looked at, or not judged from here. `skipped`: it does not apply, such as what belongs to a deployment before there is one.
 */
export type Status = 'ok' | 'warning' | 'fault' | 'unknown' | 'skipped';

export const STATUSES = ['fault', 'unknown', 'warning', 'skipped', 'ok'] as const satisfies readonly Status[];

/** What is checked, in the order in which one meets it; with what AWS must allow for it. */
export const CHECKS = {
  'deployment-file': { title: 'Deployment file', rights: [] },
  'example-values': { title: 'Values of the example', rights: [] },
  'aws-credentials': { title: 'AWS credentials', rights: ['sts:GetCallerIdentity'] },
  'cdk-bootstrap': { title: 'CDK bootstrap', rights: ['ssm:GetParameter'] },
  'ecs-service-role': { title: 'Role of ECS', rights: ['iam:GetRole'] },
  'fargate-quota': {
    title: 'Fargate quotas',
    rights: [
      'servicequotas:GetServiceQuota',
      'servicequotas:GetAWSDefaultServiceQuota',
      'cloudwatch:GetMetricStatistics',
    ],
  },
  'lambda-concurrency': { title: 'Concurrency of Lambda', rights: ['servicequotas:GetServiceQuota'] },
  'pod-subnets': { title: 'Subnets of the pods', rights: ['ec2:DescribeSubnets'] },
  'pod-routes': {
    title: 'Routes of the pods',
    rights: ['ec2:DescribeRouteTables', 'ec2:DescribeVpcEndpoints', 'ec2:DescribeSecurityGroups'],
  },
  'security-groups': { title: 'Security groups', rights: ['ec2:DescribeSecurityGroups'] },
  'function-network': {
    title: 'Network of the functions',
    rights: ['ec2:DescribeSubnets', 'ec2:DescribeRouteTables', 'ec2:DescribeVpcEndpoints'],
  },
  secret: {
    title: 'Secret of the cluster',
    rights: [
      'secretsmanager:DescribeSecret',
      'secretsmanager:GetSecretValue',
      'kms:Decrypt',
      'kms:DescribeKey',
    ],
  },
  'encryption-key': { title: 'Encryption key', rights: ['kms:DescribeKey'] },
  roles: { title: 'Roles of the pods', rights: ['iam:GetRole'] },
  'permissions-boundary': { title: 'Permissions boundary', rights: ['iam:GetPolicy'] },
  'event-bus': { title: 'Event bus', rights: ['events:DescribeEventBus'] },
  'alarm-topic': { title: 'Topic of the alarms', rights: ['sns:GetTopicAttributes'] },
  'ecs-cluster': { title: 'ECS cluster', rights: ['ecs:DescribeClusters'] },
  'eks-cluster': { title: 'EKS cluster', rights: ['eks:DescribeCluster'] },
  'cluster-access': { title: 'API server', rights: [] },
  'cluster-version': { title: 'Kubernetes version', rights: [] },
  'cluster-rights': { title: 'Rights in the cluster', rights: [] },
  'bootstrap-version': { title: 'Applied bootstrap', rights: [] },
  daemonsets: { title: 'DaemonSets', rights: [] },
  stacks: { title: 'Stacks', rights: ['cloudformation:DescribeStacks'] },
  nodes: { title: 'Nodes', rights: [] },
  'last-pass': {
    title: 'Last pass',
    rights: ['cloudformation:DescribeStackResources', 'dynamodb:GetItem', 'kms:Decrypt'],
  },
  'dead-letters': {
    title: 'Dead letters',
    rights: ['cloudformation:DescribeStackResources', 'sqs:GetQueueAttributes'],
  },
  gateway: {
    title: 'Gateway',
    rights: ['ecs:DescribeServices', 'ecs:ListTasks', 'ecs:DescribeTasks'],
  },
  'gateway-addresses': {
    title: 'Addresses of the gateway',
    rights: ['ecs:DescribeServices', 'ecs:ListTasks', 'ecs:DescribeTasks'],
  },
  'container-insights': { title: 'Container Insights', rights: ['ecs:DescribeClusters'] },
  alarms: { title: 'Alarms', rights: ['cloudwatch:DescribeAlarms'] },
} as const satisfies Readonly<Record<string, { readonly title: string; readonly rights: readonly string[] }>>;

/** The name of a check. */
export type CheckName = keyof typeof CHECKS;

/** What a check came to, for one thing that was looked at. */
export interface Finding {
  readonly check: CheckName;
  readonly status: Status;
  /** What was seen, and what should be. */
  readonly message: string;
  /** The way out: a command, or where it is written. */
  readonly fix?: string;
}

/** Something that is wrong, before it is told of which check. */
export interface Problem {
  readonly status: Exclude<Status, 'ok' | 'skipped'>;
  readonly message: string;
  readonly fix?: string;
}

export const fault = (message: string, fix: string): Problem => ({ status: 'fault', message, fix });
export const warning = (message: string, fix: string): Problem => ({ status: 'warning', message, fix });
export const doubt = (message: string, fix?: string): Problem => ({
  status: 'unknown',
  message,
  ...(fix !== undefined && { fix }),
});

/** All that is wrong, or in one line that nothing is. */
export function verdict(check: CheckName, problems: readonly Problem[], good: string): readonly Finding[] {
  if (problems.length === 0) return [{ check, status: 'ok', message: good }];
  return problems.map((problem) => ({ check, ...problem }));
}

/** A check of what is known; of what is not, that it is not. */
export function judgeKnown<T>(
  check: CheckName,
  fact: Fact<T>,
  judge: (value: T) => readonly Finding[],
): readonly Finding[] {
  return fact.kind === 'known' ? judge(fact.value) : [{ check, status: 'unknown', message: fact.why }];
}

/** A check that does not apply here. */
export function skipped(check: CheckName, message: string): readonly Finding[] {
  return [{ check, status: 'skipped', message }];
}
