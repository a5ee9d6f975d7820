import {
  DeregisterTaskDefinitionCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ListTaskDefinitionFamiliesCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  StopTaskCommand,
  type DeregisterTaskDefinitionCommandInput,
  type DescribeTaskDefinitionCommandInput,
  type DescribeTaskDefinitionCommandOutput,
  type DescribeTasksCommandInput,
  type DescribeTasksCommandOutput,
  type ECSClient,
  type ListTaskDefinitionFamiliesCommandInput,
  type ListTaskDefinitionFamiliesCommandOutput,
  type ListTasksCommandInput,
  type ListTasksCommandOutput,
  type RegisterTaskDefinitionCommandInput,
  type RegisterTaskDefinitionCommandOutput,
  type RunTaskCommandInput,
  type RunTaskCommandOutput,
  type StopTaskCommandInput,
  type StopTaskCommandOutput,
} from '@aws-sdk/client-ecs';
import type { CapacityType } from '../../../core/capacity-type.ts';
import type { Instant } from '../../../core/kubernetes.ts';
import type { Clock } from '../../../ports/clock.ts';
import { classifyError } from './classify-error.ts';
import type { EcsRates } from './ecs-rates.ts';
import { TokenQueue, type Lane } from './queue-tokens.ts';
import { retryCall } from './retry-call.ts';
import { sendOnce } from './send-once.ts';

/** The answer of a call, or `late`: no token was to be had in time, and nothing was sent. */
export type InTime<Answer> = Answer | 'late';

/**
 * The calls to ECS that we make, each within its rate and, but for RunTask, tried up to three times. Throws the error of the
 * last send.
 */
export interface EcsCalls {
  /** Sent exactly once, or not at all after `by`. */
  runTask(
    input: RunTaskCommandInput,
    capacityType: CapacityType,
    by: Instant,
  ): Promise<InTime<RunTaskCommandOutput>>;
  registerTaskDefinition(
    input: RegisterTaskDefinitionCommandInput,
    by: Instant,
  ): Promise<InTime<RegisterTaskDefinitionCommandOutput>>;
  /** Before every launch that waits. */
  stopTask(input: StopTaskCommandInput): Promise<StopTaskCommandOutput>;
  describeTasks(input: DescribeTasksCommandInput): Promise<DescribeTasksCommandOutput>;
  listTasks(input: ListTasksCommandInput): Promise<ListTasksCommandOutput>;
  /** This and the next two take only what is left over: half of the burst stays for others. */
  listFamilies(
    input: ListTaskDefinitionFamiliesCommandInput,
    by: Instant,
  ): Promise<InTime<ListTaskDefinitionFamiliesCommandOutput>>;
  describeTaskDefinition(
    input: DescribeTaskDefinitionCommandInput,
    by: Instant,
  ): Promise<InTime<DescribeTaskDefinitionCommandOutput>>;
  /** Shares its bucket with registrations, and never delays one. */
  deregisterTaskDefinition(
    input: DeregisterTaskDefinitionCommandInput,
    by: Instant,
  ): Promise<InTime<unknown>>;
}

/** What the calls are made with. */
export interface PaceOptions {
  /** One that does not retry by itself. */
  readonly client: Pick<ECSClient, 'send'>;
  readonly clock: Clock;
  /** Absent: nothing waits. */
  readonly rates?: EcsRates | undefined;
  /** Told of every RunTask that ECS throttled. */
  readonly onLaunchThrottled?: (() => void) | undefined;
}

/**
 * Calls that wait for their tokens. Whoever launches has taken its turn before the claim already; RunTask still waits here,
 * because ECS counts sends: launches that were held up together, by the registration of their definition, must not be sent
 * together. A throttle slows down the buckets of its call, except that RunTask leaves `modify` alone: its own quotas are
 * tighter, and stops would pay for it.
 */
