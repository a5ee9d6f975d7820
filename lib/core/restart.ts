import { retryDelay } from './failure.ts';
import { fromTime, toTime, isDeleting, isTerminal, type Instant, type Pod } from './kubernetes.ts';
import type { PodRecord, PreviousAttempt, StopRequest } from './record.ts';
import { isHelper, type ObservedContainer, type ObservedTask } from './task.ts';
import { withoutUndefined } from './without-undefined.ts';

/** Back-off of restarts and image pulls: 10 s doubling to 5 min, forgotten after 10 min up (the kubelet's numbers). */
const BACK_OFF = { baseMs: 10_000, maxMs: 300_000, resetAfterMs: 600_000 } as const;

/** The end of a pod whose `activeDeadlineSeconds` passed, in the kubelet's words. */
export const DEADLINE_EXCEEDED = {
  phase: 'Failed',
  reason: 'DeadlineExceeded',
  message: 'Pod was active on the node longer than the specified deadline',
} as const;

/** What a stopped task means for its pod. */
export type Ending =
  | {
      readonly kind: 'terminal';
      readonly phase: 'Succeeded' | 'Failed';
      readonly reason?: string;
      readonly message?: string;
      /** Set when the pod was taken away rather than failed: goes into the condition DisruptionTarget. */
      readonly disruption?: string;
    }
  | {
      readonly kind: 'again';
      /** The next attempt must not start before this. */
      readonly at: Instant;
      /** Why the containers wait, in the kubelet's words. */
      readonly reason: string;
      readonly message: string;
    };

/** The delay after a failure that follows `count` failures in a row, in milliseconds. */
export function backOffDelay(count: number): number {
  return Math.min(BACK_OFF.maxMs, BACK_OFF.baseMs * 2 ** Math.min(count, 10));
}

/** Failures in a row before this one: zero again when this attempt was up for ten minutes. */
function countBefore(record: PodRecord, task: ObservedTask): number {
  const ran = task.startedAt === undefined ? 0 : (task.stoppedAt ?? task.startedAt) - task.startedAt;
  return ran >= BACK_OFF.resetAfterMs ? 0 : record.backOffCount;
}

/** Whether any container of the pod ever ran in the task, as far as the provider told. */
export function everRan(task: ObservedTask): boolean {
  return task.startedAt !== undefined || task.containers.some(ran);
}

/** Whether an app container ever ran in the task: init containers that did are no start of the pod. */
function appsRan({ spec }: Pod, task: ObservedTask): boolean {
  const apps = new Set(spec.containers.map(({ name }) => name));
  return task.startedAt !== undefined || task.containers.some((one) => apps.has(one.name) && ran(one));
}

/** What containers that never ran wait for, in the kubelet's words: a first failed pull is an error, from then on it is a back-off. */
function waitingReason(cause: 'imagePull' | 'configuration' | 'capacity', count: number): string {
  switch (cause) {
    case 'imagePull':
      return count === 0 ? 'ErrImagePull' : 'ImagePullBackOff';
    case 'configuration':
      return 'CreateContainerConfigError';
    case 'capacity':
      return 'ContainerCreating';
  }
}

/**
 * What the record's stopped task means: a terminal phase, or another attempt at an absolute time.
 * @param task the record's task, stopped
 */
export function endingOf(pod: Pod, record: PodRecord, task: ObservedTask): Ending {
  if (record.stop !== undefined) return endingOfOurStop(pod, record, record.stop, task);
  if (isOver(pod)) return terminalByExit(pod, task);
  const cause = task.cause ?? 'exited';
  switch (cause) {
    case 'disruption': {
      const message = task.reason ?? 'The provider took the task away.';
      return { kind: 'terminal', phase: 'Failed', reason: 'Shutdown', message, disruption: message };
    }
    case 'lost': {
      const message = task.reason ?? 'The task is unknown to the provider and was never seen to stop.';
      return { kind: 'terminal', phase: 'Failed', reason: 'NodeLost', message, disruption: message };
    }
    case 'imagePull':
    case 'configuration':
    case 'capacity':
      return appsRan(pod, task)
        ? endingByPolicy(pod, record, task)
        : again(pod, record, task, waitingReason(cause, record.backOffCount));
    case 'containerStart':
    case 'exited':
    case 'requested':
      return endingByPolicy(pod, record, task);
  }
}

