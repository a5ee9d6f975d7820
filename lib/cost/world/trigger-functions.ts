import type { FunctionName } from '../../../infra/names.ts';
import type { Chance } from '../../local/aws/aws-model.ts';
import { routeToQueue, type AwsModels } from '../../local/aws/create-aws-models.ts';
import { sequentialIds } from '../../local/aws/id-source.ts';
import { batchSchedule } from '../../local/aws/scheduler/batch-schedule.ts';
import { createSchedulerModel } from '../../local/aws/scheduler/scheduler-model.ts';
import { connectFunctions } from '../../local/pumps/connect-functions.ts';
import { createQueues, type LocalQueues } from '../../local/pumps/create-queues.ts';
import { NAMES, PLACE } from '../../local/world/function-environment.ts';
import type { CallMeter } from '../count-calls.ts';
import type { VirtualDriver } from './drive-on-clock.ts';
import { pollQueue, type Pollers } from './poll-queue.ts';
import type { Functions } from './run-functions.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Seconds until a task event that failed is delivered again: six times the timeout of its function. */
const REDELIVERY_S = 360;

/** The queues of the stacks, and the rule that brings the task events. */
export function createTriggerQueues(models: AwsModels, now: number): LocalQueues {
  const queues = createQueues(models.sqs, NAMES.stackPrefix, REDELIVERY_S, now);
  routeTaskEvents(models, queues);
  return queues;
}

/** The rule of the stacks. */
function routeTaskEvents(models: AwsModels, queues: LocalQueues): void {
  const clusterArn = `arn:aws:ecs:${PLACE.region}:${PLACE.account}:cluster/${NAMES.ecsCluster}`;
  const pattern = {
    source: ['aws.ecs'],
    'detail-type': ['ECS Task State Change'],
    detail: { clusterArn: [clusterArn] },
  };
  routeToQueue(models, { pattern, queueUrl: queues.taskEvents.url });
}

/** The schedules, and Lambda's pollers between the queues and the functions. The returned function ends it: nothing is invoked any more. */
export function triggerFunctions(parts: {
  readonly models: AwsModels;
  readonly queues: LocalQueues;
  readonly functions: Functions;
  readonly clock: VirtualClock;
  readonly driver: VirtualDriver;
  readonly meter: CallMeter;
  readonly chance: Chance;
}): () => void {
  const { models, queues, functions, clock, driver, meter, chance } = parts;
  const { sqs } = models;
  const onEmpty = (): void => meter.count('sqs.ReceiveMessage');
  const pollers = new Map<FunctionName, Pollers>(
    (['node-heartbeat', 'pod-sync', 'task-events'] as const).map((name) => [
      name,
      pollQueue(clock, chance, onEmpty),
    ]),
  );
  const invoke = (name: FunctionName, event: unknown): Promise<unknown> => {
    pollers.get(name)?.received();
    return functions.invoke(name, event);
  };
  const shared = { now: () => clock.now(), onSettled: driver.touch };
  const mappings = connectFunctions(sqs, queues, invoke, shared);
  for (const mapping of mappings) driver.add(mapping);
  const send = (input: unknown, at: number): void => {
    meter.count('scheduler.Invoke');
    sqs.handle('SendMessageBatch', input, at);
  };
  const scheduler = createSchedulerModel({
    ...{ place: PLACE, ids: sequentialIds('scheduler'), chance },
    call: ({ input }, at) => send(input, at),
  });
  for (const { url } of [queues.heartbeat, queues.podSync]) {
    const schedule = batchSchedule(url, url);
    scheduler.add(schedule, clock.now());
    send(JSON.parse(schedule.input), clock.now());
  }
  driver.add(scheduler);
  return () => {
    for (const mapping of mappings) mapping.stop();
  };
}
