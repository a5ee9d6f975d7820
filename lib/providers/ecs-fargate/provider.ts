import { ECSClient, RegisterTaskDefinitionCommand, StopTaskCommand } from '@aws-sdk/client-ecs';
import { FailureError, type Failure } from '../../core/failure.ts';
import type { Instant, Pod } from '../../core/kubernetes.ts';
import type { NodeSettings } from '../../core/node-settings.ts';
import type { PodRecord } from '../../core/record.ts';
import type { FoundTask } from '../../core/task.ts';
import type { Clock } from '../../ports/clock.ts';
import type { LaunchOutcome, Provider } from '../../ports/provider.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import { classifyError, classifyRunFailure, isDefinitionMissing, isTaskMissing } from './classify-error.ts';
import { toSpecHash } from './hash-task-definition.ts';
import { demandAll, describeAll, describeTasks, listTasks } from './look-up-tasks.ts';
import { normaliseTask } from './normalise-task.ts';
import { planPod, type PodPlan } from './plan-pod.ts';
import { sendOnce } from './send-once.ts';
import { createDefinitionShare, type Register, type SendOutcome } from './share-definitions.ts';
import { toStartedBy } from './task-owner.ts';
import { toRunTaskInput } from './to-run-task-input.ts';
import type { TaskSettings } from './to-task-definition.ts';

