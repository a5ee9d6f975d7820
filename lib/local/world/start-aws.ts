import { randomUUID } from 'node:crypto';
import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { ECSClient, paginateListTasks } from '@aws-sdk/client-ecs';
import type { EcsTimings } from '../aws/ecs/ecs-timings.ts';
import type { PodNotice } from '../../../events/pod-notice.ts';
import { createAwsModels, routeToQueue, type AwsModels } from '../aws/create-aws-models.ts';
import type { InsightsTimings } from '../aws/ecs/ecs-state.ts';
import { fastInsights, realInsights } from '../aws/ecs/publish-insights.ts';
import { realTimings, fastTimings } from '../aws/ecs/ecs-timings.ts';
import type { EventSourceMapping } from '../aws/sqs/event-source-mapping.ts';
import { serveAws, type AwsServer } from '../aws/serve-aws.ts';
import { startDynalite, type LocalDynamo } from '../dynamodb/start-dynalite.ts';
import { beatQueues } from '../pumps/beat-queues.ts';
import { connectFunctions, type Invoke } from '../pumps/connect-functions.ts';
import { createQueues, type LocalQueues } from '../pumps/create-queues.ts';
import type { Pace } from '../pace-options.ts';
import { chooseEndpoints, toVariables, type Endpoints, type ServiceVariable } from './choose-endpoints.ts';
import { clientConfig, createResources } from './create-resources.ts';
import { NAMES, PLACE } from './function-environment.ts';