/** The restart policy decides about containers that ran. */
function endingByPolicy(pod: Pod, record: PodRecord, task: ObservedTask): Ending {
  const policy = pod.spec.restartPolicy ?? 'Always';
  const ending = terminalByExit(pod, task);
  const over = policy === 'Never' || (policy === 'OnFailure' && ending.phase === 'Succeeded');
  return over ? ending : again(pod, record, task, 'CrashLoopBackOff');
}

function endingOfOurStop(pod: Pod, record: PodRecord, stop: StopRequest, task: ObservedTask): Ending {
  switch (stop.why) {
    case 'deleted':
    case 'orphan':
      return terminalByExit(pod, task);
    case 'deadlineExceeded':
      return { kind: 'terminal', ...DEADLINE_EXCEEDED };
    case 'initFailed':
      return isOver(pod) ? terminalByExit(pod, task) : endingOfFailedInit(pod, record, stop, task);
    case 'unhealthy':
    case 'sidecarEnded':
      return isOver(pod)
        ? terminalByExit(pod, task)
        : endingByPolicy(pod, record, {
            ...task,
            containers: task.containers.map((one) => byItself(one, stop)),
          });
    case 'teardown': {
      const message = 'The virtual node was removed.';
      return {
        ...terminalByExit(pod, task),
        phase: 'Failed',
        reason: 'Shutdown',
        message,
        disruption: message,
      };
    }
  }
}

function isOver(pod: Pod): boolean {
  return isDeleting(pod) || isTerminal(pod);
}

/**
 * A container that was stopped for the sake of another has not ended by itself: whatever its exit code, it has to run again
 * where the restart policy asks for that, as it would have gone on under a kubelet.
 */
function byItself(container: ObservedContainer, { at, container: failed }: StopRequest): ObservedContainer {
  return container.name === failed || !isCutOff(container, at)
    ? container
    : withoutUndefined({ ...container, exitCode: undefined });
}

/** Whether a container ended only after its task was asked to stop, as far as the provider tells. */
function isCutOff({ exitCode, finishedAt }: ObservedContainer, stopAt: Instant): boolean {
  return exitCode !== undefined && (finishedAt === undefined || finishedAt >= stopAt);
}

/** Whether the end of this container of the record's task is none of its own: the task was stopped for another container. */
export function wasCutOff({ stop }: PodRecord, container: ObservedContainer): boolean {
  const forAnother = stop?.why === 'unhealthy' || stop?.why === 'sidecarEnded';
  return forAnother && stop.container !== container.name && isCutOff(container, stop.at);
}

/** A helper that failed is not the pod's doing, whatever its policy: it is tried again until what it lays out can be laid out. */
function endingOfFailedInit(pod: Pod, record: PodRecord, stop: StopRequest, task: ObservedTask): Ending {
  const failed = task.containers.find(({ name }) => name === stop.container);
  if (failed !== undefined && isHelper(failed)) {
    const words = failed.reason ?? `it ended with ${failed.exitCode ?? 'no exit code'}`;
    return again(pod, record, { ...task, reason: `${failed.name}: ${words}` }, 'CreateContainerConfigError');
  }
  if (pod.spec.restartPolicy === 'Never') return { kind: 'terminal', phase: 'Failed' };
  return again(pod, record, task, 'CrashLoopBackOff');
}

