import { DescribeTasksCommand, ListTasksCommand, type ECSClient } from '@aws-sdk/client-ecs';
import { FailureError } from '../../core/failure.ts';
import type { FoundTask } from '../../core/task.ts';
import { normaliseTask } from './normalise-task.ts';

/** ECS describes at most this many tasks a call. */
const DESCRIBED_AT_ONCE = 100;

/** Where tasks are looked up. */
export interface TaskLookup {
  readonly client: Pick<ECSClient, 'send'>;
  readonly ecsCluster: string;
}

/** Which tasks ListTasks gives; `startedBy` must stand alone, and means those that should run. */
export type TaskFilter = { readonly startedBy: string } | { readonly desiredStatus: 'RUNNING' | 'STOPPED' };

/** The ARNs of all matching tasks, page by page. */
export async function listTasks(lookup: TaskLookup, filter: TaskFilter): Promise<readonly string[]> {
  const arns: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await lookup.client.send(
      new ListTasksCommand({ cluster: lookup.ecsCluster, ...filter, ...(nextToken && { nextToken }) }),
    );
    arns.push(...(page.taskArns ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return arns;
}

/** The tasks by ARN; one that ECS does not know (any more, or yet) is absent. Throws when ECS could not tell. */
export async function describeTasks(
  { client, ecsCluster }: TaskLookup,
  arns: readonly string[],
): Promise<ReadonlyMap<string, FoundTask>> {
  const found = new Map<string, FoundTask>();
  for (let start = 0; start < arns.length; start += DESCRIBED_AT_ONCE) {
    const tasks = arns.slice(start, start + DESCRIBED_AT_ONCE);
    const answer = await client.send(new DescribeTasksCommand({ cluster: ecsCluster, tasks }));
    const unclear = answer.failures?.find(({ reason }) => reason !== 'MISSING');
    if (unclear !== undefined)
      throw new FailureError({
        kind: 'transient',
        message: `DescribeTasks: ${unclear.reason ?? 'unknown'} for ${unclear.arn ?? 'a task'}`,
      });
    for (const task of answer.tasks ?? []) {
      const normal = normaliseTask(task);
      found.set(normal.task.arn, normal);
    }
  }
  return found;
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
