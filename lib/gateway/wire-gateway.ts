import { createContainerUses } from '../adapters/container-insights/create-container-uses.ts';
import { createLogs } from '../adapters/cloudwatch-logs/create-logs.ts';
import { systemClock } from '../adapters/clock/system-clock.ts';
import { createDynamo } from '../adapters/dynamodb/create-dynamo.ts';
import { createUseCheckpoints } from '../adapters/dynamodb/create-use-checkpoints.ts';
import { createEcsExec } from '../adapters/ecs-exec/create-ecs-exec.ts';
import { createPodDialer } from '../adapters/pod-dialer/create-pod-dialer.ts';
import { createTelemetry } from '../adapters/telemetry/create-telemetry.ts';
import type { NodeSettings } from '../core/node-settings.ts';
import type { PodDialer } from '../ports/pod-dialer.ts';
import type { Pods } from '../ports/pods.ts';
import { taskIdOf } from '../providers/ecs-fargate/plan/log-stream.ts';
import { parseSettings } from '../settings.ts';
import { kubernetesOf, providerOf } from '../wiring.ts';
import { openGateway, type Gateway, type GatewayPlace } from './open-gateway.ts';

/** In what a gateway differs from that of a deployment. */
export interface GatewayHabits {
  /** Milliseconds after which each Node is looked at again, at the latest. */
  readonly lookEvery?: number;
  /** How often Container Insights measures, in milliseconds. */
  readonly usePeriodMs?: number;
  /** How pods are reached; by default over the network. */
  readonly dialerOf?: (pods: Pods, nodes: readonly NodeSettings[]) => PodDialer;
}

/** Opens the gateway of a virtual cluster, by the variables that its functions have too. */
export function wireGateway(
  environment: Readonly<Record<string, string | undefined>>,
  place: GatewayPlace,
  { lookEvery, usePeriodMs, dialerOf = () => createPodDialer() }: GatewayHabits = {},
): Gateway {
  const settings = parseSettings(environment);
  const { table, cluster, ecsCluster } = settings;
  const telemetry = createTelemetry({ service: 'gateway', cluster });
  const clock = systemClock;
  const { pods, nodes, reviews } = kubernetesOf(settings, telemetry, { clock });
  const { records } = createDynamo({ table, cluster, telemetry });
  const provider = providerOf(settings, { telemetry, clock });
  const ports = {
    ...{ pods, nodes, reviews, records, provider, telemetry, clock },
    logs: createLogs(),
    exec: createEcsExec({ cluster: ecsCluster, clock }),
    dialer: dialerOf(pods, settings.nodes),
    uses: createContainerUses({
      ...{ ecsCluster, taskIdOf, clock, telemetry },
      checkpoints: createUseCheckpoints({ table, cluster }),
      ...(usePeriodMs !== undefined && { periodMs: usePeriodMs }),
    }),
  };
  return openGateway(ports, settings.nodes, place, lookEvery);
}