function terminalByExit(pod: Pod, task: ObservedTask): Ending & { kind: 'terminal' } {
  const exitCodeOf = (name: string) => task.containers.find((container) => container.name === name)?.exitCode;
  const succeeded = pod.spec.containers.every(({ name }) => exitCodeOf(name) === 0 || isDone(pod, name));
  return { kind: 'terminal', phase: succeeded ? 'Succeeded' : 'Failed' };
}

/**
 * Under OnFailure a container that exited with 0 is done for all attempts, although another attempt, which the others need, runs
 * it again.
 */
export function isDone({ spec, status }: Pod, name: string): boolean {
  if (spec.restartPolicy !== 'OnFailure') return false;
  const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return statuses.find((container) => container.name === name)?.state?.terminated?.exitCode === 0;
}

function again(pod: Pod, record: PodRecord, task: ObservedTask, reason: string): Ending {
  const count = countBefore(record, task);
  const delay =
    task.cause === 'capacity' && !everRan(task) ? retryDelay('capacity', count) : backOffDelay(count);
  const stoppedAt = task.stoppedAt ?? task.stoppingAt ?? record.launchedAt ?? record.launchBefore;
  const at = stoppedAt + delay;
  if (reason === 'CrashLoopBackOff') return { kind: 'again', at, reason, message: crashMessage(pod, delay) };
  const words = task.reason ?? 'The task could not be started.';
  return { kind: 'again', at, reason, message: `${words.replace(/\.?$/, '.')} Next try at ${toTime(at)}.` };
}

function crashMessage({ metadata: { namespace, name, uid } }: Pod, delay: number): string {
  return `back-off ${delay / 1000}s restarting failed containers of pod ${namespace}/${name}(${uid})`;
}

/** The attempt to remember as `previous` when the next one is claimed; attempts that never ran leave the older one in place. */
function previousOf({ attempt, task, previous }: PodRecord): PreviousAttempt | undefined {
  if (task === undefined || !everRan(task)) return previous;
  const { arn: taskArn, containers, cause, startedAt, stoppedAt } = task;
  return withoutUndefined({ attempt, taskArn, containers, cause, startedAt, stoppedAt });
}

/** Restart counts after the record's attempt: one more for each container that ran in it. */
function restartsAfter(record: PodRecord): Record<string, number> {
  const counts: Record<string, number> = { ...record.restarts };
  for (const container of record.task?.containers ?? []) {
    if (ran(container)) counts[container.name] = (counts[container.name] ?? 0) + 1;
  }
  return counts;
}

function ran(container: ObservedContainer): boolean {
  return !isHelper(container) && (container.exitCode !== undefined || container.startedAt !== undefined);
}

/** What the claim of the attempt after `record`'s carries over from it. */
export function carryOver(record: PodRecord): Pick<PodRecord, 'attempt' | 'restarts' | 'backOffCount'> & {
  readonly previous: PreviousAttempt | undefined;
} {
  const count = record.task === undefined ? record.backOffCount : countBefore(record, record.task) + 1;
  return {
    attempt: record.attempt + 1,
    restarts: restartsAfter(record),
    backOffCount: count,
    previous: previousOf(record),
  };
}

/**
 * The attempt number for a pod without a record. A pod whose status names a container has run before this table knew it:
 * its number must be one that no earlier task can carry.
 */
export function firstAttempt(pod: Pod): { readonly attempt: number; readonly ranBefore: boolean } {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const ranBefore = statuses.some((status) => (status.containerID ?? '') !== '' || status.restartCount > 0);
  const restarts = statuses.reduce((most, status) => Math.max(most, status.restartCount), 0);
  return { attempt: ranBefore ? restarts + 2 : 1, ranBefore };
}

/** When the pod must be stopped because of `activeDeadlineSeconds`, counted from its start time. */
export function activeDeadline(pod: Pod): Instant | undefined {
  const start = fromTime(pod.status?.startTime);
  const seconds = pod.spec.activeDeadlineSeconds;
  return start === undefined || seconds === undefined ? undefined : start + seconds * 1000;
}
