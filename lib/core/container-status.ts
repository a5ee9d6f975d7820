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
import { withoutUndefined } from './without-undefined.ts';

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
  const { name, image = '' } = container;
  const seen = namedIn(record?.task?.containers, name);
  const shown = seen ?? namedIn(record?.previous?.containers, name);
  const state = stateOf(facts, seen);
  const running = state.running !== undefined;
  return withoutUndefined({
    name,
    image,
    imageID: imageId(image, shown?.imageDigest),
    containerID: containerId(shown?.runtimeId),
    state,
    lastState: lastStateOf(facts, name),
    ready: running && podsReady && seen?.health !== 'unhealthy',
    started: running,
    restartCount: Math.max(record?.restarts[name] ?? 0, publishedRestarts(pod, name)),
  });
}

function namedIn(
  containers: readonly ObservedContainer[] | undefined,
  wanted: string,
): ObservedContainer | undefined {
  return containers?.find(({ name }) => name === wanted);
}

function containerId(runtimeId: string | undefined): string | undefined {
  return runtimeId === undefined ? undefined : `ecs://${runtimeId}`;
}

function imageId(image: string, digest: string | undefined): string {
  return digest === undefined ? '' : `${image.replace(/@.*$/, '')}@${digest}`;
}

function publishedRestarts(pod: Pod, name: string): number {
  return pod.status?.containerStatuses?.find((status) => status.name === name)?.restartCount ?? 0;
}

function stateOf({ record, ending }: ContainerFacts, seen: ObservedContainer | undefined): ContainerState {
  const task = record?.task;
  if (ending?.kind === 'again') return { waiting: { reason: ending.reason, message: ending.message } };
  if (task !== undefined && (task.state === 'stopped' || seen?.state === 'stopped'))
    return { terminated: terminatedOf(seen, task) };
  if (seen?.state === 'running') return runningSince(seen.startedAt ?? task?.startedAt);
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
  task: Pick<ObservedTask, 'startedAt' | 'stoppedAt'>,
): NonNullable<ContainerState['terminated']> {
  return withoutUndefined({
    ...exitOf(seen),
    message: seen?.reason,
    startedAt: timeOf(seen?.startedAt ?? task.startedAt),
    finishedAt: timeOf(seen?.finishedAt ?? task.stoppedAt),
    containerID: containerId(seen?.runtimeId),
  });
}

function timeOf(at: Instant | undefined): string | undefined {
  return at === undefined ? undefined : toTime(at);
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
function lastStateOf({ record, ending }: ContainerFacts, name: string): ContainerState {
  const task = record?.task;
  if (ending?.kind === 'again' && task !== undefined && everRan(task))
    return { terminated: terminatedOf(namedIn(task.containers, name), task) };
  const before = record?.previous;
  const seen = namedIn(before?.containers, name);
  return before === undefined || seen === undefined ? {} : { terminated: terminatedOf(seen, before) };
}
