import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createKubernetes } from '../../../lib/adapters/kubernetes/create-kubernetes.ts';
import { kubeconfigIdentity } from '../../../lib/adapters/kubernetes/kubeconfig-identity.ts';
import { RequestError, type Transport } from '../../../lib/adapters/kubernetes/send-request.ts';
import { openSecret } from '../../../lib/adapters/secrets-manager/open-secret.ts';
import type { NodeSettings } from '../../../lib/core/node-settings.ts';
import type { PodRecord } from '../../../lib/core/record.ts';
import type { SyncDeps } from '../../../lib/loop/deps.ts';
import { paceLaunches } from '../../../lib/loop/pace-launches.ts';
import { shareRecovery } from '../../../lib/loop/recover-record.ts';
import type { Clock } from '../../../lib/ports/clock.ts';
import type { Records } from '../../../lib/ports/records.ts';
import { ecsRates } from '../../../lib/providers/ecs-fargate/calls/ecs-rates.ts';
import { createEcsFargateProvider } from '../../../lib/providers/ecs-fargate/provider.ts';
import { normaliseEvent } from '../../../lib/providers/ecs-fargate/tasks/normalise-event.ts';
import { createModelClient } from '../../bench/virtual/model-client.ts';
import { createMemoryEventQueue } from '../../memory/memory-event-queue.ts';
import { olderRecords } from '../../support/vocabulary-holder.ts';
import { ECS_CLUSTER, SECRET, type StageAccount } from './stage-account.ts';
import type { StageCluster } from './stage-cluster.ts';
import type { StageTable } from './stage-table.ts';
import type { StageTelemetry } from './stage-telemetry.ts';
import type { BenchClock } from '../../bench/virtual/bench-clock.ts';

export type FunctionName = 'node-heartbeat' | 'pod-sync' | 'task-events' | 'node-teardown';

/** Code and settings, as one deployment of the control-loop stack puts them into place. */
export interface Deployment {
  readonly deployId: string;
  readonly nodes: readonly NodeSettings[];
  readonly acceptNewCluster: boolean;
  /** Attributes of records that this version of the code does not know. */
  readonly ignorantOf: readonly (keyof PodRecord)[];
}

/** What every execution environment shares. */
export interface Surroundings {
  readonly clock: BenchClock;
  readonly cluster: StageCluster;
  readonly account: StageAccount;
  readonly table: StageTable;
  readonly telemetry: StageTelemetry;
  /** Told of each call that changes something, when it is carried out. */
  readonly onWrite: (write: Write) => void;
}

/** A change that a function made somewhere. */
export interface Write {
  readonly by: FunctionName;
  readonly deployId: string;
  /** `records.write`, `ecs.RunTask`, `PATCH /api/v1/..`. */
  readonly what: string;
}

/** One execution environment: a process with caches and connections of its own, which may die at any moment. */
export interface ExecutionEnvironment {
  readonly of: FunctionName;
  readonly deployId: string;
  readonly deps: SyncDeps;
  isBusy: boolean;
  isDead: boolean;
}

/** The name of the deployment. */
const CLUSTER = 'demo';

/** One way, in milliseconds: an API server in the Region, DynamoDB, ECS, its RunTask. */
const WAY = { kubernetes: 10, dynamodb: 3, ecs: 25, runTask: 250, other: 10 } as const;
/** An API server that cannot be reached: the adapter gives up after this. */
const TIMEOUT_MS = 10_000;
const NEVER = new Promise<never>(() => undefined);

type Pass = (ms: number) => Promise<void>;

