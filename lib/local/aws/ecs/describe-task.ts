import { createHash } from 'node:crypto';
import type { Instant } from '../../../core/kubernetes.ts';
import { ecsArn } from './ecs-names.ts';
import type { Container, EcsWorld, Task, TaskStatus } from './ecs-state.ts';

/** The two faces of a task: the API's (epoch seconds, health) and the event's (ISO times, `updatedAt`, no tags, no health). */
export type TaskForm = 'api' | 'event';

const TIMES = [
  'createdAt',
  'connectivityAt',
  'pullStartedAt',
  'pullStoppedAt',
  'startedAt',
  'stoppingAt',
  'executionStoppedAt',
  'stoppedAt',
] as const;

/** A task as DescribeTasks or as the event "ECS Task State Change" shows it. */
export function describeTask(world: EcsWorld, task: Task, form: TaskForm): Record<string, unknown> {
  const time = (at: Instant): unknown => (form === 'api' ? at / 1000 : new Date(at).toISOString());
  const containers = task.failedToStart ? [] : task.containers;
  return {
    attachments: [describeAttachment(task, form)],
    attributes: [{ name: 'ecs.cpu-architecture', value: processorOf(task) }],
    availabilityZone: `${world.place.region}a`,
    ...(task.capacityProvider !== undefined && { capacityProviderName: task.capacityProvider }),
    clusterArn: task.clusterArn,
    ...(task.connectivityAt !== undefined && { connectivity: 'CONNECTED' }),
    containers: containers.map((container) => describeContainer(world, task, container, form)),
    cpu: task.cpu,
    desiredStatus: task.desired,
    enableExecuteCommand: task.executeCommand,
    ephemeralStorage: task.definition.body.ephemeralStorage ?? { sizeInGiB: 20 },
    group: task.group,
    ...(form === 'api' && { healthStatus: taskHealth(task) }),
    lastStatus: task.status,
    launchType: 'FARGATE',
    memory: task.memory,
    overrides: describeOverrides(task),
    platformVersion: '1.4.0',
    ...(form === 'api' && { platformFamily: 'Linux' }),
    ...(task.startedBy !== undefined && { startedBy: task.startedBy }),
    ...(task.stopCode !== undefined && { stopCode: task.stopCode, stoppedReason: task.stoppedReason }),
    taskArn: task.arn,
    taskDefinitionArn: task.definition.arn,
    ...Object.fromEntries(
      TIMES.flatMap((name) => (task[name] === undefined ? [] : [[name, time(task[name])]])),
    ),
    ...(form === 'event' && { updatedAt: time(task.updatedAt) }),
    version: task.version,
  };
}

function processorOf({ definition }: Task): string {
  return definition.body.runtimePlatform?.cpuArchitecture === 'ARM64' ? 'arm64' : 'x86_64';
}

function describeContainer(
  world: EcsWorld,
  task: Task,
  container: Container,
  form: TaskForm,
): Record<string, unknown> {
  const { lastStatus, exitCode, reason } = container.reported;
  const pulled = task.pullStoppedAt !== undefined;
  const digest = pulled && (form === 'api' || isEcrHosted(container.image));
  const { name, image, index } = container;
  return {
    containerArn: ecsArn(world.place, `container/${clusterOf(task)}/${task.id}/${uuidOf(task, index)}`),
    taskArn: task.arn,
    ...{ name, image, lastStatus },
    ...(digest && { imageDigest: digestOf(container.image) }),
    ...(pulled && { runtimeId: `${task.id}-${runtimeNumber(task, index)}` }),
    ...(exitCode !== undefined && { exitCode }),
    ...(reason !== undefined && { reason }),
    ...(form === 'api' && { networkBindings: [], healthStatus: container.health ?? 'UNKNOWN' }),
    networkInterfaces: hasAddress(task)
      ? [{ attachmentId: uuidOf(task, 99), privateIpv4Address: addressOf(task) }]
      : [],
    ...(task.executeCommand && { managedAgents: [describeExecAgent(task, container)] }),
    cpu: container.definition === undefined ? 'null' : String(container.definition.cpu ?? 0),
    ...(container.definition?.memory !== undefined && { memory: String(container.definition.memory) }),
  };
}