export function paceCalls(options: PaceOptions): EcsCalls {
  const { client, clock, rates } = options;
  const modify = new TokenQueue(clock, rates?.modify);
  const definitions = new TokenQueue(clock, rates?.definitions);
  const reads = new TokenQueue(clock, rates?.reads);
  const definitionReads = new TokenQueue(clock, rates?.definitionReads);
  const register = { clock, queue: definitions, lane: 'normal' } as const;
  const stop = { clock, queue: modify, lane: 'first' } as const;
  const read = { clock, queue: reads, lane: 'normal' } as const;
  const look = { clock, queue: definitionReads, lane: 'leftOver' } as const;
  const retire = { clock, queue: definitions, lane: 'leftOver' } as const;
  return {
    runTask: paceRunTask(options, modify),
    registerTaskDefinition: (input, by) =>
      inTime(register, by, () => client.send(new RegisterTaskDefinitionCommand(input))),
    stopTask: (input) => patiently(stop, () => client.send(new StopTaskCommand(input))),
    describeTasks: (input) => patiently(read, () => client.send(new DescribeTasksCommand(input))),
    listTasks: (input) => patiently(read, () => client.send(new ListTasksCommand(input))),
    listFamilies: (input, by) =>
      inTime(look, by, () => client.send(new ListTaskDefinitionFamiliesCommand(input))),
    describeTaskDefinition: (input, by) =>
      inTime(look, by, () => client.send(new DescribeTaskDefinitionCommand(input))),
    deregisterTaskDefinition: (input, by) =>
      inTime(retire, by, () => client.send(new DeregisterTaskDefinitionCommand(input))),
  };
}

/** Where a call waits for its token. */
interface Place {
  readonly clock: Clock;
  readonly queue: TokenQueue;
  readonly lane: Lane;
}

/** RunTask is never repeated here, since whoever counts sends must see each of them. */
function paceRunTask(options: PaceOptions, modify: TokenQueue): EcsCalls['runTask'] {
  const { client, clock, rates, onLaunchThrottled } = options;
  const calls = new TokenQueue(clock, rates?.runTask);
  const tasks = {
    'on-demand': new TokenQueue(clock, rates?.launches),
    spot: new TokenQueue(clock, rates?.launches),
  };
  return async (input, capacityType, by) => {
    const own = [tasks[capacityType], calls];
    if (!(await takeAll([...own, modify], by))) return 'late';
    try {
      return await sendOnce(client, input);
    } catch (error) {
      if (isThrottle(error)) {
        for (const queue of own) queue.slowDown();
        onLaunchThrottled?.();
      }
      throw error;
    }
  };
}

/** One token of each, or none of any. */
async function takeAll(queues: readonly TokenQueue[], by: Instant): Promise<boolean> {
  const taken: TokenQueue[] = [];
  for (const queue of queues) {
    if (!(await queue.take('normal', by))) {
      for (const unused of taken) unused.giveBack();
      return false;
    }
    taken.push(queue);
  }
  return true;
}

async function inTime<Answer>(
  { clock, queue, lane }: Place,
  by: Instant,
  send: () => Promise<Answer>,
): Promise<InTime<Answer>> {
  let failed: { readonly error: unknown } | undefined;
  const attempt = async (): Promise<InTime<Answer>> => {
    if (!(await queue.take(lane, by))) {
      if (failed === undefined) return 'late';
      throw failed.error;
    }
    try {
      return await slowingDown(queue, send);
    } catch (error) {
      failed = { error };
      throw error;
    }
  };
  return retryCall(clock, attempt, by);
}

async function patiently<Answer>(
  { clock, queue, lane }: Place,
  send: () => Promise<Answer>,
): Promise<Answer> {
  const attempt = async (): Promise<Answer> => {
    await queue.take(lane);
    return slowingDown(queue, send);
  };
  return retryCall(clock, attempt, Infinity);
}

async function slowingDown<Answer>(queue: TokenQueue, send: () => Promise<Answer>): Promise<Answer> {
  try {
    return await send();
  } catch (error) {
    if (isThrottle(error)) queue.slowDown();
    throw error;
  }
}

function isThrottle(error: unknown): boolean {
  return classifyError(error, 'other').kind === 'throttled';
}
