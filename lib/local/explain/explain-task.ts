import type { Pod } from '../../core/kubernetes.ts';
import type { NodeSettings } from '../../core/node-settings.ts';
import { needsOf } from '../../core/pod-needs.ts';
import { isHelper } from '../../core/task.ts';
import type { FieldFault } from '../../ports/provider.ts';
import { isSidecar } from '../../providers/ecs-fargate/support/choose-helpers.ts';
import type { TaskSize } from '../../providers/ecs-fargate/plan/choose-size.ts';
import { containerPaths } from '../../providers/ecs-fargate/plan/container-paths.ts';
import type { PodPlan } from '../../providers/ecs-fargate/plan/plan-pod.ts';
import { hourlyPrice, type HourlyPrice } from '../../providers/ecs-fargate/plan/price-task.ts';
import { cpuUnits } from '../../providers/ecs-fargate/plan/sum-resources.ts';
import type { TaskDefinitionBody } from '../../providers/ecs-fargate/plan/to-task-definition.ts';

/** The task of a pod. */
export interface ExplainedTask {
  readonly size: TaskSize;
  readonly diskGiB?: number;
  /** What of the size was not asked for, in words. */
  readonly slack: string;
  readonly prices: readonly Price[];
  /** Names of the pod's own containers in their order; `migrate (init)`, `proxy (sidecar)`. */
  readonly containers: readonly string[];
  readonly helpers: readonly string[];
  /** What is read before a pod starts, by kind: `ConfigMap app, pages`. */
  readonly reads: readonly string[];
  readonly definition: TaskDefinitionBody;
}

/** What an hour of a pod costs on one kind of capacity. */
export type Price = HourlyPrice & Pick<NodeSettings, 'architecture'>;

/** Limits that the whole task does not reach: on a machine the container could use more than was requested, here it cannot. */
export function cpuLimits({ spec }: Pod, cpu: number): readonly FieldFault[] {
  return containerPaths(spec)
    .filter(({ container }) => cpuUnits(container.resources?.limits) > cpu)
    .map(({ path }) => ({
      path: `${path}.resources.limits.cpu`,
      note: `The task has ${cpu / 1024} vCPU, sized by the requests, and its containers never get more: request more where the limit is needed.`,
    }));
}

/** The task that a plan makes, in the words of its reader. */
export function explainTask(
  pod: Pod,
  { definition, annotations }: PodPlan,
  node: NodeSettings,
): ExplainedTask {
  const size = { cpu: Number(definition.cpu), memory: Number(definition.memory) };
  const diskGiB = definition.ephemeralStorage?.sizeInGiB;
  const names = (definition.containerDefinitions ?? []).map(({ name = '' }) => name);
  return {
    size,
    ...(diskGiB !== undefined && { diskGiB }),
    slack: annotations['lambdalet.dev/task-slack'] ?? '',
    prices: pricesOf(size, node.region, diskGiB),
    containers: [
      ...(pod.spec.initContainers ?? []).map((one) => `${one.name} (${isSidecar(one) ? 'sidecar' : 'init'})`),
      ...pod.spec.containers.map(({ name }) => name),
    ],
    helpers: names.filter((name) => isHelper({ name })),
    reads: readsOf(pod),
    definition,
  };
}

function pricesOf(size: TaskSize, region: string, diskGiB: number | undefined): readonly Price[] {
  const disk = diskGiB === undefined ? {} : { diskGiB };
  return (['amd64', 'arm64'] as const).flatMap((architecture) =>
    (['on-demand', 'spot'] as const).map((capacityType) => ({
      ...hourlyPrice(size, { region, architecture, capacityType, ...disk }),
      architecture,
    })),
  );
}

function readsOf(pod: Pod): readonly string[] {
  const { configMaps, secrets, claims, tokens, serviceAccount } = needsOf(pod);
  const named = { ConfigMap: configMaps, Secret: secrets, PersistentVolumeClaim: claims };
  return [
    ...Object.entries(named).flatMap(([kind, names]) =>
      names.length === 0 ? [] : [`${kind} ${names.join(', ')}`],
    ),
    ...(tokens.length === 0 ? [] : [`a token of ServiceAccount ${serviceAccount}`]),
  ];
}
