import type { FunctionName } from '../../../infra/names.ts';
import {
  createEventSourceMapping,
  type EventSourceMapping,
  type EventSourceMappingOptions,
} from '../aws/sqs/event-source-mapping.ts';
import type { SqsModel } from '../aws/sqs/sqs-model.ts';
import type { LocalQueues } from './create-queues.ts';

/** Calls a function by its name. */
export type Invoke = (name: FunctionName, event: unknown) => Promise<unknown>;

/**
 * Feeds the queues to the functions, with the batch sizes and the concurrency of the stacks. A function that rejects leaves its
 * messages in the queue, as on Lambda; its reason is in the log.
 */
export function connectFunctions(
  sqs: SqsModel,
  queues: LocalQueues,
  invoke: Invoke,
  { onSettled, now }: Pick<EventSourceMappingOptions, 'onSettled' | 'now'>,
): readonly EventSourceMapping[] {
  const connect = (
    name: FunctionName,
    queueUrl: string,
    options: {
      readonly batchSize: number;
      readonly maximumConcurrency: number;
      readonly reportBatchItemFailures?: true;
    },
  ): EventSourceMapping =>
    createEventSourceMapping({
      ...{ sqs, queueUrl, now, ...(onSettled && { onSettled }), ...options },
      invoke: (event) => invoke(name, event),
    });
  return [
    connect('node-heartbeat', queues.heartbeat.url, { batchSize: 1, maximumConcurrency: 3 }),
    connect('pod-sync', queues.podSync.url, { batchSize: 1, maximumConcurrency: 5 }),
    connect('task-events', queues.taskEvents.url, {
      batchSize: 10,
      maximumConcurrency: 4,
      reportBatchItemFailures: true,
    }),
  ];
}
