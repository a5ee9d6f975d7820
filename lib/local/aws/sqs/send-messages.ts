import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Instant } from '../../../core/kubernetes.ts';
import { AwsError } from '../aws-model.ts';
import { parseInput } from '../parse-input.ts';
import { addMessage } from './move-message.ts';
import { sendMessageBatchSchema, sendMessageSchema } from './sqs-inputs.ts';
import type { NewMessage } from './sqs-inputs.ts';
import { checkRange, findQueue } from './sqs-state.ts';
import type { Queue, SqsWorld } from './sqs-state.ts';

const MAX_ENTRIES = 10;
const ENTRY_ID = /^[a-zA-Z0-9_-]{1,80}$/;

/** SendMessage. A delay over 900 seconds is refused. */
export function sendMessage(world: SqsWorld, input: unknown, now: Instant): unknown {
  const message = parseInput(sendMessageSchema, input);
  return send(world, findQueue(world, message.QueueUrl), message, now);
}

/** SendMessageBatch: at most ten entries; one that is refused is listed in `Failed` and stops no other. */
export function sendMessageBatch(world: SqsWorld, input: unknown, now: Instant): unknown {
  const { QueueUrl, Entries = [] } = parseInput(sendMessageBatchSchema, input);
  const queue = findQueue(world, QueueUrl);
  checkBatch(Entries);
  return runBatch(Entries, (entry) => send(world, queue, entry, now));
}

/** Carries out each entry of a batch and sorts the outcomes as SQS does. */
export function runBatch<Entry extends { readonly Id: string }>(
  entries: readonly Entry[],
  run: (entry: Entry) => Record<string, unknown>,
): unknown {
  const successful: unknown[] = [];
  const failed: unknown[] = [];
  for (const entry of entries) {
    try {
      successful.push({ Id: entry.Id, ...run(entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      failed.push({ Id: entry.Id, SenderFault: true, Code: error.type, Message: error.message });
    }
  }
  return { Successful: successful, Failed: failed };
}

/** Refuses a batch as a whole: too many entries, none, or ids that are not distinct. */
export function checkBatch(entries: readonly { readonly Id: string }[]): void {
  if (entries.length === 0)
    throw new AwsError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  if (entries.length > MAX_ENTRIES) {
    throw new AwsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${MAX_ENTRIES}. You have sent ${entries.length}.`,
    );
  }
  const odd = entries.find(({ Id }) => !ENTRY_ID.test(Id));
  if (odd !== undefined)
    throw new AwsError(
      'InvalidBatchEntryId',
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores.',
    );
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw new AwsError(
      'BatchEntryIdsNotDistinct',
      'Two or more batch entries in the request have the same Id.',
    );
  }
}

function send(world: SqsWorld, queue: Queue, message: NewMessage, now: Instant): Record<string, unknown> {
  const delay = message.DelaySeconds ?? queue.settings.delay;
  checkRange('DelaySeconds', delay, [0, 900]);
  const bytes = Buffer.byteLength(message.MessageBody);
  if (bytes === 0)
    throw new AwsError('MissingParameter', 'The request must contain the parameter MessageBody.');
  if (bytes > queue.settings.maximumMessageSize) {
    throw new AwsError(
      'InvalidParameterValue',
      `One or more parameters are invalid. Reason: Message must be shorter than ${queue.settings.maximumMessageSize} bytes.`,
    );
  }
  const id = world.ids();
  addMessage(
    world,
    queue,
    {
      ...{
        id,
        body: message.MessageBody,
        attributes: message.MessageAttributes,
        sentAt: now,
        visibleAt: now + delay * 1000,
      },
      deadLetterSource: undefined,
    },
    now,
  );
  return { MessageId: id, MD5OfMessageBody: md5(message.MessageBody) };
}

/** The checksum that the SDK compares. */
export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
