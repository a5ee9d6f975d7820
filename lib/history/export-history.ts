import type { Instant } from '../core/kubernetes.ts';
import type { ContainerShape, PodShape } from '../core/pod-shape.ts';
import type { SeenTask, ShownStatus } from '../core/transition.ts';
import { withoutUndefined } from '../core/without-undefined.ts';
import {
  demandRedacted,
  HISTORY_FORMAT,
  type HistoryAct,
  type HistoryDocument,
  type HistoryFact,
} from './history-document.ts';
import type { TransitionLine } from './read-line.ts';

/** A history that cannot be exported, and why. */
class ExportFault extends Error {}

/**
 * The acts of one pod as a document that may be shown to others. Every value is taken by name; what is a word of a user, or of AWS, becomes a
 * number or is left out. Pure.
 * @param shape of the pod, where its first line is not among the acts
 * @param until when it was read: what came later is not in it
 * @throws ExportFault where nothing says what the pod is
 */
export function exportHistory(
  acts: readonly TransitionLine[],
  settings: HistoryDocument['settings'],
  shape: PodShape | undefined,
  until: Instant,
): HistoryDocument {
  const done = acts.filter(({ detail, failure }) => detail.overtaken !== true && failure === undefined);
  const told = shape ?? done.find(({ detail }) => detail.shape !== undefined)?.detail.shape;
  const [first] = done;
  if (first === undefined) throw new ExportFault('no act is known of the pod');
  if (told === undefined)
    throw new ExportFault(
      'the line that says what the pod was is not there any more: look further back with --since',
    );
  const boundAt = done.find(({ detail }) => detail.boundAt !== undefined)?.detail.boundAt ?? first.at;
  const redaction = new Redaction(told, Math.min(boundAt, first.at));
  return demandRedacted({
    format: HISTORY_FORMAT,
    settings,
    until: redaction.at(until),
    pod: redaction.pod(told),
    facts: factsOf(done, boundAt, redaction),
    acts: done.map((line) => actOf(line, redaction)),
  });
}

/** What takes the place of names and times. */
class Redaction {
  readonly #names: ReadonlyMap<string, string>;
  readonly #zero: Instant;

  constructor({ init = [], containers }: PodShape, zero: Instant) {
    this.#zero = zero;
    this.#names = new Map([
      ...init.map(({ name }, index) => [name, `i${index + 1}`] as const),
      ...containers.map(({ name }, index) => [name, `c${index + 1}`] as const),
    ]);
  }

  at(instant: Instant): number {
    return Math.round(instant - this.#zero);
  }

  time(instant: Instant | undefined): number | undefined {
    return instant === undefined ? undefined : this.at(instant);
  }

  name(container: string): string | undefined {
    return this.#names.get(container);
  }

  pod({ restartPolicy, graceSeconds, deadlineSeconds, daemonSet, init, containers }: PodShape): object {
    return withoutUndefined({
      ...{ restartPolicy, graceSeconds, deadlineSeconds, daemonSet },
      init: init?.map((one) => this.container(one)),
      containers: containers.map((one) => this.container(one)),
    });
  }

  container({ name, sidecar, cpu, memory, probes, sleepSeconds }: ContainerShape): object {
    return withoutUndefined({ name: this.name(name), sidecar, cpu, memory, probes, sleepSeconds });
  }

  task(task: SeenTask): object {
    const { state, createdAt, startedAt, stoppingAt, stoppedAt, cause, shortOf, disruption } = task;
    return withoutUndefined({
      ...{ state, cause, shortOf, disruption: disruption === undefined ? undefined : true },
      ...{ createdAt: this.time(createdAt), startedAt: this.time(startedAt) },
      ...{ stoppingAt: this.time(stoppingAt), stoppedAt: this.time(stoppedAt) },
      containers: task.containers.flatMap((one) => this.seen(one)),
    });
  }

  seen(one: SeenTask['containers'][number]): readonly object[] {
    const name = this.name(one.name);
    if (name === undefined) return [];
    const { state, exitCode, outOfMemory, health, startedAt, finishedAt } = one;
    const times = { startedAt: this.time(startedAt), finishedAt: this.time(finishedAt) };
    const isTold = health === 'healthy' || health === 'unhealthy';
    return [
      withoutUndefined({ name, state, exitCode, outOfMemory, health: isTold ? health : undefined, ...times }),
    ];
  }

  shown({ phase, ready, reason, containers }: ShownStatus): object {
    const states = Object.entries(containers).flatMap(([name, state]) => {
      const known = this.name(name);
      return known === undefined ? [] : [[known, stateWord(state)] as const];
    });
    return withoutUndefined({
      ...{ phase: wordOf(phase), ready, reason: reason === undefined ? undefined : wordOf(reason) },
      containers: Object.fromEntries(states),
    });
  }
}

