import type {
  ContainerDefinition,
  PortMapping,
  RegisterTaskDefinitionCommandInput,
  Volume,
} from '@aws-sdk/client-ecs';
import type { Container, Pod } from '../../core/kubernetes.ts';
import type { NodeSettings } from '../../core/node-settings.ts';
import type { ContainerStart } from './build-environment.ts';
import { chooseCapabilities } from './choose-capabilities.ts';
import type { TaskSize } from './choose-size.ts';
import type { Variables } from './expand-variables.ts';
import { shareOf } from './sum-resources.ts';
import { STOP_TIMEOUT } from './support-pod-spec.ts';
import { effectiveUser } from './support-security.ts';
import { taskVolumes } from './support-volume.ts';

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

/** Log streams are `pod/<container>/<task id>`: the prefix is the same for all, because it is part of the definition. */
const LOG_STREAM_PREFIX = 'pod';

/** Seconds between stop signal and kill when a pod says nothing, as in Kubernetes. */
const DEFAULT_GRACE = 30;

/**
 * The task definition of a pod that the field table accepts: only what its replicas share, in a canonical form. Names of the
 * pod and of its volumes are not in it; volumes are named by position.
 */
export function toTaskDefinition(given: {
  readonly pod: Pod;
  readonly node: NodeSettings;
  readonly settings: TaskSettings;
  readonly size: TaskSize;
  readonly diskGiB: number | undefined;
  readonly starts: readonly ContainerStart[];
}): TaskDefinitionBody {
  const { pod, node, settings, size, diskGiB, starts } = given;
  const volumes = volumeNames(pod);
  const ports = new Set<number>();
  return {
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    executionRoleArn: settings.executionRole,
    cpu: String(size.cpu),
    memory: String(size.memory),
    runtimePlatform: {
      cpuArchitecture: node.architecture === 'arm64' ? 'ARM64' : 'X86_64',
      operatingSystemFamily: 'LINUX',
    },
    ...(diskGiB === undefined ? {} : { ephemeralStorage: { sizeInGiB: diskGiB } }),
    ...(pod.spec.shareProcessNamespace === true ? { pidMode: 'task' } : {}),
    containerDefinitions: pod.spec.containers.map((container, index) => ({
      ...restOf(pod, container),
      ...startOf(starts[index]),
      portMappings: portsOf(container, ports),
      mountPoints: mountsOf(container, volumes),
      logConfiguration: {
        logDriver: 'awslogs',
        options: {
          'awslogs-group': settings.logGroup,
          'awslogs-region': node.region,
          'awslogs-stream-prefix': LOG_STREAM_PREFIX,
        },
      },
    })),
    volumes: [...volumes.values()].map((name): Volume => ({ name })),
  };
}

/** Name/value pairs sorted by name: the order of variables means nothing once they are expanded. */
export function toPairs(variables: Variables): { name: string; value: string }[] {
  return [...variables]
    .map(([name, { text }]) => ({ name, value: text }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

function startOf(start: ContainerStart | undefined): ContainerDefinition {
  if (start === undefined) return {};
  const { entryPoint, command, perPodCommand, shared } = start;
  return {
    ...(entryPoint === undefined ? {} : { entryPoint: [...entryPoint] }),
    ...(command === undefined || perPodCommand ? {} : { command: [...command] }),
    environment: toPairs(shared),
  };
}

/** An essential container's exit ends its task: that is what restartPolicy Always, or a single container, needs. */
function restOf(pod: Pod, container: Container): ContainerDefinition {
  const capabilities = chooseCapabilities(container.securityContext?.capabilities ?? {});
  const user = userOf(pod, container);
  return {
    name: container.name,
    image: container.image ?? '',
    essential: true,
    stopTimeout: stopTimeoutOf(pod),
    ...shareOf(container),
    ...(container.workingDir ? { workingDirectory: container.workingDir } : {}),
    ...(container.tty === true ? { pseudoTerminal: true } : {}),
    ...(container.stdin === true ? { interactive: true } : {}),
    ...(container.securityContext?.readOnlyRootFilesystem === true ? { readonlyRootFilesystem: true } : {}),
    ...(user === undefined ? {} : { user }),
    ...(Object.keys(capabilities).length === 0
      ? {}
      : {
          linuxParameters: {
            capabilities: {
              ...(capabilities.add && { add: [...capabilities.add] }),
              ...(capabilities.drop && { drop: [...capabilities.drop] }),
            },
          },
        }),
  };
}

function stopTimeoutOf(pod: Pod): number {
  const seconds = pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE;
  return Math.min(STOP_TIMEOUT.most, Math.max(STOP_TIMEOUT.least, seconds));
}

function userOf(pod: Pod, container: Container): string | undefined {
  const { user, group } = effectiveUser(pod.spec, container);
  if (user === undefined) return undefined;
  return group === undefined ? `${user}` : `${user}:${group}`;
}

/** Each port number once in the task: ECS takes a port for one protocol only, and maps it in name only. */
function portsOf(container: Container, taken: Set<number>): PortMapping[] {
  const fresh = (container.ports ?? []).filter(({ containerPort }) => {
    const isNew = !taken.has(containerPort);
    taken.add(containerPort);
    return isNew;
  });
  return fresh.map(({ containerPort, protocol }) => ({
    containerPort,
    protocol: protocol === 'UDP' ? 'udp' : 'tcp',
  }));
}

function volumeNames(pod: Pod): ReadonlyMap<string, string> {
  return new Map(taskVolumes(pod.spec).map(({ name }, index) => [name, `volume-${index}`]));
}

function mountsOf(
  container: Container,
  volumes: ReadonlyMap<string, string>,
): NonNullable<ContainerDefinition['mountPoints']> {
  return (container.volumeMounts ?? []).flatMap(({ name, mountPath, readOnly }) => {
    const sourceVolume = volumes.get(name);
    return sourceVolume === undefined
      ? []
      : [{ sourceVolume, containerPath: mountPath, readOnly: readOnly === true }];
  });
}
