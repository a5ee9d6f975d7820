import { Stack, Validations } from 'aws-cdk-lib';
import type { Policy, Role } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { ClusterSettings } from './cluster-settings.ts';
import type { ClusterState } from './constructs/cluster-state.ts';
import type { ControlLoop } from './constructs/control-loop.ts';

/** The parts of a virtual cluster that cdk-nag has something to say about. */
export interface NagParts {
  readonly state: ClusterState;
  readonly controlLoop: ControlLoop;
  readonly settings: Pick<ClusterSettings, 'profile' | 'ecsClusterName' | 'gateway'>;
}

const POINT_IN_TIME =
  'The profile dev deletes the table with its stack; production has point-in-time recovery, deletion protection and a table that stays.';
const ACCESS_LOGS =
  'Files live from a launch until their containers have read them, are written by one function and read by one role, and CloudTrail can ' +
  'record each access; a second bucket would have to be kept and paid for.';
const DEAD_LETTERS =
  'A message is only a beat: the next one comes twelve seconds later and does all that this one would have done, so one that failed must ' +
  'vanish and not be worked through later.';
const INSIGHTS =
  'Container Insights bills every task, and pods come in thousands; the metrics of the nodes say what runs, and whoever wants more names an ' +
  'ECS cluster of their own that has it.';

const VARIABLES =
  'The variables of the gateway are names and ARNs of what the stack makes, and the hash of its code; no secret is among them, and the access ' +
  'to the cluster is read from Secrets Manager.';
const OPEN_PORTS =
  'The deployment file names this network itself; whoever comes from it is told nothing without a certificate of the cluster or a token ' +
  'that the API server knows, and a right that it confirms.';

/** Why a right ends at a pattern and not at a name, by the resource as cdk-nag writes it. */
const PATTERNS: readonly { readonly resource: RegExp; readonly reason: string }[] = [
  {
    resource: /^\*$/,
    reason:
      'These actions know no resource to name (Service Authorization Reference): lists of tasks, which a condition holds to the one ECS ' +
      'cluster; the registration and retirement of task definitions; lists of secrets, quotas and metrics; the pull of images whose ' +
      'repositories are known only when a pod comes; the data channels of ECS Exec; and the network interfaces of functions in a VPC.',
  },
  {
    resource: /:task-definition\/lambdalet-[^/]+-\?{32}:\*$/,
    reason:
      'Task definitions are made for the pods that come; their families are the name of this virtual cluster and a hash of 32 digits, and ' +
      'no others have that form; the revisions are numbered by ECS.',
  },
  {
    resource: /:log-group:\/aws\/ecs\/containerinsights\/[^/]+\/performance:\*$/,
    reason:
      'Container Insights chooses the names of the log streams; the log group is that of the one ECS cluster, and events are only read.',
  },
  {
    resource: /:task\/[^/]+\/\*$/,
    reason:
      'Tasks have names that ECS chooses; the pattern and a condition hold the right to the one ECS cluster.',
  },
  {
    resource: /:log-group:\/aws\/ecs\/containerinsights\/[^*]+:\*$/,
    reason:
      'A log group is named with all of its streams, as the API wants it; Container Insights names the streams.',
  },
  {
    resource: /:secret:lambdalet\/[^/]+\/(env|pull)\/\*$/,
    reason:
      'Copies of the secrets of pods are made and deleted as pods come and go; everything of this virtual cluster is below this name, and ' +
      'nothing else is.',
  },
  {
    resource: /PodFiles.*\/[^/]+\/\*$/,
    reason:
      'The files of pods have names that are known only when a pod comes; everything of this virtual cluster is below this prefix.',
  },
];

/**
 * Tells cdk-nag, for those who run it on their app, why each of its findings about a virtual cluster is as it should be. Of the rule about
 * wildcards it wants each resource as the template has it, which is settled when references between stacks are: right before synthesis.
 */
export function acknowledgeFindings(scope: IConstruct, parts: NagParts): void {
  const { state, controlLoop, settings } = parts;
  if (settings.profile === 'dev') acknowledge(state.table, 'AwsSolutions-DDB3', POINT_IN_TIME);
  acknowledge(state.filesBucket, 'AwsSolutions-S1', ACCESS_LOGS);
  for (const queue of [state.heartbeatQueue, state.podSyncQueue]) {
    acknowledge(queue, 'AwsSolutions-SQS3', DEAD_LETTERS);
  }
  if (settings.ecsClusterName === undefined && settings.gateway?.containerInsights !== true)
    acknowledge(controlLoop.pods, 'AwsSolutions-ECS4', INSIGHTS);
  const { gateway } = controlLoop;
  if (gateway !== undefined) {
    acknowledge(gateway.cluster, 'AwsSolutions-ECS4', INSIGHTS);
    acknowledge(gateway.taskDefinition, 'AwsSolutions-ECS2', VARIABLES);
    const networks = settings.gateway?.allowedCidrs ?? [];
    if (
      gateway.securityGroup !== undefined &&
      networks.some((network) => /^(0\.0\.0\.0|::)\/0$/.test(network))
    )
      acknowledge(gateway.securityGroup, 'AwsSolutions-EC23', OPEN_PORTS);
  }
  const roles = [
    ...(gateway === undefined ? [] : [gateway.taskRole, gateway.executionRole]),
    controlLoop.pods.executionRole,
    ...(controlLoop.pods.execRole === undefined ? [] : [controlLoop.pods.execRole]),
    ...Object.values(controlLoop.functions).map(({ role }) => role),
  ];
  scope.node.addValidation({
    validate: () => {
      for (const role of roles) acknowledgePatterns(role);
      return [];
    },
  });
}

function acknowledgePatterns(role: Role): void {
  for (const resource of new Set(resourcesOf(role))) {
    const known = PATTERNS.find((pattern) => pattern.resource.test(resource));
    if (resource.includes('*') && known !== undefined) {
      acknowledge(role, `AwsSolutions-IAM5[Resource::${resource}]`, known.reason);
    }
  }
}

function acknowledge(construct: IConstruct, id: string, reason: string): void {
  Validations.of(construct).acknowledge({ id, reason });
}

/** What the statements of a role are about, as cdk-nag writes it. */
function resourcesOf(role: Role): readonly string[] {
  const policy = role.node.tryFindChild('DefaultPolicy') as Policy | undefined;
  if (policy === undefined) return [];
  const { Statement = [] } = Stack.of(role).resolve(policy.document) as {
    readonly Statement?: readonly { readonly Resource?: unknown }[];
  };
  return Statement.flatMap(({ Resource }) => [Resource].flat()).map(flatten);
}

/** `<Table.Arn>` for a reference within the stack, the name of an export for one to another, JSON for anything else. */
function flatten(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref, ...functions } = value as Readonly<Record<string, unknown>>;
  if (typeof Ref === 'string') return `<${Ref}>`;
  const { 'Fn::Join': join, 'Fn::GetAtt': attribute, 'Fn::ImportValue': imported } = functions;
  if (join !== undefined) {
    const [glue, parts] = join as readonly [string, readonly unknown[]];
    return parts.map(flatten).join(glue);
  }
  if (attribute !== undefined) return `<${(attribute as readonly unknown[]).map(flatten).join('.')}>`;
  return imported === undefined ? JSON.stringify(value) : flatten(imported);
}
