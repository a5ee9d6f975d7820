import type { Instant } from '../../lib/core/kubernetes.ts';

/** A container of a task, as ECS itself has told of it. */
export interface TrueContainer {
  readonly name: string;
  lastStatus: string;
  exitCode?: number;
  runtimeId?: string;
  /** When ECS told of its end. */
  endedAt?: Instant;
}

/** A task as it truly is: read from every change that ECS reports, before anything can happen to the report. */
export interface TrueTask {
  readonly arn: string;
  /** Of the pod that its marks name; absent for a stranger's. */
  readonly uid?: string;
  readonly attempt: number;
  /** `namespace/name` of the pod. */
  readonly pod: string;
  /** The virtual node that its marks name. */
  readonly node: string;
  readonly vcpu: number;
  /** The n-th task of its pod, from 1. */
  readonly nth: number;
  readonly createdAt: Instant;
  status: string;
  desired: string;
  /** When its status last changed. */
  changedAt: Instant;
  startedAt?: string;
  stoppedAt?: Instant;
  stopCode?: string;
  /** ECS knows nothing of it any more: it counts as dead. */
  forgottenAt?: Instant;
  stoppedReason?: string;
  podIP?: string;
  /** When somebody or something wanted it to stop. */
  endingAt?: Instant;
  /** How often its probes have failed, and told so. */
  readonly failures: { liveness: number; readiness: number };
  readonly containers: Map<string, TrueContainer>;
}

/** Every task that there was. */
export interface TrueTasks {
  /** Reads one change of a task; `true`: it is new. */
  observe(detail: TaskDetail, at: Instant): { readonly task: TrueTask; readonly isNew: boolean };
  forget(arn: string, at: Instant): void;
  all(): Iterable<TrueTask>;
  of(uid: string): readonly TrueTask[];
  get(arn: string): TrueTask | undefined;
}

/** The part of an event's detail that tells the truth. */
export interface TaskDetail {
  readonly taskArn: string;
  readonly lastStatus: string;
  readonly desiredStatus: string;
  readonly startedBy?: string;
  readonly group?: string;
  readonly cpu?: string;
  readonly startedAt?: string;
  readonly stopCode?: string;
  readonly stoppedReason?: string;
  readonly containers: readonly {
    readonly name: string;
    readonly lastStatus: string;
    readonly exitCode?: number;
    readonly runtimeId?: string;
    readonly networkInterfaces?: readonly { readonly privateIpv4Address?: string }[];
  }[];
  readonly overrides?: {
    readonly containerOverrides?: readonly {
      readonly environment?: readonly { readonly name: string; readonly value: string }[];
    }[];
  };
}

/** ECS forgets a stopped task after an hour. */
const REMEMBERED_MS = 3_600_000;

/** Whether it may still run, or start to. */
export function isLive(task: TrueTask): boolean {
  return task.status !== 'STOPPED' && task.forgottenAt === undefined;
}

/** Whether the container is one of the product's own. */
export function isHelper(name: string): boolean {
  return name.startsWith('lambdalet-');
}

/** Whether any container of its pod has ever run, or this one. */
export function hasRun(task: TrueTask, container?: string): boolean {
  return [...task.containers.values()].some(
    ({ name, exitCode }) =>
      !isHelper(name) &&
      (container ?? name) === name &&
      (task.startedAt !== undefined || exitCode !== undefined),
  );
}

/** Whether ECS can no longer tell how it ended. */
export function isForgotten(task: TrueTask, now: Instant): boolean {
  if (task.forgottenAt !== undefined) return true;
  return task.stoppedAt !== undefined && now - task.stoppedAt >= REMEMBERED_MS;
}

/** No task yet. */
export function createTrueTasks(): TrueTasks {
  const tasks = new Map<string, TrueTask>();
  const byUid = new Map<string, TrueTask[]>();
  const create = (detail: TaskDetail, at: Instant): TrueTask => {
    const [uid, attempt] = detail.group?.startsWith('lambdalet:') ? (detail.startedBy ?? '').split('/') : [];
    const siblings = byUid.get(uid ?? '') ?? [];
    const task: TrueTask = {
      arn: detail.taskArn,
      ...(uid !== undefined && { uid }),
      attempt: Number(attempt ?? 0),
      pod: podMark(detail),
      node: detail.group?.split('/')[1] ?? '',
      vcpu: Number(detail.cpu ?? 0) / 1024,
      nth: siblings.length + 1,
      createdAt: at,
      status: '',
      desired: '',
      changedAt: at,
      containers: new Map(),
      failures: { liveness: 0, readiness: 0 },
    };
    tasks.set(task.arn, task);
    if (uid !== undefined) byUid.set(uid, [...siblings, task]);
    return task;
  };
  return {
    observe: (detail, at) => {
      const known = tasks.get(detail.taskArn);
      const task = known ?? create(detail, at);
      update(task, detail, at);
      return { task, isNew: known === undefined };
    },
    forget: (arn, at) => {
      const task = tasks.get(arn);
      if (task !== undefined) task.forgottenAt ??= at;
    },
    all: () => tasks.values(),
    of: (uid) => byUid.get(uid) ?? [],
    get: (arn) => tasks.get(arn),
  };
}

function update(task: TrueTask, detail: TaskDetail, at: Instant): void {
  if (task.status !== detail.lastStatus) task.changedAt = at;
  task.status = detail.lastStatus;
  task.desired = detail.desiredStatus;
  if (task.desired === 'STOPPED') task.endingAt ??= at;
  if (detail.startedAt !== undefined) task.startedAt = detail.startedAt;
  if (detail.stopCode !== undefined) task.stopCode = detail.stopCode;
  if (detail.lastStatus === 'STOPPED') task.stoppedAt ??= at;
  if (detail.stoppedReason !== undefined) task.stoppedReason = detail.stoppedReason;
  for (const container of detail.containers) updateContainer(task, container, at);
}

function updateContainer(
  task: TrueTask,
  { name, lastStatus, exitCode, runtimeId, networkInterfaces }: TaskDetail['containers'][number],
  at: Instant,
): void {
  task.podIP = networkInterfaces?.[0]?.privateIpv4Address ?? task.podIP ?? '';
  const endedAt = exitCode === undefined ? undefined : (task.containers.get(name)?.endedAt ?? at);
  task.containers.set(name, {
    ...{ name, lastStatus },
    ...(exitCode !== undefined && { exitCode }),
    ...(runtimeId !== undefined && { runtimeId }),
    ...(endedAt !== undefined && { endedAt }),
  });
}

function podMark({ overrides }: TaskDetail): string {
  const variables = (overrides?.containerOverrides ?? []).flatMap(({ environment = [] }) => environment);
  return variables.find(({ name }) => name === 'LAMBDALET_POD')?.value ?? '';
}