/** The agent of ECS Exec runs beside the container's own process, on its root file system. */
export function describeExecAgent(
  { execAgentsAway }: Task,
  { definition, reported }: Container,
): { readonly name: string; readonly lastStatus: string; readonly reason?: string } {
  const name = 'ExecuteCommandAgent';
  if (definition?.readonlyRootFilesystem === true)
    return { name, lastStatus: 'STOPPED', reason: 'CannotStartContainerError: read-only file system' };
  if (reported.lastStatus === 'RUNNING')
    return { name, lastStatus: execAgentsAway === true ? 'PENDING' : 'RUNNING' };
  return { name, lastStatus: reported.lastStatus };
}

const ATTACHMENT_STATUS: Readonly<Record<TaskStatus, string>> = {
  PROVISIONING: 'PRECREATED',
  PENDING: 'ATTACHED',
  ACTIVATING: 'ATTACHED',
  RUNNING: 'ATTACHED',
  DEACTIVATING: 'ATTACHED',
  STOPPING: 'ATTACHED',
  DEPROVISIONING: 'DETACHING',
  STOPPED: 'DELETED',
};

/** The network interface; its type has another name in the API than in events. */
function describeAttachment(task: Task, form: TaskForm): Record<string, unknown> {
  const address = addressOf(task);
  const details = [{ name: 'subnetId', value: task.subnet }];
  if (hasAddress(task)) {
    details.push(
      { name: 'networkInterfaceId', value: `eni-0${task.id.slice(0, 16)}` },
      { name: 'macAddress', value: `0a:${(task.id.slice(0, 10).match(/../g) ?? []).join(':')}` },
      { name: 'privateDnsName', value: `ip-${address.replaceAll('.', '-')}.ec2.internal` },
      { name: 'privateIPv4Address', value: address },
    );
  }
  const type = form === 'api' ? 'ElasticNetworkInterface' : 'eni';
  return { id: uuidOf(task, 99), type, status: ATTACHMENT_STATUS[task.status], details };
}

/** ECS shows an entry for every container; a stranger's carries the text "null" as its CPU. */
function describeOverrides(task: Task): Record<string, unknown> {
  const given = new Map(task.overrides.containerOverrides?.map((override) => [override.name, override]));
  const containerOverrides = task.containers.map(({ name, definition }) => {
    if (definition === undefined) return { name, cpu: 'null' };
    return given.get(name) ?? { name };
  });
  return { ...task.overrides, containerOverrides };
}

function taskHealth(task: Task): string {
  const checked = task.containers.filter((container) => container.health !== undefined);
  if (checked.some((container) => container.health === 'UNHEALTHY')) return 'UNHEALTHY';
  return checked.length > 0 && checked.every((container) => container.health === 'HEALTHY')
    ? 'HEALTHY'
    : 'UNKNOWN';
}

function hasAddress(task: Task): boolean {
  return task.connectivityAt !== undefined;
}

/** The address of a task; they come round again after some sixty thousand tasks. */
export function addressOf(task: Task): string {
  const place = task.number % 64_000;
  return `10.0.${Math.floor(place / 250)}.${(place % 250) + 4}`;
}

function clusterOf(task: Task): string {
  return task.clusterArn.split('/').at(-1) ?? '';
}

/** An id that belongs to the task and needs not be kept. */
function uuidOf(task: Task, salt: number): string {
  const hex = task.id;
  const last = (Number.parseInt(hex.slice(20, 30), 16) ^ salt) >>> 0;
  return [
    hex.slice(8, 16),
    hex.slice(4, 8),
    `4${hex.slice(1, 4)}`,
    `8${hex.slice(16, 19)}`,
    `${hex.slice(20, 24)}${last.toString(16).padStart(8, '0')}`,
  ].join('-');
}

function runtimeNumber(task: Task, index: number): number {
  return (Number.parseInt(task.id.slice(0, 8), 16) + index) >>> 0;
}

function isEcrHosted(image: string): boolean {
  return /^(?:public\.ecr\.aws\/|\d+\.dkr\.ecr\.)/.test(image);
}

const digests = new Map<string, string>();

/** The same image has the same digest always; there are few images, so they are remembered. */
function digestOf(image: string): string {
  const known = digests.get(image) ?? `sha256:${createHash('sha256').update(image).digest('hex')}`;
  digests.set(image, known);
  return known;
}
