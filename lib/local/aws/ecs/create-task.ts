import type { Instant } from '../../../core/kubernetes.ts';
import type { ContainerDefinition, RunTaskInput } from './ecs-inputs.ts';
import { ecsArn } from './ecs-names.ts';
import type { Container, EcsWorld, Tag, Task, TaskDefinition } from './ecs-state.ts';
import { beginTask } from './task-life.ts';
import { sizeOf } from './validate-run-task.ts';

/** What a new task is made of; the request was validated. */
export interface NewTask {
  readonly input: RunTaskInput;
  readonly definition: TaskDefinition;
  /** ARN of the cluster. */
  readonly cluster: string;
  readonly spot: boolean;
  readonly now: Instant;
}

/** Adds a task to the world and begins its life. */
export function createTask(world: EcsWorld, wanted: NewTask): Task {
  world.taskCount += 1;
  const task = toTask(world, wanted);
  world.tasks.set(task.id, task);
  world.vcpusInUse[task.spot ? 'spot' : 'onDemand'] += task.vcpus;
  if (task.startedBy !== undefined) {
    const sameStarter = world.tasksByStarter.get(task.startedBy) ?? new Set();
    world.tasksByStarter.set(task.startedBy, sameStarter.add(task));
  }
  beginTask(world, task, wanted.now);
  return task;
}

function toTask(world: EcsWorld, { input, definition, cluster, spot, now }: NewTask): Task {
  const id = world.ids().replaceAll('-', '');
  const { cpu, memory } = sizeOf(input, definition);
  const { startedBy, clientToken, group = `family:${definition.family}`, overrides = {} } = input;
  return {
    ...{ id, clusterArn: cluster, number: world.taskCount, definition, spot },
    arn: ecsArn(world.place, `task/${cluster.split('/').at(-1) ?? ''}/${id}`),
    ...{ cpu: String(cpu), memory: String(memory), vcpus: cpu / 1024 },
    ...{ startedBy, group, clientToken, overrides, tags: tagsOf(input, definition) },
    capacityProvider: input.capacityProviderStrategy?.[0]?.capacityProvider,
    subnet: input.networkConfiguration?.awsvpcConfiguration?.subnets[0] ?? '',
    executeCommand: input.enableExecuteCommand === true,
    containers: definition.containers.map(toContainer),
    volumes: new Map((definition.body.volumes ?? []).map(({ name = '' }) => [name, new Map()])),
    ...{ status: 'PROVISIONING', desired: 'RUNNING', failedToStart: false },
    ...{ createdAt: now, updatedAt: now, version: 0 },
  };
}

function tagsOf(input: RunTaskInput, definition: TaskDefinition): readonly Tag[] {
  return [...(input.propagateTags === 'TASK_DEFINITION' ? definition.tags : []), ...(input.tags ?? [])];
}

function toContainer(definition: ContainerDefinition, index: number): Container {
  const { name = '', image = '' } = definition;
  return {
    index,
    name,
    image,
    definition,
    ownFiles: new Map(),
    now: { lastStatus: 'PENDING' },
    reported: { lastStatus: 'PENDING' },
  };
}
