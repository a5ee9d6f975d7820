import type { Instant } from '../../../core/kubernetes.ts';
import type { SqsModel } from './sqs-model.ts';

/** One record of the event that Lambda gets from SQS. */
interface SqsEventRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: Readonly<Record<string, unknown>>;
  readonly md5OfBody: string;
  readonly eventSource: 'aws:sqs';
  readonly eventSourceARN: string;
  readonly awsRegion: string;
}

/** The event that Lambda gets from SQS. */
export interface SqsLambdaEvent {
  readonly Records: readonly SqsEventRecord[];
}

/** How a queue is wired to a function. */
export interface EventSourceMappingOptions {
  readonly sqs: SqsModel;
  readonly queueUrl: string;
  /** 1 to 10 (without a batching window). Default 10. */
  readonly batchSize?: number;
  /** 2 to 1000, as Lambda demands. Default 1000. */
  readonly maximumConcurrency?: number;
  /** Whether the function names the failed messages itself (`ReportBatchItemFailures`). */
  readonly reportBatchItemFailures?: boolean;
  /** Checked against the queue: Lambda refuses a mapping whose queue shows messages again before the function can be done. */
  readonly functionTimeoutSeconds?: number;
  /** Calls the function; a rejection is a function error. */
  readonly invoke: (event: SqsLambdaEvent) => Promise<unknown>;
  /** Told of every function error and of every call to SQS that failed; both only mean that messages come again. */
  readonly onError?: (error: unknown) => void;
  /** The clock at the end of an invocation. */
  readonly now: () => Instant;
  /** Called when an invocation has ended and its messages are settled: there may be more to do. */
  readonly onSettled?: () => void;
}

/** A poller between a queue and a function. */
export interface EventSourceMapping {
  /** Starts invocations while messages are visible and the concurrency allows it. */
  advance(now: Instant): void;
  /** Since when it could start an invocation; `undefined` while it must wait. */
  nextDue(): Instant | undefined;
  /** How many invocations run now. */
  inFlight(): number;
  /** Starts no more invocations. */
  stop(): void;
  /** Resolves when no invocation runs. */
  idle(): Promise<void>;
}

interface Received {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly MD5OfBody: string;
  readonly Attributes: Readonly<Record<string, string>>;
  readonly MessageAttributes?: Readonly<Record<string, unknown>>;
}

/**
 * Lambda's SQS event source: batches, bounded concurrency, deletes what succeeded. What failed comes back when its visibility
 * timeout has passed; nothing is retried sooner.
 */
export function createEventSourceMapping(options: EventSourceMappingOptions): EventSourceMapping {
  const { sqs, queueUrl, batchSize = 10, maximumConcurrency = 1000 } = options;
  validate(options, batchSize, maximumConcurrency);
  const running = new Set<Promise<void>>();
  let stopped = false;
  const mayStart = (): boolean => !stopped && running.size < maximumConcurrency;
  return {
    advance: (now) => {
      sqs.advance(now);
      while (mayStart() && sqs.readySince(queueUrl) !== undefined) {
        const messages = receive(options, batchSize, now);
        if (messages.length === 0) return;
        const invocation = invoke(options, messages).finally(() => {
          running.delete(invocation);
          options.onSettled?.();
        });
        running.add(invocation);
      }
    },
    nextDue: () => (mayStart() ? sqs.readySince(queueUrl) : undefined),
    inFlight: () => running.size,
    stop: () => {
      stopped = true;
    },
    idle: async () => {
      while (running.size > 0) await Promise.all(running);
    },
  };
}

function validate(options: EventSourceMappingOptions, batchSize: number, maximumConcurrency: number): void {
  if (batchSize < 1 || batchSize > 10) throw new Error(`batch size ${batchSize}: must be 1 to 10`);
  if (maximumConcurrency < 2 || maximumConcurrency > 1000) {
    throw new Error(`maximum concurrency ${maximumConcurrency}: must be 2 to 1000`);
  }
  const { visibilityTimeout } = options.sqs.queue(options.queueUrl);
  const timeout = options.functionTimeoutSeconds ?? 0;
  if (visibilityTimeout < timeout) {
    throw new Error(
      `Queue visibility timeout: ${visibilityTimeout} seconds is less than Function timeout: ${timeout} seconds`,
    );
  }
}

function receive(options: EventSourceMappingOptions, batchSize: number, now: Instant): readonly Received[] {
  const query = {
    QueueUrl: options.queueUrl,
    MaxNumberOfMessages: batchSize,
    MessageSystemAttributeNames: ['All'],
    MessageAttributeNames: ['All'],
  };
  try {
    const answer = options.sqs.handle('ReceiveMessage', query, now);
    return (answer as { readonly Messages?: readonly Received[] }).Messages ?? [];
  } catch (error) {
    options.onError?.(error);
    return [];
  }
}

async function invoke(options: EventSourceMappingOptions, messages: readonly Received[]): Promise<void> {
  const { sqs, queueUrl, reportBatchItemFailures = false } = options;
  const succeeded = await callFunction(options, messages, reportBatchItemFailures);
  const now = options.now();
  for (const { ReceiptHandle } of succeeded) {
    try {
      sqs.handle('DeleteMessage', { QueueUrl: queueUrl, ReceiptHandle }, now);
    } catch (error) {
      options.onError?.(error);
    }
  }
}

/** The messages that the function has dealt with. */
async function callFunction(
  options: EventSourceMappingOptions,
  messages: readonly Received[],
  reportBatchItemFailures: boolean,
): Promise<readonly Received[]> {
  const { arn } = options.sqs.queue(options.queueUrl);
  try {
    const answer = await options.invoke({ Records: messages.map((message) => toRecord(message, arn)) });
    return reportBatchItemFailures ? withoutFailures(messages, answer) : messages;
  } catch (error) {
    options.onError?.(error);
    return [];
  }
}

/** Lambda's reading of a partial batch response: nothing failed when it is empty, everything when it makes no sense. */
function withoutFailures(messages: readonly Received[], answer: unknown): readonly Received[] {
  if (answer === undefined || answer === null) return messages;
  const failures: unknown = Reflect.get(Object(answer), 'batchItemFailures');
  if (failures === undefined || failures === null) return messages;
  if (!Array.isArray(failures)) return [];
  const failed = new Set(
    failures.map((failure: unknown): unknown => Reflect.get(Object(failure), 'itemIdentifier')),
  );
  const known = new Set<unknown>(messages.map(({ MessageId }) => MessageId));
  if ([...failed].some((id) => !known.has(id))) return [];
  return messages.filter(({ MessageId }) => !failed.has(MessageId));
}

function toRecord(message: Received, arn: string): SqsEventRecord {
  const attributes = Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [
    name,
    toLambdaAttribute(value),
  ]);
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes,
    messageAttributes: Object.fromEntries(attributes) as Record<string, unknown>,
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: arn,
    awsRegion: arn.split(':')[3] ?? '',
  };
}

/** Lambda writes the fields of a message attribute with a small first letter. */
function toLambdaAttribute(value: unknown): unknown {
  const fields = Object.entries(Object(value) as Record<string, unknown>);
  return Object.fromEntries(
    fields.map(([name, field]) => [name.charAt(0).toLowerCase() + name.slice(1), field]),
  );
}
