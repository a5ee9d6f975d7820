import { ECSClient } from '@aws-sdk/client-ecs';
import { FailureError } from '../../core/failure.ts';
import type { NodeSettings } from '../../core/node-settings.ts';
import type { FoundTask } from '../../core/task.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Provider } from '../../ports/provider.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import { classifyError, isTaskMissing } from './classify-error.ts';
import type { EcsRates } from './ecs-rates.ts';
import { toSpecHash } from './hash-task-definition.ts';
import { failed, oldest, registerDefinition, sendLaunch, type LaunchContext } from './launch-task.ts';
import { demandAll, describeAll, describeTasks, listTasks, type TaskLookup } from './look-up-tasks.ts';
import { paceCalls } from './pace-calls.ts';
import { normaliseTask } from './normalise-task.ts';
import { rememberPlans } from './plan-pod.ts';
import { createRetirement } from './retire-definitions.ts';
import { createDefinitionShare, type DefinitionShare, type SendOutcome } from './share-definitions.ts';
import { toStartedBy } from './task-owner.ts';
import type { TaskSettings } from './to-task-definition.ts';

/** What the provider needs of its deployment. */
export interface EcsFargateOptions extends TaskSettings {
  /** By default one for the Region and the endpoints of the environment. It must not retry by itself: the provider does. */
  readonly client?: Pick<ECSClient, 'send'>;
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
 * Runs pods as ECS tasks on Fargate; the contract is that of the port. Keeps no state but definitions that it has met, and who
 * waits for which rate.
 */
export function createEcsFargateProvider(options: EcsFargateOptions): Provider {
  const { client = createClient(), cluster, ecsCluster, clock, rates, onLaunchThrottled } = options;
  const calls = paceCalls({ client, clock, rates, onLaunchThrottled });
  const lookup = { calls, ecsCluster };
  const share = createDefinitionShare(() => clock.now());
  const retirement = createRetirement({ calls, cluster, clock });
  const planOf = rememberPlans(options);
  const isOurs = ({ owner }: FoundTask): boolean => owner?.cluster === cluster;
  return {
    assess: (pod, node) => {
      const plan = planOf(pod, settingsOf(options.nodes, node));
      if (plan.kind === 'unsupported') return plan;
      return { kind: 'runnable', specHash: toSpecHash(plan.hash), warnings: plan.warnings };
    },
    launch: launchWith({ ...options, planOf }, { ...options, calls }, share),
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
    listAll: async () => (await orFailure(describeAll(lookup))).filter(isOurs),
    listLive: () => orFailure(listTasks(lookup, { desiredStatus: 'RUNNING' })),
    retireDefinitions: (isUsed, most) => orFailure(retirement.run(isUsed, most)),
  };
}

/** ECS on Fargate makes a container's runtime id of its task's id and a number. */
function toTaskId(runtimeId: string): string {
  return runtimeId.replace(/-\d+$/, '');
}

function launchWith(
  { nodes, paceResend, planOf }: EcsFargateOptions & { readonly planOf: ReturnType<typeof rememberPlans> },
  context: LaunchContext,
  share: DefinitionShare,
): Provider['launch'] {
  return async (pod, record, sendBefore) => {
    const node = nodes.find(({ name }) => name === record.node);
    if (node === undefined) return failed('internal', `${record.node} is not a node of this deployment.`);
    const plan = planOf(pod, node);
    if (plan.kind === 'unsupported')
      return failed('refused', plan.faults.map(({ path, note }) => `${path}: ${note}`).join('; '));
    const launch = { pod, record, node, plan, sendBefore };
    let sends = 0;
    const send = async (name: string): Promise<SendOutcome> => {
      if (sends > 0) await paceResend?.();
      sends += 1;
      return sendLaunch(context, launch, name);
    };
    return share.launch(plan, send, () => registerDefinition(context, launch));
  };
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
