import { Buffer } from 'node:buffer';
import type { Instant } from '../../../core/kubernetes.ts';
import { parseInput } from '../parse-input.ts';
import { describeTaskDefinition } from './describe-task-definition.ts';
import { registerTaskDefinitionSchema } from './ecs-inputs.ts';
import type { ContainerDefinition, RegisterTaskDefinitionInput } from './ecs-inputs.ts';
import { clientFault, ecsArn } from './ecs-names.ts';
import type { EcsWorld, TaskDefinition } from './ecs-state.ts';
import { cpuUnits, isFargateSize, memoryMiB } from './fargate-grid.ts';
import { validateContainerDefinition } from './validate-container-definition.ts';
import { validateDependencies } from './validate-dependencies.ts';
import { validateTaskInputs } from './validate-task-inputs.ts';
import { validateVolumes } from './validate-volumes.ts';

const MAX_CONTAINERS = 10;
const MAX_BYTES = 65_536;
const FAMILY = /^[a-zA-Z0-9_-]{1,255}$/;

/** RegisterTaskDefinition: validates for Fargate and adds a revision to the family. Revisions are never used twice. */
export function registerTaskDefinition(world: EcsWorld, input: unknown, now: Instant): unknown {
  const body = parseInput(registerTaskDefinitionSchema, input);
  const family = body.family ?? '';
  const containers = body.containerDefinitions ?? [];
  if (!FAMILY.test(family)) throw clientFault('Family contains invalid characters.');
  validateContainers(containers);
  validateSize(body, containers);
  validateVolumes(body, containers);
  validateTaskInputs(body, containers);
  const { tags = [], ...rest } = body;
  const bytes = Buffer.byteLength(JSON.stringify(rest));
  if (bytes > MAX_BYTES)
    throw clientFault(`Actual length: '${bytes}'. Max allowed length is '${MAX_BYTES}' bytes.`);
  const revisions = world.families.get(family) ?? [];
  const revision = revisions.length + 1;
  const arn = ecsArn(world.place, `task-definition/${family}:${revision}`);
  const definition: TaskDefinition = {
    ...{ arn, family, revision, containers, tags, registeredAt: now, status: 'ACTIVE' },
    body: { ...rest, cpu: String(cpuUnits(rest.cpu)), memory: String(memoryMiB(rest.memory)) },
  };
  revisions.push(definition);
  world.families.set(family, revisions);
  return { taskDefinition: describeTaskDefinition(definition), ...(tags.length > 0 && { tags }) };
}

function validateContainers(containers: readonly ContainerDefinition[]): void {
  if (containers.length === 0) throw clientFault('Container list cannot be empty.');
  if (containers.length > MAX_CONTAINERS) throw clientFault('Too many containers.');
  for (const container of containers) validateContainerDefinition(container);
  const names = new Set(containers.map((container) => container.name));
  if (names.size < containers.length)
    throw clientFault('Container names must be unique in a task definition.');
  if (containers.every((container) => container.essential === false)) {
    throw clientFault('At least one container in a task definition must be essential.');
  }
  validateDependencies(containers);
}

function validateSize(body: RegisterTaskDefinitionInput, containers: readonly ContainerDefinition[]): void {
  if (body.networkMode !== 'awsvpc') throw clientFault("Fargate only supports network mode 'awsvpc'.");
  const [cpu, memory] = [cpuUnits(body.cpu), memoryMiB(body.memory)];
  if (cpu === undefined) throw clientFault("Fargate requires that 'cpu' be defined at the task level.");
  if (memory === undefined) throw clientFault("Fargate requires that 'memory' be defined at the task level.");
  if (!isFargateSize(cpu, memory)) throw clientFault('No Fargate configuration exists for given values.');
  if (sum(containers, (container) => container.cpu ?? 0) > cpu) {
    throw clientFault("Invalid setting for 'cpu': the containers reserve more than the task has.");
  }
  if (sum(containers, (container) => container.memoryReservation ?? container.memory ?? 0) > memory) {
    throw clientFault("Invalid setting for 'memory': the containers reserve more than the task has.");
  }
  if (containers.some((container) => (container.memory ?? 0) > memory)) {
    throw clientFault("Invalid setting for 'memory': a container's limit is more than the task has.");
  }
  const disk = body.ephemeralStorage?.sizeInGiB ?? 21;
  if (disk < 21 || disk > 200) throw clientFault('Ephemeral storage size must be between 21 and 200 GiB.');
  const logs = containers.some((container) => container.logConfiguration?.logDriver === 'awslogs');
  if (logs && body.executionRoleArn === undefined) {
    throw clientFault(
      'Fargate requires task definition to have execution role ARN to support log driver awslogs.',
    );
  }
}

function sum(
  containers: readonly ContainerDefinition[],
  value: (container: ContainerDefinition) => number,
): number {
  return containers.reduce((total, container) => total + value(container), 0);
}
