import { createHash } from 'node:crypto';
import type { Instant } from '../../../core/kubernetes.ts';
import { AwsError } from '../aws-model.ts';
import { parseInput } from '../parse-input.ts';
import { createTask } from './create-task.ts';
import { describeTask } from './describe-task.ts';
import { runTaskSchema } from './ecs-inputs.ts';
import type { RunTaskInput } from './ecs-inputs.ts';
import { clusterName, ecsArn, invalidParameter } from './ecs-names.ts';
import type { EcsRateLimits } from './ecs-rates.ts';
import type { EcsWorld, Task, TaskDefinition } from './ecs-state.ts';
import { findTaskDefinition } from './find-task-definition.ts';
import { tokenKey } from './forget-task.ts';
import { sizeOf, validateOverrides, validateRunTask } from './validate-run-task.ts';

const TOKEN_LIVES_MS = 24 * 3_600_000;

/** Why Fargate cannot take a task just now. Both arrive in `failures[]` of a successful answer. */
const CAPACITY_UNAVAILABLE =
  'Capacity is unavailable at this time. Please try again later or in a different availability zone';
const VCPU_LIMIT = "You've reached the limit on the number of vCPUs you can run concurrently";

/** What may keep Fargate from starting a task: switches of the emulator, to be changed at any time. */
export interface Capacity {
  unavailable: boolean;
  /** vCPUs that may be in use; `undefined` means that there is no limit. */
  onDemandVcpus: number | undefined;
  spotVcpus: number | undefined;
}

/**
 * RunTask. The same client token with the same parameters gives the tasks of the first call, with others
 * `ConflictException` that names them; it lives 24 hours, at most an hour longer than its tasks.
 */
export function runTask(
  world: EcsWorld,
  request: unknown,
  now: Instant,
  limits: { readonly rates: EcsRateLimits; readonly capacity: Capacity },
): unknown {
  const input = parseInput(runTaskSchema, request);
  const cluster = ecsArn(world.place, `cluster/${clusterName(world, input.cluster)}`);
  validateRunTask(input);
  const known = findByToken(world, cluster, input, now);
  if (known !== undefined)
    return { tasks: known.map((task) => describeTask(world, task, 'api')), failures: [] };
  const definition = findLaunchable(world, input.taskDefinition);
  validateOverrides(input, definition);
  const spot = input.capacityProviderStrategy?.[0]?.capacityProvider === 'FARGATE_SPOT';
  const count = input.count ?? 1;
  limits.rates.launch(count, spot, now);
  const tasks: Task[] = [];
  const failures: { readonly reason: string }[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    const reason = whyNot(world, limits.capacity, { spot, vcpus: sizeOf(input, definition).cpu / 1024 });
    if (reason === undefined) tasks.push(createTask(world, { input, definition, cluster, spot, now }));
    else failures.push({ reason });
  }
  if (tasks.length > 0) keepToken(world, cluster, input, { tasks, now });
  return { tasks: tasks.map((task) => describeTask(world, task, 'api')), failures };
}

/** Observed of RunTask: both refusals are InvalidParameterException. */
function findLaunchable(world: EcsWorld, name: string): TaskDefinition {
  const found = findTaskDefinition(world, name);
  if (found === 'not found') throw invalidParameter('TaskDefinition not found.');
  if (found.status === 'INACTIVE') throw invalidParameter('TaskDefinition is inactive');
  return found;
}

function findByToken(
  world: EcsWorld,
  cluster: string,
  input: RunTaskInput,
  now: Instant,
): readonly Task[] | undefined {
  if (input.clientToken === undefined) return undefined;
  const known = world.tokens.get(tokenKey(cluster, input.clientToken));
  if (known === undefined || known.until <= now) return undefined;
  const tasks = known.taskIds.flatMap((id) => world.tasks.get(id) ?? []);
  if (known.fingerprint === fingerprintOf(input)) return tasks;
  throw new AwsError('ConflictException', 'The client token was used with other request parameters.', {
    resourceIds: tasks.map(({ arn }) => arn),
  });
}

function keepToken(
  world: EcsWorld,
  cluster: string,
  input: RunTaskInput,
  { tasks, now }: { readonly tasks: readonly Task[]; readonly now: Instant },
): void {
  if (input.clientToken === undefined) return;
  const taskIds = tasks.map(({ id }) => id);
  const until = now + TOKEN_LIVES_MS;
  world.tokens.set(tokenKey(cluster, input.clientToken), {
    fingerprint: fingerprintOf(input),
    taskIds,
    until,
  });
}

function fingerprintOf(input: RunTaskInput): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(input)))
    .digest('base64');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, member]) => [name, sorted(member)]));
}

function whyNot(
  world: EcsWorld,
  capacity: Capacity,
  wanted: { readonly spot: boolean; readonly vcpus: number },
): string | undefined {
  if (capacity.unavailable) return CAPACITY_UNAVAILABLE;
  const limit = wanted.spot ? capacity.spotVcpus : capacity.onDemandVcpus;
  const used = wanted.spot ? world.vcpusInUse.spot : world.vcpusInUse.onDemand;
  return limit !== undefined && used + wanted.vcpus > limit ? VCPU_LIMIT : undefined;
}
