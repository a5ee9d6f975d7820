import { fromTime, type ContainerStatus, type Instant, type Pod } from '../../core/kubernetes.ts';
import { allContainers } from '../../core/pod-needs.ts';
import type { PodRecord } from '../../core/record.ts';
import type { TaskName } from '../../ports/provider.ts';

/** Which run of a container a log is of. */
export type ChosenLog =
  | {
      readonly kind: 'log';
      readonly task: TaskName;
      /** Absent: the container still runs. */
      readonly endedAt?: Instant;
    }
  | {
      readonly kind: 'none';
      readonly message: string;
      /** It ran, and only its record may know where: the status does not name it. */
      readonly isUnnamed?: true;
    };

/** What is known of the pod. The record is needed only where the status does not name a container's run. */
export interface LogFacts {
  readonly pod: Pod;
  readonly record?: PodRecord | undefined;
}

type Terminated = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>;

/**
 * The run whose log is meant, by the rules and in the words of the kubelet (`validateContainerLogStatus`): the one that runs, else the
 * one that ended last; with `previous` the one that ended before.
 */
export function chooseLog(facts: LogFacts, container: string, previous: boolean): ChosenLog {
  const { name } = facts.pod.metadata;
  if (!allContainers(facts.pod.spec).some((one) => one.name === container))
    return none(`container ${container} is not valid for pod ${name}`);
  const status = statusOf(facts.pod, container);
  const what = `container "${container}" in pod "${name}"`;
  if (status === undefined) return none(`${what} is not available`);
  if (!previous) return chooseLatest(facts, status, what);
  const words = `previous terminated ${what} not found`;
  if (status.lastState?.terminated === undefined) return none(words);
  return previousRun(facts, status) ?? unnamed(words);
}

function chooseLatest(facts: LogFacts, status: ContainerStatus, what: string): ChosenLog {
  const { state = {}, lastState } = status;
  if (state.running !== undefined) return currentRun(facts, status) ?? unnamed(`${what} is not available`);
  if (state.terminated !== undefined)
    return terminatedRun(facts, status, state.terminated) ?? unnamed(`${what} is terminated`);
  if (lastState?.terminated !== undefined)
    return previousRun(facts, status) ?? unnamed(`${what} is terminated`);
  if (state.waiting === undefined) return none(`${what} is waiting to start - no logs yet`);
  return none(`${what} is waiting to start: ${waitingFor(state.waiting.reason ?? '')}`);
}

/**
 * When the run of a container that `then` showed as running ended, by what the pod shows now; `undefined`: it still runs. That of a pod
 * that is gone ended by `now`.
 */
export function endOf(then: Pod, pod: Pod | undefined, container: string, now: Instant): Instant | undefined {
  if (pod?.metadata.uid !== then.metadata.uid) return now;
  const status = statusOf(pod, container);
  if (status?.state?.running !== undefined && !isAnotherRun(statusOf(then, container), status))
    return undefined;
  const ended = status?.state?.terminated ?? status?.lastState?.terminated;
  return fromTime(ended?.finishedAt) ?? now;
}

function isAnotherRun(then: ContainerStatus | undefined, status: ContainerStatus): boolean {
  return then?.containerID !== undefined && then.containerID !== status.containerID;
}

function waitingFor(reason: string): string {
  if (reason === 'ErrImagePull') return "image can't be pulled";
  return reason === 'ImagePullBackOff' ? 'trying and failing to pull image' : reason;
}

function statusOf({ status }: Pod, container: string): ContainerStatus | undefined {
  return [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].find(
    ({ name }) => name === container,
  );
}

function currentRun({ record }: LogFacts, { containerID }: ContainerStatus): ChosenLog | undefined {
  const task = runOf(containerID) ?? taskOf(record?.taskArn);
  return task === undefined ? undefined : { kind: 'log', task };
}

/** Where nobody told a runtime id of what ended, the record's task is the one; else the run before is shown, as the kubelet does. */
function terminatedRun(facts: LogFacts, status: ContainerStatus, ended: Terminated): ChosenLog | undefined {
  const task = runOf(ended.containerID) ?? runOf(status.containerID) ?? taskOf(facts.record?.taskArn);
  return task === undefined ? previousRun(facts, status) : over(task, ended);
}

/**
 * The status goes first: while a container waits for its next start its last run is still that of the record's task, and only afterwards
 * that of the attempt before.
 */
function previousRun(
  { record }: LogFacts,
  { state, lastState, name }: ContainerStatus,
): ChosenLog | undefined {
  const ended = lastState?.terminated;
  if (ended === undefined) return undefined;
  const before = record?.previous?.containers.some((one) => one.name === name) ? record.previous : undefined;
  const of = state?.waiting === undefined ? before : record;
  const task = runOf(ended.containerID) ?? taskOf(of?.taskArn);
  return task === undefined ? undefined : over(task, ended);
}

function over(task: TaskName, { finishedAt }: Terminated): ChosenLog {
  return { kind: 'log', task, endedAt: fromTime(finishedAt) ?? 0 };
}

/** `ecs://<runtime id>`; an id of another runtime is none of ours. */
export function runOf(containerId: string | undefined): TaskName | undefined {
  const [, runtimeId] = /^ecs:\/\/(.+)$/.exec(containerId ?? '') ?? [];
  return runtimeId === undefined ? undefined : { runtimeId };
}

/** A task by its ARN, if there is one. */
export function taskOf(taskArn: string | undefined): TaskName | undefined {
  return taskArn === undefined ? undefined : { taskArn };
}

function none(message: string): ChosenLog {
  return { kind: 'none', message };
}

function unnamed(message: string): ChosenLog {
  return { kind: 'none', message, isUnnamed: true };
}
