import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { GetQueueAttributesCommandOutput, Message } from '@aws-sdk/client-sqs';
import { FailureError } from '../../core/failure.ts';
import type { DeadLetter, EventQueue } from '../../ports/event-queue.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import { classifySqsError } from './classify-sqs-error.ts';

/** What the event queue needs. */
export interface EventQueueOptions {
  /** URL of the queue between EventBridge and the event function. */
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  /** Default: {@link createSqsClient}. */
  readonly client?: SQSClient;
  readonly telemetry?: Telemetry;
}

/** Together they are every message that was sent and not deleted (SQS API reference, GetQueueAttributes). */
const COUNTS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;
/** SQS gives no more messages at once. */
const MOST_LETTERS = 10;
const HIDDEN_SECONDS = 60;

/**
 * A client with the only retry layer of these calls: two sends, each given up after 5 s. Endpoint, Region and credentials come
 * from the standard variables: without `useQueueUrlAsEndpoint: false` the SDK would send to the host in the queue's URL, past
 * a dual-stack or local endpoint.
 */
export function createSqsClient(): SQSClient {
  return new SQSClient({
    maxAttempts: 2,
    useQueueUrlAsEndpoint: false,
    // Without throwOnRequestTimeout the SDK's handler only warns and waits on.
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  });
}

/**
 * The event queue on two SQS queues. A look for dead letters does not wait, so it asks only some of SQS's servers (short
 * polling) and may miss a letter that the next look finds.
 */
export function createEventQueue(options: EventQueueOptions): EventQueue {
  const { queueUrl, deadLetterQueueUrl, client = createSqsClient(), telemetry } = options;
  return {
    backlog: async () => {
      const query = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...COUNTS] });
      return sumOf(await failing(queueUrl, client.send(query)), queueUrl);
    },
    deadLetters: async () => {
      const query = new ReceiveMessageCommand({
        QueueUrl: deadLetterQueueUrl,
        MaxNumberOfMessages: MOST_LETTERS,
        VisibilityTimeout: HIDDEN_SECONDS,
        WaitTimeSeconds: 0,
      });
      const { Messages = [] } = await failing(deadLetterQueueUrl, client.send(query));
      return Messages.flatMap((message) => toLetter(message, telemetry));
    },
    discard: async ({ receipt }) => {
      const command = new DeleteMessageCommand({ QueueUrl: deadLetterQueueUrl, ReceiptHandle: receipt });
      await failing(deadLetterQueueUrl, client.send(command));
    },
  };
}

async function failing<T>(queueUrl: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw classifySqsError(error, queueUrl);
  }
}

/** A count that SQS left out is no zero: an unknown backlog must not look like an empty one. */
function sumOf({ Attributes }: GetQueueAttributesCommandOutput, queueUrl: string): number {
  const sum = COUNTS.reduce((total, name) => total + Number(Attributes?.[name]), 0);
  if (Number.isFinite(sum)) return sum;
  const message = `SQS queue ${queueUrl}: the answer lacks one of ${COUNTS.join(', ')}`;
  throw new FailureError({ kind: 'internal', message });
}

function toLetter(
  { MessageId: id, Body: body, ReceiptHandle: receipt }: Message,
  telemetry: Telemetry | undefined,
): readonly DeadLetter[] {
  if (id !== undefined && body !== undefined && receipt !== undefined) return [{ id, body, receipt }];
  telemetry?.warn('A dead letter came incomplete and is left in its queue', { messageId: id ?? 'none' });
  return [];
}
