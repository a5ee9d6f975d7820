import type { Instant } from '../../../core/kubernetes.ts';
import { unknownOperation } from '../aws-model.ts';
import type { AwsError, AwsModel, Chance, IdSource, Place } from '../aws-model.ts';
import { DueQueue } from '../due-queue.ts';
import { FaultPlan } from '../plan-faults.ts';
import type { FaultMoment } from '../plan-faults.ts';
import { deliverEvent, promptDelivery } from './deliver-events.ts';
import type { EventDelivery } from './deliver-events.ts';
import { describeClusters } from './describe-clusters.ts';
import { describeTask } from './describe-task.ts';
import { EcsRateLimits, largeRegionRates } from './ecs-rates.ts';
import type { EcsRates } from './ecs-rates.ts';
import type { EcsWorld, ExecSession, InsightsTimings, LogSink, Task, TaskStatus } from './ecs-state.ts';
import { fastTimings } from './ecs-timings.ts';
import type { EcsTimings } from './ecs-timings.ts';
import type { TaskSources } from './fetch-inputs.ts';
import { createInterventions } from './intervene.ts';
import type { EcsInterventions } from './intervene.ts';
import { executeCommand } from './execute-command.ts';
import { measureUse } from './measure-use.ts';
import type { VcpuUse } from './measure-use.ts';
import { publishInsights } from './publish-insights.ts';
import {
  deregisterTaskDefinition,
  listTaskDefinitionFamilies,
  listTaskDefinitions,
  readTaskDefinition,
} from './read-task-definitions.ts';
import { describeTasks, listTasks } from './read-tasks.ts';
import { registerTaskDefinition } from './register-task-definition.ts';
import { runTask } from './run-task.ts';
import type { Capacity } from './run-task.ts';
import { stopTask } from './stop-task.ts';
import { tagResource, untagResource } from './tag-resource.ts';

/** What an ECS model is made of. */
export interface EcsOptions {
  readonly place: Place;
  readonly ids: IdSource;
  readonly chance: Chance;
  /** Names of the clusters that exist. */
  readonly clusters: readonly string[];
  /** Receives every "ECS Task State Change", in EventBridge's envelope, at the time of its delivery. */
  readonly onEvent: (event: Record<string, unknown>, at: Instant) => void;
  /** Where the containers' lines go; without it they are not kept. */
  readonly logs?: LogSink;
  /** Where env files, secrets and credentials come from; without it a task that needs one cannot start. */
  readonly sources?: TaskSources;
  /** Default: `fastTimings`. */
  readonly timings?: EcsTimings;
  /** Default: the quotas of a large Region; `off` throttles nothing. */
  readonly rates?: EcsRates | 'off';
  /** Default: every event once, in order, at once. */
  readonly delivery?: EventDelivery;
  /** How long after RunTask a task is still MISSING for readers. Default 0. */
  readonly missingMs?: number;
  /** Turns Container Insights of the clusters on. Default: off. */
  readonly insights?: InsightsTimings;
  /** States that no event shows; ECS promises none of them. */
  readonly skippedStatuses?: readonly TaskStatus[];
}

/** The emulated ECS: the API as a model, and what only AWS or bad luck can do as methods. */
export interface EcsModel extends AwsModel, EcsInterventions {
  /** Switches that decide whether Fargate has room; change them at any time. */
  readonly capacity: Capacity;
  /** The next call of `operation` fails; with `after` it takes effect and its answer is lost. */
  failNext(operation: string, error: AwsError, moment?: FaultMoment): void;
  /** What the tasks of all clusters used at any time of a span of the last hour. */
  vcpuUse(from: Instant, to: Instant): VcpuUse;
  /** Where the data channels of ECS Exec are served, without the slash at the end; until it is known there are no sessions. */
  setStreamUrl(url: string): void;
  /** The session of that id, which the token opens once; `undefined`: neither. */
  openExecSession(id: string, token: string): ExecSession | undefined;
  /** How many calls of an operation arrived, also those that failed. */
  callCount(operation: string): number;
}

type Operation = (input: unknown, now: Instant) => unknown;

/**
 * ECS on Fargate as a pure model: task definitions, tasks with their states, versions and events, quotas and limits.
 * RunTask, StopTask and DescribeTasks answer as ECS does, wrong input included; see `EcsOptions` for what can be tuned.
 */
