import { toTime, type ContainerStatus, type Instant, type Pod, type PodCondition } from './kubernetes.ts';
import { editOf, type PodRecord } from './record.ts';

/** What the conditions of one pod are derived from. */
export interface ConditionFacts {
  readonly pod: Pod;
  readonly statuses: readonly ContainerStatus[];
  /** Of init containers, native sidecars among them. */
  readonly initStatuses: readonly ContainerStatus[];
  /** The network of the task exists. */
  readonly sandboxReady: boolean;
  /** The pod is over: never ready again. `disruption` is set when it was taken away rather than failed. */
  readonly terminal: { readonly phase: 'Succeeded' | 'Failed'; readonly disruption?: string } | undefined;
  /** Tells what a running task cannot follow. */
  readonly record?: PodRecord | undefined;
  readonly now: Instant;
}

/** The conditions that are ours; DisruptionTarget only when we have a reason to set it. Times change only with the status. */
export function derivePodConditions(facts: ConditionFacts): PodCondition[] {
  const { terminal } = facts;
  const ready = readinessOf(facts);
  const conditions: PodCondition[] = [
    { type: 'PodScheduled', status: 'True' },
    { type: 'PodReadyToStartContainers', status: facts.sandboxReady ? 'True' : 'False' },
    { type: 'Initialized', ...initializedOf(facts) },
    { type: 'ContainersReady', ...ready.containers },
    { type: 'Ready', ...ready.pod },
  ];
  if (terminal?.disruption !== undefined) {
    conditions.push({
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'TerminationByKubelet',
      message: terminal.disruption,
    });
  }
  conditions.push(...resizeCondition(facts));
  return conditions.map((condition) => withTransitionTime(facts, condition));
}

/** A resize that cannot be done is answered in Kubernetes' way (since 1.33); once it has taken effect the answer is withdrawn. */
function resizeCondition({ pod, record, terminal }: ConditionFacts): PodCondition[] {
  const type = 'PodResizePending';
  const edit = record === undefined ? undefined : editOf(record);
  if (edit?.kind === 'resize' && terminal === undefined)
    return [{ type, status: 'True', reason: 'Infeasible', message: edit.message }];
  const pending = pod.status?.conditions?.some(
    (condition) => condition.type === type && condition.status === 'True',
  );
  return pending === true ? [{ type, status: 'False' }] : [];
}

type Readiness = Pick<PodCondition, 'status' | 'reason' | 'message'>;

/** As the kubelet: all init containers succeeded and all sidecars started, or an app container has already. */
function initializedOf({ statuses, initStatuses, terminal, pod }: ConditionFacts): Readiness {
  if (terminal?.phase === 'Succeeded') return { status: 'True', reason: 'PodCompleted' };
  const sidecars = sidecarsOf(pod);
  const incomplete = initStatuses
    .filter(({ name, state, started }) =>
      sidecars.has(name) ? started !== true : state?.terminated?.exitCode !== 0,
    )
    .map(({ name }) => name);
  const appsStarted = statuses.some(
    ({ state, lastState }) => state?.running ?? state?.terminated ?? lastState?.terminated,
  );
  if (incomplete.length === 0 || appsStarted) return { status: 'True' };
  const message = `containers with incomplete status: [${incomplete.join(' ')}]`;
  return { status: 'False', reason: 'ContainersNotInitialized', message };
}

function sidecarsOf({ spec }: Pod): ReadonlySet<string> {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return new Set(sidecars.map(({ name }) => name));
}

function readinessOf(facts: ConditionFacts): { containers: Readiness; pod: Readiness } {
  if (facts.terminal !== undefined) {
    const done: Readiness = {
      status: 'False',
      reason: facts.terminal.phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed',
    };
    return { containers: done, pod: done };
  }
  const sidecars = sidecarsOf(facts.pod);
  const counted = [...facts.initStatuses.filter(({ name }) => sidecars.has(name)), ...facts.statuses];
  const unready = counted.filter(({ ready }) => !ready).map(({ name }) => name);
  if (unready.length > 0) {
    const not: Readiness = {
      status: 'False',
      reason: 'ContainersNotReady',
      message: `containers with unready status: [${unready.join(' ')}]`,
    };
    return { containers: not, pod: not };
  }
  const containers: Readiness = { status: 'True' };
  const gates = unmetGates(facts.pod);
  if (gates.length === 0) return { containers, pod: containers };
  const message = gates
    .map((gate) => `corresponding condition of pod readiness gate "${gate}" does not exist or is not "True".`)
    .join(' ');
  return { containers, pod: { status: 'False', reason: 'ReadinessGatesNotReady', message } };
}

function unmetGates(pod: Pod): string[] {
  const isTrue = (type: string) =>
    pod.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ??
    false;
  return (pod.spec.readinessGates ?? [])
    .map(({ conditionType }) => conditionType)
    .filter((type) => !isTrue(type));
}

function withTransitionTime({ pod, now }: ConditionFacts, condition: PodCondition): PodCondition {
  const before = pod.status?.conditions?.find(({ type }) => type === condition.type);
  const since = before?.status === condition.status ? before.lastTransitionTime : undefined;
  return { ...condition, lastTransitionTime: since ?? toTime(now) };
}
