import type { ContainerOverride, RunTaskCommandInput, TaskOverride } from '@aws-sdk/client-ecs';
import type { Pod } from '../../core/kubernetes.ts';
import type { NodeSettings } from '../../core/node-settings.ts';
import { launchToken, type PodRecord } from '../../core/record.ts';
import type { ContainerStart } from './build-environment.ts';
import { POD_VARIABLE, toMarks, toPodMark } from './task-owner.ts';
import { toPairs } from './to-task-definition.ts';

/** The most that ECS takes of overrides, as characters of their JSON. */
export const OVERRIDES_LIMIT = 8192;

/**
 * What is this pod's alone: its name, variables that differ between replicas, and a command that mentions them. The values
 * are in every event of the task: nothing secret may get here.
 */
export function toOverrides(pod: Pod, starts: readonly ContainerStart[]): TaskOverride {
  const overrides = pod.spec.containers.map(({ name }, index): ContainerOverride => {
    const start = starts[index];
    const own = start === undefined ? [] : toPairs(start.perPod);
    const environment =
      index === 0
        ? [{ name: POD_VARIABLE, value: toPodMark(pod) }, ...own.filter((pair) => pair.name !== POD_VARIABLE)]
        : own;
    return {
      name,
      ...(start?.perPodCommand === true && start.command !== undefined
        ? { command: [...start.command] }
        : {}),
      ...(environment.length === 0 ? {} : { environment }),
    };
  });
  return { containerOverrides: overrides.filter((override) => Object.keys(override).length > 1) };
}

/** The length that ECS counts against {@link OVERRIDES_LIMIT}. */
export function measureOverrides(overrides: TaskOverride): number {
  return JSON.stringify(overrides).length;
}

/** The launch of the record's attempt and try: one task that carries its owner, on the node's network. */
export function toRunTaskInput(given: {
  readonly pod: Pod;
  readonly record: Pick<PodRecord, 'uid' | 'attempt' | 'try'>;
  readonly node: NodeSettings;
  readonly cluster: string;
  readonly ecsCluster: string;
  readonly taskDefinition: string;
  readonly overrides: TaskOverride;
}): RunTaskCommandInput {
  const { pod, record, node, cluster, ecsCluster, taskDefinition, overrides } = given;
  const { uid, attempt } = record;
  const { group, startedBy } = toMarks({ cluster, node: node.name, uid, attempt }, pod);
  return {
    cluster: ecsCluster,
    taskDefinition,
    count: 1,
    clientToken: launchToken(record),
    startedBy,
    group,
    ...(node.capacityType === 'spot'
      ? { capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }] }
      : { launchType: 'FARGATE' }),
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: [...node.subnets],
        securityGroups: [...node.securityGroups],
        assignPublicIp: node.assignPublicIp ? 'ENABLED' : 'DISABLED',
      },
    },
    overrides,
  };
}
