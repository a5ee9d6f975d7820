import { toTime, type ContainerState, type Instant, type Pod } from './kubernetes.ts';
import type { PodRecord } from './record.ts';
import { wasCutOff } from './restart.ts';
import { isHelper, type ObservedContainer, type ObservedTask } from './task.ts';
import { withoutUndefined } from './without-undefined.ts';

/** What Kubernetes itself says of a container without an exit code that was started in vain. */
const START_ERROR = { exitCode: 128, reason: 'StartError' } as const;
/** What Kubernetes itself says of a container that vanished. */
export const UNKNOWN_END = { exitCode: 137, reason: 'ContainerStatusUnknown' } as const;

type Waiting = NonNullable<ContainerState['waiting']>;
type Terminated = NonNullable<ContainerState['terminated']>;

/** The state of a container as the record's task shows it. */
export function stateNow(
  pod: Pod,
  record: PodRecord | undefined,
  seen: ObservedContainer | undefined,
): ContainerState {
  const task = record?.task;
  if (goesOnForAll(pod, record, seen)) return runningSince(seen?.startedAt);
  const over = seen?.state === 'stopped' || task?.state === 'stopped';
  if (task !== undefined && over && !neverReached(pod, task, seen))
    return { terminated: terminatedOf(seen, task) };
  if (seen?.state === 'running') return runningSince(seen.startedAt ?? task?.startedAt);
  return { waiting: waitingOf(pod, record) };
}

/**
 * Under OnFailure an exit with 0 is final for the API server: one that is not the container's own, but of a task that is being
 * stopped for another, is not shown.
 */
function goesOnForAll(
  { spec }: Pod,
  record: PodRecord | undefined,
  seen: ObservedContainer | undefined,
): boolean {
  const isFinal = spec.restartPolicy === 'OnFailure' && seen?.exitCode === 0;
  return isFinal && record?.task?.state !== 'stopped' && isCutOff(record, seen);
}

/** Whether the end of the container is none of its own: see {@link wasCutOff}. */
export function isCutOff(record: PodRecord | undefined, seen: ObservedContainer | undefined): boolean {
  return record !== undefined && seen !== undefined && wasCutOff(record, seen);
}

/**
 * Init containers or helpers ran, and the task ended before this container's turn came: it still waits, as the kubelet leaves
 * it. A helper is told of only when it failed.
 */
function neverReached({ spec }: Pod, task: ObservedTask, seen: ObservedContainer | undefined): boolean {
  const initial = new Set((spec.initContainers ?? []).map(({ name }) => name));
  const begun = task.containers.some(
    (one) => isHelper(one) || (initial.has(one.name) && one.exitCode !== undefined),
  );
  return begun && task.startedAt === undefined && seen?.exitCode === undefined;
}

/**
 * Whether a container of a task that has stopped never ran in it, as far as the provider tells: it has no start and no end of its own, and
 * the task as a whole never started. One that was started in vain has ended, as for the kubelet.
 */
export function neverRan(
  { startedAt }: Pick<ObservedTask, 'startedAt'>,
  seen: ObservedContainer | undefined,
): boolean {
  return (
    startedAt === undefined &&
    seen?.startedAt === undefined &&
    seen?.exitCode === undefined &&
    !isStartedInVain(seen)
  );
}

function isStartedInVain(seen: ObservedContainer | undefined): boolean {
  return seen?.reason !== undefined && /^Cannot(Start|Create)Container/i.test(seen.reason);
}

function runningSince(at: Instant | undefined): ContainerState {
  return { running: at === undefined ? {} : { startedAt: toTime(at) } };
}

/** Until something is known of a container, a pod with init containers is initializing, in the kubelet's words. */
function waitingOf({ spec }: Pod, record: PodRecord | undefined): Waiting {
  const refusal = record?.taskArn === undefined ? record?.refusal : undefined;
  const reason = (spec.initContainers ?? []).length > 0 ? 'PodInitializing' : 'ContainerCreating';
  if (refusal === undefined || record === undefined) return { reason };
  const next = record.nextTryAt === undefined ? '' : ` Next try at ${toTime(record.nextTryAt)}.`;
  return { reason: refusal.podReason, message: `${refusal.message}${next}` };
}

/** The `terminated` state of a container; an exit code that nobody told is Kubernetes' own for that case, never another. */
export function terminatedOf(
  seen: ObservedContainer | undefined,
  task: Pick<ObservedTask, 'startedAt' | 'stoppedAt'>,
): Terminated {
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
  if (seen?.exitCode === undefined) return isStartedInVain(seen) ? START_ERROR : UNKNOWN_END;
  if (seen.outOfMemory === true) return { exitCode: seen.exitCode, reason: 'OOMKilled' };
  return { exitCode: seen.exitCode, reason: seen.exitCode === 0 ? 'Completed' : 'Error' };
}

/** How a status names a container of the runtime. */
export function containerId(runtimeId: string | undefined): string | undefined {
  return runtimeId === undefined ? undefined : `ecs://${runtimeId}`;
}
