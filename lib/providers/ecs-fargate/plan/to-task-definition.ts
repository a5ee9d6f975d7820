import type { ContainerDefinition, RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';
import { allContainers } from '../../../core/pod-needs.ts';
import { helpersOf } from '../support/choose-helpers.ts';
import { LOG_STREAM_PREFIX } from './log-stream.ts';
import { orderContainers } from './order-containers.ts';
import { planContainer } from './plan-container.ts';
import { waiterDefinition, writerDefinition } from './plan-helpers.ts';
import type { ContainerStart, PlanContext, PlannedVolumes } from './plan-types.ts';
import { shareResources } from './share-resources.ts';
import { variableMirror } from './mirror-variables.ts';
import type { SplitVariables } from './split-variables.ts';
import type { Placement } from '../support/support-annotations.ts';

/** What the deployment gives every task. */
export interface TaskSettings {
  /** The name of the Kubernetes cluster in marks and names. */
  readonly cluster: string;
  /** CloudWatch log group of the pods. */
  readonly logGroup: string;
  /** ARN of the role that pulls images and writes logs. */
  readonly executionRole: string;
  /** Bucket for the env files of pods; absent: pods that need one are refused. */
  readonly filesBucket?: string;
  /** Whether pod-sync probes pods by their address. Default `false`. */
  readonly probes?: boolean;
}

/** A task definition without its family, which is derived from the rest. */
export type TaskDefinitionBody = Omit<RegisterTaskDefinitionCommandInput, 'family'>;

/** Everything that a task definition is made of. */
export interface DefinitionParts {
  readonly context: PlanContext;
  readonly placement: Placement;
  readonly diskGiB: number | undefined;
  /** Of all containers of the pod, init containers first. */
  readonly starts: readonly ContainerStart[];
  readonly splits: readonly SplitVariables[];
  readonly volumes: PlannedVolumes;
  /** The mirrored secret that each container's image is pulled with, by name. */
  readonly credentials: ReadonlyMap<string, string>;
}

/**
 * The task definition of a pod: only what its replicas share, in a canonical form; names of the pod and of its volumes are
 * not in it. Its containers are the writer, the pod's init containers and app containers in their order, the waiter. Mirrored secrets
 * are named by their names, which `bindSecrets` replaces.
 */
export function toTaskDefinition(parts: DefinitionParts): TaskDefinitionBody {
  const { context, placement, diskGiB, volumes } = parts;
  const { pod, node, settings, size } = context;
  return {
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    executionRoleArn: settings.executionRole,
    // ECS starts no task that takes commands without a role in its definition; a role of the pod's own goes into the overrides.
    ...(node.execRole === undefined ? {} : { taskRoleArn: node.execRole }),
    cpu: String(size.cpu),
    memory: String(size.memory),
    runtimePlatform: {
      cpuArchitecture: placement.architecture === 'arm64' ? 'ARM64' : 'X86_64',
      operatingSystemFamily: 'LINUX',
    },
    ...(diskGiB === undefined ? {} : { ephemeralStorage: { sizeInGiB: diskGiB } }),
    ...(pod.spec.shareProcessNamespace === true ? { pidMode: 'task' } : {}),
    containerDefinitions: definitionsOf(parts),
    volumes: [...volumes.volumes],
  };
}

function definitionsOf(parts: DefinitionParts): ContainerDefinition[] {
  const { pod, node, settings } = parts.context;
  const { writer } = parts.volumes;
  const logging = {
    logConfiguration: {
      logDriver: 'awslogs',
      options: {
        'awslogs-group': settings.logGroup,
        'awslogs-region': node.region,
        'awslogs-stream-prefix': LOG_STREAM_PREFIX,
      },
    },
  } as const;
  return [
    ...(writer === undefined ? [] : [writerDefinition(writer, node, logging)]),
    ...podContainers(parts).map((definition) => ({ ...definition, ...logging })),
    ...(helpersOf(pod).includes('waiter') ? [waiterDefinition(pod, node, logging)] : []),
  ];
}

/** An essential container's exit ends its task: that is what restartPolicy Always, or a single app container, needs. */
function podContainers({
  context,
  starts,
  splits,
  volumes,
  credentials,
}: DefinitionParts): ContainerDefinition[] {
  const { pod, node, settings, size } = context;
  const shares = shareResources(pod.spec, size);
  const order = orderContainers(pod.spec, volumes.writer !== undefined);
  const isWaitedFor = helpersOf(pod).includes('waiter');
  const takenPorts = new Set<number>();
  // What an agent of ECS Exec leaves behind is nobody's child; a task with one process namespace has its init already.
  const hasInit = node.execRole !== undefined && pod.spec.shareProcessNamespace !== true;
  const secretSource = (variable: SplitVariables['secrets'][number]): string =>
    `${variableMirror(settings.cluster, pod.metadata.namespace, variable)}:${variable.key}::`;
  return allContainers(pod.spec).map((container, index) => {
    const { name } = container;
    const dependsOn = order.get(name) ?? [];
    const mirror = credentials.get(name);
    const [start, split, mounts] = [starts[index], splits[index], volumes.mounts.get(name)];
    return {
      ...planContainer(pod, { container, hasInit, start, split, mounts, takenPorts, secretSource }),
      essential: !isWaitedFor && pod.spec.containers.includes(container),
      ...shares.get(name),
      ...(dependsOn.length === 0 ? {} : { dependsOn: [...dependsOn] }),
      ...(mirror === undefined ? {} : { repositoryCredentials: { credentialsParameter: mirror } }),
    };
  });
}
