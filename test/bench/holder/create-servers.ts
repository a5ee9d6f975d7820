import { randomUUID } from 'node:crypto';
import { createDynamo } from '../../../lib/adapters/dynamodb/create-dynamo.ts';
import type { Instant } from '../../../lib/core/kubernetes.ts';
import { startApiServer } from '../../../lib/local/api-server/server/start-api-server.ts';
import type { ApiServerModel } from '../../../lib/local/api-server/create-api-server-model.ts';
import { createAwsModels, routeToQueue, type AwsModels } from '../../../lib/local/aws/create-aws-models.ts';
import { fastTimings } from '../../../lib/local/aws/ecs/ecs-timings.ts';
import { serveAws, type AwsServer } from '../../../lib/local/aws/serve-aws.ts';
import { createEventSourceMapping } from '../../../lib/local/aws/sqs/event-source-mapping.ts';
import { startDynalite } from '../../../lib/local/dynamodb/start-dynalite.ts';
import { createQueues } from '../../../lib/local/pumps/create-queues.ts';
import { chooseEndpoints, toVariables } from '../../../lib/local/world/choose-endpoints.ts';
import { createResources } from '../../../lib/local/world/create-resources.ts';
import { functionEnvironment, NAMES, PLACE, TABLE } from '../../../lib/local/world/function-environment.ts';
import { createEcsFargateProvider } from '../../../lib/providers/ecs-fargate/provider.ts';
import { parseSettings } from '../../../lib/settings.ts';
import { wireNodeHeartbeat, wireTaskEvents } from '../../../lib/wiring.ts';
import { createMemoryTelemetry } from '../../memory/memory-telemetry.ts';
import { createModelClient } from '../virtual/model-client.ts';
import { seedSettledPods } from './seed-pods.ts';
import type { WorldChoice } from './world-messages.ts';

/** The name of the node. */
export const NODE = 'lambdalet';

/** The pods of a settled world were launched so long ago. */
const PAST_MS = 15 * 60_000;
const BEAT_MS = 8_000;

/** Servers that run. */
export interface Servers {
  readonly api: ApiServerModel;
  readonly models: AwsModels;
  readonly ports: ReturnType<typeof createDynamo>;
  readonly environment: Readonly<Record<string, string>>;
  readonly podBytes: number;
}

/**
 * Starts an API server, DynamoDB and the emulators of AWS, seeds them, and sets off the heartbeat and the event function in this
 * process: everything but pod-sync. It ends with the process.
 */
export async function createServers({ settledPods, quotas }: WorldChoice): Promise<Servers> {
  const { model: api, kubeconfig } = await startApiServer({ controllers: 'none' });
  const models = createAwsModels({
    ...{ place: PLACE, ids: randomUUID, chance: Math.random, clusters: [NAMES.ecsCluster] },
    timings: fastTimings,
    ...(quotas === 'raised' && { rates: 'off' as const }),
  });
  const server = await serveAws(models, { clock: { now: Date.now } });
  const environment = await prepare(server, kubeconfig);
  // The clients of AWS read it when they are made.
  Object.assign(process.env, environment);
  const ports = createDynamo({ table: TABLE, cluster: 'local', telemetry: createMemoryTelemetry() });
  const servers = { api, models, ports, environment };
  const podBytes = settledPods === 0 ? 0 : await seed(servers, settledPods);
  await setOff(server, servers);
  return { ...servers, podBytes };
}

/** Makes table, secret and the like; gives the environment of the functions. */
async function prepare({ endpoints: own }: AwsServer, kubeconfig: string): Promise<Servers['environment']> {
  const { endpoint } = await startDynalite();
  const ours = {
    AWS_ENDPOINT_URL_ECS: own.ecs,
    AWS_ENDPOINT_URL_EVENTBRIDGE: own.events,
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: own.secretsmanager,
    AWS_ENDPOINT_URL_S3: own.s3,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: own.logs,
    AWS_ENDPOINT_URL_CLOUDWATCH: own.monitoring,
    AWS_ENDPOINT_URL_SERVICE_QUOTAS: own.servicequotas,
    AWS_ENDPOINT_URL_SQS: own.sqs,
  };
  const endpoints = chooseEndpoints(ours, {});
  await createResources(endpoints, kubeconfig);
  return functionEnvironment({ name: NODE, simulated: false, podsReady: true }, toVariables(endpoints), {});
}

async function seed(
  { api, models: { ecs }, ports, environment }: Omit<Servers, 'podBytes'>,
  pods: number,
): Promise<number> {
  const at = Date.now() - PAST_MS;
  let now = at;
  const clock = { now: () => now, sleep: () => Promise.resolve(), newId: randomUUID };
  const provider = createEcsFargateProvider({
    ...parseSettings(environment),
    ...{ clock, telemetry: createMemoryTelemetry(), client: createModelClient(ecs, clock) },
  });
  const goTo = (then: Instant): Instant => {
    now = then;
    ecs.advance(now);
    return now;
  };
  const bytes = await seedSettledPods({ api, provider, records: ports.records, node: NODE }, pods, at, goTo);
  await ports.marks.setRebuilt(at);
  return bytes;
}

/** The triggers of the other functions. */
async function setOff(
  { driver }: AwsServer,
  { models, environment }: Omit<Servers, 'podBytes'>,
): Promise<void> {
  const beat = wireNodeHeartbeat(environment);
  await beat();
  setInterval(() => void beat(), BEAT_MS);
  const queues = createQueues(models.sqs, NAMES.stackPrefix, 10, Date.now());
  const queueUrl = queues.taskEvents.url;
  routeToQueue(models, { pattern: { source: ['aws.ecs'] }, queueUrl });
  const handle = wireTaskEvents(environment);
  driver.add(
    createEventSourceMapping({
      ...{ sqs: models.sqs, queueUrl, batchSize: 10, maximumConcurrency: 4, reportBatchItemFailures: true },
      ...{ now: Date.now, onSettled: () => driver.touch() },
      invoke: (event) => handle(event as never),
    }),
  );
}
