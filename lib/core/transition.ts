import type { Action } from './action.ts';
import { boundTime } from './bound-time.ts';
import type { FailureKind } from './failure.ts';
import { fromTime, isDeleting, type ContainerStatus, type Instant, type Pod } from './kubernetes.ts';
import { shapeOf, type PodShape } from './pod-shape.ts';
import type { PodRecord, RecordState } from './record.ts';
import { isHelper, type ObservedContainer, type ObservedTask } from './task.ts';
import type { View } from './view.ts';
import { withoutUndefined } from './without-undefined.ts';

/** The message of every log line that tells of a transition: what is looked for in the logs. */
export const TRANSITION = 'Pod transition';

/** What is done for a pod outside of its own fold: by the event function, by sweeps, by probes. */
export type SideAct =
  'taskSeen' | 'taskMissing' | 'taskAdopted' | 'taskRecorded' | 'strayStopped' | 'probeTurned';
export type Act = Exclude<Action['kind'], 'wait'> | SideAct;

/** A task as somebody saw it: what decisions hang on, without addresses and runtime ids. */
export interface SeenTask extends Pick<
  ObservedTask,
  | 'version'
  | 'state'
  | 'createdAt'
  | 'startedAt'
  | 'stoppingAt'
  | 'stoppedAt'
  | 'cause'
  | 'shortOf'
  | 'reason'
  | 'disruption'
> {
  readonly containers: readonly Pick<
    ObservedContainer,
    'name' | 'state' | 'exitCode' | 'outOfMemory' | 'health' | 'startedAt' | 'finishedAt'
  >[];
}

/** What a pod shows: its phase, and of each container state, reason and exit. */
export interface ShownStatus {
  readonly phase: string;
  readonly ready?: true;
  readonly reason?: string;
  /** `running`, `waiting CrashLoopBackOff`, `terminated Error 3`. */
  readonly containers: Readonly<Record<string, string>>;
}

/** A launch that was refused, in the words of whoever refused it. */
export interface ToldRefusal {
  readonly kind: FailureKind;
  readonly code?: string;
  readonly message: string;
  readonly tries: number;
  readonly nextTryAt?: Instant;
}

/** What one act changed, and why it was done. Everything that is not there is not known or did not change. */
export interface TransitionDetail {
  readonly try?: number;
  /** The state of the record before, where it is another now; `none`: there was none. */
  readonly from?: RecordState | 'none';
  readonly to?: RecordState | 'none';
  /** Why, in one word of ours. */
  readonly cause?: string;
  /** Somebody else was faster: nothing was written. */
  readonly overtaken?: true;
  readonly container?: string;
  /** The event of the provider that told of the task, and when that happened. */
  readonly event?: string;
  readonly eventAt?: Instant;
  readonly refusal?: ToldRefusal;
  readonly seen?: SeenTask;
  readonly shown?: ShownStatus;
  /** When the pod was bound, and what it is, where nothing was on record of it before. */
  readonly boundAt?: Instant;
  readonly shape?: PodShape;
  /** When the pod was asked to go, and the grace it was given then. */
  readonly deletedAt?: Instant;
  readonly graceSeconds?: number;
}

/** What an action that was carried out changed, told by what was seen before and after it. Pure. */
export function describeTransition(
  action: Exclude<Action, { kind: 'wait' }>,
  before: View,
  { view: after, overtaken }: { readonly view: View; readonly overtaken?: true },
): TransitionDetail {
  if (overtaken === true) return { overtaken };
  return withoutUndefined({
    ...causeOf(action, before, after),
    ...describeRecord(before.record, after.record),
    ...(before.record === undefined && before.pod !== undefined && describeBirth(before.pod)),
    shown: showsStatus(action) && after.pod !== undefined ? shownBy(after.pod) : undefined,
  });
}

/** What changed in a record. */
export function describeRecord(
  before: PodRecord | undefined,
  after: PodRecord | undefined,
): TransitionDetail {
  const [from, to] = [before?.state ?? 'none', after?.state ?? 'none'] as const;
  return withoutUndefined({
    try: after?.try === 0 ? undefined : after?.try,
    from: from === to ? undefined : from,
    to: from === to ? undefined : to,
    seen: describeNews(before?.task, after?.task),
  });
}

function describeNews(
  before: ObservedTask | undefined,
  task: ObservedTask | undefined,
): SeenTask | undefined {
  if (task === undefined) return undefined;
  return before?.arn === task.arn && before.version === task.version ? undefined : describeTask(task);
}

function describeBirth(pod: Pod): TransitionDetail {
  return withoutUndefined({ boundAt: boundTime(pod), shape: shapeOf(pod) });
}

