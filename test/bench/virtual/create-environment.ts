import type { SyncDeps } from '../../../lib/loop/deps.ts';
import { paceLaunches } from '../../../lib/loop/pace-launches.ts';
import { shareRecovery } from '../../../lib/loop/recover-record.ts';
import type { EcsModel } from '../../../lib/local/aws/ecs/ecs-model.ts';
import type { Notices } from '../../../lib/ports/notices.ts';
import { ecsRates } from '../../../lib/providers/ecs-fargate/calls/ecs-rates.ts';
import { normaliseEvent } from '../../../lib/providers/ecs-fargate/tasks/normalise-event.ts';
import { createEcsFargateProvider } from '../../../lib/providers/ecs-fargate/provider.ts';
import { createMemoryEventQueue } from '../../memory/memory-event-queue.ts';
import type { MemoryKubernetes } from '../../memory/memory-kubernetes.ts';
import type { MemoryMarks } from '../../memory/memory-marks.ts';
import type { MemoryRecords } from '../../memory/memory-records.ts';
import type { MemorySlot } from '../../memory/memory-slot.ts';
import { BENCH_NODE } from './bench-pods.ts';
import type { BenchClock } from './bench-clock.ts';
import type { BenchTelemetry } from './bench-telemetry.ts';
import type { CallMeter } from './count-calls.ts';
import { createModelClient } from './model-client.ts';

/** How long an answer takes, in milliseconds: an API server in the Region, DynamoDB, ECS, and RunTask, its slowest call. */
const LATENCY = { kubernetes: 20, dynamodb: 5, ecs: 50, runTask: 500, other: 20 } as const;

/** The name of the deployment and of its ECS cluster. */
const CLUSTER = 'demo';
export const ECS_CLUSTER = 'lambdalet-demo';

/** What all execution environments share. */
export interface SharedWorld {
  readonly clock: BenchClock;
  readonly meter: CallMeter;
  readonly model: EcsModel;
  readonly kubernetes: MemoryKubernetes;
  readonly records: MemoryRecords;
  readonly slot: MemorySlot;
  readonly marks: MemoryMarks;
  readonly telemetry: BenchTelemetry;
  readonly notices: Notices;
  /** How many task events wait. */
  readonly backlog: () => number;
}

/** What one execution environment has: caches and buckets of its own, and every port counted and slow. */
export function createEnvironment(shared: SharedWorld): SyncDeps {
  const { clock, meter, kubernetes, telemetry, backlog } = shared;
  const rates = ecsRates({ region: BENCH_NODE.region, share: 1 });
  const launches = paceLaunches(clock, { calls: rates.runTask, tasks: rates.launches });
  const deployed = { cluster: CLUSTER, nodes: [BENCH_NODE] };
  const queue = { ...createMemoryEventQueue(clock), backlog: () => Promise.resolve(backlog()) };
  const ports = {
    ...{ clock, telemetry, launches, normalise: normaliseEvent },
    provider: createEcsFargateProvider({
      ...{ ...deployed, clock, telemetry, rates, ecsCluster: ECS_CLUSTER, client: clientOf(shared) },
      paceResend: () => launches.resend(),
      onLaunchThrottled: () => launches.slowDown(),
      logGroup: '/lambdalet/demo/pods',
      executionRole: 'arn:aws:iam::111122223333:role/execution',
    }),
    pods: meter.meter('pods', kubernetes.pods, LATENCY.kubernetes),
    nodes: meter.meter('nodes', kubernetes.nodes, LATENCY.kubernetes),
    leases: meter.meter('leases', kubernetes.leases, LATENCY.kubernetes),
    cluster: meter.meter('cluster', kubernetes.cluster, LATENCY.kubernetes),
    events: meter.meter('events', kubernetes.events, LATENCY.kubernetes),
    objects: meter.meter('objects', kubernetes.objects, LATENCY.kubernetes),
    records: meter.meter('records', shared.records, LATENCY.dynamodb),
    slot: meter.meter('slot', shared.slot, LATENCY.dynamodb),
    marks: meter.meter('marks', shared.marks, LATENCY.dynamodb),
    notices: meter.meter('notices', shared.notices, LATENCY.other),
    eventQueue: meter.meter('eventQueue', queue, LATENCY.other),
    settings: {
      ...{ ...deployed, mode: 'watch' as const, deployId: 'bench' },
      ...{
        acceptNewCluster: false,
        networkProbes: false,
        notReadyWhenStalled: false,
        hasGateway: false,
        namespaceCeilings: {},
      },
    },
  };
  return { ...ports, repair: { ...ports, recover: shareRecovery(ports) } };
}

function clientOf({ clock, meter, model }: SharedWorld): ReturnType<typeof createModelClient> {
  return createModelClient(model, clock, (operation, input, carryOut) => {
    const latency = operation === 'RunTask' ? LATENCY.runTask : LATENCY.ecs;
    return meter.call(`ecs.${operation}`, [input], latency, carryOut);
  });
}
