import type { Action } from '../core/action.ts';
import { isRefusal } from '../core/assessment.ts';
import { boundTime } from '../core/bound-time.ts';
import { needsRoom, shownLack } from '../core/hold-for-room.ts';
import { fromTime, isDeleting, isTerminal, keyOfPod, type Instant, type Pod } from '../core/kubernetes.ts';
import { DAEMON_SET_HELD, nextAction } from '../core/next-action.ts';
import { HEARTBEAT, isStalled } from '../core/node-facts.ts';
import type { PodRecord } from '../core/record.ts';
import type { ObservedTask } from '../core/task.ts';
import type { View } from '../core/view.ts';
import { knownOf, type Evidence } from './evidence.ts';
import { judgeRecord, shownEnd } from './judge-record.ts';
import type { Situation } from './situation.ts';

/** What is known of a pod, and what the loop would do next if it looked now. */
export interface Judgement {
  readonly situation: Situation;
  /** `undefined`: that cannot be told, because pod or record could not be read, or no node of the deployment has the pod. */
  readonly next: Action | undefined;
}

/** Why the pod is as it is. Pure: everything hangs on what was read, and on the rules by which the loop decides itself. */
export function judgeEvidence(evidence: Evidence, now: Instant): Judgement {
  const next = nextOf(evidence, now);
  return { next, situation: judgePod(evidence, next, now) };
}

/** What the loop's own decision is: asked as the holder would, and nothing of it is carried out. */
function nextOf(evidence: Evidence, now: Instant): Action | undefined {
  const { mark, deployment } = evidence;
  const view = viewIn(evidence);
  const node = deployment.nodes.find(({ name }) => name === view?.node);
  if (view === undefined || node === undefined || mark.kind === 'unknown') return undefined;
  const action = nextAction(view, now, {
    id: 'lambdalet why',
    mayLaunch: mark.value?.closing !== true,
    mayUseProvider: true,
    closing: false,
    breakerHolds: mark.value?.breaker !== undefined,
    podsReady: node.podsReady,
    networkProbes: deployment.networkProbes,
  });
  // Whether there is room only the holder knows: what it said last stands in the pod.
  const isHeld = needsRoom(action, view) && view.pod !== undefined && shownLack(view.pod) !== undefined;
  return isHeld ? { kind: 'wait', until: undefined } : action;
}

/** The view that the loop would have; `undefined`: something of it could not be read, or there is nothing to look at. */
function viewIn({ pod, record, assessment }: Evidence): View | undefined {
  if (pod.kind === 'unknown' || record.kind === 'unknown') return undefined;
  const node = pod.value === undefined ? record.value?.node : pod.value.spec.nodeName;
  const key = pod.value === undefined ? record.value : keyOfPod(pod.value);
  if (node === undefined || key === undefined) return undefined;
  const { uid, namespace, name } = key;
  return {
    ...{ key: { uid, namespace, name }, node, pod: pod.value, record: record.value },
    ...(assessment !== undefined && { assessment }),
  };
}

function judgePod(evidence: Evidence, next: Action | undefined, now: Instant): Situation {
  const { pod, record, deployment } = evidence;
  if (pod.kind === 'unknown') return { kind: 'unreadable', why: pod.why };
  const known = knownOf(record);
  if (pod.value === undefined) return judgeGone(record, latestTask(evidence));
  const { nodeName } = pod.value.spec;
  if (isTerminal(pod.value)) return judgeTerminal(pod.value, known);
  if (nodeName === undefined || nodeName === '') return judgeUnbound(pod.value);
  if (!deployment.nodes.some(({ name }) => name === nodeName)) return { kind: 'foreignNode', node: nodeName };
  return judgeLive(evidence, { pod: pod.value, next }, now);
}

function judgeGone(record: Evidence['record'], task: ObservedTask | undefined): Situation {
  if (record.kind === 'unknown') return { kind: 'absent', record: 'unread' };
  if (record.value === undefined) return { kind: 'absent', record: 'none' };
  if (record.value.state === 'ended') return { kind: 'absent', record: 'ended' };
  return { kind: 'goneUnfinished', taskState: task?.state };
}

function judgeTerminal(pod: Pod, record: PodRecord | undefined): Situation {
  const { phase, reason, message } = pod.status ?? {};
  if (isDeleting(pod)) return { kind: 'finalizers', names: pod.metadata.finalizers ?? [] };
  if (isRefusal(reason) || reason === 'ProviderFailed')
    return { kind: 'refused', reason: reason ?? '', message: message ?? '' };
  const end = shownEnd(pod);
  if (phase === 'Succeeded') return { kind: 'succeeded', at: record?.task?.stoppedAt ?? endTime(pod) };
  return { kind: 'failed', reason, words: message, end };
}

