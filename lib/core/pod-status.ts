import {
  deriveContainerStatuses,
  deriveInitStatuses,
  ownPart,
  type ContainerFacts,
} from './container-status.ts';
import {
  isTerminal,
  toTime,
  type ContainerStatus,
  type Instant,
  type Pod,
  type PodCondition,
  type PodStatus,
} from './kubernetes.ts';
import { derivePodConditions } from './pod-conditions.ts';
import type { PodRecord } from './record.ts';
import { DEADLINE_EXCEEDED, endingOf, type Ending } from './restart.ts';
import { sameJson } from './same-json.ts';
import { takesUp } from './task-use.ts';
import type { ReadyRules } from './view.ts';
import { withoutUndefined } from './without-undefined.ts';

/** Of a pod of which nothing runs. */
const NEVER_READY: ReadyRules = { podsReady: false, networkProbes: false };

/** The part of a pod's status that is ours to write. */
export type OwnStatus = Partial<
  Pick<PodStatus, 'phase' | 'reason' | 'message' | 'podIP' | 'podIPs' | 'startTime'>
> & {
  readonly conditions: PodCondition[];
  readonly containerStatuses: ContainerStatus[];
  /** Absent for a pod without init containers. */
  readonly initContainerStatuses?: ContainerStatus[];
};

/** The status that pod and record give. Pure; `now` only stamps what is new. */
export function derivePodStatus(
  pod: Pod,
  record: PodRecord | undefined,
  now: Instant,
  rules: ReadyRules,
): OwnStatus {
  const task = record?.task;
  const ending = podEnding(pod, record);
  const facts = { pod, record, ending, rules, isLaunchDue: isLaunchDue(record, ending, now) };
  const containerStatuses = deriveContainerStatuses(facts);
  const initContainerStatuses = initStatusesOf(facts);
  const end = ending?.kind === 'terminal' ? ending : undefined;
  // A pod that someone else ended (pod GC, an eviction) keeps the words of whoever did.
  const words = isTerminal(pod) ? undefined : end;
  const phase = phaseOf(pod, containerStatuses, ending);
  const terminal = isOver(phase) ? withoutUndefined({ phase, disruption: end?.disruption }) : undefined;
  const address = addressOf(task?.podIP);
  return withoutUndefined({
    phase,
    reason: words?.reason,
    message: words?.message,
    ...address,
    startTime: pod.status?.startTime ?? toTime(now),
    conditions: derivePodConditions({
      pod,
      statuses: containerStatuses,
      initStatuses: initContainerStatuses ?? [],
      sandboxReady: address.podIP !== undefined && task?.state !== 'stopped',
      terminal,
      record,
      now,
    }),
    containerStatuses,
    initContainerStatuses,
  });
}

/** Whether the record's next launch may be made as far as time goes. */
function isLaunchDue(record: PodRecord | undefined, ending: Ending | undefined, now: Instant): boolean {
  if (record?.state === 'claimed')
    return !takesUp(record) && now >= Math.max(record.launchBefore, record.nextTryAt ?? 0);
  return ending?.kind === 'again' && now >= ending.at;
}

function addressOf(podIP: string | undefined): Pick<OwnStatus, 'podIP' | 'podIPs'> {
  return podIP === undefined ? {} : { podIP, podIPs: [{ ip: podIP }] };
}

function initStatusesOf(facts: ContainerFacts): ContainerStatus[] | undefined {
  return (facts.pod.spec.initContainers ?? []).length === 0 ? undefined : deriveInitStatuses(facts);
}

/** What the end of the record's task means, if it has ended; pods can end without any task too. */
function podEnding(pod: Pod, record: PodRecord | undefined): Ending | undefined {
  const task = record?.task;
  if (record === undefined || task === undefined) return terminalWithoutTask(pod, record);
  return task.state === 'stopped' ? endingOf(pod, record, task) : undefined;
}

/** Pods that end without any task: refused for good by the provider, or deleted before anything was started. */
function terminalWithoutTask(pod: Pod, record: PodRecord | undefined): Ending | undefined {
  if (record?.refusal?.retry === false) {
    return {
      kind: 'terminal',
      phase: 'Failed',
      reason: record.refusal.podReason,
      message: record.refusal.message,
    };
  }
  const neverLaunched = record === undefined || record.state === 'ended';
  if (neverLaunched && record?.stop?.why === 'deadlineExceeded')
    return { kind: 'terminal', ...DEADLINE_EXCEEDED };
  if (pod.metadata.deletionTimestamp !== undefined && neverLaunched) {
    const again = (pod.status?.containerStatuses ?? []).some(
      ({ restartCount, lastState }) => restartCount > 0 || lastState?.terminated,
    );
    const words = again ? 'while it waited to be started again' : 'before it was started';
    return { kind: 'terminal', phase: 'Failed', message: `The pod was deleted ${words}.` };
  }
  return undefined;
}

