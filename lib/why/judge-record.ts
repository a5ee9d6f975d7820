import type { Action } from '../core/action.ts';
import { terminatedOf } from '../core/container-state.ts';
import { shownLack } from '../core/hold-for-room.ts';
import { fromTime, isDeleting, type Instant, type Pod } from '../core/kubernetes.ts';
import { ADDRESSES_EXHAUSTED } from '../core/failure.ts';
import { readQuota, type NodeQuota } from '../core/node-quota.ts';
import type { PodRecord, Refusal } from '../core/record.ts';
import { endingOf, wasCutOff } from '../core/restart.ts';
import { isHelper, type ObservedContainer, type ObservedTask, type StopCause } from '../core/task.ts';
import type { ContainerEnd, RefusedBy, Situation, VainStart } from './situation.ts';

/** A live pod of ours, and what is remembered of it. */
export interface RememberedPod {
  readonly pod: Pod;
  readonly record: PodRecord;
  /** As last told of, by whomever. */
  readonly task: ObservedTask | undefined;
  readonly quota: NodeQuota | undefined;
  readonly isClosing: boolean;
  readonly next: Action | undefined;
}

/** Why a pod with a record is as it is. */
export function judgeRecord(seen: RememberedPod, now: Instant): Situation {
  const { pod, record, task, next } = seen;
  const isStopped = task?.state === 'stopped';
  if (next?.kind === 'recover') return { kind: 'recovering' };
  if (isDeleting(pod) || (record.stop !== undefined && !isStopped)) return judgeStop(seen);
  switch (record.state) {
    case 'claimed':
      return judgeClaim(seen, now);
    case 'launched':
      return judgeTask(seen, now);
    case 'ended':
      if (task !== undefined && isStopped) return judgeEnd(seen, task, now);
      return { kind: 'launchDue', since: undefined };
  }
}

