import type { Instant, Pod } from '../../lib/core/kubernetes.ts';
import type { Notices } from '../../lib/ports/notices.ts';
import type { Fields, Telemetry } from '../../lib/ports/telemetry.ts';
import { fastTimings, realTimings } from '../../lib/local/aws/ecs/ecs-timings.ts';
import { judgeCeilings, type Bounds } from './ceilings.ts';
import { createApiServer, type ApiServer } from './api-server.ts';
import { createChance } from './chance.ts';
import { createCloud, type Cloud } from './cloud.ts';
import { nodeNames } from './create-deps.ts';
import type { Court, Violation } from './court.ts';
import type { FunctionName } from './deeds.ts';
import type { Plan } from './draw-plan.ts';
import type { GateWorld } from './gate.ts';
import { createHandOverJudge, type HandOverJudge } from './judge-hand-over.ts';
import { createInputs, type Inputs } from './inputs.ts';
import { judgeMissing, judgeRemoval, type Stores } from './judge-files.ts';
import { judgeNewTask } from './judge-tasks.ts';
import { createLatency } from './latency.ts';
import { createMailbox, type Mailbox } from './mailbox.ts';
import { createPermits, type Permits } from './permits.ts';
import { createPodFiles, type PodFiles, type Writer } from './pod-files.ts';
import { createSimTelemetry } from './sim-telemetry.ts';
import { createSickness, type Ailment, type Sickness } from './sickness.ts';
import { createStaff, type Staff } from './staff.ts';
import { createStorage, type Storage } from './storage.ts';
import { createStory, ordinal, type Detail, type Story } from './story.ts';
import { createStrikes, type Strikes } from './strikes.ts';
import { createTable, type Table } from './table.ts';
import { createTimeline, type Timeline } from './timeline.ts';
import type { TrueTask } from './true-tasks.ts';
import { createUsers, type Users } from './users.ts';
import { createWatcher } from './watcher.ts';

/** When every run begins. */
export const START = Date.parse('2026-01-01T00:00:00Z');

/** What the referees note about the run so far. */
export interface Notes {
  violation: Violation | undefined;
  disturbedUntil: number;
  clearedAt: number | undefined;
  replacedAt: number | undefined;
  isClosing: boolean;
  noTriggersUntil: number;
  jumpedAt: number;
  /** Who changes the API server in this step. */
  writer: Writer;
  /** Changes that the product made to pods, and its calls that change something in ECS. */
  writes: number;
  /** What a settled world must not tell of, in the order in which it was told. */
  alarms: string[];
  steps: number;
}

/** Gets each line that a function logs. */
export type Recorder = (by: FunctionName, at: Instant, message: string, fields: Fields) => void;

/** Everything outside of the product, and the product's functions. */
export interface World {
  readonly seed: number;
  /** How far the clocks of the functions may be off the true time. */
  readonly skewMs: number;
  /** Names of the virtual nodes. */
  readonly nodes: readonly string[];
  readonly bounds: Bounds | undefined;
  readonly timeline: Timeline;
  readonly story: Story;
  readonly strikes: Strikes;
  readonly apiServer: ApiServer;
  readonly table: Table;
  readonly cloud: Cloud;
  readonly mailbox: Mailbox;
  readonly files: PodFiles;
  readonly storage: Storage;
  readonly stores: Stores;
  readonly inputs: Inputs;
  readonly sickness: Sickness;
  readonly permits: Permits;
  /** Whether pod-sync reaches the pods. */
  readonly networkProbes: boolean;
  readonly users: Users;
  readonly staff: Staff;
  readonly gates: GateWorld;
  readonly telemetry: Telemetry;
  /** Whoever keeps what the functions say. */
  readonly recorder: Recorder | undefined;
  readonly notices: Notices;
  readonly court: Court;
  readonly handOver: HandOverJudge;
  readonly notes: Notes;
}

