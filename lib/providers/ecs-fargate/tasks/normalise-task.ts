import { FailureError } from '../../../core/failure.ts';
import type { Instant } from '../../../core/kubernetes.ts';
import {
  isHelper,
  type FoundTask,
  type ObservedContainer,
  type ObservedTask,
  type TaskState,
} from '../../../core/task.ts';
import { cutText } from '../../../core/text.ts';
import { withoutUndefined } from '../../../core/without-undefined.ts';
import { billedUse, type BilledTaskLike } from './billed-use.ts';
import { interfaceAnnotations, interfaceDetail, type AttachmentLike } from './describe-interface.ts';
import { findFailedHelper, isQuietHelper } from './find-failed-helper.ts';
import { findShortage } from './find-shortage.ts';
import { findStopCause, isDisruption, wordsOf, type StopFacts } from './find-stop-cause.ts';
import { ownerOf, POD_VARIABLE } from './task-owner.ts';

/** A time as the SDK (Date) or an event (ISO text) gives it. */
type Time = Date | string | undefined;
type Text = string | undefined;

/** What DescribeTasks, RunTask and the event "ECS Task State Change" have in common. */
export interface TaskLike extends BilledTaskLike {
  readonly taskArn?: Text;
  readonly taskDefinitionArn?: Text;
  readonly version?: number | undefined;
  readonly lastStatus?: Text;
  readonly desiredStatus?: Text;
  readonly group?: Text;
  readonly startedBy?: Text;
  readonly stopCode?: Text;
  readonly stoppedReason?: Text;
  readonly containers?: readonly ContainerLike[] | undefined;
  readonly attachments?: readonly AttachmentLike[] | undefined;
  readonly overrides?:
    | {
        readonly containerOverrides?:
          | readonly {
              readonly environment?: readonly { readonly name?: Text; readonly value?: Text }[] | undefined;
            }[]
          | undefined;
      }
    | undefined;
  readonly createdAt?: Time;
  readonly pullStoppedAt?: Time;
  readonly startedAt?: Time;
  readonly stoppingAt?: Time;
  readonly executionStoppedAt?: Time;
  readonly stoppedAt?: Time;
  /** Events only. */
  readonly updatedAt?: Time;
}

/** One container of a {@link TaskLike}. */
interface ContainerLike {
  readonly name?: Text;
  readonly lastStatus?: Text;
  readonly exitCode?: number | undefined;
  readonly reason?: Text;
  readonly runtimeId?: Text;
  readonly imageDigest?: Text;
  readonly healthStatus?: Text;
  readonly networkInterfaces?:
    readonly { readonly privateIpv4Address?: Text; readonly ipv6Address?: Text }[] | undefined;
}

/** Containers that AWS puts into a task by itself (GuardDuty, encrypted EFS). */
const STRANGER = /^aws-(guardduty-agent|fargate-supervisor)/;

/**
 * A task in the words of core, from the API or from an event. Containers of AWS's own and helpers that did not fail are left out,
 * texts cut, nothing is invented: a missing exit code stays missing. The owner is absent unless group and startedBy are ours.
 */
export function normaliseTask(task: TaskLike): FoundTask {
  if (task.taskArn === undefined)
    throw new FailureError({ kind: 'internal', message: 'ECS gave a task without an ARN.' });
  const state = stateOf(task);
  const over = state === 'stopped' || task.stopCode !== undefined;
  const isStopping = over || state === 'stopping';
  const all = (task.containers ?? []).filter(({ name }) => name !== undefined && !STRANGER.test(name));
  const own = all.filter((container) => !isQuietHelper(container, isStopping));
  const facts = stopFacts(task, own);
  const words = findFailedHelper(own) ?? task.stoppedReason;
  const reason = words === undefined ? undefined : cutText(words);
  const podIP = addressOf(task, all);
  const cause = over ? findStopCause(facts) : undefined;
  const observed: ObservedTask = withoutUndefined({
    arn: task.taskArn,
    version: task.version ?? 0,
    state,
    containers: own.map((container) => normaliseContainer(container, task)),
    podIP,
    createdAt: toInstant(task.createdAt),
    startedAt: toInstant(task.startedAt),
    stoppingAt: toInstant(task.stoppingAt),
    stoppedAt: toInstant(task.stoppedAt),
    cause,
    shortOf: cause === 'capacity' ? findShortage(wordsOf(facts)) : undefined,
    reason,
    disruption: isDisruption(facts) ? cutText(task.stoppedReason ?? task.stopCode ?? '') : undefined,
    annotations: interfaceAnnotations(task.attachments, podIP),
  });
  const pod = podMark(task);
  return withoutUndefined({
    task: observed,
    use: billedUse(task.taskArn, task),
    taskDefinition: task.taskDefinitionArn,
    owner: ownerOf({ group: task.group, startedBy: task.startedBy, pod }),
  });
}