/** What the AWS of a world should be. */
export interface AwsOptions {
  readonly kubeconfig: string;
  readonly pace: Pace;
  /** Seconds until a task event that failed is delivered again; by default what the pace says. */
  readonly redeliveryS?: number;
  /** How long tasks take for each step; by default what the pace says. */
  readonly timings?: EcsTimings;
  /** vCPU that may run at a time, on demand and on Spot each. Default: those of an account that was in use for long. */
  readonly vcpuQuota?: number;
  /** Endpoints in it are used instead of our own. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The AWS of a world: services, the resources of the stacks, and what sets the functions off. */
export interface LocalAws {
  /** `AWS_ENDPOINT_URL_ECS` and its like. */
  readonly endpoints: Readonly<Record<string, string>>;
  readonly models: AwsModels;
  readonly queues: LocalQueues;
  /** What the functions published about pods, as far as our own EventBridge was told. */
  notices(): readonly PodNotice[];
  listTasks(desired: 'RUNNING' | 'STOPPED'): Promise<readonly string[]>;
  /** The lines of all pods that contain a text. */
  readLog(containing: string): Promise<readonly string[]>;
  /** Starts to call the functions: the first beat comes at once. */
  trigger(invoke: Invoke): void;
  close(): Promise<void>;
}

/** A minute of the schedules takes 15 s, so that a beat comes each 3 s; a failed task event comes again after 10 s. */
const FAST = { timings: fastTimings, speed: 4, redeliveryS: 10 } as const;
/** The numbers of the stacks: a task event stays hidden for six times the function's timeout. */
const REAL = { timings: realTimings, speed: 1, redeliveryS: 360 } as const;

/** How often Container Insights measures. */
export const INSIGHTS: Readonly<Record<Pace, InsightsTimings>> = { fast: fastInsights, real: realInsights };

const clock = { now: Date.now };

/** A new account has 6 vCPU; AWS raises that by itself as it is used. */
const USUAL_VCPU_QUOTA = 4_000;

/** Starts the emulators, DynamoDB and their resources. Nothing calls a function before `trigger`. */
export async function startAws(options: AwsOptions): Promise<LocalAws> {
  const { kubeconfig, pace, environment, vcpuQuota = USUAL_VCPU_QUOTA } = options;
  const { timings, speed, redeliveryS } = { ...{ fast: FAST, real: REAL }[pace], ...options };
  const clusters = [NAMES.ecsCluster];
  const models = createAwsModels({
    place: PLACE,
    ids: randomUUID,
    chance: Math.random,
    clusters,
    timings,
    insights: INSIGHTS[pace],
  });
  Object.assign(models.ecs.capacity, { onDemandVcpus: vcpuQuota, spotVcpus: vcpuQuota });
  const server = await serveAws(models, { clock });
  const dynamo = await startDynalite();
  const mappings: EventSourceMapping[] = [];
  const close = async (): Promise<void> => {
    for (const mapping of mappings) mapping.stop();
    await Promise.all([server.close(), dynamo.close()]);
  };
  try {
    const endpoints = chooseEndpoints(ownEndpoints(server, dynamo), environment);
    await createResources(endpoints, kubeconfig);
    const queues = createQueues(models.sqs, NAMES.stackPrefix, redeliveryS, clock.now());
    routeTaskEvents(models, queues);
    return {
      ...{ models, queues, close, endpoints: toVariables(endpoints) },
      notices: () => noticesIn(models),
      listTasks: (desired) => listTasks(endpoints, desired),
      readLog: (containing) => readLog(endpoints, containing),
      trigger: (invoke) => {
        const onSettled = (): void => server.driver.touch();
        mappings.push(...connectFunctions(models.sqs, queues, invoke, { onSettled, now: clock.now }));
        for (const mapping of mappings) server.driver.add(mapping);
        const queueUrls = [queues.heartbeat.url, queues.podSync.url];
        server.driver.add(beatQueues(models.sqs, { place: PLACE, queueUrls, speed, now: clock.now() }));
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function ownEndpoints(
  { endpoints }: AwsServer,
  dynamo: LocalDynamo,
): Readonly<Record<ServiceVariable, string>> {
  const { ecs, events, secretsmanager, s3, logs, monitoring, servicequotas, sqs } = endpoints;
  return {
    AWS_ENDPOINT_URL_ECS: ecs,
    AWS_ENDPOINT_URL_EVENTBRIDGE: events,
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsmanager,
    AWS_ENDPOINT_URL_S3: s3,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: logs,
    AWS_ENDPOINT_URL_CLOUDWATCH: monitoring,
    AWS_ENDPOINT_URL_SERVICE_QUOTAS: servicequotas,
    AWS_ENDPOINT_URL_SQS: sqs,
  };
}

/** The rule of the stacks. */
function routeTaskEvents(models: AwsModels, queues: LocalQueues): void {
  const clusterArn = `arn:aws:ecs:${PLACE.region}:${PLACE.account}:cluster/${NAMES.ecsCluster}`;
  const pattern = {
    source: ['aws.ecs'],
    'detail-type': ['ECS Task State Change'],
    detail: { clusterArn: [clusterArn] },
  };
  routeToQueue(models, { pattern, queueUrl: queues.taskEvents.url });
}

function noticesIn({ eventBridge }: AwsModels): readonly PodNotice[] {
  return eventBridge
    .events()
    .filter(({ source }) => source === 'lambdalet.pod')
    .map(({ detail }) => detail as PodNotice);
}

async function listTasks(endpoints: Endpoints, desired: 'RUNNING' | 'STOPPED'): Promise<readonly string[]> {
  const client = new ECSClient(clientConfig(endpoints, 'AWS_ENDPOINT_URL_ECS'));
  const arns: string[] = [];
  const query = { cluster: NAMES.ecsCluster, desiredStatus: desired };
  for await (const page of paginateListTasks({ client }, query)) arns.push(...(page.taskArns ?? []));
  client.destroy();
  return arns;
}

async function readLog(endpoints: Endpoints, containing: string): Promise<readonly string[]> {
  const client = new CloudWatchLogsClient(clientConfig(endpoints, 'AWS_ENDPOINT_URL_CLOUDWATCH_LOGS'));
  const lines: string[] = [];
  const query = { logGroupName: NAMES.podLogGroup, filterPattern: JSON.stringify(containing) };
  for await (const page of paginateFilterLogEvents({ client }, query))
    lines.push(...(page.events ?? []).map(({ message = '' }) => message));
  client.destroy();
  return lines;
}
