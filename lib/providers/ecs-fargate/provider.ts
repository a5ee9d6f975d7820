import { ECSClient } from '@aws-sdk/client-ecs';
import { UNSUPPORTED } from '../../core/assessment.ts';
import { chooseCapacityType, type CapacityType } from '../../core/capacity-type.ts';
import { FailureError } from '../../core/failure.ts';
import type { NodeSettings } from '../../core/node-settings.ts';
import type { FoundTask } from '../../core/task.ts';
import type { Clock } from '../../ports/clock.ts';
import { needsOf } from '../../core/pod-needs.ts';
import type { PodRecord } from '../../core/record.ts';
import type { LaunchOutcome, Provider, RefusedLaunch } from '../../ports/provider.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import { classifyError, isTaskMissing } from './calls/classify-error.ts';
import type { EcsRates } from './calls/ecs-rates.ts';
import { toSpecHash } from './plan/hash-task-definition.ts';
import { envFilePrefix, nodeFilePrefix } from './plan/env-file-key.ts';
import { logStreamOf, toTaskId } from './plan/log-stream.ts';
import {
  failed,
  oldest,
  registerDefinition,
  sendLaunch,
  TOO_LATE,
  type Launch,
  type LaunchContext,
} from './calls/launch-task.ts';
import { demandAll, describeAll, describeTasks, listTasks, type TaskLookup } from './tasks/look-up-tasks.ts';
import { paceCalls } from './calls/pace-calls.ts';
import { normaliseTask } from './tasks/normalise-task.ts';
import { createSecretMirror } from './calls/mirror-secrets.ts';
import {
  planPod,
  rememberPlans,
  type PodPlan,
  type UnreadyPod,
  type UnsupportedPod,
} from './plan/plan-pod.ts';
import { prepareLaunch, type LaunchStorage } from './calls/prepare-launch.ts';
import { createRetirement } from './calls/retire-definitions.ts';
import type { SecretsClient } from './calls/retire-secrets.ts';
import { withoutIdentity } from './support/aws-identity.ts';
import { judgeIdentity, placementOf } from './support/support-annotations.ts';
import { createDefinitionShare, type DefinitionShare, type SendOutcome } from './calls/share-definitions.ts';
import { createEnvFileStore, type FilesClient } from './calls/store-env-files.ts';
import { toStartedBy } from './tasks/task-owner.ts';
import type { TaskSettings } from './plan/to-task-definition.ts';
import { useOfPod } from './plan/use-of-task.ts';

/** What the provider needs of its deployment. */
export interface EcsFargateOptions extends TaskSettings {
  /** By default one for the Region and the endpoints of the environment. It must not retry by itself: the provider does. */
  readonly client?: Pick<ECSClient, 'send'>;
  /** The same for S3 and Secrets Manager. */
  readonly filesClient?: FilesClient;
  readonly secretsClient?: SecretsClient;
  /** ARN of the KMS key for env files and mirrored secrets. Default: the account's own keys for S3 and Secrets Manager. */
  readonly kmsKey?: string;
  /** Name or ARN of the dedicated ECS cluster. */
  readonly ecsCluster: string;
  readonly nodes: readonly NodeSettings[];
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Within these rates every call is made; absent: nothing waits. */
  readonly rates?: EcsRates;
  /**
   * Awaited before every RunTask of a launch but its first, for which the caller had permission. Whoever gives it must not
   * make a launch wait behind those that are not claimed yet: others wait for its definition.
   */
  readonly paceResend?: () => Promise<void>;
  /** Told of every RunTask that ECS throttled (a `throttled` launch may also have waited for a registration). */
  readonly onLaunchThrottled?: () => void;
}

/** StopTask takes more, but the reason comes back in every event. */
const REASON_LENGTH = 255;

