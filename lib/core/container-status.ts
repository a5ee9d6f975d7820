import { CEILING_REACHED } from './ceiling.ts';
import type { Container, ContainerState, ContainerStatus, Pod } from './kubernetes.ts';
import { readinessOf } from './container-readiness.ts';
import { containerId, isCutOff, neverRan, stateNow, terminatedOf, UNKNOWN_END } from './container-state.ts';
import { editOf, type PodRecord } from './record.ts';
import { everRan, isDone, type Ending } from './restart.ts';
import type { ObservedContainer } from './task.ts';
import type { ReadyRules } from './view.ts';
import { withoutUndefined } from './without-undefined.ts';

type Waiting = NonNullable<ContainerState['waiting']>;

/** What the statuses of one pod's containers are derived from. */
export interface ContainerFacts {
  readonly pod: Pod;
  readonly record: PodRecord | undefined;
  /** Set when the record's task has stopped. */
  readonly ending: Ending | undefined;
  readonly rules: ReadyRules;
  /** Another launch of the pod is due: where it says that it waits for room, it goes on saying so. */
  readonly isLaunchDue?: boolean;
}

/** The status of every app container of the pod, in the order of its spec. */
export function deriveContainerStatuses(facts: ContainerFacts): ContainerStatus[] {
  const published = facts.pod.status?.containerStatuses;
  return facts.pod.spec.containers.map((container) => deriveContainerStatus(facts, container, published));
}

/** The status of every init container of the pod, native sidecars among them, in the order of its spec. */
export function deriveInitStatuses(facts: ContainerFacts): ContainerStatus[] {
  const published = facts.pod.status?.initContainerStatuses;
  return (facts.pod.spec.initContainers ?? []).map((container) =>
    deriveContainerStatus(facts, container, published),
  );
}

function deriveContainerStatus(
  facts: ContainerFacts,
  container: Container,
  statuses: readonly ContainerStatus[] = [],
): ContainerStatus {
  const { pod, record } = facts;
  const published = statuses.find(({ name }) => name === container.name);
  if (published !== undefined && (record === undefined || record.attempt === 0))
    return withoutMemory(published);
  const restartCount = restartsOf(record, published, container.name);
  const image = imageThatRuns(record, published) ?? container.image ?? '';
  const derived = fromRecord(facts, { ...container, image, restartCount }, published?.lastState);
  const fresh = facts.isLaunchDue === true ? stillHeld(published, derived) : derived;
  return published !== undefined && !isSidecar(container) && isFinal(pod, published, fresh)
    ? ownPart(published)
    : fresh;
}

/** Whoever derives the status does not know whether there is room by now: only who does changes what is said of it. */
function stillHeld(published: ContainerStatus | undefined, derived: ContainerStatus): ContainerStatus {
  const waiting = published?.state?.waiting;
  return waiting?.reason === CEILING_REACHED && derived.state?.waiting !== undefined
    ? { ...derived, state: { waiting } }
    : derived;
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
  container: Container & { readonly restartCount: number },
  shownBefore: ContainerState | undefined,
): ContainerStatus {
  const { name, image = '', restartCount } = container;
  const { pod, record } = facts;
  const seen = namedIn(record?.task?.containers, name);
  const next = nextStart(facts, container, seen);
  const state: ContainerState = next === undefined ? stateNow(pod, record, seen) : { waiting: next };
  const { ready, started } = isInit(pod, name)
    ? { ready: state.terminated?.exitCode === 0, started: false }
    : whileRunning(facts, container, state);
  const { imageDigest, runtimeId } = seen ?? namedIn(record?.previous?.containers, name) ?? {};
  return withoutUndefined({
    name,
    image,
    imageID: imageId(image, imageDigest),
    containerID: containerId(runtimeId),
    state,
    lastState: lastStateOf(record, name, next !== undefined) ?? shownBefore ?? {},
    ready,
    started,
    restartCount,
  });
}

/** An init container that ends before the next one starts; a native sidecar is one that goes on. */
function isInit({ spec }: Pod, wanted: string): boolean {
  return (spec.initContainers ?? []).some((container) => container.name === wanted && !isSidecar(container));
}

function isSidecar({ restartPolicy }: Container): boolean {
  return restartPolicy === 'Always';
}

function whileRunning(
  { pod, record, rules }: ContainerFacts,
  container: Container,
  state: ContainerState,
): { readonly ready: boolean; readonly started: boolean } {
  return state.running === undefined
    ? { ready: false, started: false }
    : readinessOf(pod, container, record, rules);
}

/** What the container says while it waits for another attempt, if it does. */
function nextStart(
  { pod, record, ending }: ContainerFacts,
  container: Container,
  seen: ObservedContainer | undefined,
): Waiting | undefined {
  if (ending?.kind !== 'again') return undefined;
  const init = isInit(pod, container.name);
  const mayBeDone = init || (pod.spec.restartPolicy === 'OnFailure' && !isCutOff(record, seen));
  if (mayBeDone && seen?.exitCode === 0) return undefined;
  const failed = record?.stop?.why === 'initFailed' ? record.stop.container : undefined;
  // The containers behind an init container that failed have nothing to say of their own.
  const isBehind =
    failed === undefined ? init && ending.reason === 'CrashLoopBackOff' : isInitOrSidecar(pod, failed);
  if (isBehind && container.name !== failed) return { reason: 'PodInitializing' };
  return { reason: ending.reason, message: ending.message };
}

function isInitOrSidecar({ spec }: Pod, wanted: string): boolean {
  return (spec.initContainers ?? []).some(({ name }) => name === wanted);
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

function imageId(image: string, digest: string | undefined): string {
  return digest === undefined ? '' : `${image.replace(/@.*$/, '')}@${digest}`;
}

/**
 * How the container ended last: this attempt's end while it waits for the next one, else the previous attempt's. `undefined`: it never ran
 * in that attempt, which has no end of it; what was shown before stays, as the kubelet goes on showing the last run that there was.
 */
function lastStateOf(
  record: PodRecord | undefined,
  name: string,
  waits: boolean,
): ContainerState | undefined {
  const task = record?.task;
  const ended = namedIn(task?.containers, name);
  if (waits && task !== undefined && everRan(task) && !neverRan(task, ended))
    return { terminated: terminatedOf(ended, task) };
  const before = record?.previous;
  const seen = namedIn(before?.containers, name);
  if (before === undefined || seen === undefined) return {};
  return neverRan(before, seen) ? undefined : { terminated: terminatedOf(seen, before) };
}
