import type { Instant } from '../../../core/kubernetes.ts';
import { AwsError } from '../aws-model.ts';
import type { IdSource, Place } from '../aws-model.ts';
import type { DueQueue, Planned } from '../due-queue.ts';
import type { NewMessage } from './sqs-inputs.ts';

/** What can be set of a queue, in the units of the API (seconds, bytes). */
export interface QueueSettings {
  readonly visibilityTimeout: number;
  readonly retention: number;
  readonly delay: number;
  readonly waitTime: number;
  readonly maximumMessageSize: number;
  readonly redrive: { readonly deadLetterArn: string; readonly maxReceiveCount: number } | undefined;
}

/** One message in one queue. */
export interface Message {
  readonly id: string;
  readonly body: string;
  readonly attributes: NewMessage['MessageAttributes'];
  readonly sentAt: Instant;
  /** The queue whose redrive policy moved it here. */
  readonly deadLetterSource: string | undefined;
  state: 'ready' | 'delayed' | 'in flight' | 'gone';
  visibleAt: Instant;
  receiveCount: number;
  firstReceivedAt?: Instant;
  /** Plans: to become visible, and to expire. */
  wake?: Planned;
  expiry?: Planned;
}

/** One standard queue. */
export interface Queue {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: Instant;
  readonly settings: QueueSettings;
  readonly messages: Map<string, Message>;
  /** Visible messages in the order in which they became so; gone ones are skipped when taken. */
  ready: Message[];
}

/** The state of the SQS model. */
export interface SqsWorld {
  readonly place: Place;
  readonly ids: IdSource;
  readonly due: DueQueue;
  readonly queues: Map<string, Queue>;
  /** What queue URLs start with, such as `https://sqs.eu-central-1.amazonaws.com`. */
  endpoint: string;
}

/** The queue of a URL; only its last part counts, whatever host it was made for. */
export function findQueue(world: SqsWorld, url: string): Queue {
  const queue = world.queues.get(url.split('/').at(-1) ?? '');
  if (queue === undefined) throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
  return queue;
}

/** The URL of a queue. */
export function urlOf(world: SqsWorld, queue: Queue): string {
  return `${world.endpoint}/${world.place.account}/${queue.name}`;
}

/** The refusal of a number out of its range, in SQS's words. */
export function checkRange(name: string, value: number, [least, most]: readonly [number, number]): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new AwsError(
    'InvalidParameterValue',
    `Value ${value} for parameter ${name} is invalid. Reason: ${name} must be >= ${least} and <= ${most}.`,
  );
}
