import { askedFrom, isAlive, verdictOf, type ProbedState, type ProbeVerdict } from '../core/judge-probe.ts';
import { isDeleting, type Instant, type PodKey } from '../core/kubernetes.ts';
import { PROBE_KINDS, probePlanOf, type ProbePlan, type ProbeRules } from '../core/plan-probes.ts';
import { probesOf, type ContainerProbes, type PodRecord, type ProbeResults } from '../core/record.ts';
import type { ObservedTask } from '../core/task.ts';
import type { View } from '../core/view.ts';
import type { RecordGuard } from '../ports/records.ts';
import { stillAt } from './write-record.ts';

type Containers = ProbeResults['containers'];

/** One probe of one pod, and when it is asked next. */
export interface Slot {
  readonly plan: ProbePlan;
  /** `undefined`: not before something changes. */
  due: Instant | undefined;
  busy: boolean;
  /** When its failure was last told as an event. */
  toldAt: Instant | undefined;
}

/** What is kept of a pod whose attempt has probes. */
export interface WatchedPod {
  readonly key: PodKey;
  readonly attempt: number;
  readonly taskArn: string;
  readonly slots: readonly Slot[];
  /** A write of what was found is under way. */
  writing: boolean;
  version: number;
  podIP: string | undefined;
  guard: RecordGuard;
  states: ReadonlyMap<string, ProbedState>;
  /** What was found. */
  found: Containers;
  /** What the record says of it. */
  stored: Containers;
}

/** The part of a view that is worth watching; `undefined` when nothing of it runs, or nothing of it is probed. */
export function watchedPodOf(view: View, rules: ProbeRules): WatchedPod | undefined {
  const { pod, record, key } = view;
  const task = liveTaskOf(record);
  if (pod === undefined || record === undefined || task === undefined) return undefined;
  const plans = probePlanOf(pod, rules);
  if (plans.length === 0) return undefined;
  const stored = probesOf(record);
  return {
    key,
    attempt: record.attempt,
    taskArn: task.arn,
    slots: plans.map((plan) => ({
      plan,
      due: undefined,
      busy: false,
      toldAt: undefined,
    })),
    found: stored,
    stored,
    writing: false,
    ...statesIn(view, record, task),
  };
}

/**
 * Takes over what a view tells of an attempt that is watched; `false` if it is of another one, or nothing runs any more. A view
 * that is older than our last write tells nothing of probes.
 */
export function refreshPod(watched: WatchedPod, view: View): boolean {
  const { record } = view;
  const task = liveTaskOf(record);
  if (view.pod === undefined || record === undefined || task === undefined) return false;
  if (record.attempt !== watched.attempt || task.arn !== watched.taskArn) return false;
  if (task.version >= watched.version) Object.assign(watched, statesIn(view, record, task));
  const stored = probesOf(record);
  if (newest(stored) >= newest(watched.stored)) {
    watched.found = adoptVerdicts(watched, stored);
    watched.stored = stored;
  }
  return true;
}

/**
 * What was found, with the verdicts that someone else has turned since: two holders ask for a while, and the one that has asked
 * for longer is not contradicted by the other's shorter count.
 */
function adoptVerdicts({ found, stored: before, slots }: WatchedPod, stored: Containers): Containers {
  const adopted = slots.flatMap(({ plan }) => {
    const { container, kind } = plan;
    const verdictIn = (containers: Containers): ProbeVerdict =>
      verdictOf(plan, containers[container]?.[kind]);
    const isTurned = verdictIn(stored) !== verdictIn(before) && verdictIn(found) === verdictIn(before);
    const told = stored[container]?.[kind];
    return isTurned && told !== undefined ? [{ container, result: { [kind]: told } }] : [];
  });
  return adopted.reduce<Containers>(
    (all, { container, result }) => ({ ...all, [container]: { ...all[container], ...result } }),
    found,
  );
}

/** Whether a view is of an attempt before the one that is watched: it was read before that began. */
export function isOutdated({ attempt }: WatchedPod, { record }: View): boolean {
  return record !== undefined && record.attempt < attempt;
}

function liveTaskOf(record: PodRecord | undefined): ObservedTask | undefined {
  const task = record?.state === 'launched' ? record.task : undefined;
  return task === undefined || task.state === 'stopped' ? undefined : task;
}

function statesIn(
  { pod }: View,
  record: PodRecord,
  task: ObservedTask,
): Pick<WatchedPod, 'version' | 'podIP' | 'guard' | 'states'> {
  const ending =
    record.stop !== undefined || task.state === 'stopping' || (pod !== undefined && isDeleting(pod));
  const states = task.containers.map(({ name, state, startedAt }) => {
    const since = startedAt ?? task.startedAt ?? record.launchedAt ?? 0;
    return [name, { running: state === 'running', startedAt: since, ending }] as const;
  });
  return { version: task.version, podIP: task.podIP, guard: stillAt(record), states: new Map(states) };
}

function newest(containers: Containers): Instant {
  const times = Object.values(containers).flatMap((probes) =>
    PROBE_KINDS.map((kind) => probes[kind]?.at ?? 0),
  );
  return Math.max(0, ...times);
}

/** What was found of a probe's container so far. */
export function foundOf({ found }: WatchedPod, { plan }: Slot): ContainerProbes {
  return found[plan.container] ?? {};
}

/** From when on the slot's probe is asked, as things are. */
export function askedFromOf(watched: WatchedPod, slot: Slot): Instant | undefined {
  const { plan } = slot;
  const state = watched.states.get(plan.container);
  if (state === undefined || (plan.handler.kind !== 'health' && watched.podIP === undefined))
    return undefined;
  const plans = watched.slots.flatMap((one) => (one.plan.container === plan.container ? [one.plan] : []));
  return askedFrom(plan, { probes: foundOf(watched, slot), plans }, state);
}

/** Whether something that a pod's status or restart hangs on is not in the record yet. */
export function hasTurned({ slots, found, stored }: WatchedPod): boolean {
  return slots.some(({ plan }) => {
    const now = found[plan.container] ?? {};
    const before = stored[plan.container] ?? {};
    return (
      verdictOf(plan, now[plan.kind]) !== verdictOf(plan, before[plan.kind]) ||
      isAlive(now) !== isAlive(before)
    );
  });
}

/** Whether anything is counted that is not in the record yet. */
export function hasCounted(watched: WatchedPod): boolean {
  const { slots, found, stored } = watched;
  const countOf = (containers: Containers, { container, kind }: ProbePlan): number =>
    containers[container]?.[kind]?.against ?? 0;
  return hasTurned(watched) || slots.some(({ plan }) => countOf(found, plan) !== countOf(stored, plan));
}