function endTime({ status }: Pod): Instant | undefined {
  const ends = (status?.containerStatuses ?? []).map(
    ({ state }) => fromTime(state?.terminated?.finishedAt) ?? 0,
  );
  const last = Math.max(0, ...ends);
  return last === 0 ? undefined : last;
}

function judgeUnbound(pod: Pod): Situation {
  const condition = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  const words = [condition?.reason, condition?.message].filter((one) => one !== undefined && one !== '');
  return { kind: 'unscheduled', words: words.length === 0 ? undefined : words.join(': ') };
}

/** A pod of a node of ours that has not ended. */
function judgeLive(
  evidence: Evidence,
  { pod, next }: { readonly pod: Pod; readonly next: Action | undefined },
  now: Instant,
): Situation {
  const { record, mark } = evidence;
  const task = latestTask(evidence);
  if (isHeldDaemonSet(pod, next)) return { kind: 'daemonSet' };
  if (next?.kind === 'refuse') {
    const { status } = next;
    return { kind: 'refused', reason: status.reason ?? '', message: status.message ?? '' };
  }
  const trouble = task?.state === 'running' ? undefined : judgeController(evidence, now);
  if (trouble !== undefined) return trouble;
  if (record.kind === 'unknown')
    return { kind: 'recordUnreadable', why: record.why, shown: describeShown(pod) };
  const quota = knownOf(mark)?.quota;
  const isClosing = knownOf(mark)?.closing === true;
  if (record.value === undefined) return judgeNew(pod, next, isClosing);
  return judgeRecord({ pod, record: record.value, task, quota, isClosing, next }, now);
}

function isHeldDaemonSet({ status }: Pod, next: Action | undefined): boolean {
  if (next?.kind === 'hold') return next.reason === DAEMON_SET_HELD;
  return (status?.containerStatuses ?? []).some(({ state }) => state?.waiting?.reason === DAEMON_SET_HELD);
}

/** A bound pod of which nothing is remembered. */
function judgeNew(pod: Pod, next: Action | undefined, isClosing: boolean): Situation {
  const lack = shownLack(pod);
  if (isDeleting(pod)) return { kind: 'stopping', why: 'deleted', since: undefined, deadline: undefined };
  if (next?.kind === 'recover') return { kind: 'recovering' };
  if (lack !== undefined) return { kind: 'ceiling', message: lack };
  if (isClosing) return { kind: 'nodeClosing', node: pod.spec.nodeName ?? '' };
  return { kind: 'launchDue', since: boundTime(pod) };
}

/** What keeps the controller itself from looking at the pod. */
function judgeController({ node, slot }: Evidence, now: Instant): Situation | undefined {
  const lastPassAt = knownOf(slot)?.lastPassAt;
  if (lastPassAt !== undefined && isStalled({ lastPassAt, now })) return { kind: 'passOld', at: lastPassAt };
  if (node.kind === 'unknown' || node.value === undefined) return undefined;
  const { name, lease } = node.value;
  if (node.value.node === undefined) return { kind: 'nodeAbsent', node: name };
  const beatAt = fromTime(lease?.spec?.renewTime);
  const isOld = beatAt === undefined || now - beatAt > HEARTBEAT.leaseSeconds * 1000;
  // Fresh passes prove that somebody looks, whatever the heartbeat does.
  return isOld && lastPassAt === undefined ? { kind: 'heartbeatOld', node: name, at: beatAt } : undefined;
}

/** The task as last told of: the provider may know of it what the record does not say yet. */
function latestTask({ record, task }: Pick<Evidence, 'record' | 'task'>): ObservedTask | undefined {
  const recorded = knownOf(record)?.task;
  const now = knownOf(task)?.task;
  if (recorded === undefined || now === undefined) return now ?? recorded;
  return now.version > recorded.version ? now : recorded;
}

function describeShown(pod: Pod): string {
  const waiting = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
    .map(({ state }) => state?.waiting)
    .find((one) => one?.reason !== undefined);
  const phase = pod.status?.phase ?? 'Pending';
  if (waiting !== undefined)
    return [`${phase}, ${waiting.reason}`, waiting.message].filter((one) => one !== undefined).join(': ');
  const end = shownEnd(pod);
  return end === undefined
    ? phase
    : `${phase}, ${end.container} ended with ${end.reason}, exit ${end.exitCode}`;
}