/** The status of a pod that can never run here: Failed at once, with every reason in the message. */
export function deriveRefusedStatus(
  pod: Pod,
  refusal: { readonly reason: string; readonly message: string },
  now: Instant,
): OwnStatus {
  const terminal = { phase: 'Failed' } as const;
  const facts = { pod, record: undefined, ending: undefined, rules: NEVER_READY };
  const containerStatuses = deriveContainerStatuses(facts);
  const initContainerStatuses = initStatusesOf(facts);
  const statuses = { statuses: containerStatuses, initStatuses: initContainerStatuses ?? [] };
  return withoutUndefined({
    phase: 'Failed',
    reason: refusal.reason,
    message: refusal.message,
    startTime: pod.status?.startTime ?? toTime(now),
    conditions: derivePodConditions({ pod, ...statuses, sandboxReady: false, terminal, now }),
    containerStatuses,
    initContainerStatuses,
  });
}

/** The status of a pod that is left Pending on purpose, with the reason on every container. */
export function deriveHeldStatus(
  pod: Pod,
  held: { readonly reason: string; readonly message: string },
  now: Instant,
): OwnStatus {
  const facts = { pod, record: undefined, ending: undefined, rules: NEVER_READY };
  const holding = (status: ContainerStatus) => ({ ...status, state: { waiting: { ...held } } });
  const containerStatuses = deriveContainerStatuses(facts).map(holding);
  const initContainerStatuses = initStatusesOf(facts)?.map(holding);
  return withoutUndefined({
    phase: 'Pending',
    startTime: pod.status?.startTime ?? toTime(now),
    conditions: derivePodConditions({
      pod,
      statuses: containerStatuses,
      initStatuses: initContainerStatuses ?? [],
      sandboxReady: false,
      terminal: undefined,
      now,
    }),
    containerStatuses,
    initContainerStatuses,
  });
}

type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

function isOver(phase: string | undefined): phase is 'Succeeded' | 'Failed' {
  return phase === 'Succeeded' || phase === 'Failed';
}

/** Pending until something ran, then Running until the end: phases never go back. */
function phaseOf(pod: Pod, statuses: readonly ContainerStatus[], ending: Ending | undefined): Phase {
  const phase = pod.status?.phase;
  if (isOver(phase)) return phase;
  if (ending?.kind === 'terminal') return ending.phase;
  if (phase === 'Running') return phase;
  const anyRan = statuses.some(
    ({ state, lastState }) => state?.running ?? state?.terminated ?? lastState?.terminated,
  );
  return anyRan ? 'Running' : 'Pending';
}

/**
 * What to patch so that the pod shows `wanted`: only the fields that differ, only conditions of ours; `undefined` when there is
 * nothing to write. A condition's transition time alone is no difference.
 */
export function diffPodStatus(pod: Pod, wanted: OwnStatus): Partial<PodStatus> | undefined {
  const have = pod.status ?? {};
  const conditions = wanted.conditions.filter((condition) => !hasCondition(have.conditions ?? [], condition));
  const sameContainers = sameJson(have.containerStatuses?.map(ownPart), wanted.containerStatuses);
  const sameInits = sameJson(have.initContainerStatuses?.map(ownPart), wanted.initContainerStatuses);
  const moved = wanted.podIP !== undefined && !sameAddresses(have, wanted);
  const patch: Partial<PodStatus> = withoutUndefined({
    phase: unlessSame(wanted.phase, have.phase),
    reason: unlessSame(wanted.reason, have.reason),
    message: unlessSame(wanted.message, have.message),
    startTime: have.startTime === undefined ? wanted.startTime : undefined,
    podIP: moved ? wanted.podIP : undefined,
    podIPs: moved ? wanted.podIPs : undefined,
    conditions: conditions.length > 0 ? conditions : undefined,
    containerStatuses: sameContainers ? undefined : wanted.containerStatuses,
    initContainerStatuses: sameInits ? undefined : wanted.initContainerStatuses,
  });
  return Object.keys(patch).length === 0 ? undefined : patch;
}

function unlessSame<T>(wanted: T | undefined, have: T | undefined): T | undefined {
  return wanted === have ? undefined : wanted;
}

function sameAddresses(have: Partial<PodStatus>, wanted: OwnStatus): boolean {
  return have.podIP === wanted.podIP && sameJson(have.podIPs, wanted.podIPs);
}

function hasCondition(conditions: readonly PodCondition[], wanted: PodCondition): boolean {
  return conditions.some(
    ({ type, status, reason, message }) =>
      type === wanted.type &&
      status === wanted.status &&
      (reason ?? '') === (wanted.reason ?? '') &&
      (message ?? '') === (wanted.message ?? ''),
  );
}
