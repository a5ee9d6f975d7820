import type { ContainerDefinition, KeyValuePair, PortMapping } from '@aws-sdk/client-ecs';
import type { Container, Pod } from '../../../core/kubernetes.ts';
import { chooseCapabilities } from '../support/choose-capabilities.ts';
import { isSidecar } from '../support/choose-helpers.ts';
import { planHealthCheck } from './plan-health-check.ts';
import type { ContainerStart, PlannedVolumes, Variables } from './plan-types.ts';
import type { SplitVariables } from './split-variables.ts';
import { STOP_TIMEOUT } from '../support/support-pod-spec.ts';
import { effectiveUser } from '../support/support-security.ts';

/** Seconds between stop signal and kill when a pod says nothing, as in Kubernetes. */
const DEFAULT_GRACE = 30;
/** Seconds that a container must have run for ECS to start it again by itself: the least that ECS takes. */
const RESTART_SECONDS = 60;

/** What one container of a pod is made of. */
export interface ContainerParts {
  readonly container: Container;
  readonly start: ContainerStart | undefined;
  readonly split: SplitVariables | undefined;
  /** Its mounts and tmpfs. */
  readonly mounts: ReturnType<PlannedVolumes['mounts']['get']>;
  /** Ports that other containers of the task have. */
  readonly takenPorts: Set<number>;
  /** An init process reaps what other processes of the container leave behind. */
  readonly hasInit?: boolean;
  /** Where the value of one of `split.secrets` is, as ECS wants it. */
  readonly secretSource: (variable: SplitVariables['secrets'][number]) => string;
}

/** The definition of one container of a pod, without its dependencies, its share and its log: only what replicas share. */
export function planContainer(pod: Pod, parts: ContainerParts): ContainerDefinition {
  const { container, start, split, mounts, takenPorts, hasInit = false } = parts;
  return {
    name: container.name,
    image: container.image ?? '',
    stopTimeout: stopTimeoutOf(pod),
    ...processOf(pod, container),
    ...linuxParametersOf(container, mounts, hasInit),
    ...systemControlsOf(pod),
    ...lifeOf(container),
    ...vectorOf(start),
    environment: toPairs(split?.definition ?? new Map()),
    ...secretsOf(parts),
    portMappings: portsOf(container, takenPorts),
    mountPoints: [...(mounts?.mountPoints ?? [])],
  };
}

/** As whom, where and with what streams the program runs. */
function processOf(pod: Pod, container: Container): Partial<ContainerDefinition> {
  const user = userOf(pod, container);
  return {
    ...(container.workingDir ? { workingDirectory: container.workingDir } : {}),
    ...(container.tty === true ? { pseudoTerminal: true } : {}),
    ...(container.stdin === true ? { interactive: true } : {}),
    ...(container.securityContext?.readOnlyRootFilesystem === true ? { readonlyRootFilesystem: true } : {}),
    ...(user === undefined ? {} : { user }),
  };
}

/** How its health is known, and whether it is started again alone. */
function lifeOf(container: Container): Pick<ContainerDefinition, 'healthCheck' | 'restartPolicy'> {
  const { healthCheck } = planHealthCheck(container, '');
  return {
    ...(healthCheck === undefined ? {} : { healthCheck }),
    ...(isSidecar(container)
      ? { restartPolicy: { enabled: true, restartAttemptPeriod: RESTART_SECONDS } }
      : {}),
  };
}

function secretsOf({ split, secretSource }: ContainerParts): Pick<ContainerDefinition, 'secrets'> {
  if (split === undefined || split.secrets.length === 0) return {};
  return {
    secrets: split.secrets.map((variable) => ({ name: variable.name, valueFrom: secretSource(variable) })),
  };
}

/** Name/value pairs sorted by name: the order of variables means nothing once they are expanded. */
export function toPairs(variables: Variables): (KeyValuePair & { name: string; value: string })[] {
  return [...variables]
    .map(([name, { text }]) => ({ name, value: text }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

function vectorOf(start: ContainerStart | undefined): Pick<ContainerDefinition, 'entryPoint' | 'command'> {
  if (start === undefined) return {};
  const { entryPoint, command, perPodCommand } = start;
  return {
    ...(entryPoint === undefined ? {} : { entryPoint: [...entryPoint] }),
    ...(command === undefined || perPodCommand ? {} : { command: [...command] }),
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

function linuxParametersOf(
  container: Container,
  mounts: ContainerParts['mounts'],
  hasInit: boolean,
): Pick<ContainerDefinition, 'linuxParameters'> {
  const { add, drop } = chooseCapabilities(container.securityContext?.capabilities ?? {});
  const capabilities = { ...(add && { add: [...add] }), ...(drop && { drop: [...drop] }) };
  const linuxParameters = {
    ...(Object.keys(capabilities).length === 0 ? {} : { capabilities }),
    ...mounts?.linuxParameters,
    ...(hasInit && { initProcessEnabled: true }),
  };
  return Object.keys(linuxParameters).length === 0 ? {} : { linuxParameters };
}

/** Those of the network are the whole task's, and the last container to start decides: all of them say the same. */
function systemControlsOf({ spec }: Pod): Pick<ContainerDefinition, 'systemControls'> {
  const sysctls = spec.securityContext?.sysctls ?? [];
  if (sysctls.length === 0) return {};
  return { systemControls: sysctls.map(({ name, value }) => ({ namespace: name, value })) };
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
