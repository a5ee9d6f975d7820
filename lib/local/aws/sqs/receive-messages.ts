import type { Instant } from '../../../core/kubernetes.ts';
import { AwsError } from '../aws-model.ts';
import { parseInput } from '../parse-input.ts';
import { addMessage, hideMessage, removeMessage, showMessage, takeReady } from './move-message.ts';
import { checkBatch, md5, runBatch } from './send-messages.ts';
import {
  changeVisibilitySchema,
  deleteMessageBatchSchema,
  deleteMessageSchema,
  receiveMessageSchema,
} from './sqs-inputs.ts';
import { checkRange, findQueue } from './sqs-state.ts';
import type { Message, Queue, SqsWorld } from './sqs-state.ts';

const SENDER = 'AIDAEXAMPLELOCALSENDER';

/**
 * ReceiveMessage: up to ten visible messages, hidden for the visibility timeout. A message that was received `maxReceiveCount`
 * times goes to the dead-letter queue instead. Answers at once; waiting is the shell's.
 */
export function receiveMessage(world: SqsWorld, input: unknown, now: Instant): unknown {
  const query = parseInput(receiveMessageSchema, input);
  const queue = findQueue(world, query.QueueUrl);
  const { MaxNumberOfMessages: most = 1, VisibilityTimeout: hidden = queue.settings.visibilityTimeout } =
    query;
  checkRange('MaxNumberOfMessages', most, [1, 10]);
  checkRange('VisibilityTimeout', hidden, [0, 43_200]);
  checkRange('WaitTimeSeconds', query.WaitTimeSeconds ?? 0, [0, 20]);
  const received: Message[] = [];
  while (received.length < most) {
    const message = takeReady(queue);
    if (message === undefined) break;
    if (!moveIfDead(world, queue, message, now)) received.push(message);
  }
  for (const message of received) {
    message.receiveCount += 1;
    message.firstReceivedAt ??= now;
    hideMessage(world, queue, message, { until: now + hidden * 1000, state: 'in flight' });
  }
  const names = [...(query.AttributeNames ?? []), ...(query.MessageSystemAttributeNames ?? [])];
  const withAttributes = (query.MessageAttributeNames ?? []).length > 0;
  return received.length === 0
    ? {}
    : { Messages: received.map((message) => describeMessage(message, names, withAttributes)) };
}

function moveIfDead(world: SqsWorld, queue: Queue, message: Message, now: Instant): boolean {
  const { redrive } = queue.settings;
  if (redrive === undefined || message.receiveCount < redrive.maxReceiveCount) return false;
  const target = world.queues.get(redrive.deadLetterArn.split(':').at(-1) ?? '');
  if (target === undefined) return false;
  removeMessage(queue, message);
  const { id, body, attributes, sentAt } = message;
  addMessage(
    world,
    target,
    { id, body, attributes, sentAt, visibleAt: now, deadLetterSource: queue.arn },
    now,
  );
  return true;
}

function describeMessage(
  message: Message,
  names: readonly string[],
  withAttributes: boolean,
): Record<string, unknown> {
  const system = Object.entries(systemAttributes(message)).filter(
    ([name]) => names.includes('All') || names.includes(name),
  );
  return {
    MessageId: message.id,
    ReceiptHandle: receiptOf(message),
    Body: message.body,
    MD5OfBody: md5(message.body),
    ...(system.length > 0 && { Attributes: Object.fromEntries(system) }),
    ...(withAttributes && message.attributes !== undefined && { MessageAttributes: message.attributes }),
  };
}

function systemAttributes(message: Message): Record<string, string> {
  return {
    ApproximateReceiveCount: String(message.receiveCount),
    SentTimestamp: String(message.sentAt),
    SenderId: SENDER,
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt ?? message.sentAt),
    ...(message.deadLetterSource !== undefined && { DeadLetterQueueSourceArn: message.deadLetterSource }),
  };
}

/** A receipt belongs to one receive of a message: the receipt of an earlier one deletes nothing. */
function receiptOf(message: Message): string {
  return `${message.id}#${message.receiveCount}`;
}

function findReceived(queue: Queue, receipt: string): Message | undefined {
  const [, id] = /^([0-9a-f-]{36})#\d+$/.exec(receipt) ?? [];
  if (id === undefined)
    throw new AwsError(
      'ReceiptHandleIsInvalid',
      `The input receipt handle "${receipt}" is not a valid receipt handle.`,
    );
  const message = queue.messages.get(id);
  return message !== undefined && receiptOf(message) === receipt ? message : undefined;
}

/** DeleteMessage: a message that is gone, or was received again since, is fine. */
export function deleteMessage(world: SqsWorld, input: unknown): unknown {
  const { QueueUrl, ReceiptHandle } = parseInput(deleteMessageSchema, input);
  return deleteReceived(findQueue(world, QueueUrl), ReceiptHandle);
}

/** DeleteMessageBatch. */
export function deleteMessageBatch(world: SqsWorld, input: unknown): unknown {
  const { QueueUrl, Entries = [] } = parseInput(deleteMessageBatchSchema, input);
  const queue = findQueue(world, QueueUrl);
  checkBatch(Entries);
  return runBatch(Entries, ({ ReceiptHandle }) => deleteReceived(queue, ReceiptHandle));
}

function deleteReceived(queue: Queue, receipt: string): Record<string, unknown> {
  const message = findReceived(queue, receipt);
  if (message !== undefined) removeMessage(queue, message);
  return {};
}

/** ChangeMessageVisibility, counted from now; 0 shows the message at once. */
export function changeVisibility(world: SqsWorld, input: unknown, now: Instant): unknown {
  const { QueueUrl, ReceiptHandle, VisibilityTimeout: seconds } = parseInput(changeVisibilitySchema, input);
  const queue = findQueue(world, QueueUrl);
  checkRange('VisibilityTimeout', seconds, [0, 43_200]);
  const message = findReceived(queue, ReceiptHandle);
  if (message?.state !== 'in flight')
    throw new AwsError('MessageNotInflight', 'The message referred to is not in flight.');
  if (seconds === 0) showMessage(queue, message, now);
  else hideMessage(world, queue, message, { until: now + seconds * 1000, state: 'in flight' });
  return {};
}