/** A call that hangs must not hold up every pod behind it: 10 s a send. The SDK only warns without the last setting. */
function createClient(): Pick<ECSClient, 'send'> {
  return new ECSClient({
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
}

/**
 * Runs pods as ECS tasks on Fargate; the contract is that of the port. Keeps no state but definitions and secrets that it has met
 * (never what is in them), and who waits for which rate.
 */
export function createEcsFargateProvider(options: EcsFargateOptions): Provider {
  const { client = createClient(), cluster, ecsCluster, clock, rates, onLaunchThrottled } = options;
  const calls = paceCalls({ client, clock, rates, onLaunchThrottled });
  const lookup = { calls, ecsCluster };
  const share = createDefinitionShare(() => clock.now());
  const retirement = createRetirement({ calls, cluster, clock });
  const storage = createStorage(options);
  // Drafts only: a plan for a launch holds secrets.
  const draftOf = rememberPlans(options);
  const isOurs = ({ owner }: FoundTask): boolean => owner?.cluster === cluster;
  return {
    assess: (pod, node) => {
      const plan = draftOf(pod, settingsOf(options.nodes, node));
      if (plan.kind === 'unsupported') return plan;
      return { kind: 'runnable', specHash: toSpecHash(plan.hash), warnings: plan.warnings };
    },
    useOf: (pod, of) => {
      const node = settingsOf(options.nodes, of.node);
      return useOfPod(pod, node, chooseCapacityType(node, of));
    },
    needsOf: (pod, name) => {
      const { hasRole } = judgeIdentity(pod, settingsOf(options.nodes, name));
      return needsOf(withoutIdentity(pod, hasRole));
    },
    lackIn: (pod, of, inputs) => {
      const planned = planPod(pod, settingsOf(options.nodes, of.node), options, inputs);
      return planned.kind === 'plan' ? undefined : notPlanned(planned);
    },
    launch: launchWith(options, { ...options, settings: options, calls }, share, storage),
    clearFiles: async (attempt) => storage.files?.clear(envFilePrefix({ cluster, ...attempt })),
    clearNode: async (node) => storage.files?.clear(nodeFilePrefix({ cluster, node })),
    stop: async (taskArn, reason) => {
      const input = { cluster: ecsCluster, task: taskArn, reason: reason.slice(0, REASON_LENGTH) };
      const answer = await orFailure(calls.stopTask(input).catch(unlessMissing));
      return answer?.task === undefined ? undefined : normaliseTask(answer.task);
    },
    describe: (taskArns) => orFailure(describeTasks(lookup, taskArns)),
    find: (uid, attempt) => orFailure(findTask(lookup, { cluster, uid, attempt })),
    findByContainer: async (runtimeId) => {
      const found = await orFailure(describeTasks(lookup, [toTaskId(runtimeId)]));
      return [...found.values()].find(isOurs);
    },
    logStreamOf: (task, container) => logStreamOf(options.logGroup, task, container),
    listAll: async () => (await orFailure(describeAll(lookup))).filter(isOurs),
    listLive: () => orFailure(listTasks(lookup, { desiredStatus: 'RUNNING' })),
    retireDefinitions: (isUsed, most) => orFailure(retirement.run(isUsed, most)),
    retireSecrets: (most) => storage.secrets.retire(most),
  };
}

function createStorage(options: EcsFargateOptions): LaunchStorage {
  const { cluster, filesBucket: bucket, kmsKey, clock, filesClient, secretsClient } = options;
  return {
    files:
      bucket === undefined ? undefined : createEnvFileStore({ bucket, kmsKey, clock, client: filesClient }),
    secrets: createSecretMirror({ cluster, kmsKey, clock, client: secretsClient }),
  };
}

function launchWith(
  options: EcsFargateOptions,
  context: LaunchContext,
  share: DefinitionShare,
  storage: LaunchStorage,
): Provider['launch'] {
  const { nodes, clock, paceResend } = options;
  return async (pod, record, sendBefore, inputs) => {
    const node = nodes.find(({ name }) => name === record.node);
    if (node === undefined) return failed('internal', `${record.node} is not a node of this deployment.`);
    const planned = planPod(pod, { ...node, mixedAs: capacityOf(node, record) }, options, inputs);
    if (planned.kind !== 'plan') return notPlanned(planned);
    const { notes } = planned;
    if (clock.now() > sendBefore) return failed('transient', TOO_LATE);
    const prepared = await prepareLaunch(storage, planned, record, sendBefore);
    if (prepared.kind === 'failed') return { ...prepared, notes, files: planned.envFiles.length > 0 };
    const { plan } = prepared;
    const launch = { pod, record, node, plan, sendBefore };
    let sends = 0;
    const send = async (name: string): Promise<SendOutcome> => {
      if (sends > 0) await paceResend?.();
      sends += 1;
      return sendLaunch(context, launch, name);
    };
    const outcome = await share.launch(plan, send, () => registerDefinition(context, launch));
    return withAlternative(tellPlan(outcome, plan), { pod, node, record, plan });
  };
}

/**
 * What only its inputs show: that something is missing, or that it cannot be done, such as the disk behind a claim, which is told as
 * what the spec itself shows.
 */
function notPlanned(planned: UnreadyPod | UnsupportedPod): RefusedLaunch {
  if (planned.kind === 'unready') return { kind: 'failed', failure: planned.failure, notes: planned.notes };
  const { faults, reason: podReason = UNSUPPORTED } = planned;
  const message = faults.map(({ path, note }) => `${path}: ${note}`).join('; ');
  return {
    kind: 'failed',
    failure: { kind: 'refused', message, podReason },
    notes: [{ type: 'Warning', reason: podReason, message }],
  };
}

/** The outcome with what the plan has to tell. */
function tellPlan(outcome: LaunchOutcome, { annotations, notes, envFiles }: PodPlan): LaunchOutcome {
  const told = { notes, files: envFiles.length > 0 };
  return outcome.kind === 'failed' ? { ...outcome, ...told } : { ...outcome, annotations, ...told };
}

/** The claim says what its task runs on: a setting that changes meanwhile does not change what its token stands for. */
function capacityOf(node: NodeSettings, record: PodRecord): CapacityType {
  return (
    (node.capacityType === 'mixed' ? record.use?.capacityType : undefined) ?? chooseCapacityType(node, record)
  );
}

/**
 * Where the pod may run on both capacity types and its first choice is used up, the other one is tried before anything is waited for;
 * where both are, the first one's turn comes after the delay.
 */
function withAlternative(
  outcome: LaunchOutcome,
  { pod, node, record, plan }: Pick<Launch, 'pod' | 'node' | 'record' | 'plan'>,
): LaunchOutcome {
  const isMixed = node.capacityType === 'mixed' && placementOf(pod, node).placement.capacityType === 'mixed';
  if (!isMixed || outcome.kind === 'launched' || !['capacity', 'quota'].includes(outcome.failure.kind))
    return outcome;
  const type = plan.placement.capacityType === 'spot' ? 'Fargate Spot' : 'Fargate on demand';
  const failure = { ...outcome.failure, message: `${type}: ${outcome.failure.message}` };
  return { ...outcome, failure, ...(record.try % 2 === 0 && { hasAlternative: true }) };
}

/** The task of one attempt by its marks: among those that should run, then among those that ECS has not forgotten yet. */
async function findTask(
  lookup: TaskLookup,
  mark: { readonly cluster: string; readonly uid: string; readonly attempt: number },
): Promise<FoundTask | undefined> {
  const isTheirs = ({ owner }: FoundTask): boolean =>
    owner?.cluster === mark.cluster && owner.uid === mark.uid && owner.attempt === mark.attempt;
  const arns = await listTasks(lookup, { startedBy: toStartedBy(mark.uid, mark.attempt) });
  const listed = await describeTasks(lookup, arns);
  demandAll(listed, arns);
  const running = oldest([...listed.values()].filter(isTheirs));
  if (running !== undefined) return running;
  const stopped = await listTasks(lookup, { desiredStatus: 'STOPPED' });
  return oldest([...(await describeTasks(lookup, stopped)).values()].filter(isTheirs));
}

function settingsOf(nodes: readonly NodeSettings[], name: string): NodeSettings {
  const node = nodes.find((settings) => settings.name === name);
  if (node !== undefined) return node;
  throw new FailureError({ kind: 'internal', message: `${name} is not a node of this deployment.` });
}

function unlessMissing(error: unknown): undefined {
  if (!isTaskMissing(error)) throw error;
  return undefined;
}

async function orFailure<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof FailureError) throw error;
    throw new FailureError(classifyError(error, 'other'), { cause: error });
  }
}