/** A cold start. */
export function startEnvironment(
  shared: Surroundings,
  of: FunctionName,
  deployment: Deployment,
): ExecutionEnvironment {
  const { cluster, account, table, telemetry, onWrite } = shared;
  const { deployId, ignorantOf } = deployment;
  const clock: Clock = {
    now: () => shared.clock.now(),
    newId: () => shared.clock.newId(),
    sleep: async (until, signal) => {
      await shared.clock.sleep(until, signal);
      if (environment.isDead) await NEVER;
    },
  };
  const pass: Pass = (ms) => (environment.isDead ? NEVER : clock.sleep(clock.now() + ms));
  const noteWrite = (what: string): void => onWrite({ by: of, deployId, what });
  const linked = <Port extends object>(name: string, port: () => Port): Port =>
    link({ name, port, pass, noteWrite });
  const wire =
    (service: string) =>
    async (operation: string, _input: unknown, carryOut: () => unknown): Promise<unknown> => {
      const way = operation === 'RunTask' ? WAY.runTask : WAY.ecs;
      await pass(way);
      if (/^(Run|Stop|Register|Put|Delete|Create)/.test(operation)) noteWrite(`${service}.${operation}`);
      const answer = await Promise.resolve().then(carryOut);
      await pass(way);
      return answer;
    };
  const secrets = createModelClient(account.secrets, clock, wire('secrets')) as unknown as Pick<
    SecretsManagerClient,
    'send'
  >;
  const kubernetes = createKubernetes({
    identity: kubeconfigIdentity(openSecret(SECRET, secrets).read, { clock, telemetry }),
    ...{ telemetry, clock, transport: transportOf({ cluster, pass, noteWrite }) },
  });
  const records = linked('records', () => table.records()) as Records;
  const rates = ecsRates({ region: 'eu-west-1', share: 1 });
  const launches = paceLaunches(clock, { calls: rates.runTask, tasks: rates.launches });
  const deployed = { cluster: CLUSTER, nodes: deployment.nodes };
  const queue = { ...createMemoryEventQueue(clock), backlog: () => Promise.resolve(account.backlog()) };
  const ports = {
    ...kubernetes,
    ...{ clock, telemetry, launches, normalise: normaliseEvent },
    records: ignorantOf.length === 0 ? records : olderRecords(records, ignorantOf),
    slot: linked('slot', () => table.slot()),
    marks: linked('marks', () => table.marks()),
    eventQueue: linked('eventQueue', () => queue),
    notices: { publish: () => Promise.resolve() },
    provider: createEcsFargateProvider({
      ...{ ...deployed, clock, telemetry, rates, ecsCluster: ECS_CLUSTER },
      client: createModelClient(account.ecs, clock, wire('ecs')),
      secretsClient: secrets,
      paceResend: () => launches.resend(),
      onLaunchThrottled: () => launches.slowDown(),
      logGroup: '/lambdalet/demo/pods',
      executionRole: 'arn:aws:iam::111122223333:role/execution',
    }),
    settings: {
      ...{ ...deployed, deployId, mode: 'watch' as const, acceptNewCluster: deployment.acceptNewCluster },
      ...{ networkProbes: false, notReadyWhenStalled: false, hasGateway: false, namespaceCeilings: {} },
    },
  };
  const environment: ExecutionEnvironment = {
    ...{ of, deployId, isBusy: false, isDead: false },
    deps: { ...ports, repair: { ...ports, recover: shareRecovery(ports) } },
  };
  return environment;
}

interface Link<Port> {
  readonly name: string;
  readonly port: () => Port;
  readonly pass: Pass;
  readonly noteWrite: (what: string) => void;
}

const WRITES = /^(write|forget|take|renew|clear|set\w+|keepIdentity|discard)$/;

/** A port in DynamoDB or SQS, as a process gets to it. */
function link<Port extends object>({ name, port, pass, noteWrite }: Link<Port>): Port {
  const carryOut = (method: string, args: readonly unknown[]): unknown => {
    const target = port();
    if (WRITES.test(method) && name !== 'slot') noteWrite(`${name}.${method}`);
    return (Reflect.get(target, method) as (...given: readonly unknown[]) => unknown).apply(target, [
      ...args,
    ]);
  };
  const pages = async function* (args: readonly unknown[]): AsyncGenerator {
    await pass(WAY.dynamodb);
    for await (const page of carryOut('list', args) as AsyncIterable<unknown>) {
      await pass(WAY.dynamodb);
      yield page;
    }
  };
  return new Proxy({} as Port, {
    get: (_, method) => {
      if (typeof method !== 'string' || method === 'then') return undefined;
      if (method === 'list') return (...args: unknown[]) => pages(args);
      return async (...args: unknown[]) => {
        await pass(WAY.dynamodb);
        const answer = await carryOut(method, args);
        await pass(WAY.dynamodb);
        return answer;
      };
    },
  });
}

/** The way to the API server: the product's own client above it, the network as it is below. */
function transportOf({
  cluster,
  pass,
  noteWrite,
}: {
  readonly cluster: StageCluster;
  readonly pass: Pass;
  readonly noteWrite: (what: string) => void;
}): Transport {
  const arrive = async (): Promise<void> => {
    await pass(WAY.kubernetes);
    if (cluster.reach() === 'fine') return;
    await pass(TIMEOUT_MS);
    throw new RequestError(Object.assign(new Error('no answer within 10 s'), { code: 'ETIMEDOUT' }), false);
  };
  return {
    send: async (access, request) => {
      await arrive();
      const answer = cluster.serve(access, request);
      if (request.method !== 'GET' && answer.status < 300) noteWrite(`${request.method} ${request.path}`);
      await pass(WAY.kubernetes);
      return answer;
    },
    open: async (access, request, signal) => {
      await arrive();
      return cluster.stream(access, request, signal);
    },
  };
}
