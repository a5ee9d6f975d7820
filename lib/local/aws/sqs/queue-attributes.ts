import * as z from 'zod';
import type { Instant } from '../../../core/kubernetes.ts';
import { AwsError } from '../aws-model.ts';
import { parseInput } from '../parse-input.ts';
import { createQueueSchema, getQueueAttributesSchema, getQueueUrlSchema } from './sqs-inputs.ts';
import { checkRange, findQueue, urlOf } from './sqs-state.ts';
import type { Message, Queue, QueueSettings, SqsWorld } from './sqs-state.ts';

const NAME = /^[a-zA-Z0-9_-]{1,80}$/;

/** Numeric attributes: [field of the settings, default, range], as the CreateQueue reference lists them. */
const NUMBERS = {
  VisibilityTimeout: ['visibilityTimeout', 30, [0, 43_200]],
  MessageRetentionPeriod: ['retention', 345_600, [60, 1_209_600]],
  DelaySeconds: ['delay', 0, [0, 900]],
  ReceiveMessageWaitTimeSeconds: ['waitTime', 0, [0, 20]],
  MaximumMessageSize: ['maximumMessageSize', 1_048_576, [1024, 1_048_576]],
} as const;

const redriveSchema = z.object({ deadLetterTargetArn: z.string(), maxReceiveCount: z.coerce.number() });

/** CreateQueue: the same name with the same attributes gives the queue that is there, with others `QueueNameExists`. */
export function createQueue(world: SqsWorld, input: unknown, now: Instant): unknown {
  const { QueueName: name, Attributes = {} } = parseInput(createQueueSchema, input);
  if (!NAME.test(name)) {
    throw new AwsError(
      'InvalidParameterValue',
      'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
    );
  }
  const settings = readSettings(Attributes);
  const known = world.queues.get(name);
  if (known !== undefined && JSON.stringify(known.settings) !== JSON.stringify(settings)) {
    throw new AwsError(
      'QueueNameExists',
      'A queue already exists with the same name and a different value for an attribute.',
    );
  }
  const arn = `arn:aws:sqs:${world.place.region}:${world.place.account}:${name}`;
  const queue = known ?? {
    name,
    arn,
    createdAt: now,
    settings,
    messages: new Map<string, Message>(),
    ready: [],
  };
  world.queues.set(name, queue);
  return { QueueUrl: urlOf(world, queue) };
}

function readSettings(attributes: Readonly<Record<string, string>>): QueueSettings {
  const numbers = Object.entries(NUMBERS).map(([name, [field, standard, range]]) => {
    const value = Number(attributes[name] ?? standard);
    checkRange(name, value, range);
    return [field, value] as const;
  });
  return {
    ...(Object.fromEntries(numbers) as Omit<QueueSettings, 'redrive'>),
    redrive: readRedrive(attributes['RedrivePolicy']),
  };
}

function readRedrive(policy: string | undefined): QueueSettings['redrive'] {
  if (policy === undefined || policy === '') return undefined;
  const { deadLetterTargetArn, maxReceiveCount } = parseInput(redriveSchema, JSON.parse(policy));
  checkRange('maxReceiveCount', maxReceiveCount, [1, 1000]);
  return { deadLetterArn: deadLetterTargetArn, maxReceiveCount };
}

/** GetQueueUrl. */
export function getQueueUrl(world: SqsWorld, input: unknown): unknown {
  return { QueueUrl: urlOf(world, findQueue(world, parseInput(getQueueUrlSchema, input).QueueName)) };
}

/** GetQueueAttributes: every value a string; the counts are exact here, approximate there. */
export function getQueueAttributes(world: SqsWorld, input: unknown): unknown {
  const { QueueUrl, AttributeNames: names = [] } = parseInput(getQueueAttributesSchema, input);
  const all = describeQueue(findQueue(world, QueueUrl));
  const wanted = Object.entries(all).filter(([name]) => names.includes('All') || names.includes(name));
  return wanted.length === 0 ? {} : { Attributes: Object.fromEntries(wanted) };
}

function describeQueue(queue: Queue): Record<string, string> {
  const states = [...queue.messages.values()].map(({ state }) => state);
  const count = (wanted: Message['state']): string =>
    String(states.filter((state) => state === wanted).length);
  const numbers = Object.entries(NUMBERS).map(
    ([name, [field]]) => [name, String(queue.settings[field])] as const,
  );
  const { redrive } = queue.settings;
  return {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: count('ready'),
    ApproximateNumberOfMessagesNotVisible: count('in flight'),
    ApproximateNumberOfMessagesDelayed: count('delayed'),
    CreatedTimestamp: String(Math.floor(queue.createdAt / 1000)),
    ...Object.fromEntries(numbers),
    ...(redrive !== undefined && {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: redrive.deadLetterArn,
        maxReceiveCount: redrive.maxReceiveCount,
      }),
    }),
  };
}
