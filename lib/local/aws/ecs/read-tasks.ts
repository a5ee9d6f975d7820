import type { Instant } from '../../../core/kubernetes.ts';
import { parseInput } from '../parse-input.ts';
import { describeTask } from './describe-task.ts';
import { describeTasksSchema, listTasksSchema } from './ecs-inputs.ts';
import type { ListTasksInput } from './ecs-inputs.ts';
import { clusterName, ecsArn, invalidParameter, taskId } from './ecs-names.ts';
import type { EcsWorld, Task } from './ecs-state.ts';

const PAGE = 100;

/**
 * DescribeTasks of up to 100 tasks by ARN or id. What is not known, and what is younger than `missingMs` (the API is eventually
 * consistent), comes back in `failures` as MISSING.
 */
export function describeTasks(world: EcsWorld, request: unknown, now: Instant, missingMs: number): unknown {
  const input = parseInput(describeTasksSchema, request);
  const cluster = clusterName(world, input.cluster);
  if (input.tasks.length === 0) throw invalidParameter('Tasks cannot be empty.');
  if (input.tasks.length > PAGE) throw invalidParameter(`Tasks cannot have more than ${PAGE} elements.`);
  const tasks: unknown[] = [];
  const failures: unknown[] = [];
  for (const given of input.tasks) {
    const named = /:task\/([^/]+)\/[^/]+$/.exec(given)?.[1] ?? cluster;
    if (named !== cluster) throw invalidParameter(`Identifier is for ${named}. Your cluster is ${cluster}`);
    const task = world.tasks.get(taskId(given));
    if (task?.oversight?.described === 'silent') continue;
    if (!isDescribable(task, now, missingMs) || !isIn(task, cluster)) {
      failures.push({ arn: ecsArn(world.place, `task/${cluster}/${taskId(given)}`), reason: 'MISSING' });
      continue;
    }
    const tags = input.include?.includes('TAGS') === true ? { tags: task.tags } : {};
    tasks.push({ ...describeTask(world, task, 'api'), ...tags });
  }
  return { tasks, failures };
}

/**
 * ListTasks of a cluster, 100 a page, in the order of their start; desired status RUNNING unless told otherwise.
 * `startedBy` must be the only filter, as the API reference says.
 */
export function listTasks(world: EcsWorld, request: unknown, now: Instant, missingMs: number): unknown {
  const input = parseInput(listTasksSchema, request);
  const cluster = clusterName(world, input.cluster);
  const size = input.maxResults ?? PAGE;
  if (size < 1 || size > PAGE) throw invalidParameter(`maxResults must be between 1 and ${PAGE}`);
  const after = Number(input.nextToken ?? 0);
  if (!Number.isInteger(after)) throw invalidParameter('Invalid token');
  validateFilters(input);
  const wanted = (task: Task): boolean =>
    task.number > after &&
    task.oversight?.listed !== false &&
    isVisible(task, now, missingMs) &&
    isIn(task, cluster) &&
    matches(task, input);
  const candidates =
    input.startedBy === undefined ? world.tasks.values() : (world.tasksByStarter.get(input.startedBy) ?? []);
  const page: Task[] = [];
  for (const task of candidates) {
    if (!wanted(task)) continue;
    if (page.length === size) return { taskArns: arnsOf(page), nextToken: String(page.at(-1)?.number) };
    page.push(task);
  }
  return { taskArns: arnsOf(page) };
}

function matches(task: Task, { desiredStatus = 'RUNNING', family }: ListTasksInput): boolean {
  return task.desired === desiredStatus && (family === undefined || task.definition.family === family);
}

function validateFilters(input: ListTasksInput): void {
  const { startedBy, family, serviceName, containerInstance, launchType, desiredStatus } = input;
  const others = [family, serviceName, containerInstance, launchType, desiredStatus];
  if (startedBy !== undefined && others.some((filter) => filter !== undefined)) {
    throw invalidParameter('When startedBy is specified, it must be the only filter.');
  }
  if (desiredStatus !== undefined && !['RUNNING', 'PENDING', 'STOPPED'].includes(desiredStatus)) {
    throw invalidParameter('desiredStatus must be RUNNING, PENDING or STOPPED.');
  }
}

function arnsOf(tasks: readonly Task[]): readonly string[] {
  return tasks.map(({ arn }) => arn);
}

function isDescribable(task: Task | undefined, now: Instant, missingMs: number): task is Task {
  return task !== undefined && task.oversight?.described !== 'missing' && isVisible(task, now, missingMs);
}

function isVisible(task: Task, now: Instant, missingMs: number): boolean {
  return now - task.createdAt >= missingMs;
}

function isIn(task: Task, cluster: string): boolean {
  return task.clusterArn.endsWith(`/${cluster}`);
}
