import type { DescribeTasksCommandOutput } from '@aws-sdk/client-ecs';
import { FailureError } from '../../../core/failure.ts';
import type { FoundTask } from '../../../core/task.ts';
import { normaliseTask } from './normalise-task.ts';
import type { EcsCalls } from '../calls/pace-calls.ts';

/** ECS describes at most this many tasks a call. */
const DESCRIBED_AT_ONCE = 100;

/** Where tasks are looked up. */
export interface TaskLookup {
  readonly calls: Pick<EcsCalls, 'describeTasks' | 'listTasks'>;
  readonly ecsCluster: string;
}

/** Which tasks ListTasks gives; `startedBy` must stand alone, and means those that should run. */
export type TaskFilter = { readonly startedBy: string } | { readonly desiredStatus: 'RUNNING' | 'STOPPED' };

/** The ARNs of all matching tasks, page by page. */
export async function listTasks(
  { calls, ecsCluster }: TaskLookup,
  filter: TaskFilter,
): Promise<readonly string[]> {
  const arns: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await calls.listTasks({ cluster: ecsCluster, ...filter, ...(nextToken && { nextToken }) });
    arns.push(...(page.taskArns ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return arns;
}

/** The tasks by ARN; one that ECS says it does not know (any more, or yet) is absent. Throws when ECS did not tell. */
export async function describeTasks(
  { calls, ecsCluster }: TaskLookup,
  arns: readonly string[],
): Promise<ReadonlyMap<string, FoundTask>> {
  const found = new Map<string, FoundTask>();
  for (let start = 0; start < arns.length; start += DESCRIBED_AT_ONCE) {
    const tasks = arns.slice(start, start + DESCRIBED_AT_ONCE);
    const answer = await calls.describeTasks({ cluster: ecsCluster, tasks });
    demandAnswers(answer, tasks);
    for (const task of answer.tasks ?? []) {
      const normal = normaliseTask(task);
      found.set(normal.task.arn, normal);
    }
  }
  return found;
}

/** Every task must be described or called MISSING: any other failure, and silence, prove nothing. */
function demandAnswers(answer: DescribeTasksCommandOutput, asked: readonly string[]): void {
  const unclear = answer.failures?.find(({ reason }) => reason !== 'MISSING');
  if (unclear !== undefined)
    throw new FailureError({
      kind: 'transient',
      message: `DescribeTasks: ${unclear.reason ?? 'unknown'} for ${unclear.arn ?? 'a task'}`,
    });
  const told = new Set([
    ...(answer.tasks ?? []).map(({ taskArn }) => taskId(taskArn)),
    ...(answer.failures ?? []).map(({ arn }) => taskId(arn)),
  ]);
  const untold = asked.filter((arn) => !told.has(taskId(arn)));
  if (untold.length === 0) return;
  throw new FailureError({
    kind: 'transient',
    message: `DescribeTasks said nothing of ${untold.length} of ${asked.length} tasks, first ${untold[0] ?? ''}`,
  });
}

/** The part of an ARN that no other task has: failures may name a task by a shorter ARN. */
function taskId(arn: string | undefined): string | undefined {
  return arn?.split('/').at(-1);
}

/**
 * The tasks that should run, then those that should not: in this order a task that stops meanwhile is in the second list.
 * Complete or it throws: a listed running task that cannot be described yet would otherwise pass for absent.
 */
export async function describeAll(lookup: TaskLookup): Promise<readonly FoundTask[]> {
  const running = await listTasks(lookup, { desiredStatus: 'RUNNING' });
  const stopped = await listTasks(lookup, { desiredStatus: 'STOPPED' });
  const found = await describeTasks(lookup, [...new Set([...running, ...stopped])]);
  demandAll(found, running);
  return [...found.values()];
}

/** Throws `transient` when a task that ECS listed as running could not be described. */
export function demandAll(found: ReadonlyMap<string, FoundTask>, arns: readonly string[]): void {
  const missing = arns.find((arn) => !found.has(arn));
  if (missing === undefined) return;
  throw new FailureError({
    kind: 'transient',
    message: `ECS listed ${missing} but does not describe it yet.`,
  });
}
