import type { Records } from '../../lib/ports/records.ts';
import type { Telemetry } from '../../lib/ports/telemetry.ts';
import type { SyncDeps } from '../../lib/loop/deps.ts';
import { shareRecovery } from '../../lib/loop/recover-record.ts';
import { paceLaunches } from '../../lib/loop/pace-launches.ts';
import { normaliseEvent } from '../../lib/providers/ecs-fargate/tasks/normalise-event.ts';
import { ecsRates } from '../../lib/providers/ecs-fargate/calls/ecs-rates.ts';
import { createEcsFargateProvider } from '../../lib/providers/ecs-fargate/provider.ts';
import { aNodeSettings } from '../support/vocabulary.ts';
import { boundNamespaces, boundNode } from './ceilings.ts';
import { gateCall } from './gate.ts';
import { gatePort } from './gate-port.ts';
import type { Sandbox } from './sandbox.ts';
import { createSimClock } from './sim-clock.ts';
import { asOlderVersion } from './table.ts';
import { BUCKET } from './storage.ts';
import { createWireClient, type WireGate } from './wire-client.ts';
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
  const { gates, apiServer, table } = world;
  const telemetry = recordedBy(world, sandbox);
  const clock = createSimClock(world.timeline, sandbox);
  const shown = (): Records => table.shownRecords();
  const records = version === 'old' ? asOlderVersion(shown) : shown;
  const nodes = world.nodes.map((name) => boundNode(aNodeSettings({ name }), world.bounds));
  const now = (): number => world.timeline.now();
  const wire =
    (port: 'ecs' | 's3' | 'secrets'): WireGate =>
    (operation, input, carryOut) => {
      // From the send on: it may be struck on its way.
      if (operation === 'PutObject') noteStore(world, sandbox, input as { readonly Key: string });
      const call = { by: sandbox.of, port, method: operation, args: [input] } as const;
      return gateCall(gates, sandbox, call, async () =>
        Promise.resolve(world.cloud.censor(operation, input, carryOut())),
      );
    };
  const client = createWireClient(world.cloud.model, now, wire('ecs'));
  const deployed = { cluster: CLUSTER, nodes };
  const isPaced = sandbox.of === 'pod-sync' || sandbox.of === 'node-teardown';
  const launches = world.permits.watchPace(
    paceLaunches(clock, { calls: RATES.runTask, tasks: RATES.launches }),
    sandbox,
  );
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
    ...(world.networkProbes &&
      isPaced && { probes: gatePort(gates, sandbox, 'probes', () => world.sickness.probes) }),
    provider: world.permits.watchProvider(
      createEcsFargateProvider({
        ...deployed,
        client,
        filesClient: createWireClient(world.storage.s3, now, wire('s3')),
        secretsClient: createWireClient(world.storage.secretsManager, now, wire('secrets')),
        filesBucket: BUCKET,
        ecsCluster: ECS_CLUSTER,
        logGroup: '/lambdalet/demo',
        executionRole: 'arn:aws:iam::111122223333:role/execution',
        clock,
        telemetry,
        ...(isPaced && { rates: RATES, paceResend: () => launches.resend() }),
      }),
      sandbox,
    ),
    clock,
    telemetry,
    launches,
    normalise: normaliseEvent,
    settings: {
      ...deployed,
      acceptNewCluster: false,
      networkProbes: world.networkProbes,
      notReadyWhenStalled: false,
      hasGateway: false,
      namespaceCeilings: boundNamespaces(world.bounds),
      mode,
      deployId,
    },
  } satisfies SyncDeps;
  if (!isPaced) return deps;
  const { nodes: nodePort, eventQueue } = deps;
  return { ...deps, repair: { nodes: nodePort, eventQueue, recover: shareRecovery(deps) } };
}

/** Everybody's telemetry; with a recorder each line goes there too. */
function recordedBy({ telemetry, recorder, timeline }: World, sandbox: Sandbox): Telemetry {
  if (recorder === undefined) return telemetry;
  return {
    ...telemetry,
    info: (message, fields = {}) => {
      recorder(sandbox.of, timeline.now(), message, fields);
      telemetry.info(message, fields);
    },
  };
}

function noteStore({ stores, timeline }: World, sandbox: Sandbox, { Key }: { readonly Key: string }): void {
  stores.set(Key, [...(stores.get(Key) ?? []), { sandbox, at: timeline.now() }]);
}