function showsStatus({ kind }: Action): boolean {
  return kind === 'patchStatus' || kind === 'refuse' || kind === 'hold';
}

function causeOf(action: Exclude<Action, { kind: 'wait' }>, before: View, after: View): TransitionDetail {
  const { pod, record } = before;
  switch (action.kind) {
    case 'claim':
      return { cause: record === undefined ? 'bound' : (record.task?.cause ?? 'ended') };
    case 'renewClaim':
      return { cause: record?.refusal === undefined ? 'claimRanOut' : 'retry' };
    case 'launch':
      return causeOfLaunch(after);
    case 'stop':
    case 'giveUp':
      return { cause: action.request.why, ...describeRequest(action.request.container, pod) };
    case 'noteEdit':
      return { cause: action.edit?.kind ?? 'followed' };
    case 'hold':
      return { cause: action.reason };
    case 'refuse':
      return { cause: action.status.reason ?? 'refused' };
    case 'findTask':
    case 'describeTask':
    case 'examineLoss':
    case 'declareLost':
      return { cause: causeOfLook(action.kind, after) };
    case 'recordEnd':
    case 'removePod':
    case 'endRecord':
      return describeRequest(undefined, pod);
    case 'moveTry':
    case 'recover':
    case 'patchStatus':
    case 'clearFiles':
      return {};
  }
}

function causeOfLaunch({ record }: View): TransitionDetail {
  if (record?.state !== 'claimed' || record.refusal === undefined) return { cause: 'launched' };
  return { cause: 'refused', refusal: describeRefusal(record.refusal, record.nextTryAt) };
}

type Look = 'findTask' | 'describeTask' | 'examineLoss' | 'declareLost';

function causeOfLook(look: Look, { record, loss }: View): string {
  switch (look) {
    case 'findTask':
      return record?.taskArn === undefined ? 'nothingFound' : 'found';
    case 'describeTask':
      return record?.missingSince === undefined ? 'known' : 'unknown';
    case 'examineLoss':
      if (loss === undefined) return 'known';
      return loss.backlog > 0 ? 'eventsWait' : 'unknown';
    case 'declareLost':
      return 'lost';
  }
}

function describeRefusal(
  { kind, code, message, tries }: NonNullable<PodRecord['refusal']>,
  nextTryAt: Instant | undefined,
): ToldRefusal {
  return withoutUndefined({ kind, code, message, tries, nextTryAt });
}

/** The deletion timestamp is the end of the grace. */
function describeRequest(container: string | undefined, pod: Pod | undefined): TransitionDetail {
  if (pod === undefined || !isDeleting(pod)) return withoutUndefined({ container });
  const graceSeconds = pod.metadata.deletionGracePeriodSeconds ?? 0;
  const end = fromTime(pod.metadata.deletionTimestamp);
  return withoutUndefined({
    container,
    graceSeconds,
    deletedAt: end === undefined ? undefined : end - graceSeconds * 1000,
  });
}

/** What decisions hang on in a task. */
function describeTask(task: ObservedTask): SeenTask {
  const { version, state, createdAt, startedAt, stoppingAt, stoppedAt, cause, shortOf, reason, disruption } =
    task;
  return withoutUndefined({
    ...{ version, state, createdAt, startedAt, stoppingAt, stoppedAt, cause, shortOf, reason, disruption },
    containers: task.containers.filter((one) => !isHelper(one)).map(describeContainer),
  });
}

function describeContainer({
  name,
  state,
  exitCode,
  outOfMemory,
  health,
  startedAt,
  finishedAt,
}: ObservedContainer): SeenTask['containers'][number] {
  const isTold = health !== undefined && health !== 'unknown';
  return withoutUndefined({
    ...{ name, state, exitCode, outOfMemory, startedAt, finishedAt },
    health: isTold ? health : undefined,
  });
}

/** What a pod shows, in short. */
function shownBy({ status = {} }: Pod): ShownStatus {
  const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const isReady = status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True');
  return withoutUndefined({
    phase: status.phase ?? 'Pending',
    ready: isReady === true ? (true as const) : undefined,
    reason: status.reason,
    containers: Object.fromEntries(all.map((one) => [one.name, shownState(one)])),
  });
}

function shownState({ state }: ContainerStatus): string {
  if (state?.running !== undefined) return 'running';
  const { terminated, waiting } = state ?? {};
  if (terminated !== undefined) return `terminated ${terminated.reason ?? ''} ${terminated.exitCode}`;
  return `waiting ${waiting?.reason ?? ''}`.trimEnd();
}
