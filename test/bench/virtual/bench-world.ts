import type { Pod } from '../../../lib/core/kubernetes.ts';
import type { SyncDeps } from '../../../lib/loop/deps.ts';
import { handleTaskEvent } from '../../../lib/loop/handle-task-event.ts';
import { beatNodes } from '../../../lib/loop/heartbeat.ts';
import { syncCluster } from '../../../lib/loop/sync-cluster.ts';
import { createEcsModel, type EcsModel } from '../../../lib/local/aws/ecs/ecs-model.ts';
import { largeRegionRates } from '../../../lib/local/aws/ecs/ecs-rates.ts';
import { realTimings } from '../../../lib/local/aws/ecs/ecs-timings.ts';
import { sequentialIds } from '../../../lib/local/aws/id-source.ts';
import { createMemoryKubernetes } from '../../memory/memory-kubernetes.ts';
import { createMemoryMarks } from '../../memory/memory-marks.ts';
import { createMemoryRecords } from '../../memory/memory-records.ts';
import { createMemorySlot } from '../../memory/memory-slot.ts';
import { putAround } from '../put-around.ts';
import { createBenchClock, type BenchClock } from './bench-clock.ts';
import { replicaSpec } from './bench-pods.ts';
import { createBenchTelemetry } from './bench-telemetry.ts';
import { createCallMeter, seededChance } from './count-calls.ts';
import { createEnvironment, ECS_CLUSTER, type SharedWorld } from './create-environment.ts';
import { deliverEvents, type EventDelivery } from './deliver-events.ts';

const TRIGGER_MS = 12_000;

/** The whole deployment on virtual time. */
export interface BenchWorld extends Omit<SharedWorld, 'backlog' | 'records' | 'marks' | 'notices'> {
  /** Binds a pod to the node; `definition` tells which of the task definitions it shares. */
  bind(nth: number, definition: number): Pod;
  /** One invocation of pod-sync; as on Lambda, an environment that is free is used again. */
  invoke(mode: 'watch' | 'economy'): Promise<unknown>;
  /** Starts the triggers of heartbeat and pod-sync: each 12 s one of each. */
  trigger(): void;
  /** How many events are on their way or worked on. */
  readonly eventsUnderWay: EventDelivery['underWay'];
  /** Tells of each event that has come to the event function. */
  readonly onDelivery: EventDelivery['onDelivery'];
  /** Frees what the stand-ins remember of past calls. */
  forget(): void;
}

/** A cluster with an empty node, Fargate's own pace, the real quotas enforced. */
export function createBenchWorld(): BenchWorld {
  const clock = createBenchClock();
  const chance = seededChance(1);
  const delivery = deliverEvents(clock, chance, async (event, deliveries) => {
    const { kind } = await handleTaskEvent(event, deliveries, others);
    return kind === 'retry';
  });
  const records = createMemoryRecords();
  const kubernetes = createMemoryKubernetes({ now: () => clock.now() });
  const shared: SharedWorld = {
    ...{ clock, kubernetes, records, meter: createCallMeter(clock, chance) },
    model: createEcsModel({
      place: { region: 'eu-west-1', account: '111122223333' },
      ids: sequentialIds('bench'),
      ...{ chance, clusters: [ECS_CLUSTER], timings: realTimings, rates: largeRegionRates },
      onEvent: delivery.send,
    }),
    slot: createMemorySlot(),
    marks: createMemoryMarks({ rebuiltAt: clock.now() }),
    telemetry: createBenchTelemetry(),
    notices: { publish: () => Promise.resolve() },
    backlog: delivery.underWay,
  };
  driveModel(clock, shared.model);
  const others = createEnvironment(shared);
  const invoke = invoker(shared);
  return {
    ...shared,
    ...{ invoke, eventsUnderWay: delivery.underWay, onDelivery: delivery.onDelivery },
    bind: (nth, definition) =>
      kubernetes.controls.addPod({ name: podName(nth), spec: replicaSpec(nth, definition) }),
    trigger: () => {
      const fire = (): void => {
        void beatNodes(others);
        void invoke('watch');
        clock.at(clock.now() + TRIGGER_MS, fire);
      };
      fire();
    },
    forget: () => {
      kubernetes.controls.forgetCalls();
      records.forgetCalls();
    },
  };
}

function invoker(shared: SharedWorld): BenchWorld['invoke'] {
  const free: SyncDeps[] = [];
  return async (mode) => {
    const deps = free.pop() ?? createEnvironment(shared);
    try {
      return await syncCluster({ ...deps, settings: { ...deps.settings, mode } });
    } finally {
      free.push(deps);
    }
  };
}

/** The name of the nth pod. */
export function podName(nth: number): string {
  return `web-${nth}`;
}

/** Which pod `default/web-7` is: 7. */
export function nthOf(pod: string): number {
  return Number(pod.slice('default/web-'.length));
}

/** Lets the model do what is due, also while nobody calls it. */
function driveModel(clock: BenchClock, model: EcsModel): void {
  let planned = Infinity;
  const look = (): void => {
    const next = model.nextDue() ?? Infinity;
    if (next >= planned || next === Infinity) return;
    planned = next;
    clock.at(next, () => {
      planned = Infinity;
      model.advance(clock.now());
      look();
    });
  };
  putAround(model, 'handle', (handle) => (...given) => {
    try {
      return handle(...given);
    } finally {
      look();
    }
  });
}
