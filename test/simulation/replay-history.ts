// Plays an exported history to the control loop again: what came from outside happens to it at its times, and what it does is compared with what
// was done then.
import type { Instant, PodSpec } from '../../lib/core/kubernetes.ts';
import type { ObservedTask } from '../../lib/core/task.ts';
import { TRANSITION } from '../../lib/core/transition.ts';
import { exportHistory } from '../../lib/history/export-history.ts';
import type { HistoryAct, HistoryDocument, HistoryFact } from '../../lib/history/history-document.ts';
import { readTransition, type TransitionLine } from '../../lib/history/read-line.ts';
import { beatNodes } from '../../lib/loop/heartbeat.ts';
import { syncCluster } from '../../lib/loop/sync-cluster.ts';
import type { NewPod } from '../memory/memory-pods.ts';
import { createWorld, intercept, type LoopWorld } from '../support/vocabulary-loop.ts';
import { aNodeSettings } from '../support/vocabulary.ts';
import { compareActs, patienceFor } from './compare-acts.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** A Node is older than this when tasks may be declared lost. */
const NODE_AGE = 11 * MINUTE;
/** The Scheduler's messages come this often. */
const TRIGGER_MS = 12 * SECOND;
/** Longer than whatever the loop does by itself after the last fact. */
const AFTER_MS = 30 * SECOND;
const STEP_MS = 100;

type FactOf<Kind extends HistoryFact['kind']> = Extract<HistoryFact, { readonly kind: Kind }>;

/** Plays a history again; returns in words what is other than then, nothing if it is the same. */
export async function replayHistory(document: HistoryDocument): Promise<readonly string[]> {
  const replay = new Replay(document);
  await replay.run();
  return compareActs(document, replay.acts(), replay.faults);
}

class Replay {
  readonly faults: string[] = [];
  readonly #document: HistoryDocument;
  readonly #world: LoopWorld;
  readonly #lines: TransitionLine[] = [];
  /** When each attempt was launched, then and now. */
  readonly #launchedThen = new Map<number, number>();
  readonly #launchedNow = new Map<number, Instant>();
  #zero: Instant = 0;

  constructor(document: HistoryDocument) {
    const { mode, podsReady } = document.settings;
    this.#document = document;
    this.#world = createWorld({ settings: { mode, nodes: [aNodeSettings({ podsReady })] } });
    for (const fact of document.facts)
      if (fact.kind === 'answered' && fact.refusal === undefined)
        this.#launchedThen.set(fact.attempt, fact.at);
    this.#listen();
    this.#answerLaunches();
  }

