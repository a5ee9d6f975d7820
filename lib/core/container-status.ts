import {
  toTime,
  type Container,
  type ContainerState,
  type ContainerStatus,
  type Instant,
  type Pod,
} from './kubernetes.ts';
import { editOf, type PodRecord } from './record.ts';
import { everRan, isDone, type Ending } from './restart.ts';
import type { ObservedContainer, ObservedTask } from './task.ts';
import { withoutUndefined } from './without-undefined.ts';

/** What Kubernetes itself says where the runtime gives no exit code: started in vain, and vanished. */
const START_ERROR = { exitCode: 128, reason: 'StartError' } as const;
const UNKNOWN_END = { exitCode: 137, reason: 'ContainerStatusUnknown' } as const;

type Waiting = NonNullable<ContainerState['waiting']>;
type Terminated = NonNullable<ContainerState['terminated']>;

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
  const { pod, record } = facts;
  const published = pod.status?.containerStatuses?.find(({ name }) => name === container.name);
  if (published !== undefined && (record === undefined || record.attempt === 0))
    return withoutMemory(published);
  const restartCount = restartsOf(record, published, container.name);
  const image = imageThatRuns(record, published) ?? container.image ?? '';
  const fresh = fromRecord(facts, { ...container, image, restartCount });
  return published !== undefined && isFinal(pod, published, fresh) ? ownPart(published) : fresh;
}

/** The image of a container that has started, or whose pod was edited, is what was shown: an edit does not change what runs. */
function imageThatRuns(
  record: PodRecord | undefined,
  published: ContainerStatus | undefined,
): string | undefined {
  if (record !== undefined && editOf(record) !== undefined) return published?.image;
  const runtimeId = namedIn(record?.task?.containers, published?.name ?? '')?.runtimeId;
  return runtimeId !== undefined && published?.containerID === containerId(runtimeId)
    ? published?.image
    : undefined;
}

/** Never less than what was published. */
function restartsOf(
  record: PodRecord | undefined,
  published: ContainerStatus | undefined,
  name: string,
): number {
  return Math.max(record?.restarts[name] ?? 0, published?.restartCount ?? 0);
}

function fromRecord(
  facts: ContainerFacts,
  { name, image = '', restartCount }: Container & { readonly restartCount: number },
): ContainerStatus {
  const { record, podsReady } = facts;
  const seen = namedIn(record?.task?.containers, name);
  const next = nextStart(facts, seen);
  const state: ContainerState = next === undefined ? stateNow(record, seen) : { waiting: next };
  const running = state.running !== undefined;
  const { imageDigest, runtimeId } = seen ?? namedIn(record?.previous?.containers, name) ?? {};
  return withoutUndefined({
    name,
    image,
    imageID: imageId(image, imageDigest),
    containerID: containerId(runtimeId),
    state,
    lastState: lastStateOf(record, name, next !== undefined),
    ready: running && podsReady && seen?.health !== 'unhealthy',
    started: running,
    restartCount,
  });
}

/** What the container says while it waits for another attempt, if it does. */
function nextStart(
  { pod, ending }: ContainerFacts,
  seen: ObservedContainer | undefined,
): Waiting | undefined {
  if (ending?.kind !== 'again') return undefined;
  const done = pod.spec.restartPolicy === 'OnFailure' && seen?.exitCode === 0;
  return done ? undefined : { reason: ending.reason, message: ending.message };
}

/** Whether the published status must stay, because the API server refuses the way back from terminated. */
function isFinal(pod: Pod, published: ContainerStatus, fresh: ContainerStatus): boolean {
  if (published.state?.terminated === undefined) return false;
  if (pod.spec.restartPolicy === 'Never') return fresh.state?.terminated === undefined;
  return isDone(pod, published.name);
}

/** Nothing is remembered of the pod: what has ended stays as it was shown, and how it ended is not known of what ran. */
function withoutMemory(published: ContainerStatus): ContainerStatus {
  const own = { ...ownPart(published), ready: false, started: false };
  const running = published.state?.running;
  if (running === undefined) return own;
  return {
    ...own,
    state: { terminated: withoutUndefined({ ...UNKNOWN_END, startedAt: running.startedAt }) },
  };
}

/** A container status without what API servers of some versions add to it (resources, allocatedResources, user ..). */
export function ownPart({
  name,
  image,
  imageID,
  containerID,
  state,
  lastState = {},
  ready,
  started,
  restartCount,
}: ContainerStatus): ContainerStatus {
  return withoutUndefined({
    name,
    image,
    imageID,
    containerID,
    state,
    lastState,
    ready,
    started,
    restartCount,
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

function stateNow(record: PodRecord | undefined, seen: ObservedContainer | undefined): ContainerState {
  const task = record?.task;
  if (task !== undefined && (task.state === 'stopped' || seen?.state === 'stopped'))
    return { terminated: terminatedOf(seen, task) };
  if (seen?.state === 'running') return runningSince(seen.startedAt ?? task?.startedAt);
  return { waiting: waitingOf(record) };
}

function runningSince(at: Instant | undefined): ContainerState {
  return { running: at === undefined ? {} : { startedAt: toTime(at) } };
}

function waitingOf(record: PodRecord | undefined): Waiting {
  const refusal = record?.taskArn === undefined ? record?.refusal : undefined;
  if (refusal === undefined || record === undefined) return { reason: 'ContainerCreating' };
  const next = record.nextTryAt === undefined ? '' : ` Next try at ${toTime(record.nextTryAt)}.`;
  return { reason: refusal.podReason, message: `${refusal.message}${next}` };
}

/** The `terminated` state of a container; an exit code that nobody told is Kubernetes' own for that case, never another. */
function terminatedOf(
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
  if (seen?.exitCode === undefined) {
    if (seen?.reason !== undefined && /^Cannot(Start|Create)Container/i.test(seen.reason)) return START_ERROR;
    return UNKNOWN_END;
  }
  if (seen.outOfMemory === true) return { exitCode: seen.exitCode, reason: 'OOMKilled' };
  return { exitCode: seen.exitCode, reason: seen.exitCode === 0 ? 'Completed' : 'Error' };
}

/** How the container ended last: this attempt's end while it waits for the next one, else the previous attempt's. */
function lastStateOf(record: PodRecord | undefined, name: string, waits: boolean): ContainerState {
  const task = record?.task;
  if (waits && task !== undefined && everRan(task))
    return { terminated: terminatedOf(namedIn(task.containers, name), task) };
  const before = record?.previous;
  const seen = namedIn(before?.containers, name);
  return before === undefined || seen === undefined ? {} : { terminated: terminatedOf(seen, before) };
}
