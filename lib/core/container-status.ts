import {
  toTime,
  type Container,
  type ContainerState,
  type ContainerStatus,
  type Instant,
  type Pod,
} from './kubernetes.ts';
import type { PodRecord } from './record.ts';
import { everRan, type Ending } from './restart.ts';
import type { ObservedContainer, ObservedTask } from './task.ts';

/** Exit codes that Kubernetes itself uses where the runtime gives none: started in vain, and vanished. */
const START_ERROR = 128;
const STATUS_UNKNOWN = 137;

/** What the statuses of one pod's containers are derived from. */
export interface ContainerFacts {
  readonly pod: Pod;
  readonly record: PodRecord | undefined;
  /** Set when the record's task has stopped. */
  readonly ending: Ending | undefined;
  readonly podsReady: boolean;
}

/** The status of every app container of the pod, in the order of its spec. */
export function deriveContainerStatuses(facts: ContainerFacts): ContainerStatus[] {
  return facts.pod.spec.containers.map((container) => deriveContainerStatus(facts, container));
}

function deriveContainerStatus(facts: ContainerFacts, container: Container): ContainerStatus {
  const { pod, record, podsReady } = facts;
  const seen = record?.task?.containers.find(({ name }) => name === container.name);
  const state = stateOf(facts, seen);
  const lastState = lastStateOf(facts, container.name, state);
  const running = state.running !== undefined;
  const shown = seen ?? record?.previous?.containers.find(({ name }) => name === container.name);
  const image = container.image ?? '';
  return {
    name: container.name,
    image,
    imageID: shown?.imageDigest === undefined ? '' : `${image.split('@')[0] ?? image}@${shown.imageDigest}`,
    ...(shown?.runtimeId !== undefined && { containerID: `ecs://${shown.runtimeId}` }),
    state,
    lastState,
    ready: running && podsReady && seen?.health !== 'unhealthy',
    started: running,
    restartCount: Math.max(record?.restarts[container.name] ?? 0, publishedRestarts(pod, container.name)),
  };
}

function publishedRestarts(pod: Pod, name: string): number {
  return pod.status?.containerStatuses?.find((status) => status.name === name)?.restartCount ?? 0;
}

function stateOf({ record, ending }: ContainerFacts, seen: ObservedContainer | undefined): ContainerState {
  const task = record?.task;
  if (ending?.kind === 'again') return { waiting: { reason: ending.reason, message: ending.message } };
  if (task?.state === 'stopped') return { terminated: terminatedOf(seen, task) };
  if (seen?.state === 'stopped' && task !== undefined) return { terminated: terminatedOf(seen, task) };
  if (seen?.state === 'running') return runningSince(seen.startedAt ?? task?.startedAt ?? task?.createdAt);
  return { waiting: waitingOf(record) };
}

function runningSince(at: Instant | undefined): ContainerState {
  return { running: at === undefined ? {} : { startedAt: toTime(at) } };
}

function waitingOf(record: PodRecord | undefined): NonNullable<ContainerState['waiting']> {
  const refusal = record?.taskArn === undefined ? record?.refusal : undefined;
  if (refusal === undefined || record === undefined) return { reason: 'ContainerCreating' };
  const next = record.nextTryAt === undefined ? '' : ` Next try at ${toTime(record.nextTryAt)}.`;
  return { reason: refusal.podReason, message: `${refusal.message}${next}` };
}

/** The `terminated` state of a container; an exit code that nobody told is Kubernetes' own for that case, never another. */
export function terminatedOf(
  seen: ObservedContainer | undefined,
  task: ObservedTask,
): NonNullable<ContainerState['terminated']> {
  const { exitCode, reason } = exitOf(seen);
  const startedAt = seen?.startedAt ?? task.startedAt;
  const finishedAt = seen?.finishedAt ?? task.stoppedAt;
  return {
    exitCode,
    reason,
    ...(seen?.reason !== undefined && { message: seen.reason }),
    ...(startedAt !== undefined && { startedAt: toTime(startedAt) }),
    ...(finishedAt !== undefined && { finishedAt: toTime(finishedAt) }),
    ...(seen?.runtimeId !== undefined && { containerID: `ecs://${seen.runtimeId}` }),
  };
}

function exitOf(seen: ObservedContainer | undefined): { exitCode: number; reason: string } {
  if (seen?.exitCode === undefined) {
    if (seen?.reason !== undefined && /^Cannot(Start|Create)Container/i.test(seen.reason))
      return { exitCode: START_ERROR, reason: 'StartError' };
    return { exitCode: STATUS_UNKNOWN, reason: 'ContainerStatusUnknown' };
  }
  if (seen.outOfMemory === true) return { exitCode: seen.exitCode, reason: 'OOMKilled' };
  return { exitCode: seen.exitCode, reason: seen.exitCode === 0 ? 'Completed' : 'Error' };
}

/** How the container ended last: this attempt's end while it waits for the next one, else the previous attempt's. */
function lastStateOf(
  { record, ending }: ContainerFacts,
  name: string,
  state: ContainerState,
): ContainerState {
  const task = record?.task;
  if (ending?.kind === 'again' && task !== undefined && everRan(task)) {
    return {
      terminated: terminatedOf(
        task.containers.find((container) => container.name === name),
        task,
      ),
    };
  }
  const before = record?.previous;
  if (before === undefined || (state.terminated !== undefined && record?.attempt === before.attempt))
    return {};
  const seen = before.containers.find((container) => container.name === name);
  if (seen === undefined) return {};
  return { terminated: terminatedOf(seen, { ...before, arn: before.taskArn, version: 0, state: 'stopped' }) };
}