function stateOf({ lastStatus, desiredStatus }: TaskLike): TaskState {
  if (lastStatus === 'STOPPED' || lastStatus === 'DELETED') return 'stopped';
  if (desiredStatus === 'STOPPED') return 'stopping';
  if (lastStatus === 'RUNNING') return 'running';
  return ['DEACTIVATING', 'STOPPING', 'DEPROVISIONING'].includes(lastStatus ?? '') ? 'stopping' : 'pending';
}

/** ECS has no times per container: those of the task stand in. */
function normaliseContainer(container: ContainerLike, task: TaskLike): ObservedContainer {
  const { name = '', lastStatus, exitCode, reason, runtimeId, imageDigest } = container;
  const state = containerState(lastStatus);
  const ran = state === 'running' || exitCode !== undefined;
  const stoppedAt = task.executionStoppedAt ?? task.stoppingAt ?? task.stoppedAt ?? task.updatedAt;
  return withoutUndefined({
    name,
    state,
    exitCode,
    reason: reason === undefined ? undefined : cutText(reason),
    outOfMemory: /OutOfMemory/i.test(reason ?? '') ? true : undefined,
    runtimeId,
    imageDigest,
    health: healthOf(container.healthStatus),
    startedAt: ran ? toInstant(task.startedAt ?? task.pullStoppedAt ?? task.updatedAt) : undefined,
    finishedAt: state === 'stopped' ? toInstant(stoppedAt) : undefined,
  });
}

function containerState(lastStatus: Text): ObservedContainer['state'] {
  if (lastStatus === 'RUNNING') return 'running';
  return lastStatus === 'STOPPED' ? 'stopped' : 'pending';
}

function healthOf(status: Text): ObservedContainer['health'] | undefined {
  if (status === 'HEALTHY') return 'healthy';
  if (status === 'UNHEALTHY') return 'unhealthy';
  return status === 'UNKNOWN' ? 'unknown' : undefined;
}

function stopFacts(task: TaskLike, own: readonly ContainerLike[]): StopFacts {
  return {
    stopCode: task.stopCode,
    stoppedReason: task.stoppedReason,
    reasons: own.flatMap(({ reason }) => reason ?? []),
    exited: own.some(({ name = '', exitCode }) => !isHelper({ name }) && exitCode !== undefined),
    started: task.startedAt !== undefined,
  };
}

function addressOf(task: TaskLike, own: readonly ContainerLike[]): Text {
  const interfaces = own.flatMap(({ networkInterfaces }) => networkInterfaces ?? []);
  const detail = (wanted: string): Text => interfaceDetail(task.attachments, wanted);
  return (
    interfaces.find(({ privateIpv4Address }) => privateIpv4Address)?.privateIpv4Address ??
    detail('privateIPv4Address') ??
    interfaces.find(({ ipv6Address }) => ipv6Address)?.ipv6Address ??
    detail('ipv6Address')
  );
}

function podMark({ overrides }: TaskLike): Text {
  const variables = (overrides?.containerOverrides ?? []).flatMap(({ environment }) => environment ?? []);
  return variables.find(({ name }) => name === POD_VARIABLE)?.value;
}

function toInstant(time: Time): Instant | undefined {
  if (time === undefined) return undefined;
  const at = typeof time === 'string' ? Date.parse(time) : time.getTime();
  return Number.isNaN(at) ? undefined : at;
}
