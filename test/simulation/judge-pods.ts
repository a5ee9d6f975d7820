import type { ContainerStatus, Pod } from '../../lib/core/kubernetes.ts';
import type { Court } from './court.ts';
import { judgeEnd } from './judge-end.ts';
import type { PodChange, PodFile } from './pod-files.ts';
import { hasRun, isForgotten, isLive, type TrueContainer, type TrueTask } from './true-tasks.ts';

const ORDER: Readonly<Record<string, number>> = { Pending: 0, Running: 1, Succeeded: 2, Failed: 2 };

/** Judges what the product wrote into a pod, or that it took the object away. */
export function judgeChange(court: Court, { file, before, after }: PodChange): void {
  if (after === undefined) {
    if (before !== undefined) judgeRemoval(court, file, before);
    return;
  }
  judgePhase(court, file, before, after);
  const statusesOf = ({ status }: Pod): readonly ContainerStatus[] => [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ];
  for (const status of statusesOf(after)) {
    const old = before && statusesOf(before).find(({ name }) => name === status.name);
    judgeWayBack(court, file, old, status);
    judgeContainer(court, file, { old, now: status, wasTerminal: ORDER[before?.status?.phase ?? ''] === 2 });
  }
}

function judgeRemoval(court: Court, file: PodFile, before: Pod): void {
  if (before.metadata.deletionTimestamp === undefined)
    court.accuse('another pod was removed', `${file.label} was removed although nobody had deleted it`);
  const living = court.tasks.of(file.uid).find(isLive);
  if (living !== undefined)
    court.accuse(
      'a pod was removed too early',
      `${file.label} was removed while its task is ${living.status}`,
    );
}

function judgePhase(court: Court, file: PodFile, before: Pod | undefined, after: Pod): void {
  const [old, now] = [before?.status?.phase ?? 'Pending', after.status?.phase ?? 'Pending'];
  if (old === now) return;
  const change = `${file.label} went from ${old} to ${now}`;
  if (ORDER[old] === 2) court.accuse('a terminal phase was changed', change);
  else if ((ORDER[now] ?? 0) < (ORDER[old] ?? 0)) court.accuse('a phase went back', change);
  if (ORDER[now] !== 2) return;
  judgeEnd(court, file, after);
  judgeMemory(court, file);
}

/** The record holds the end of a task before the API server shows it: a crash in between must not lose it. */
function judgeMemory(court: Court, file: PodFile): void {
  const record = court.table.records().stored(file.uid);
  if (record === undefined || record.state === 'ended') return;
  const holds =
    record.task?.state === 'stopped' || record.refusal?.retry === false || record.taskArn === undefined;
  if (!holds)
    court.accuse(
      'an end was published before the record held it',
      `${file.label} is ${file.pod.status?.phase ?? ''}, but its record says that the task is ${record.task?.state ?? 'unknown'}`,
    );
}

interface ContainerChange {
  readonly old: ContainerStatus | undefined;
  readonly now: ContainerStatus;
  /** The pod had ended before. */
  readonly wasTerminal: boolean;
}

function judgeContainer(court: Court, file: PodFile, { old, now, wasTerminal }: ContainerChange): void {
  const where = `${file.label}, container ${now.name}`;
  const tasks = court.tasks.of(file.uid);
  const [before, after] = [old?.restartCount ?? 0, now.restartCount];
  judgeRestarts(court, where, { name: now.name, before, after, tasks });
  if (wasTerminal && old !== undefined) judgeFrozen(court, where, old, now);
  if (now.state?.running !== undefined) judgeRunning(court, where, { file, now, tasks });
  for (const end of [now.state?.terminated, now.lastState?.terminated]) {
    if (end === undefined) continue;
    if (end.containerID !== undefined) file.ended.add(end.containerID);
    judgeExit(court, where, { name: now.name, end, tasks });
  }
}

