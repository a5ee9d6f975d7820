// A whole world for tests of the loop: the ports in memory, a clock that stands still, and the verbs of a test.
import type { EcsTaskStateChange } from '../../events/ecs-task-state-change.ts';
import { toTime, type Instant, type Pod } from '../../lib/core/kubernetes.ts';
import type { PodRecord } from '../../lib/core/record.ts';
import type { FoundTask } from '../../lib/core/task.ts';
import type { Quotas } from '../../lib/ports/quotas.ts';
import type { SyncDeps } from '../../lib/loop/deps.ts';
import { handleTaskEvent, type EventOutcome } from '../../lib/loop/handle-task-event.ts';
import { paceLaunches } from '../../lib/loop/pace-launches.ts';
import { shareRecovery } from '../../lib/loop/recover-record.ts';
import { syncCluster, type SyncOutcome } from '../../lib/loop/sync-cluster.ts';
import { createManualClock, type ManualClock } from '../memory/manual-clock.ts';
import { createMemoryEventQueue, type MemoryEventQueue } from '../memory/memory-event-queue.ts';
import { createMemoryKubernetes, type MemoryKubernetes } from '../memory/memory-kubernetes.ts';
import { createMemoryMarks, type MemoryMarks } from '../memory/memory-marks.ts';
import { createMemoryNotices, type MemoryNotices } from '../memory/memory-notices.ts';
import type { NewPod } from '../memory/memory-pods.ts';
import { createMemoryProvider, type MemoryProvider } from '../memory/memory-provider.ts';
import { createMemoryRecords, type MemoryRecords } from '../memory/memory-records.ts';
import { createMemorySlot, type MemorySlot } from '../memory/memory-slot.ts';
import { createMemoryTelemetry, type MemoryTelemetry } from '../memory/memory-telemetry.ts';
import { lineOf } from './vocabulary-status.ts';
import { aNodeSettings, SECOND } from './vocabulary.ts';

/** The launch rates of a large Region. */
const LAUNCH_RATES = { calls: { burst: 20, perSecond: 20 }, tasks: { burst: 100, perSecond: 20 } } as const;

type SyncSettings = SyncDeps['settings'];

/** What a world may differ in. */
interface WorldWords {
  readonly settings?: Partial<SyncSettings>;
  /** `false`: a new table, whose records were not rebuilt yet. */
  readonly rebuilt?: boolean;
  /** Default: none, as if the function had no way to read them. */
  readonly quotas?: Quotas;
}

/** The world and its verbs. Everything is at rest between two of them. */
export interface LoopWorld {
  readonly clock: ManualClock;
  readonly kubernetes: MemoryKubernetes;
  readonly provider: MemoryProvider;
  readonly records: MemoryRecords;
  readonly slot: MemorySlot;
  readonly marks: MemoryMarks;
  readonly notices: MemoryNotices;
  readonly telemetry: MemoryTelemetry;
  readonly eventQueue: MemoryEventQueue;
  readonly deps: SyncDeps;
  /** Binds a pod named `web` to node-1. */
  bind(pod?: Partial<NewPod>): Pod;
  /** One pass, as the next trigger makes it in economy mode, 12 s after whatever was before. */
  pass(): Promise<SyncOutcome>;
  /** One event about the task reaches the event function. */
  tell(
    found: FoundTask,
    words?: { readonly deliveries?: number; readonly at?: Instant },
  ): Promise<EventOutcome>;
  /** Starts an invocation of pod-sync that holds the watch; it runs while the clock moves. */
  hold(change?: Partial<SyncDeps>): Promise<SyncOutcome>;
  /** The pod as the API server has it now; `undefined` when it is gone. */
  pod(name?: string): Pod | undefined;
  /** Its status in a line: `Running; main: running`. */
  line(name?: string): string;
  record(name?: string): PodRecord | undefined;
  /** The newest task. */
  task(): FoundTask;
  /** The reasons of the events about the pods, in the order of their first time. */
  reasons(): string[];
}

/** The event as EventBridge brings it; what it says of the task is for `normalise`. */
function eventOf({ task, owner, taskDefinition }: FoundTask, now: Instant): EcsTaskStateChange {
  return {
    version: '0',
    id: `event-${task.arn}-${task.version}`,
    'detail-type': 'ECS Task State Change',
    source: 'aws.ecs',
    account: '111122223333',
    time: toTime(now),
    region: 'eu-west-1',
    resources: [task.arn],
    detail: {
      taskArn: task.arn,
      clusterArn: 'arn:aws:ecs:eu-west-1:111122223333:cluster/demo',
      taskDefinitionArn: taskDefinition ?? 'unknown',
      lastStatus: task.state.toUpperCase(),
      desiredStatus: 'RUNNING',
      version: task.version,
      containers: [],
      found: { task, owner, taskDefinition },
    },
  };
}

