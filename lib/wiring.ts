import { defaultProvider } from '@aws-sdk/credential-provider-node';
import type { CloudFormationCustomResourceEvent, Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { answerRequest } from './adapters/cloudformation/answer-request.ts';
import { systemClock } from './adapters/clock/system-clock.ts';
import { createDynamo } from './adapters/dynamodb/create-dynamo.ts';
import { createNotices } from './adapters/eventbridge/publish-notice.ts';
import { createKubernetes, type Kubernetes } from './adapters/kubernetes/create-kubernetes.ts';
import { eksIdentity } from './adapters/kubernetes/eks-identity.ts';
import type { Identity } from './adapters/kubernetes/identity.ts';
import { kubeconfigIdentity } from './adapters/kubernetes/kubeconfig-identity.ts';
import { tokenIdentity } from './adapters/kubernetes/token-identity.ts';
import type { Transport } from './adapters/kubernetes/send-request.ts';
import { openSecret } from './adapters/secrets-manager/open-secret.ts';
import { keepHeapSmall } from './adapters/runtime/keep-heap-small.ts';
import { createQuotas } from './adapters/quotas/create-quotas.ts';
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
import type { Clock } from './ports/clock.ts';
import type { Provider } from './ports/provider.ts';
import type { Fields } from './ports/telemetry.ts';
import { ecsRates, type EcsRates } from './providers/ecs-fargate/calls/ecs-rates.ts';
import { createEcsFargateProvider } from './providers/ecs-fargate/provider.ts';
import { normaliseEvent } from './providers/ecs-fargate/tasks/normalise-event.ts';
import { parseSettings, type Settings } from './settings.ts';

/** The environment of a function. */
type Environment = Readonly<Record<string, string | undefined>>;

/** What a function stands on: whoever counts its calls puts it on virtual time and on an API server of its own. */
export interface Host {
  readonly clock: Clock;
  /** Default: over the network. */
  readonly transport?: Transport;
}

const LAMBDA: Host = { clock: systemClock };

/** Time that the teardown keeps for its answer. */
const ANSWER_MS = 20_000;

/** The handler of `node-heartbeat`: one beat of every node. It never rejects: the next message comes in seconds. */
export function wireNodeHeartbeat(environment: Environment, host: Host = LAMBDA): () => Promise<void> {
  const settings = parseSettings(environment);
  const telemetry = createTelemetry({ service: 'node-heartbeat', cluster: settings.cluster });
  const identity = identityOf(settings, telemetry, host);
  const deps = heartbeatDeps(settings, telemetry, host, identity);
  return async () => {
    // Neither waits for the other: a beat may not come late, and a slow one may not use up the time of a renewal.
    await Promise.all([beatNodes(deps), identity.renewIfDue?.()]);
    deps.telemetry.flush();
  };
}

/** The handler of `pod-sync`: holds the slot if it is free. It never rejects: the next message comes in seconds. */
export function wirePodSync(environment: Environment, host: Host = LAMBDA): () => Promise<void> {
  keepHeapSmall();
  const deps: SyncDeps = {
    ...syncDeps(parseSettings(environment), 'pod-sync', host),
    quotas: createQuotas({ clock: host.clock }),
  };
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
export function wireTaskEvents(
  environment: Environment,
  host: Host = LAMBDA,
): (event: SQSEvent) => Promise<SQSBatchResponse> {
  const deps = taskEventDeps(parseSettings(environment), host);
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
      // What cannot be changed may be so because the settings cannot be read.
      const cluster = environment['LAMBDALET_CLUSTER'] ?? 'unknown';
      const telemetry = createTelemetry({ service: 'node-teardown', cluster });
      telemetry.error('The node could not be changed', { node, failure: failureOf(error), error });
      telemetry.flush();
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
  const deps = syncDeps(parseSettings(environment), 'node-teardown', LAMBDA);
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

function heartbeatDeps(
  settings: Settings,
  telemetry: SyncDeps['telemetry'],
  host: Host,
  identity: Identity,
): HeartbeatDeps {
  const { clock } = host;
  const { nodes, leases, cluster, events } = kubernetesOf(settings, telemetry, host, identity);
  const { slot, marks } = createDynamo({ table: settings.table, cluster: settings.cluster, telemetry });
  return { nodes, leases, cluster, events, slot, marks, clock, telemetry, settings };
}

function syncDeps(settings: Settings, service: string, host: Host): SyncDeps {
  const { clock } = host;
  const telemetry = createTelemetry({ service, cluster: settings.cluster });
  const kubernetes = kubernetesOf(settings, telemetry, host);
  const dynamo = createDynamo({ table: settings.table, cluster: settings.cluster, telemetry });
  const { eventQueue: queueUrl, deadLetterQueue: deadLetterQueueUrl } = settings;
  const rates = ratesOf(settings);
  const launches = paceLaunches(clock, { calls: rates.runTask, tasks: rates.launches });
  const common = { ...kubernetes, ...dynamo, clock, telemetry, settings };
  const deps = {
    ...common,
    notices: createNotices({ bus: settings.eventBus, telemetry }),
    eventQueue: createEventQueue({ queueUrl, deadLetterQueueUrl, telemetry }),
    provider: providerOf(settings, { telemetry, clock }, { rates, launches }),
    launches,
    normalise: normaliseEvent,
    ...(settings.networkProbes && { probes: createProbes() }),
  };
  return { ...deps, repair: { ...deps, recover: shareRecovery(deps) } };
}

/** The event function never calls the provider: it only asks it to judge and to read events, which is pure. */
function taskEventDeps(settings: Settings, host: Host): TaskEventDeps {
  const { clock } = host;
  const telemetry = createTelemetry({ service: 'task-events', cluster: settings.cluster });
  const { pods, events, cluster } = kubernetesOf(settings, telemetry, host);
  const { records, marks } = createDynamo({ table: settings.table, cluster: settings.cluster, telemetry });
  const notices = createNotices({ bus: settings.eventBus, telemetry });
  const deps: PodDeps = {
    pods,
    events,
    cluster,
    records,
    marks,
    provider: providerOf(settings, { telemetry, clock }),
    notices,
    clock,
    telemetry,
    settings,
  };
  return { ...deps, normalise: normaliseEvent };
}

/** @param pace how fast its calls may be; without one they are not paced, for a function that makes none */
export function providerOf(
  settings: Settings,
  shared: Pick<SyncDeps, 'telemetry' | 'clock'>,
  pace?: { readonly rates: EcsRates; readonly launches: LaunchPace },
): Provider {
  const { cluster, ecsCluster, logGroup, executionRole, filesBucket, encryptionKey, networkProbes, nodes } =
    settings;
  return createEcsFargateProvider({
    cluster,
    ecsCluster,
    logGroup,
    executionRole,
    filesBucket,
    ...(encryptionKey !== undefined && { kmsKey: encryptionKey }),
    probes: networkProbes,
    nodes,
    ...shared,
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

/** The ports of the cluster. */
export function kubernetesOf(
  settings: Settings,
  telemetry: SyncDeps['telemetry'],
  host: Host,
  identity = identityOf(settings, telemetry, host),
): Kubernetes {
  const { impersonateNodes = false } = settings.identity;
  return createKubernetes({ ...host, identity, impersonateNodes, telemetry });
}

function identityOf({ identity, region }: Settings, telemetry: SyncDeps['telemetry'], host: Host): Identity {
  switch (identity.kind) {
    case 'kubeconfig':
      return kubeconfigIdentity(openSecret(identity.secret).read, { ...host, telemetry });
    case 'token':
      return tokenIdentity(openSecret(identity.secret), { ...host, telemetry });
    case 'eks':
      return eksIdentity({ ...identity, region, credentials: defaultProvider(), ...host, telemetry });
  }
}
