import { describe, expect, it } from 'vitest';
import { AwsError } from '../../../lib/local/aws/aws-model.ts';
import { createEventSourceMapping } from '../../../lib/local/aws/sqs/event-source-mapping.ts';
import type {
  EventSourceMapping,
  EventSourceMappingOptions,
  SqsLambdaEvent,
} from '../../../lib/local/aws/sqs/event-source-mapping.ts';
import { createSqsBench } from './sqs-bench.ts';
import type { SqsBench } from './sqs-bench.ts';

interface Call {
  readonly event: SqsLambdaEvent;
  end(answer?: unknown): void;
  fail(): void;
}

interface Wired {
  readonly bench: SqsBench;
  readonly url: string;
  readonly calls: Call[];
  readonly mapping: EventSourceMapping;
  readonly errors: unknown[];
}

/** A queue wired to a function whose invocations the test ends by hand. */
function wire(messages: number, options: Partial<EventSourceMappingOptions> = {}): Wired {
  const bench = createSqsBench();
  const url = bench.queue('q', { VisibilityTimeout: '60' });
  const calls: Call[] = [];
  const errors: unknown[] = [];
  const mapping = createEventSourceMapping({
    sqs: bench.sqs,
    queueUrl: url,
    now: () => bench.now,
    onError: (error) => errors.push(error),
    invoke: (event) => {
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      calls.push({ event, end: resolve, fail: () => reject(new Error('function error')) });
      return promise;
    },
    ...options,
  });
  for (let nth = 0; nth < messages; nth += 1) bench.send(url, String(nth));
  return { bench, url, calls, mapping, errors };
}

describe('an event source mapping', () => {
  it('hands batches to the function in the shape of Lambda', () => {
    const { bench, mapping, calls } = wire(3, { batchSize: 2 });
    mapping.advance(bench.now);
    expect(calls.map(({ event }) => event.Records.map(({ body }) => body))).toEqual([['0', '1'], ['2']]);
    expect(calls[0]!.event.Records[0]).toEqual({
      messageId: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
      receiptHandle: expect.any(String) as unknown,
      body: '0',
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: String(bench.now),
        SenderId: expect.any(String) as unknown,
        ApproximateFirstReceiveTimestamp: String(bench.now),
      },
      messageAttributes: {},
      md5OfBody: 'cfcd208495d565ef66e7dff9f98764da',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:eu-central-1:111122223333:q',
      awsRegion: 'eu-central-1',
    });
  });

  it('never runs more invocations than its maximum concurrency', async () => {
    const { bench, mapping, calls } = wire(5, { batchSize: 1, maximumConcurrency: 2 });
    mapping.advance(bench.now);
    mapping.advance(bench.now);
    expect([calls.length, mapping.inFlight(), mapping.nextDue()]).toEqual([2, 2, undefined]);
    calls[0]!.end();
    await Promise.resolve();
    await new Promise(setImmediate);
    expect(mapping.nextDue()).toBe(bench.now);
    mapping.advance(bench.now);
    expect([calls.length, mapping.inFlight()]).toEqual([3, 2]);
  });

  it('deletes what succeeded and lets come back what failed', async () => {
    const { bench, url, mapping, calls, errors } = wire(2, { batchSize: 1 });
    mapping.advance(bench.now);
    calls[0]!.end();
    calls[1]!.fail();
    await mapping.idle();
    expect(bench.counts(url)).toBe('0/1/0');
    expect(errors).toHaveLength(1);
    bench.pass(60_000);
    mapping.advance(bench.now);
    expect(calls[2]?.event.Records[0]).toMatchObject({
      body: '1',
      attributes: { ApproximateReceiveCount: '2' },
    });
  });

  it.each<[string, unknown, string]>([
    ['nothing said', undefined, '0/0/0'],
    ['no failures', { batchItemFailures: [] }, '0/0/0'],
    ['null', { batchItemFailures: null }, '0/0/0'],
    ['an unknown message', { batchItemFailures: [{ itemIdentifier: 'nobody' }] }, '0/3/0'],
    ['an entry without identifier', { batchItemFailures: [{}] }, '0/3/0'],
    ['no list', { batchItemFailures: 'x' }, '0/3/0'],
  ])('reads a partial batch response with %s as Lambda does', async (_what, answer, counts) => {
    const { bench, url, mapping, calls } = wire(3, { reportBatchItemFailures: true });
    mapping.advance(bench.now);
    calls[0]!.end(answer);
    await mapping.idle();
    expect(bench.counts(url)).toBe(counts);
  });

  it('keeps exactly the messages that a partial batch response names', async () => {
    const { bench, mapping, calls } = wire(3, { reportBatchItemFailures: true });
    mapping.advance(bench.now);
    const failed = calls[0]!.event.Records[1]!.messageId;
    calls[0]!.end({ batchItemFailures: [{ itemIdentifier: failed }] });
    await mapping.idle();
    bench.pass(60_000);
    mapping.advance(bench.now);
    expect(calls[1]!.event.Records.map(({ messageId }) => messageId)).toEqual([failed]);
  });

  it('spells message attributes as Lambda does', () => {
    const { bench, url, mapping, calls } = wire(0);
    const MessageAttributes = { trace: { DataType: 'String', StringValue: 'abc' } };
    bench.call('SendMessage', { QueueUrl: url, MessageBody: 'x', MessageAttributes });
    mapping.advance(bench.now);
    expect(calls[0]!.event.Records[0]!.messageAttributes).toEqual({
      trace: { dataType: 'String', stringValue: 'abc' },
    });
  });

  it('survives SQS errors and a stop', async () => {
    const { bench, url, mapping, calls, errors } = wire(2, { batchSize: 1 });
    bench.sqs.failNext('ReceiveMessage', new AwsError('ServiceUnavailable', 'busy'));
    bench.sqs.failNext('DeleteMessage', new AwsError('ServiceUnavailable', 'busy'));
    mapping.advance(bench.now);
    expect(calls).toHaveLength(0);
    mapping.advance(bench.now);
    calls[0]!.end();
    mapping.stop();
    calls[1]!.end();
    await mapping.idle();
    expect(errors).toHaveLength(2);
    expect(bench.counts(url)).toBe('0/1/0');
    bench.send(url, 'unseen');
    expect(mapping.nextDue()).toBeUndefined();
  });

  it.each([
    [{ batchSize: 11 }, /batch size 11/],
    [{ maximumConcurrency: 1 }, /maximum concurrency 1: must be 2 to 1000/],
    [
      { functionTimeoutSeconds: 900 },
      /Queue visibility timeout: 60 seconds is less than Function timeout: 900 seconds/,
    ],
  ])('refuses %j as Lambda does', (options, message) => {
    expect(() => wire(0, options)).toThrow(message);
  });
});
