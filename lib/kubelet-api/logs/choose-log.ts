import { fromTime, type ContainerStatus, type Instant, type Pod } from '../../core/kubernetes.ts';
import { allContainers } from '../../core/pod-needs.ts';
import type { PodRecord } from '../../core/record.ts';
import type { ObservedContainer } from '../../core/task.ts';
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
      /** It ran, and what was given does not say where: the record of the pod may know. */
      readonly isUnnamed?: true;
    };

/** What is known of the pod: its status says what there is to tell, its record which task that was. */
export interface LogFacts {
  readonly pod: Pod;
  /** Absent: there is none, or nobody has looked yet. */
  readonly record?: PodRecord | undefined;
  /**
   * A run that the record does not know is the one that the status names. Whoever may write a status can name any task in it: only for who
   * reads by rights of his own.
   */
  readonly believesStatus?: boolean;
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
  return previousRun(facts, status) ?? unnamed(facts, words);
}

function chooseLatest(facts: LogFacts, status: ContainerStatus, what: string): ChosenLog {
  const { state = {}, lastState } = status;
  if (state.running !== undefined)
    return currentRun(facts, status) ?? unnamed(facts, `${what} is not available`);
  if (state.terminated !== undefined)
    return terminatedRun(facts, status, state.terminated) ?? unnamed(facts, `${what} is terminated`);
  if (lastState?.terminated !== undefined)
    return previousRun(facts, status) ?? unnamed(facts, `${what} is terminated`);
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

function currentRun(facts: LogFacts, { name, containerID }: ContainerStatus): ChosenLog | undefined {
  const task = taskOfRun(facts, name, containerID, facts.record?.taskArn);
  return task === undefined ? undefined : { kind: 'log', task };
}

/** Where nobody told a runtime id of what ended, the record's task is the one; else the run before is shown, as the kubelet does. */
function terminatedRun(facts: LogFacts, status: ContainerStatus, ended: Terminated): ChosenLog | undefined {
  const named = ended.containerID ?? status.containerID;
  const task = taskOfRun(facts, status.name, named, facts.record?.taskArn);
  return task === undefined ? previousRun(facts, status) : over(task, ended);
}

/**
 * The status goes first: while a container waits for its next start its last run is still that of the record's task, and only afterwards
 * that of the attempt before.
 */
function previousRun(facts: LogFacts, { state, lastState, name }: ContainerStatus): ChosenLog | undefined {
  const { record } = facts;
  const ended = lastState?.terminated;
  if (ended === undefined) return undefined;
  const before = record?.previous?.containers.some((one) => one.name === name) ? record.previous : undefined;
  const of = state?.waiting === undefined ? before : record;
  const task = taskOfRun(facts, name, ended.containerID, of?.taskArn);
  return task === undefined ? undefined : over(task, ended);
}

/**
 * The task of the record in which a container had the runtime id that its status shows: the id chooses among the tasks of this very pod, and
 * one that none of them had chooses nothing. Without an id it is the task that the place in the status means.
 */
function taskOfRun(
  { record, believesStatus }: LogFacts,
  container: string,
  containerId: string | undefined,
  byPlace: string | undefined,
): TaskName | undefined {
  const runtimeId = runtimeIdOf(containerId);
  if (runtimeId === undefined) return taskOf(byPlace);
  const hasRun = (all: readonly ObservedContainer[] = []): boolean =>
    all.some((one) => one.name === container && one.runtimeId === runtimeId);
  if (hasRun(record?.task?.containers)) return taskOf(record?.taskArn);
  if (hasRun(record?.previous?.containers)) return taskOf(record?.previous?.taskArn);
  return believesStatus === true ? { runtimeId } : undefined;
}

function over(task: TaskName, { finishedAt }: Terminated): ChosenLog {
  return { kind: 'log', task, endedAt: fromTime(finishedAt) ?? 0 };
}

/** `ecs://<runtime id>`; an id of another runtime is none of ours. */
function runtimeIdOf(containerId: string | undefined): string | undefined {
  return /^ecs:\/\/(.+)$/.exec(containerId ?? '')?.[1];
}

function taskOf(taskArn: string | undefined): TaskName | undefined {
  return taskArn === undefined ? undefined : { taskArn };
}

function none(message: string): ChosenLog {
  return { kind: 'none', message };
}

function unnamed({ record }: LogFacts, words: string): ChosenLog {
  const why =
    record === undefined
      ? 'no record of the pod says in which task it ran'
      : 'the record of the pod knows no task in which it ran';
  return { kind: 'none', message: `${words}; ${why}`, isUnnamed: true };
}