  /** What the loop has done, told as the document tells it. */
  acts(): readonly HistoryAct[] {
    if (this.#lines.length === 0) return [];
    return exportHistory(this.#lines, this.#document.settings, undefined, this.#world.clock.now()).acts;
  }

  async run(): Promise<void> {
    const { clock, deps } = this.#world;
    await beatNodes(deps);
    await clock.advance(NODE_AGE);
    this.#zero = clock.now();
    this.#bind();
    const end = this.#zero + this.#document.until + AFTER_MS + (patienceFor(this.#document.facts) ?? 0);
    const left = new Set(this.#document.facts);
    for (let nextTrigger = clock.now(); clock.now() <= end;) {
      if (clock.now() >= nextTrigger) {
        void syncCluster(deps);
        nextTrigger += TRIGGER_MS;
      }
      for (const fact of [...left].filter((one) => this.#isDue(one))) {
        left.delete(fact);
        await this.#happen(fact);
      }
      await clock.advance(STEP_MS);
    }
    for (const fact of left)
      if (fact.kind === 'task')
        this.faults.push(
          `attempt ${fact.attempt} was not launched, so that its task could not be ${fact.task.state}`,
        );
  }

  #listen(): void {
    const { telemetry, clock } = this.#world;
    Object.assign(telemetry, {
      info: (message: string, fields: object = {}) => {
        if (message !== TRANSITION) return;
        const text = JSON.stringify({ ...fields, message, timestamp: new Date(clock.now()).toISOString() });
        const line = readTransition({ id: '', at: clock.now(), text });
        if (line === undefined) return;
        if (line.action === 'launch' && line.detail.refusal === undefined)
          this.#launchedNow.set(line.attempt, clock.now());
        this.#lines.push(line);
      },
    });
  }

  /** The sends are answered in the order in which they were answered then. */
  #answerLaunches(): void {
    const answers = this.#document.facts.filter(
      (fact): fact is FactOf<'answered'> => fact.kind === 'answered',
    );
    let sent = 0;
    intercept(this.#world, 'provider', 'launch', (launch) => (...send) => {
      const refusal = answers[(sent += 1) - 1]?.refusal;
      if (refusal !== undefined)
        this.#world.provider.failNext('launch', {
          ...{ kind: refusal.kind, message: 'as recorded' },
          ...(refusal.code !== undefined && { code: refusal.code }),
        });
      return launch(...send);
    });
  }

  #isDue(fact: HistoryFact): boolean {
    const due = this.#dueOf(fact);
    return due !== undefined && due <= this.#world.clock.now();
  }

  /** What happens to a task happens as long after its launch as it did then. */
  #dueOf(fact: HistoryFact): Instant | undefined {
    if (fact.kind !== 'task' && fact.kind !== 'unknownTask') return this.#zero + fact.at;
    const then = this.#launchedThen.get(fact.attempt);
    const now = this.#launchedNow.get(fact.attempt);
    if (now === undefined) return undefined;
    return now + fact.at - (then ?? fact.at);
  }

  async #happen(fact: HistoryFact): Promise<void> {
    const { controls } = this.#world.kubernetes;
    switch (fact.kind) {
      case 'bound':
      case 'answered':
        return;
      case 'deleted':
        if (this.#world.pod() !== undefined) controls.deletePod('default', 'web', fact.graceSeconds);
        return;
      case 'gone':
        if (this.#world.pod() !== undefined) controls.deletePod('default', 'web', 0);
        return;
      case 'edited':
        this.#edit(fact.what);
        return;
      case 'unknownTask':
        this.#world.provider.lose(this.#arnOf(fact.attempt) ?? '');
        return;
      case 'task':
        await this.#change(fact);
        return;
    }
  }

  #bind(): void {
    const isRefused = this.#document.acts.some(({ act }) => act === 'refuse');
    this.#world.bind(toPod(this.#document.pod, isRefused));
  }

  #edit(what: 'resize' | 'spec'): void {
    this.#world.kubernetes.controls.changePod('default', 'web', (pod) => {
      pod.metadata.generation = (pod.metadata.generation ?? 1) + 1;
      for (const container of pod.spec.containers)
        if (what === 'spec') container.image = `${container.image ?? ''}x`;
        else container.resources = { requests: { cpu: '2' } };
    });
  }

  #arnOf(attempt: number): string | undefined {
    return this.#world.provider.tasks().find(({ owner }) => owner?.attempt === attempt)?.task.arn;
  }

  /** The answers to our own calls are given by the provider; an event is told, a look has to be made. */
  async #change({ attempt, by, task, at }: FactOf<'task'>): Promise<void> {
    if (by === 'answer') return;
    const arn = this.#arnOf(attempt);
    if (arn === undefined) {
      this.faults.push(`there is no task of attempt ${attempt} that could be ${task.state}`);
      return;
    }
    const { clock, provider } = this.#world;
    const found = provider.setState(arn, toTask(task, arn, clock.now() - at));
    if (by === 'event') await this.#world.tell(found);
  }
}

/** A task of the document in the words of the loop; `zero` is when its times began. */
function toTask(task: FactOf<'task'>['task'], arn: string, zero: Instant): Partial<ObservedTask> {
  const time = (at: number | undefined): Instant | undefined => (at === undefined ? undefined : zero + at);
  const { createdAt, startedAt, stoppingAt, stoppedAt, disruption, containers, ...rest } = task;
  return strip({
    ...rest,
    ...{ createdAt: time(createdAt), startedAt: time(startedAt) },
    ...{ stoppingAt: time(stoppingAt), stoppedAt: time(stoppedAt) },
    disruption: disruption === true ? 'announced' : undefined,
    podIP: task.state === 'running' ? '10.0.0.1' : undefined,
    containers: containers.map(({ startedAt: began, finishedAt, ...container }) =>
      strip({
        ...container,
        runtimeId: container.state === 'pending' ? undefined : `${arn.slice(-8)}-${container.name}`,
        startedAt: time(began),
        finishedAt: time(finishedAt),
      }),
    ),
  }) as Partial<ObservedTask>;
}

function strip<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}

/** A pod of the shape of the document. */
function toPod(shape: HistoryDocument['pod'], isRefused: boolean): Partial<NewPod> {
  const { restartPolicy, graceSeconds, deadlineSeconds, daemonSet, init, containers } = shape;
  const toContainer = (one: HistoryDocument['pod']['containers'][number]): PodSpec['containers'][number] =>
    strip({
      ...{ name: one.name, image: 'public.ecr.aws/demo/app:1' },
      restartPolicy: one.sidecar === true ? 'Always' : undefined,
      resources: { requests: strip({ cpu: one.cpu, memory: one.memory }) as Record<string, string> },
      lifecycle:
        one.sleepSeconds === undefined ? undefined : { preStop: { sleep: { seconds: one.sleepSeconds } } },
    }) as PodSpec['containers'][number];
  const owner = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'd', uid: 'd', controller: true };
  return {
    ...(daemonSet === true && { ownerReferences: [owner] }),
    spec: strip({
      restartPolicy,
      terminationGracePeriodSeconds: graceSeconds,
      activeDeadlineSeconds: deadlineSeconds,
      ...(isRefused && { hostNetwork: true }),
      ...(init !== undefined && { initContainers: init.map(toContainer) }),
      containers: containers.map(toContainer),
    }) as Partial<PodSpec>,
  };
}