/** The world at its beginning: nothing is there, nobody works. */
export function createWorld(plan: Plan, detail: Detail, recorder?: Recorder): World {
  const { seed } = plan;
  const nodes = nodeNames(plan.nodes);
  const timeline = createTimeline(START, createChance(seed, 'order'));
  const now = (): number => timeline.now();
  const notes: Notes = {
    ...{
      violation: undefined,
      disturbedUntil: 0,
      clearedAt: undefined,
      replacedAt: undefined,
      isClosing: false,
      noTriggersUntil: 0,
      jumpedAt: 0,
    },
    ...{ writer: 'world', writes: 0, alarms: [], steps: 0 },
  };
  const story = createStory(START, now, detail);
  const table = createTable(createChance(seed, 'table'));
  const files = createPodFiles();
  const strikes = createStrikes();
  const apiServer = createApiServer(timeline, createChance(seed, 'api server'), !plan.weather.beats);
  const storage = createStorage(seed, START, {
    onRemove: (owner, key) => judgeRemoval(court, owner, key),
    onMissing: (owner, key) => judgeMissing(court, owner, key),
  });
  const inputs = createInputs(apiServer.truth.controls, now, START);
  const permits = createPermits(timeline);
  const cloud = createCloud({
    ...{ seed, chance: createChance(seed, 'cloud'), missingMs: plan.missingMs, sources: storage.sources },
    timings: plan.slowCloud ? realTimings : fastTimings,
    onChange: (event, task, isNew) => onTaskChange(world, event, task, isNew),
  });
  const sickness = createSickness({
    ...{ cloud, now },
    podOf: (uid) => (files.of(uid)?.goneAt === undefined ? files.of(uid)?.pod : undefined),
  });
  const mailbox = createMailbox({
    ...{ timeline, story, chance: createChance(seed, 'mailbox'), visibilityMs: plan.visibilityMs },
    delay: (chance) => (chance.happens(0.1) ? chance.between(0, 5000) : chance.between(20, 400)),
    deliver: (letter) => world.staff.invoke('task-events', letter),
  });
  const court: Court = {
    ...{ tasks: cloud.tasks, files, table, now },
    accuse: (rule, words) => {
      notes.violation ??= { rule, words, at: now() - START };
    },
    disturbedUntil: () => notes.disturbedUntil,
    clearedAt: () => notes.clearedAt,
    replacedAt: () => notes.replacedAt,
    lossesOfTable: () => (story.counts.get('clearTable') ?? 0) + (story.counts.get('restoreTable') ?? 0),
    eventWaitsSince: (arn) => mailbox.waitsSince(arn),
    bounds: plan.bounds,
    holders: () => world.staff.running('pod-sync'),
    isClosing: () => notes.isClosing,
    emptiedAt: () => storage.emptiedAt(),
    lackingSince: (pod) => inputs.lackingSince(pod),
    inputsChangedAt: (pod) => inputs.changedAt(pod),
    permitKeeper: () => permits.keeper(),
    isProbed: (pod, ailment) => isProbed(pod, ailment, plan.networkProbes),
    sickSince: (pod, ailment) => sickness.sickSince(pod, ailment),
  };
  const handOver = createHandOverJudge({
    ...{ court, isStrict: plan.weather.handsOver },
    noTriggersUntil: () => notes.noTriggersUntil,
    jumpedAt: () => notes.jumpedAt,
  });
  const watcher = createWatcher({ court, story, notes, apiServer, timeline, handOver });
  const world: World = {
    ...{ seed, nodes, bounds: plan.bounds, skewMs: plan.weather.skewMs / 2 },
    ...{ timeline, story, strikes, apiServer, table, cloud, mailbox, files, court, handOver, notes },
    ...{ storage, inputs, sickness, permits, stores: new Map(), networkProbes: plan.networkProbes },
    users: createUsers({
      ...{ controls: apiServer.truth.controls, timeline, nodes, chance: createChance(seed, 'users') },
      tell: (words) => story.tell(words),
    }),
    gates: { timeline, strikes, latency: createLatency(plan.weather.slowness), watcher, onWire: new Set() },
    telemetry: createSimTelemetry(watcher),
    recorder,
    notices: { publish: () => Promise.resolve() },
    get staff() {
      return staff;
    },
  };
  const staff = createStaff(world, { deployId: 'd1', version: plan.version, mode: plan.mode });
  return world;
}

/** A task changed: judged at once, then told to whoever gets ECS's events. */
function onTaskChange(world: World, event: object, task: TrueTask, isNew: boolean): void {
  const { court, story, files, mailbox } = world;
  if (isNew) judgeNewTask(court, task);
  if (isNew) judgeCeilings(court, task);
  if (isNew) world.handOver.onNewTask(task.uid);
  story.mark(`${task.arn} ${task.status} ${task.desired}`);
  // A model must not be changed while it tells of a change.
  if (task.status === 'RUNNING') world.timeline.plan(world.timeline.now(), () => world.sickness.onTask(task));
  const name = (): string =>
    task.uid === undefined
      ? "a stranger's task"
      : `the ${ordinal(task.nth)} task of ${files.labelOf(task.uid)}`;
  const state =
    task.desired === 'STOPPED' && task.status === 'RUNNING' ? 'RUNNING, to be stopped' : task.status;
  story.tell(() => `ECS: ${name()} is ${state}${tellExits(task)}`);
  mailbox.post({ body: JSON.stringify(event), about: `${name()} is ${state}`, arn: task.arn });
}

function isProbed({ spec }: Pod, ailment: Ailment, networkProbes: boolean): boolean {
  return spec.containers.some((container) => {
    const probe = container[`${ailment}Probe`];
    return probe !== undefined && (networkProbes || probe.exec !== undefined);
  });
}

function tellExits(task: TrueTask): string {
  const codes = [...task.containers.values()].flatMap(({ exitCode }) => exitCode ?? []);
  return codes.length === 0 ? '' : ` (exit ${codes.join(', ')})`;
}