/** Reasons and causes that the product, Kubernetes and ECS have; what else stands there may be a user's word. */
const WORDS: ReadonlySet<string> = new Set(
  `Pending Running Succeeded Failed Unknown
  ContainerCreating PodInitializing CrashLoopBackOff ErrImagePull ImagePullBackOff CreateContainerConfigError CreateContainerError
  RunContainerError Completed Error OOMKilled ContainerStatusUnknown StartError DeadlineExceeded NodeLost Evicted NodeShutdown Terminated
  Preempted UnsupportedPodField OutOfcpu OutOfmemory ProviderFailed ProviderAccessDenied FargateCapacityUnavailable FargateQuotaExceeded
  SubnetAddressesExhausted DaemonSetNotSupported CeilingReached Shutdown TerminationByKubelet Infeasible NodeAffinity
  bound ended exited imagePull configuration capacity containerStart requested disruption lost retry claimRanOut refused launched
  nothingFound found known unknown eventsWait deleted deadlineExceeded teardown orphan initFailed unhealthy sidecarEnded event look
  knownAgain noPod noRecord resize spec followed`.split(/\s+/),
);

function wordOf(word: string): string {
  return WORDS.has(word) ? word : 'other';
}

/** `terminated Error 3` */
function stateWord(state: string): string {
  const [, kind = 'other', reason = '', exit = ''] =
    /^(running|waiting|terminated)(?: (\S*))?(?: (-?\d+))?$/.exec(state) ?? [];
  return [kind, ...(reason === '' ? [] : [wordOf(reason)]), ...(exit === '' ? [] : [exit])].join(' ');
}

/** The codes of AWS are names of exceptions. */
function codeOf(code: string | undefined): string | undefined {
  return code !== undefined && /^[A-Z][A-Za-z]{2,60}(Exception|Error|Fault)$/.test(code) ? code : undefined;
}

function actOf({ at, action, by, attempt, detail }: TransitionLine, redaction: Redaction): HistoryAct {
  const { try: nth, from, to, cause, container, shown } = detail;
  const functions: readonly string[] = ['pod-sync', 'task-events', 'node-teardown'];
  return withoutUndefined({
    ...{ at: redaction.at(at), act: ACTS.test(action) ? action : 'other', attempt, try: nth, from, to },
    by: functions.includes(by) ? by : 'other',
    cause: cause === undefined ? undefined : wordOf(cause),
    container: container === undefined ? undefined : redaction.name(container),
    shown: shown === undefined ? undefined : redaction.shown(shown),
  }) as HistoryAct;
}

const ACTS = /^[a-z][A-Za-z]{2,20}$/;

function factsOf(
  acts: readonly TransitionLine[],
  boundAt: Instant,
  redaction: Redaction,
): readonly HistoryFact[] {
  const facts = [
    { kind: 'bound', at: redaction.at(boundAt) },
    ...deletionsIn(acts, redaction),
    ...acts.flatMap((line) => factsIn(line, redaction)),
  ] as readonly HistoryFact[];
  return onceEach(facts).toSorted((one, other) => one.at - other.at);
}

/** Each deletion: a second one may only shorten the grace. */
function deletionsIn(acts: readonly TransitionLine[], redaction: Redaction): readonly object[] {
  const graces = new Map<number, Instant>();
  for (const { detail } of acts) {
    const { deletedAt, graceSeconds } = detail;
    if (deletedAt !== undefined && graceSeconds !== undefined && !graces.has(graceSeconds))
      graces.set(graceSeconds, deletedAt);
  }
  return [...graces].map(([graceSeconds, at]) => ({ kind: 'deleted', at: redaction.at(at), graceSeconds }));
}

function factsIn(line: TransitionLine, redaction: Redaction): readonly object[] {
  const { action, attempt, detail } = line;
  const at = redaction.at(line.at);
  const { refusal, seen, cause } = detail;
  const isUnknown = action === 'taskMissing' || (action === 'describeTask' && cause === 'unknown');
  return [
    ...(action === 'launch'
      ? [
          withoutUndefined({
            ...{ kind: 'answered', at, attempt },
            refusal: refusal && withoutUndefined({ kind: refusal.kind, code: codeOf(refusal.code) }),
          }),
        ]
      : []),
    ...(seen === undefined || action === 'declareLost'
      ? []
      : [{ kind: 'task', at, attempt, by: learntBy(line), task: redaction.task(seen) }]),
    ...(isUnknown ? [{ kind: 'unknownTask', at, attempt }] : []),
    ...(action === 'stop' && cause === 'deleted' && detail.deletedAt === undefined
      ? [{ kind: 'gone', at }]
      : []),
    ...(action === 'noteEdit' && (cause === 'resize' || cause === 'spec')
      ? [{ kind: 'edited', at, what: cause }]
      : []),
  ];
}

function learntBy({ action, detail: { cause } }: TransitionLine): 'event' | 'answer' | 'look' {
  if (action === 'taskSeen' && cause === 'event') return 'event';
  return action === 'launch' || action === 'stop' ? 'answer' : 'look';
}

/** That the pod went, and that ECS does not know a task, is a fact only once. */
function onceEach(facts: readonly HistoryFact[]): readonly HistoryFact[] {
  const isFirst = (fact: HistoryFact, index: number): boolean =>
    facts.findIndex((other) => other.kind === fact.kind && attemptOf(other) === attemptOf(fact)) === index;
  return facts.filter(
    (fact, index) => (fact.kind !== 'gone' && fact.kind !== 'unknownTask') || isFirst(fact, index),
  );
}

function attemptOf(fact: HistoryFact): number | undefined {
  return 'attempt' in fact ? fact.attempt : undefined;
}
