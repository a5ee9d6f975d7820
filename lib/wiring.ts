import { defaultProvider } from '@aws-sdk/credential-provider-node';
import type { CloudFormationCustomResourceEvent, Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { answerRequest } from './adapters/cloudformation/answer-request.ts';
import { systemClock } from './adapters/clock/system-clock.ts';
import { createDynamo } from './adapters/dynamodb/create-dynamo.ts';
import { createNotices } from './adapters/eventbridge/publish-notice.ts';
import { createKubernetes } from './adapters/kubernetes/create-kubernetes.ts';
import { eksIdentity } from './adapters/kubernetes/eks-identity.ts';
import type { Identity } from './adapters/kubernetes/identity.ts';
import { kubeconfigIdentity } from './adapters/kubernetes/kubeconfig-identity.ts';
import { readSecret } from './adapters/secrets-manager/read-secret.ts';
import { keepHeapSmall } from './adapters/runtime/keep-heap-small.ts';
import { createProbes } from './adapters/probes/create-probes.ts';
import { createEventQueue } from './adapters/sqs/create-event-queue.ts';
import { processBatch, type Message } from './adapters/sqs/process-batch.ts';
import { createTelemetry } from './adapters/telemetry/create-telemetry.ts';
import { failureOf } from './core/failure.ts';
import type { HeartbeatDeps, PodDeps, SyncDeps } from './loop/deps.ts';
import { findSuperseded } from './loop/find-superseded.ts';
import { handleTaskEvent, type TaskEventDeps } from './loop/handle-task-event.ts';
import { beatNodes } from './loop/heartbeat.ts';
import { paceLaunches, type LaunchPace } from './loop/pace-launches.ts';
import { shareRecovery } from './loop/recover-record.ts';
import { syncCluster } from './loop/sync-cluster.ts';
import { tearDownNode } from './loop/tear-down-node.ts';
import type { Provider } from './ports/provider.ts';
import type { Fields } from './ports/telemetry.ts';
import { ecsRates, type EcsRates } from './providers/ecs-fargate/calls/ecs-rates.ts';
import { createEcsFargateProvider } from './providers/ecs-fargate/provider.ts';
import { normaliseEvent } from './providers/ecs-fargate/tasks/normalise-event.ts';
import { parseSettings, type Settings } from './settings.ts';

/** The environment of a function. */
type Environment = Readonly<Record<string, string | undefined>>;

/** Time that the teardown keeps for its answer. */
const ANSWER_MS = 20_000;

/** The handler of `node-heartbeat`: one beat of every node. It never rejects: the next message comes in seconds. */
export function wireNodeHeartbeat(environment: Environment): () => Promise<void> {
  const deps = heartbeatDeps(parseSettings(environment), 'node-heartbeat');
  return async () => {
    await beatNodes(deps);
    deps.telemetry.flush();
  };
}

/** The handler of `pod-sync`: holds the slot if it is free. It never rejects: the next message comes in seconds. */
export function wirePodSync(environment: Environment): () => Promise<void> {
  keepHeapSmall();
  const deps = syncDeps(parseSettings(environment), 'pod-sync');
  return async () => {
    try {
      const outcome = await syncCluster(deps);
      deps.telemetry.debug('pod-sync ended', { outcome });
    } catch (error) {
      deps.telemetry.error('pod-sync failed', { failure: failureOf(error), error });
    } finally {
      deps.telemetry.flush();
    }
  };
}

/** The handler of `task-events`: a batch of ECS task events; the answer names the messages that must come again. */
export function wireTaskEvents(environment: Environment): (event: SQSEvent) => Promise<SQSBatchResponse> {
  const deps = taskEventDeps(parseSettings(environment));
  return async (event) => {
    const response = await processBatch(event, (message) => handleMessage(message, deps), findSuperseded);
    deps.telemetry.flush();
    return response;
  };
}

/** Rejects for a message that must be delivered again; its reason is in the log under the same message id. */
async function handleMessage({ messageId, body, deliveries }: Message, deps: TaskEventDeps): Promise<void> {
  const { telemetry } = deps;
  let about: Fields = {};
  try {
    const outcome = await handleTaskEvent(body, deliveries, deps);
    switch (outcome.kind) {
      case 'done':
        return;
      case 'ignored':
        telemetry.info('Task event ignored', { messageId, why: outcome.why, ...outcome.about });
        return;
      case 'retry':
        about = outcome.about;
        throw new Error(outcome.why);
      case 'poisoned':
        throw new Error(`not an ECS Task State Change: ${outcome.faults.join('; ')}`);
    }
  } catch (error) {
    telemetry.warn('Task event failed and is delivered again', {
      messageId,
      deliveries,
      failure: failureOf(error),
      error,
      ...about,
    });
    throw error;
  }
}

/**
 * The handler of `node-teardown`, CloudFormation's custom resource of one node (its physical id is the node's name).
 * A Delete always succeeds: a stack that cannot be deleted is worse than a task that must be stopped by hand.
 */
export function wireNodeTeardown(
  environment: Environment,
): (event: CloudFormationCustomResourceEvent, context: Context) => Promise<void> {
  return async (event, context) => {
    const node = String(event.ResourceProperties['Node']);
    const answer = { physicalResourceId: node } as const;
    try {
      const reason = await changeNode(event.RequestType, node, environment, context);
      await answerRequest(event, { ...answer, status: 'SUCCESS', reason });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      createTelemetry({ service: 'node-teardown' }).error('The node could not be changed', {
        node,
        failure: failureOf(error),
        error,
      });
      await answerRequest(event, {
        ...answer,
        status: event.RequestType === 'Delete' ? 'SUCCESS' : 'FAILED',
        reason,
      });
    }
  };
}

async function changeNode(
  request: CloudFormationCustomResourceEvent['RequestType'],
  node: string,
  environment: Environment,
  context: Context,
): Promise<string> {
  const deps = syncDeps(parseSettings(environment), 'node-teardown');
  switch (request) {
    case 'Create':
    case 'Update':
      await deps.marks.setClosing(node, false);
      return `node ${node} may be kept alive`;
    case 'Delete': {
      const until = deps.clock.now() + context.getRemainingTimeInMillis() - ANSWER_MS;
      const { kind, message } = await tearDownNode(deps, node, until);
      deps.telemetry.info('Node torn down', { node, kind, message });
      deps.telemetry.flush();
      return message;
    }
  }
}

function heartbeatDeps(settings: Settings, service: string): HeartbeatDeps {
  const telemetry = createTelemetry({ service });
  const { nodes, leases, cluster, events } = createKubernetes({
    identity: identityOf(settings),
    telemetry,
    clock: systemClock,
  });
  const { slot, marks } = createDynamo({ table: settings.table, cluster: settings.cluster, telemetry });
  return { nodes, leases, cluster, events, slot, marks, clock: systemClock, telemetry, settings };
}

function syncDeps(settings: Settings, service: string): SyncDeps {
  const telemetry = createTelemetry({ service });
  const kubernetes = createKubernetes({ identity: identityOf(settings), telemetry, clock: systemClock });
  const dynamo = createDynamo({ table: settings.table, cluster: settings.cluster, telemetry });
  const { eventQueue: queueUrl, deadLetterQueue: deadLetterQueueUrl } = settings;
  const rates = ratesOf(settings);
  const launches = paceLaunches(systemClock, { calls: rates.runTask, tasks: rates.launches });
  const common = { ...kubernetes, ...dynamo, clock: systemClock, telemetry, settings };
  const deps = {
    ...common,
    notices: createNotices({ bus: settings.eventBus, telemetry }),
    eventQueue: createEventQueue({ queueUrl, deadLetterQueueUrl, telemetry }),
    provider: providerOf(settings, telemetry, { rates, launches }),
    launches,
    normalise: normaliseEvent,
    ...(settings.networkProbes && { probes: createProbes() }),
  };
  return { ...deps, repair: { ...deps, recover: shareRecovery(deps) } };
}

/** The event function never calls the provider: it only asks it to judge and to read events, which is pure. */
function taskEventDeps(settings: Settings): TaskEventDeps {
  const telemetry = createTelemetry({ service: 'task-events' });
  const { pods, events, cluster } = createKubernetes({
    identity: identityOf(settings),
    telemetry,
    clock: systemClock,
  });
  const { records, marks } = createDynamo({ table: settings.table, cluster: settings.cluster, telemetry });
  const notices = createNotices({ bus: settings.eventBus, telemetry });
  const deps: PodDeps = {
    pods,
    events,
    cluster,
    records,
    marks,
    provider: providerOf(settings, telemetry),
    notices,
    clock: systemClock,
    telemetry,
    settings,
  };
  return { ...deps, normalise: normaliseEvent };
}

/** @param pace how fast its calls may be; without one they are not paced, for a function that makes none */
function providerOf(
  settings: Settings,
  telemetry: SyncDeps['telemetry'],
  pace?: { readonly rates: EcsRates; readonly launches: LaunchPace },
): Provider {
  const { cluster, ecsCluster, logGroup, executionRole, filesBucket, networkProbes, nodes } = settings;
  return createEcsFargateProvider({
    cluster,
    ecsCluster,
    logGroup,
    executionRole,
    filesBucket,
    probes: networkProbes,
    nodes,
    clock: systemClock,
    telemetry,
    ...(pace !== undefined && {
      rates: pace.rates,
      paceResend: () => pace.launches.resend(),
      onLaunchThrottled: () => pace.launches.slowDown(),
    }),
  });
}

function ratesOf({ region, ecsShare, fargateLaunchRate }: Settings): EcsRates {
  return ecsRates({ region, share: ecsShare, launchesPerSecond: fargateLaunchRate });
}

function identityOf({ identity, region }: Settings): Identity {
  switch (identity.kind) {
    case 'kubeconfig':
      return kubeconfigIdentity(readSecret(identity.secret), systemClock);
    case 'eks':
      return eksIdentity({ ...identity, region, credentials: defaultProvider(), clock: systemClock });
  }
}
