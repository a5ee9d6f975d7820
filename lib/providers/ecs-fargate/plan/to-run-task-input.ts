import type {
  ContainerOverride,
  EnvironmentFile,
  RunTaskCommandInput,
  TaskOverride,
} from '@aws-sdk/client-ecs';
import type { Pod } from '../../../core/kubernetes.ts';
import type { NodeSettings } from '../../../core/node-settings.ts';
import { launchToken, type PodRecord } from '../../../core/record.ts';
import { costTags } from './cost-tags.ts';
import { envFileKey } from './env-file-key.ts';
import type { EnvFile } from './plan-types.ts';
import type { Placement } from '../support/support-annotations.ts';
import { toMarks } from '../tasks/task-owner.ts';
import type { TaskSettings } from './to-task-definition.ts';

/** The most that ECS takes of overrides, as characters of their JSON. */
export const OVERRIDES_LIMIT = 8192;

/** The platform that ECS takes when none is named. */
const LATEST = 'LATEST';

/** An env file where it is stored, and the container that reads it. */
interface PlacedFile {
  readonly container: string;
  readonly reference: EnvironmentFile;
}

/** The length that ECS counts against {@link OVERRIDES_LIMIT}. */
export function measureOverrides(overrides: TaskOverride): number {
  return JSON.stringify(overrides).length;
}

/** How ECS is told of an env file: by the ARN of its object. */
export function fileReference(given: {
  readonly settings: Pick<TaskSettings, 'cluster' | 'executionRole' | 'filesBucket'>;
  readonly node: string;
  readonly record: Pick<PodRecord, 'uid' | 'attempt'>;
  readonly container: string;
}): EnvironmentFile {
  const { settings, node, record, container } = given;
  const key = envFileKey({ cluster: settings.cluster, node, ...record, container });
  // Whoever runs the task is in the same partition (aws, aws-cn, aws-us-gov) as its files.
  const partition = settings.executionRole.split(':')[1] ?? 'aws';
  return { type: 's3', value: `arn:${partition}:s3:::${settings.filesBucket ?? ''}/${key}` };
}

/** The overrides with everything that goes there: roles other than those of the definition, and env files. */
export function completeOverrides(
  overrides: TaskOverride,
  { taskRole, executionRole }: Pick<Placement, 'taskRole' | 'executionRole'>,
  files: readonly PlacedFile[],
): TaskOverride {
  const before = overrides.containerOverrides ?? [];
  const fileOf = new Map(files.map(({ container, reference }) => [container, reference]));
  const missing = [...fileOf.keys()].filter((name) => before.every((override) => override.name !== name));
  const containers = [...missing.map((name): ContainerOverride => ({ name })), ...before];
  return {
    ...overrides,
    ...(taskRole === undefined ? {} : { taskRoleArn: taskRole }),
    ...(executionRole === undefined ? {} : { executionRoleArn: executionRole }),
    containerOverrides: containers.map((override) => {
      const reference = fileOf.get(override.name ?? '');
      return reference === undefined ? override : { ...override, environmentFiles: [reference] };
    }),
  };
}

/** The launch of the record's attempt and try: one task that carries its owner, placed as its plan says. */
export function toRunTaskInput(given: {
  readonly pod: Pod;
  readonly record: Pick<PodRecord, 'uid' | 'attempt' | 'try'>;
  readonly node: NodeSettings;
  readonly settings: Pick<TaskSettings, 'cluster' | 'executionRole' | 'filesBucket'>;
  readonly plan: {
    readonly overrides: TaskOverride;
    readonly placement: Placement;
    readonly envFiles: readonly Pick<EnvFile, 'container'>[];
  };
  readonly ecsCluster: string;
  readonly taskDefinition: string;
}): RunTaskCommandInput {
  const { pod, record, node, settings, plan, ecsCluster, taskDefinition } = given;
  const { uid, attempt } = record;
  const { placement } = plan;
  const { group, startedBy } = toMarks({ cluster: settings.cluster, node: node.name, uid, attempt }, pod);
  const files = plan.envFiles.map(({ container }) => ({
    container,
    reference: fileReference({ settings, node: node.name, record: { uid, attempt }, container }),
  }));
  const tags = costTags(pod, node);
  return {
    cluster: ecsCluster,
    taskDefinition,
    count: 1,
    clientToken: launchToken(record),
    startedBy,
    group,
    ...(placement.capacityType === 'spot'
      ? { capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }] }
      : { launchType: 'FARGATE' }),
    ...(placement.platformVersion === LATEST ? {} : { platformVersion: placement.platformVersion }),
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: [...placement.subnets],
        securityGroups: [...placement.securityGroups],
        assignPublicIp: placement.assignPublicIp ? 'ENABLED' : 'DISABLED',
      },
    },
    overrides: completeOverrides(plan.overrides, placement, files),
    ...(node.execRole === undefined ? {} : { enableExecuteCommand: true }),
    ...(tags.length === 0 ? {} : { tags }),
  };
}