/** Reads what {@link eventOf} wrote: the provider's own reading of real events is tested with the provider. */
export function readEvent(event: EcsTaskStateChange): FoundTask {
  return event.detail['found'] as FoundTask;
}

/** A world at rest: no pod, an empty table that was rebuilt long ago, nobody in the slot. */
export function createWorld({ settings = {}, rebuilt = true, quotas }: WorldWords = {}): LoopWorld {
  const clock = createManualClock();
  const now = (): Instant => clock.now();
  const kubernetes = createMemoryKubernetes({ now });
  const launches = paceLaunches(clock, LAUNCH_RATES);
  const provider = createMemoryProvider({ now, onLaunchThrottled: () => launches.slowDown() });
  const records = createMemoryRecords();
  const slot = createMemorySlot();
  const marks = createMemoryMarks(rebuilt ? { rebuiltAt: now() } : {});
  const notices = createMemoryNotices();
  const telemetry = createMemoryTelemetry();
  const eventQueue = createMemoryEventQueue({ now });
  const { pods, nodes, leases, cluster, events, objects, controls } = kubernetes;
  const ports: SyncDeps = {
    pods: withFront(pods),
    nodes: withFront(nodes),
    leases: withFront(leases),
    cluster: withFront(cluster),
    events: withFront(events),
    objects: withFront(objects),
    provider: withFront(provider),
    records: withFront(records),
    slot: withFront(slot),
    marks: withFront(marks),
    notices,
    telemetry,
    clock,
    launches,
    eventQueue: withFront(eventQueue),
    normalise: readEvent,
    ...(quotas !== undefined && { quotas: withFront(quotas) }),
    settings: {
      cluster: 'demo',
      nodes: [aNodeSettings()],
      acceptNewCluster: false,
      networkProbes: false,
      notReadyWhenStalled: false,
      hasGateway: false,
      namespaceCeilings: {},
      mode: 'economy',
      deployId: 'd1',
      ...settings,
    },
  };
  const deps: SyncDeps = { ...ports, repair: { ...ports, recover: shareRecovery(ports) } };
  const uids = new Map<string, string>();
  const pod = (name = 'web'): Pod | undefined => controls.podOf('default', name);
  return {
    clock,
    kubernetes,
    provider,
    records,
    slot,
    marks,
    notices,
    telemetry,
    eventQueue,
    deps,
    bind: (words = {}) => {
      const made = controls.addPod({ name: 'web', ...words });
      uids.set(made.metadata.name, made.metadata.uid);
      return made;
    },
    pass: async () => {
      await clock.advance(12 * SECOND);
      return clock.runUntil(syncCluster(deps));
    },
    tell: async (found, { deliveries = 1, at = now() } = {}) => {
      const event = JSON.parse(JSON.stringify(eventOf(found, at))) as unknown;
      return clock.runUntil(handleTaskEvent(event, deliveries, deps));
    },
    hold: (change = {}) => syncCluster({ ...deps, settings: { ...deps.settings, mode: 'watch' }, ...change }),
    pod,
    line: (name) => lineOf(pod(name)?.status),
    record: (name = 'web') => records.stored(uids.get(name) ?? ''),
    task: () => {
      const found = provider.tasks().at(-1);
      if (found === undefined) throw new Error('the provider has no task');
      return found;
    },
    reasons: () => controls.events().flatMap(({ about, reason }) => (about.kind === 'Pod' ? [reason] : [])),
  };
}

/** A port whose method hangs for ever, as for an invocation that is dead before the answer. */
export function hangingAt<Port extends object>(port: Port, method: keyof Port): Port {
  return new Proxy(port, {
    get: (target, name, receiver) =>
      name === method ? () => new Promise(() => undefined) : (Reflect.get(target, name, receiver) as unknown),
  });
}

type Instead = Map<PropertyKey, unknown>;
const fronts = new WeakMap<object, Instead>();

/** The same port, with room in front of its methods for {@link intercept}. */
function withFront<Port extends object>(port: Port): Port {
  const instead: Instead = new Map();
  const front = new Proxy(port, {
    get: (target, key, receiver) => instead.get(key) ?? (Reflect.get(target, key, receiver) as unknown),
  });
  fronts.set(front, instead);
  return front;
}

/** Puts something in front of one method of a port of the world, for whoever runs or will; `make` is given the method as it was. */
export function intercept<Name extends keyof SyncDeps, Method extends keyof SyncDeps[Name]>(
  { deps }: LoopWorld,
  name: Name,
  method: Method,
  make: (call: SyncDeps[Name][Method]) => SyncDeps[Name][Method],
): void {
  const port = deps[name] as object;
  const before = (Reflect.get(port, method) as () => unknown).bind(port);
  fronts.get(port)?.set(method, make(before as SyncDeps[Name][Method]));
}