export function createEcsModel(options: EcsOptions): EcsModel {
  const world = createWorld(options);
  const rates = new EcsRateLimits(options.rates === 'off' ? undefined : (options.rates ?? largeRegionRates));
  const capacity: Capacity = { unavailable: false, onDemandVcpus: undefined, spotVcpus: undefined };
  const faults = new FaultPlan();
  const calls = new Map<string, number>();
  const insights = world.insights && publishInsights(world, world.insights);
  const stream: { url?: string } = {};
  const operations = createOperations(world, { rates, capacity, missingMs: options.missingMs ?? 0, stream });
  return {
    capacity,
    ...createInterventions(world),
    failNext: (operation, error, moment) => faults.failNext(operation, error, moment),
    vcpuUse: (from, to) => measureUse(world, { from, to }),
    setStreamUrl: (url) => (stream.url = url),
    openExecSession: (id, token) => {
      const session = world.execSessions.get(id);
      if (session?.token !== token) return undefined;
      world.execSessions.delete(id);
      return session;
    },
    callCount: (operation) => calls.get(operation) ?? 0,
    handle: (name, input, now) => {
      world.due.run(now);
      calls.set(name, (calls.get(name) ?? 0) + 1);
      const operation = operations.get(name);
      if (operation === undefined) throw unknownOperation(name);
      return faults.around(name, () => {
        rates.call(name, now);
        const answer = operation(input, now);
        if (name === 'RunTask') insights?.start(now);
        return answer;
      });
    },
    advance: (now) => world.due.run(now),
    nextDue: () => world.due.next(),
  };
}

function createOperations(
  world: EcsWorld,
  limits: {
    readonly rates: EcsRateLimits;
    readonly capacity: Capacity;
    readonly missingMs: number;
    readonly stream: { readonly url?: string };
  },
): ReadonlyMap<string, Operation> {
  return new Map<string, Operation>([
    ['RegisterTaskDefinition', (input, now) => registerTaskDefinition(world, input, now)],
    ['DescribeTaskDefinition', (input) => readTaskDefinition(world, input)],
    ['DeregisterTaskDefinition', (input, now) => deregisterTaskDefinition(world, input, now)],
    ['ListTaskDefinitions', (input) => listTaskDefinitions(world, input)],
    ['ListTaskDefinitionFamilies', (input) => listTaskDefinitionFamilies(world, input)],
    ['RunTask', (input, now) => runTask(world, input, now, limits)],
    ['StopTask', (input, now) => stopTask(world, input, now)],
    ['DescribeTasks', (input, now) => describeTasks(world, input, now, limits.missingMs)],
    ['ListTasks', (input, now) => listTasks(world, input, now, limits.missingMs)],
    ['ExecuteCommand', (input) => executeCommand(world, input, limits.stream.url)],
    ['TagResource', (input) => tagResource(world, input)],
    ['UntagResource', (input) => untagResource(world, input)],
    ['DescribeClusters', (input) => describeClusters(world, input)],
  ]);
}

function createWorld(options: EcsOptions): EcsWorld {
  const { place, ids, chance, logs, sources, delivery = promptDelivery } = options;
  const due = new DueQueue();
  const world: EcsWorld = {
    ...{ place, ids, chance, due, logs, sources, taskCount: 0, vcpusInUse: { onDemand: 0, spot: 0 } },
    timings: options.timings ?? fastTimings,
    insights: options.insights,
    skippedStatuses: new Set(options.skippedStatuses),
    tasks: new Map(),
    tasksByStarter: new Map(),
    tokens: new Map(),
    families: new Map(),
    clusters: new Set(options.clusters),
    execSessions: new Map(),
    emit: (task, at) => {
      const event = toEvent(world, task, at);
      deliverEvent({ due, chance, delivery }, at, (delivered) => options.onEvent(event, delivered));
    },
  };
  return world;
}

function toEvent(world: EcsWorld, task: Task, at: Instant): Record<string, unknown> {
  return {
    version: '0',
    id: world.ids(),
    'detail-type': 'ECS Task State Change',
    source: 'aws.ecs',
    account: world.place.account,
    time: `${new Date(at).toISOString().slice(0, 19)}Z`,
    region: world.place.region,
    resources: [task.arn],
    detail: describeTask(world, task, 'event'),
  };
}
