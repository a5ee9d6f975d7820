import type { Instant } from '../../../core/kubernetes.ts';
import { unknownOperation } from '../aws-model.ts';
import type { AwsError, AwsModel, IdSource, Place } from '../aws-model.ts';
import { DueQueue } from '../due-queue.ts';
import { parseInput } from '../parse-input.ts';
import { FaultPlan } from '../plan-faults.ts';
import type { FaultMoment } from '../plan-faults.ts';
import { readySince, removeMessage } from './move-message.ts';
import { createQueue, getQueueAttributes, getQueueUrl } from './queue-attributes.ts';
import { changeVisibility, deleteMessage, deleteMessageBatch, receiveMessage } from './receive-messages.ts';
import { sendMessage, sendMessageBatch } from './send-messages.ts';
import { queueSchema } from './sqs-inputs.ts';
import { findQueue } from './sqs-state.ts';
import type { SqsWorld } from './sqs-state.ts';

/** The emulated SQS: standard queues. */
export interface SqsModel extends AwsModel {
  /** What queue URLs start with from now on; the shell sets its own origin. */
  setEndpoint(endpoint: string): void;
  /** Since when a visible message waits in the queue of this URL; `undefined` when none does. */
  readySince(queueUrl: string): Instant | undefined;
  /** The ARN of a queue, its visibility timeout and its wait for receivers (seconds): for those who poll it. */
  queue(queueUrl: string): {
    readonly arn: string;
    readonly visibilityTimeout: number;
    readonly waitTime: number;
  };
  /** The next call of `operation` fails; with `after` it takes effect and its answer is lost. */
  failNext(operation: string, error: AwsError, moment?: FaultMoment): void;
}

/** SQS as a pure model: delays, visibility, retention, redrive. Long polling is the shell's. */
export function createSqsModel({ place, ids }: { readonly place: Place; readonly ids: IdSource }): SqsModel {
  const endpoint = `https://sqs.${place.region}.amazonaws.com`;
  const world: SqsWorld = { place, ids, endpoint, due: new DueQueue(), queues: new Map() };
  const faults = new FaultPlan();
  const operations = createOperations(world);
  return {
    handle: (name, input, now) => {
      world.due.run(now);
      const operation = operations.get(name);
      if (operation === undefined) throw unknownOperation(name);
      return faults.around(name, () => operation(input, now));
    },
    advance: (now) => world.due.run(now),
    nextDue: () => world.due.next(),
    setEndpoint: (url) => {
      world.endpoint = url;
    },
    readySince: (queueUrl) => readySince(findQueue(world, queueUrl)),
    queue: (queueUrl) => {
      const { arn, settings } = findQueue(world, queueUrl);
      return { arn, visibilityTimeout: settings.visibilityTimeout, waitTime: settings.waitTime };
    },
    failNext: (operation, error, moment) => faults.failNext(operation, error, moment),
  };
}

function createOperations(world: SqsWorld): ReadonlyMap<string, (input: unknown, now: Instant) => unknown> {
  return new Map<string, (input: unknown, now: Instant) => unknown>([
    ['CreateQueue', (input, now) => createQueue(world, input, now)],
    ['GetQueueUrl', (input) => getQueueUrl(world, input)],
    ['GetQueueAttributes', (input) => getQueueAttributes(world, input)],
    ['SendMessage', (input, now) => sendMessage(world, input, now)],
    ['SendMessageBatch', (input, now) => sendMessageBatch(world, input, now)],
    ['ReceiveMessage', (input, now) => receiveMessage(world, input, now)],
    ['DeleteMessage', (input) => deleteMessage(world, input)],
    ['DeleteMessageBatch', (input) => deleteMessageBatch(world, input)],
    ['ChangeMessageVisibility', (input, now) => changeVisibility(world, input, now)],
    ['PurgeQueue', (input) => purgeQueue(world, input)],
  ]);
}

function purgeQueue(world: SqsWorld, input: unknown): unknown {
  const queue = findQueue(world, parseInput(queueSchema, input).QueueUrl);
  for (const message of [...queue.messages.values()]) removeMessage(queue, message);
  return {};
}