/** What the provider needs of its deployment. */
export interface EcsFargateOptions extends TaskSettings {
  /** By default one for the Region and the endpoints of the environment. */
  readonly client?: Pick<ECSClient, 'send'>;
  /** Name or ARN of the dedicated ECS cluster. */
  readonly ecsCluster: string;
  readonly nodes: readonly NodeSettings[];
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/** StopTask takes more, but the reason comes back in every event. */
const REASON_LENGTH = 255;

/** A call that hangs must not hold up every pod behind it: three sends of 10 s. The SDK only warns without the last setting. */
function createClient(): Pick<ECSClient, 'send'> {
  return new ECSClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
}

/** Runs pods as ECS tasks on Fargate; the contract is that of the port. Keeps no state but the ARNs of definitions in use. */
export function createEcsFargateProvider(options: EcsFargateOptions): Provider {
  const { client = createClient(), ecsCluster, clock } = options;
  const lookup = { client, ecsCluster };
  const share = createDefinitionShare(() => clock.now());
  const isOurs = ({ owner }: FoundTask): boolean => owner?.cluster === options.cluster;
  const context = { ...options, client };
  return {
    assess: (pod, node) => {
      const plan = planPod(pod, settingsOf(options.nodes, node), options);
      if (plan.kind === 'unsupported') return plan;
      return { kind: 'runnable', specHash: toSpecHash(plan.hash), warnings: plan.warnings };
    },
    launch: async (pod, record, sendBefore) => {
      const node = options.nodes.find(({ name }) => name === record.node);
      if (node === undefined) return failed('internal', `${record.node} is not a node of this deployment.`);
      const plan = planPod(pod, node, options);
      if (plan.kind === 'unsupported')
        return failed('refused', plan.faults.map(({ path, note }) => `${path}: ${note}`).join('; '));
      const send = (name: string): Promise<SendOutcome> =>
        sendLaunch(context, { pod, record, node, plan, name, sendBefore });
      return share.launch(plan, send, registerWith(context, plan));
    },
    stop: async (taskArn, reason) => {
      const command = { cluster: ecsCluster, task: taskArn, reason: reason.slice(0, REASON_LENGTH) };
      await orFailure(client.send(new StopTaskCommand(command)).catch(unlessMissing));
    },
    describe: (taskArns) => orFailure(describeTasks(lookup, taskArns)),
    find: (uid, attempt) =>
      orFailure(
        (async () => {
          const isTheirs = (found: FoundTask): boolean =>
            isOurs(found) && found.owner?.uid === uid && found.owner.attempt === attempt;
          const arns = await listTasks(lookup, { startedBy: toStartedBy(uid, attempt) });
          const listed = await describeTasks(lookup, arns);
          demandAll(listed, arns);
          const running = oldest([...listed.values()].filter(isTheirs));
          if (running !== undefined) return running;
          const stopped = await listTasks(lookup, { desiredStatus: 'STOPPED' });
          return oldest([...(await describeTasks(lookup, stopped)).values()].filter(isTheirs));
        })(),
      ),
    listAll: async () => (await orFailure(describeAll(lookup))).filter(isOurs),
  };
}

interface Send {
  readonly pod: Pod;
  readonly record: PodRecord;
  readonly node: NodeSettings;
  readonly plan: PodPlan;
  /** Family or ARN of the definition. */
  readonly name: string;
  readonly sendBefore: Instant;
}
type Context = EcsFargateOptions & { readonly client: Pick<ECSClient, 'send'> };

/** One RunTask. What was refused for its name alone is told apart, because then the definition is registered. */
async function sendLaunch(context: Context, send: Send): Promise<SendOutcome> {
  const { client, clock, telemetry, cluster, ecsCluster } = context;
  const { pod, record, node, plan, name, sendBefore } = send;
  if (clock.now() > sendBefore)
    return failed('transient', 'The claim of this launch ran out before it was sent.');
  const { uid, attempt } = record;
  telemetry.debug('RunTask is sent', { uid, attempt, try: record.try, taskDefinition: name });
  try {
    const { overrides } = plan;
    const answer = await sendOnce(
      client,
      toRunTaskInput({ pod, record, node, cluster, ecsCluster, taskDefinition: name, overrides }),
    );
    const [task] = answer.tasks ?? [];
    if (task === undefined) return { kind: 'failed', failure: classifyRunFailure(answer.failures?.[0]) };
    return launched(normaliseTask(task));
  } catch (error) {
    if (isDefinitionMissing(error)) return { kind: 'missing', failure: classifyError(error, 'launch') };
    const existing = conflictingTasks(error);
    return existing.length > 0
      ? adopt(context, record, existing)
      : { kind: 'failed', failure: classifyError(error, 'launch') };
  }
}

/** The token is known with other parameters (the pod or the settings changed meanwhile): its task is this attempt's. */
async function adopt(
  { client, ecsCluster, cluster }: Context,
  { uid, attempt }: PodRecord,
  arns: readonly string[],
): Promise<LaunchOutcome> {
  try {
    const found = [...(await describeTasks({ client, ecsCluster }, arns)).values()];
    const ours = oldest(
      found.filter(
        ({ owner }) => owner?.cluster === cluster && owner.uid === uid && owner.attempt === attempt,
      ),
    );
    if (ours !== undefined) return launched(ours);
    return failed('ambiguous', `The launch token belongs to ${arns.join(', ')}, not yet to be described.`);
  } catch (error) {
    return failed('ambiguous', classifyError(error, 'other').message);
  }
}

/** A registration that failed for any reason has started no task, so that it is never ambiguous. */
function registerWith({ client, telemetry }: Context, plan: PodPlan): Register {
  return async () => {
    try {
      const { family, definition } = plan;
      const answer = await client.send(new RegisterTaskDefinitionCommand({ ...definition, family }));
      const arn = answer.taskDefinition?.taskDefinitionArn;
      if (arn === undefined) return failed('transient', 'RegisterTaskDefinition answered without an ARN.');
      telemetry.info('Task definition registered', { taskDefinition: arn });
      return { kind: 'registered', arn };
    } catch (error) {
      return { kind: 'failed', failure: classifyError(error, 'other') };
    }
  };
}

function launched(found: FoundTask): LaunchOutcome {
  return { kind: 'launched', found, taskDefinition: found.taskDefinition ?? '' };
}

function failed(kind: Failure['kind'], message: string): { kind: 'failed'; failure: Failure } {
  return { kind: 'failed', failure: { kind, message } };
}

function conflictingTasks(error: unknown): readonly string[] {
  if (!(error instanceof Error) || error.name !== 'ConflictException') return [];
  return (error as { resourceIds?: readonly string[] }).resourceIds ?? [];
}

/** The oldest that is not stopped, or the oldest. */
function oldest(found: readonly FoundTask[]): FoundTask | undefined {
  const byAge = found.toSorted((one, other) => (one.task.createdAt ?? 0) - (other.task.createdAt ?? 0));
  return byAge.find(({ task }) => task.state !== 'stopped') ?? byAge[0];
}

function settingsOf(nodes: readonly NodeSettings[], name: string): NodeSettings {
  const node = nodes.find((settings) => settings.name === name);
  if (node !== undefined) return node;
  throw new FailureError({ kind: 'internal', message: `${name} is not a node of this deployment.` });
}

function unlessMissing(error: unknown): void {
  if (!isTaskMissing(error)) throw error;
}

async function orFailure<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof FailureError) throw error;
    throw new FailureError(classifyError(error, 'other'), { cause: error });
  }
}