function judgeRestarts(
  court: Court,
  where: string,
  { name, before, after, tasks }: { name: string; before: number; after: number; tasks: readonly TrueTask[] },
): void {
  if (after < before) court.accuse('a restart count fell', `${where}: from ${before} to ${after}`);
  // Each time the table is lost, the count may go on from what was published already.
  const runs = tasks.filter((task) => hasRun(task, name)).length + court.lossesOfTable();
  if (after > runs)
    court.accuse('a restart count was invented', `${where}: ${after} restarts, but ${runs} tasks ever ran`);
}

/** A container that is shown running has not ended; every task before in which it ran is a restart, unless nobody can tell. */
function judgeRunning(
  court: Court,
  where: string,
  { file, now, tasks }: { file: PodFile; now: ContainerStatus; tasks: readonly TrueTask[] },
): void {
  const id = now.containerID ?? '';
  if (file.ended.has(id))
    court.accuse('an ended container came back to life', `${where}: ${id} is shown running again`);
  const current = tasks.findIndex((task) => `ecs://${task.containers.get(now.name)?.runtimeId ?? ''}` === id);
  if (current < 0 || court.clearedAt() !== undefined) return;
  const before = tasks
    .slice(0, current)
    .filter((task) => hasRun(task, now.name) && !isForgotten(task, court.now()));
  if (now.restartCount < before.length)
    court.accuse(
      'a restart was not counted',
      `${where}: ${now.restartCount} restarts, but it ran ${before.length} times before`,
    );
}

/** The API server's rule: under Never nothing comes back, under OnFailure nothing that succeeded; native sidecars always may. */
function judgeWayBack(
  court: Court,
  { pod, label }: PodFile,
  old: ContainerStatus | undefined,
  now: ContainerStatus,
): void {
  const ended = old?.state?.terminated;
  if (ended === undefined || now.state?.terminated !== undefined) return;
  const { restartPolicy, initContainers = [] } = pod.spec;
  if (restartPolicy !== 'Never' && (restartPolicy !== 'OnFailure' || ended.exitCode !== 0)) return;
  if (initContainers.some((one) => one.name === now.name && one.restartPolicy === 'Always')) return;
  court.accuse(
    'an ended container came back to life',
    `${label}, container ${now.name}: exit ${ended.exitCode} under ${restartPolicy}`,
  );
}

/** How a container of a pod that is over ended is said once and for all. */
function judgeFrozen(court: Court, where: string, old: ContainerStatus, now: ContainerStatus): void {
  const first = old.state?.terminated?.exitCode;
  const second = now.state?.terminated?.exitCode;
  if (first !== undefined && first !== second)
    court.accuse('a terminal phase was changed', `${where}: exit ${first} became ${second ?? 'none'}`);
}

type Terminated = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>;

interface Exit {
  readonly name: string;
  readonly end: Terminated;
  readonly tasks: readonly TrueTask[];
}

function judgeExit(court: Court, where: string, { name, end, tasks }: Exit): void {
  const found = find(tasks, name, end.containerID);
  const told = found?.container.exitCode;
  if (told !== undefined && told === end.exitCode) return;
  const isKubernetesOwn =
    (end.exitCode === 137 && end.reason === 'ContainerStatusUnknown') ||
    (end.exitCode === 128 && end.reason === 'StartError');
  if (!isKubernetesOwn)
    court.accuse('an exit code was invented', `${where}: ${end.exitCode}, but ECS told ${told ?? 'none'}`);
  else if (told !== undefined && found !== undefined && !isForgotten(found.task, court.now()))
    court.accuse(
      'an exit code was invented',
      `${where}: shown as unknown, but ECS told ${told} and still knows it`,
    );
}

/** The container by its id; without an id the newest task's of that name. */
function find(
  tasks: readonly TrueTask[],
  name: string,
  containerID: string | undefined,
): { readonly task: TrueTask; readonly container: TrueContainer } | undefined {
  if (containerID === undefined) {
    const task = tasks.at(-1);
    const container = task?.containers.get(name);
    return task === undefined || container === undefined ? undefined : { task, container };
  }
  for (const task of tasks)
    for (const container of task.containers.values())
      if (`ecs://${container.runtimeId ?? ''}` === containerID) return { task, container };
  return undefined;
}
