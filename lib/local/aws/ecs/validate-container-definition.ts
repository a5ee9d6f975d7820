import type { ContainerDefinition } from './ecs-inputs.ts';
import { clientFault } from './ecs-names.ts';

const NAME = /^[a-zA-Z0-9_-]{1,255}$/;
const MIN_MEMORY_MIB = 6;

/** What Fargate does not have at all, by the name of the field. */
const NOT_ON_FARGATE = [
  'privileged',
  'dockerSecurityOptions',
  'dnsServers',
  'dnsSearchDomains',
  'extraHosts',
  'hostname',
  'links',
  'disableNetworking',
] as const;

/** Limits of numbers, each with the way to it: [what it is, value, least, most]. */
type Limit = readonly [what: string, value: number | undefined, least: number, most: number];

/** Refuses a container definition that ECS would refuse, with a `ClientException` that names the first fault. */
export function validateContainerDefinition(container: ContainerDefinition): void {
  const { name, image } = container;
  if (name === undefined || !NAME.test(name))
    throw clientFault(`Container.name contains invalid characters: ${name ?? ''}`);
  if (image === undefined || image === '')
    throw clientFault('Container.image repository should not be null or empty.');
  if ((image.split('@')[0] ?? '').length > 255)
    throw clientFault('Container.image should be 255 characters or less');
  validateLimits(name, container);
  validateFargate(name, container);
  validateLogs(container);
  const check = container.healthCheck?.command[0];
  if (check !== undefined && !['CMD', 'CMD-SHELL', 'NONE'].includes(check))
    throw clientFault('Health check command must start with NONE, CMD or CMD-SHELL.');
  for (const { containerPort, hostPort } of container.portMappings ?? []) {
    if (hostPort !== undefined && hostPort !== containerPort) {
      throw clientFault(
        'When networkMode=awsvpc, the host ports and container ports in port mappings must match.',
      );
    }
  }
}

function validateLimits(name: string, container: ContainerDefinition): void {
  const { healthCheck, restartPolicy } = container;
  const limits: readonly Limit[] = [
    ['memory', container.memory, MIN_MEMORY_MIB, Number.MAX_SAFE_INTEGER],
    ['memoryReservation', container.memoryReservation, MIN_MEMORY_MIB, Number.MAX_SAFE_INTEGER],
    ['startTimeout', container.startTimeout, 2, 120],
    ['stopTimeout', container.stopTimeout, 2, 120],
    ['healthCheck.interval', healthCheck?.interval, 5, 300],
    ['healthCheck.timeout', healthCheck?.timeout, 2, 60],
    ['healthCheck.retries', healthCheck?.retries, 1, 10],
    ['healthCheck.startPeriod', healthCheck?.startPeriod, 0, 300],
    ['restartPolicy.restartAttemptPeriod', restartPolicy?.restartAttemptPeriod, 60, 1800],
    ['restartPolicy.ignoredExitCodes', restartPolicy?.ignoredExitCodes?.length, 0, 50],
  ];
  for (const [what, value, least, most] of limits) {
    if (value !== undefined && (value < least || value > most)) {
      throw clientFault(
        `Invalid setting for container '${name}'. ${what} must be between ${least} and ${most}.`,
      );
    }
  }
}

function validateFargate(name: string, container: ContainerDefinition): void {
  const linux = container.linuxParameters;
  const used: string[] = NOT_ON_FARGATE.filter((field) => isSet(container[field]));
  if (isSet(linux?.devices)) used.push('linuxParameters.devices');
  if (isSet(linux?.sharedMemorySize)) used.push('linuxParameters.sharedMemorySize');
  if (isSet(linux?.maxSwap)) used.push('linuxParameters.maxSwap');
  if (linux?.capabilities?.add?.some((capability) => capability !== 'SYS_PTRACE') === true) {
    used.push('linuxParameters.capabilities.add');
  }
  if (used.length > 0) {
    throw clientFault(
      `Fargate compatible task definitions do not support ${used.join(', ')} (container '${name}')`,
    );
  }
}

function isSet(value: unknown): boolean {
  return (
    value !== undefined && value !== false && value !== '' && !(Array.isArray(value) && value.length === 0)
  );
}

function validateLogs({ logConfiguration: logs }: ContainerDefinition): void {
  if (logs?.logDriver !== 'awslogs') return;
  const missing = ['awslogs-group', 'awslogs-region', 'awslogs-stream-prefix'].filter(
    (option) => logs.options?.[option] === undefined,
  );
  if (missing.length > 0) throw clientFault(`Log driver awslogs requires options: ${missing.join(', ')}`);
}
