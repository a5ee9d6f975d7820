import type { Failure } from '../../../core/failure.ts';
import type { Instant, Pod } from '../../../core/kubernetes.ts';
import type { NodeSettings } from '../../../core/node-settings.ts';
import type { PodRecord } from '../../../core/record.ts';
import type { FoundTask } from '../../../core/task.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { LaunchOutcome } from '../../../ports/provider.ts';
import type { Telemetry } from '../../../ports/telemetry.ts';
import {
  classifyError,
  classifyRunFailure,
  isConnectionBroken,
  isDefinitionMissing,
} from './classify-error.ts';
import { describeTasks } from '../tasks/look-up-tasks.ts';
import { normaliseTask } from '../tasks/normalise-task.ts';
import type { EcsCalls } from './pace-calls.ts';
import type { PodPlan } from '../plan/plan-pod.ts';
import type { RegisterOutcome, SendOutcome } from './share-definitions.ts';
import type { TaskSettings } from '../plan/to-task-definition.ts';
import { toRunTaskInput } from '../plan/to-run-task-input.ts';

/** What launches have in common. */
export interface LaunchContext {
  readonly calls: Pick<EcsCalls, 'runTask' | 'registerTaskDefinition' | 'describeTasks' | 'listTasks'>;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly settings: Pick<TaskSettings, 'cluster' | 'executionRole' | 'filesBucket'>;
  readonly ecsCluster: string;
}

/** One launch. */
export interface Launch {
  readonly pod: Pod;
  readonly record: PodRecord;
  readonly node: NodeSettings;
  readonly plan: PodPlan;
  readonly sendBefore: Instant;
}

/** A launch waits this long for a registration: then the pod says what it waits for, and its claim has not run out. */
const REGISTRATION_MS = 20_000;

/** What a launch says that came after its `sendBefore`. */
export const TOO_LATE = 'The claim of this launch ran out before it was sent.';

/**
 * One RunTask by family or ARN. What was refused for its name alone is told apart, because then the definition is registered.
 * Where the connection broke under the request it is sent once more at once, with the same token: an endpoint that closes idle
 * connections does that, and the pod would else wait for its claim to run out.
 */
export async function sendLaunch(context: LaunchContext, launch: Launch, name: string): Promise<SendOutcome> {
  const first = await sendOnce(context, launch, name);
  if (first !== 'broken') return first;
  const second = await sendOnce(context, launch, name);
  // Without its definition the first send cannot have started anything either.
  if (second !== 'broken' && second.kind !== 'failed') return second;
  // The first send may have started a task: whatever the second one was told proves nothing.
  return failed('ambiguous', 'The connection broke under the launch, and it could not be sent again.');
}

async function sendOnce(
  context: LaunchContext,
  launch: Launch,
  name: string,
): Promise<SendOutcome | 'broken'> {
  const { calls, clock, telemetry, settings, ecsCluster } = context;
  const { pod, record, node, plan, sendBefore } = launch;
  if (clock.now() > sendBefore) return failed('transient', TOO_LATE);
  const { uid, attempt } = record;
  const input = toRunTaskInput({ pod, record, node, settings, plan, ecsCluster, taskDefinition: name });
  telemetry.debug('RunTask is sent', { uid, attempt, try: record.try, taskDefinition: name });
  try {
    const answer = await calls.runTask(input, plan.placement.capacityType, sendBefore);
    if (answer === 'late') return failed('transient', TOO_LATE);
    const [task] = answer.tasks ?? [];
    if (task === undefined) return { kind: 'failed', failure: classifyRunFailure(answer.failures?.[0]) };
    return launched(normaliseTask(task));
  } catch (error) {
    if (isConnectionBroken(error)) return 'broken';
    if (isDefinitionMissing(error)) return { kind: 'missing', failure: classifyError(error, 'launch') };
    const existing = conflictingTasks(error);
    return existing.length > 0
      ? adopt(context, record, existing)
      : { kind: 'failed', failure: classifyError(error, 'launch') };
  }
}

/** Registers the definition of a launch. It has started no task, however it failed, so that it is never ambiguous. */
export async function registerDefinition(
  { calls, clock, telemetry }: LaunchContext,
  { plan, sendBefore }: Launch,
): Promise<RegisterOutcome> {
  const { family, definition } = plan;
  try {
    const by = Math.min(clock.now() + REGISTRATION_MS, sendBefore);
    const answer = await calls.registerTaskDefinition({ ...definition, family }, by);
    if (answer === 'late')
      return failed(
        'throttled',
        'Waits for its turn to register a task definition: an account may register one a second.',
      );
    const arn = answer.taskDefinition?.taskDefinitionArn;
    if (arn === undefined) return failed('transient', 'RegisterTaskDefinition answered without an ARN.');
    telemetry.info('Task definition registered', { taskDefinition: arn });
    return { kind: 'registered', arn };
  } catch (error) {
    return { kind: 'failed', failure: classifyError(error, 'other') };
  }
}

/** A failure as an outcome. */
export function failed(
  kind: Failure['kind'],
  message: string,
): { readonly kind: 'failed'; readonly failure: Failure } {
  return { kind: 'failed', failure: { kind, message } };
}

/** The oldest task that is not stopped, or the oldest. */
export function oldest(found: readonly FoundTask[]): FoundTask | undefined {
  const byAge = found.toSorted((one, other) => (one.task.createdAt ?? 0) - (other.task.createdAt ?? 0));
  return byAge.find(({ task }) => task.state !== 'stopped') ?? byAge[0];
}

/** The token is known with other parameters (the pod or the settings changed meanwhile): its task is this attempt's. */
async function adopt(
  { calls, ecsCluster, settings: { cluster } }: LaunchContext,
  { uid, attempt }: PodRecord,
  arns: readonly string[],
): Promise<LaunchOutcome> {
  try {
    const found = [...(await describeTasks({ calls, ecsCluster }, arns)).values()];
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

function launched(found: FoundTask): LaunchOutcome {
  return { kind: 'launched', found, taskDefinition: found.taskDefinition ?? '' };
}

function conflictingTasks(error: unknown): readonly string[] {
  if (!(error instanceof Error) || error.name !== 'ConflictException') return [];
  return (error as { resourceIds?: readonly string[] }).resourceIds ?? [];
}