function judgeStop({ record, task, pod }: RememberedPod): Situation {
  const deletedAt = fromTime(pod.metadata.deletionTimestamp);
  const grace = (pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000;
  const { why = isDeleting(pod) ? ('deleted' as const) : ('provider' as const) } = record.stop ?? {};
  return {
    ...{ kind: 'stopping', why, deadline: record.stop?.deadline },
    since: record.stop?.at ?? task?.stoppingAt ?? (deletedAt === undefined ? undefined : deletedAt - grace),
  };
}

function judgeClaim({ pod, record, quota, isClosing, next }: RememberedPod, now: Instant): Situation {
  const { refusal, nextTryAt, attempt, firstSentAt } = record;
  const lack = shownLack(pod);
  if (lack !== undefined && firstSentAt === undefined && next?.kind === 'wait')
    return { kind: 'ceiling', message: lack };
  if (isClosing) return { kind: 'nodeClosing', node: record.node };
  if (refusal === undefined) return { kind: 'launching', attempt, since: firstSentAt };
  if (!refusal.retry) return { kind: 'refused', reason: refusal.podReason, message: refusal.message };
  const by = refusedBy(refusal);
  return {
    ...{ kind: 'launchRefused', by, words: refusal.message, tries: refusal.tries, nextTryAt },
    ...(by === 'quota' && quotaIn(quota, now)),
  };
}

/** In whose hands it is to end the refusal. */
function refusedBy({ kind, podReason }: Refusal): RefusedBy {
  switch (kind) {
    case 'quota':
      return 'quota';
    case 'capacity':
      return podReason === ADDRESSES_EXHAUSTED ? 'addresses' : 'capacity';
    case 'auth':
      return 'access';
    case 'configuration':
      return 'configuration';
    case 'refused':
    case 'throttled':
    case 'transient':
    case 'ambiguous':
    case 'internal':
      return 'provider';
  }
}

function quotaIn(quota: NodeQuota | undefined, now: Instant): { readonly quota?: number } {
  const read = readQuota(quota, now);
  return read.kind === 'known' ? { quota: read.share.limit } : {};
}

function judgeTask(seen: RememberedPod, now: Instant): Situation {
  const { pod, record, task } = seen;
  if (task?.state === 'stopped') return judgeEnd(seen, task, now);
  if (record.missingSince !== undefined) return { kind: 'missing', since: record.missingSince };
  switch (task?.state) {
    case undefined:
    case 'pending':
      return { kind: 'starting', since: record.launchedAt ?? task?.createdAt };
    case 'stopping':
      return { kind: 'stopping', why: 'provider', since: task.stoppingAt, deadline: undefined };
    case 'running': {
      const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready');
      const since = task.startedAt;
      if (ready?.status === 'True') return { kind: 'running', since, restarted: mostRestarted(pod) };
      const words = [ready?.reason, ready?.message].filter((one) => one !== undefined && one !== '');
      return { kind: 'notReady', since, words: words.join(': ') || 'the pod does not show yet that it runs' };
    }
  }
}

function judgeEnd(seen: RememberedPod, task: ObservedTask, now: Instant): Situation {
  const { pod, record, quota, isClosing, next } = seen;
  const ending = endingOf(pod, record, task);
  const end = endOf(pod, record, task);
  if (ending.kind === 'terminal') {
    if (ending.phase === 'Succeeded') return { kind: 'succeeded', at: task.stoppedAt };
    return { kind: 'failed', reason: ending.reason, words: ending.message ?? task.reason, end };
  }
  const lack = shownLack(pod);
  if (lack !== undefined && now >= ending.at && next?.kind === 'wait')
    return { kind: 'ceiling', message: lack };
  if (isClosing) return { kind: 'nodeClosing', node: record.node };
  const nextTryAt = ending.at;
  if (ending.reason === 'CrashLoopBackOff')
    return {
      kind: 'crashed',
      end,
      stoppedFor: record.stop?.why,
      restarts: restartsOf(pod, end?.container),
      nextTryAt,
    };
  const cause = vainStart(task.cause, task);
  const words = task.reason ?? ending.message;
  return {
    ...{ kind: 'neverStarted', cause, words, nextTryAt },
    ...(cause === 'quota' && quotaIn(quota, now)),
  };
}

/** A helper that failed has laid nothing out: what it needs is the pod's configuration. */
function vainStart(cause: StopCause | undefined, { shortOf }: ObservedTask): VainStart {
  if (cause === 'imagePull') return 'imagePull';
  if (cause === 'capacity') return shortOf ?? 'capacity';
  return 'configuration';
}

/** The end that ended the task: of the container that it was stopped for, else of one that failed by itself, else of the first. */
function endOf(pod: Pod, record: PodRecord, task: ObservedTask): ContainerEnd | undefined {
  const own = task.containers.filter((one) => !isHelper(one) && one.state === 'stopped');
  const named = own.find(({ name }) => name === record.stop?.container);
  const failed = own.find((one) => hasFailed(one) && !wasCutOff(record, one));
  const seen = named ?? failed ?? own.find(({ exitCode }) => exitCode !== undefined);
  if (seen === undefined) return undefined;
  const { exitCode, reason = 'Error', message } = terminatedOf(seen, task);
  return {
    ...{ container: seen.name, reason, exitCode },
    ...(isInit(pod, seen.name) && { isInit: true }),
    ...(message !== undefined && { words: message }),
  };
}

/** An init container that ends before the next one starts; a native sidecar is one that goes on. */
function isInit({ spec }: Pod, wanted: string): boolean {
  return (spec.initContainers ?? []).some(
    ({ name, restartPolicy }) => name === wanted && restartPolicy !== 'Always',
  );
}

function hasFailed({ exitCode, outOfMemory }: ObservedContainer): boolean {
  return outOfMemory === true || (exitCode !== undefined && exitCode !== 0);
}

/** The same as a pod shows it: a failed container before one that succeeded. */
export function shownEnd(pod: Pod): ContainerEnd | undefined {
  const { status } = pod;
  const ends = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].flatMap(
    ({ name, state }) => (state?.terminated === undefined ? [] : [{ name, end: state.terminated }]),
  );
  const found = ends.find(({ end }) => end.exitCode !== 0) ?? ends[0];
  if (found === undefined) return undefined;
  const { name, end } = found;
  const words = end.message;
  return {
    ...{ container: name, reason: end.reason ?? 'Error', exitCode: end.exitCode },
    ...(isInit(pod, name) && { isInit: true }),
    ...(words !== undefined && { words }),
  };
}

/** The restarts that the pod shows of a container. */
function restartsOf({ status }: Pod, container: string | undefined): number {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return all.find(({ name }) => name === container)?.restartCount ?? 0;
}

/** Init containers that were restarted say nothing of a pod that has got over them. */
function mostRestarted(pod: Pod): (Situation & { readonly kind: 'running' })['restarted'] {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  const [most] = [...initContainerStatuses, ...containerStatuses]
    .filter(({ name, restartCount }) => restartCount > 0 && !isInit(pod, name))
    .toSorted((one, other) => other.restartCount - one.restartCount);
  return most === undefined ? undefined : { container: most.name, count: most.restartCount };
}
