import type { Records } from '../../lib/ports/records.ts';
import type { SyncDeps } from '../../lib/loop/deps.ts';
import { shareRecovery } from '../../lib/loop/recover-record.ts';
import { paceLaunches } from '../../lib/loop/pace-launches.ts';
import { normaliseEvent } from '../../lib/providers/ecs-fargate/normalise-event.ts';
import { ecsRates } from '../../lib/providers/ecs-fargate/ecs-rates.ts';
import { createEcsFargateProvider } from '../../lib/providers/ecs-fargate/provider.ts';
import { aNodeSettings } from '../support/vocabulary.ts';
import { createEcsClient } from './ecs-client.ts';
import { gateCall } from './gate.ts';
import { gatePort } from './gate-port.ts';
import type { Sandbox } from './sandbox.ts';
import { createSimClock } from './sim-clock.ts';
import { asOlderVersion } from './table.ts';
import type { World } from './world.ts';

/** Names of the simulated deployment. */
const CLUSTER = 'demo';
const NODES = ['node-1', 'node-2'] as const;
export const ECS_CLUSTER = 'lambdalet-demo';

/** The names of the first virtual nodes. */
export function nodeNames(count: number): readonly string[] {
  return NODES.slice(0, count);
}

/** The whole rates of an account in a large Region. */
const RATES = ecsRates({ region: 'eu-west-1', share: 1, launchesPerSecond: undefined });

/** Which code runs and how: what a roll of the deployment changes. */
export interface Deployment {
  readonly deployId: string;
  readonly version: 'new' | 'old';
  readonly mode: 'watch' | 'economy';
}

/** Everything that the product gets from outside, as one sandbox has it: each call goes through the gate. */
export function createDeps(
  world: World,
  sandbox: Sandbox,
  { deployId, version, mode }: Deployment,
): SyncDeps {
  const { gates, apiServer, table, telemetry } = world;
  const clock = createSimClock(world.timeline, sandbox);
  const shown = (): Records => table.shownRecords();
  const records = version === 'old' ? asOlderVersion(shown) : shown;
  const nodes = world.nodes.map((name) => aNodeSettings({ name }));
  const client = createEcsClient(
    world.cloud.model,
    () => world.timeline.now(),
    (operation, input, carryOut) => {
      const call = { by: sandbox.of, port: 'ecs', method: operation, args: [input] } as const;
      return gateCall(gates, sandbox, call, async () =>
        Promise.resolve(world.cloud.censor(operation, input, carryOut())),
      );
    },
  );
  const deployed = { cluster: CLUSTER, nodes };
  const isPaced = sandbox.of === 'pod-sync' || sandbox.of === 'node-teardown';
  const launches = paceLaunches(clock, { calls: RATES.runTask, tasks: RATES.launches });
  const deps = {
    pods: gatePort(gates, sandbox, 'pods', () => apiServer.pods(), ['list', 'watch']),
    nodes: gatePort(gates, sandbox, 'nodes', () => apiServer.current().nodes),
    leases: gatePort(gates, sandbox, 'leases', () => apiServer.leases()),
    cluster: gatePort(gates, sandbox, 'cluster', () => apiServer.current().cluster),
    events: gatePort(gates, sandbox, 'events', () => apiServer.current().events),
    objects: gatePort(gates, sandbox, 'objects', () => apiServer.current().objects),
    records: gatePort(gates, sandbox, 'records', records, ['list']),
    slot: gatePort(gates, sandbox, 'slot', () => table.slot()),
    marks: gatePort(gates, sandbox, 'marks', () => table.marks()),
    notices: gatePort(gates, sandbox, 'notices', () => world.notices),
    eventQueue: gatePort(gates, sandbox, 'eventQueue', () => world.mailbox.port),
    provider: createEcsFargateProvider({
      ...deployed,
      client,
      ecsCluster: ECS_CLUSTER,
      logGroup: '/lambdalet/demo',
      executionRole: 'arn:aws:iam::111122223333:role/execution',
      clock,
      telemetry,
      ...(isPaced && { rates: RATES, paceResend: () => launches.resend() }),
    }),
    clock,
    telemetry,
    launches,
    normalise: normaliseEvent,
    settings: {
      ...deployed,
      acceptNewCluster: false,
      networkProbes: false,
      notReadyWhenStalled: false,
      mode,
      deployId,
    },
  } satisfies SyncDeps;
  if (!isPaced) return deps;
  const { nodes: nodePort, eventQueue } = deps;
  return { ...deps, repair: { nodes: nodePort, eventQueue, recover: shareRecovery(deps) } };
}
