import { describe, expect, it } from 'vitest';
import { createSqsBench } from './sqs-bench.ts';

const entries = (count: number) =>
  Array.from({ length: count }, (_, nth) => ({
    Id: `m${nth}`,
    MessageBody: `${nth}`,
    DelaySeconds: nth * 12,
  }));

describe('a queue', () => {
  it('hides what is received until the visibility timeout, then shows it again', () => {
    const bench = createSqsBench();
    const url = bench.queue('q', { VisibilityTimeout: '20' });
    bench.send(url, 'hello');
    expect(bench.receive(url)).toMatchObject([
      { Body: 'hello', Attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(bench.now) } },
    ]);
    expect(bench.counts(url)).toBe('0/1/0');
    bench.pass(19_999);
    expect(bench.receive(url)).toEqual([]);
    bench.pass(1);
    expect(bench.receive(url)).toMatchObject([{ Attributes: { ApproximateReceiveCount: '2' } }]);
  });

  it('delays messages, at most 900 seconds', () => {
    const bench = createSqsBench();
    const url = bench.queue('q');
    bench.send(url, 'later', 900);
    expect(bench.counts(url)).toBe('0/0/1');
    expect(bench.refusal('SendMessage', { QueueUrl: url, MessageBody: 'x', DelaySeconds: 901 })).toBe(
      'InvalidParameterValue: Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.',
    );
    expect(bench.sqs.nextDue()).toBe(bench.now + 900_000);
    bench.pass(900_000);
    expect(bench.bodies(url)).toEqual(['later']);
  });

  it('uses the delay of the queue when the message names none', () => {
    const bench = createSqsBench();
    const url = bench.queue('q', { DelaySeconds: '5' });
    bench.send(url, 'later');
    bench.send(url, 'now', 0);
    expect(bench.bodies(url)).toEqual(['now']);
  });

  it('takes batches of ten; one bad entry harms no other', () => {
    const bench = createSqsBench();
    const url = bench.queue('q');
    const bad = entries(10).map((entry, nth) => (nth === 3 ? { ...entry, DelaySeconds: 1000 } : entry));
    expect(bench.call('SendMessageBatch', { QueueUrl: url, Entries: bad })).toMatchObject({
      Successful: expect.objectContaining({ length: 9 }) as unknown,
      Failed: [{ Id: 'm3', SenderFault: true, Code: 'InvalidParameterValue' }],
    });
    expect(bench.counts(url)).toBe('1/0/8');
  });

  it.each<[string, unknown[]]>([
    [
      'TooManyEntriesInBatchRequest: Maximum number of entries per request are 10. You have sent 11.',
      entries(11),
    ],
    ['EmptyBatchRequest', []],
    ['BatchEntryIdsNotDistinct', [...entries(1), ...entries(1)]],
    ['InvalidBatchEntryId', [{ Id: 'a b', MessageBody: 'x' }]],
  ])('refuses a batch: %s', (refusal, batch) => {
    const bench = createSqsBench();
    expect(bench.refusal('SendMessageBatch', { QueueUrl: bench.queue('q'), Entries: batch })).toContain(
      refusal,
    );
  });

  it('deletes by receipt; the receipt of an earlier receive deletes nothing', () => {
    const bench = createSqsBench();
    const url = bench.queue('q', { VisibilityTimeout: '1' });
    bench.send(url, 'a');
    const [old] = bench.receive(url);
    bench.pass(1000);
    const [current] = bench.receive(url);
    bench.call('DeleteMessage', { QueueUrl: url, ReceiptHandle: old!.ReceiptHandle });
    expect(bench.counts(url)).toBe('0/1/0');
    bench.call('DeleteMessageBatch', {
      QueueUrl: url,
      Entries: [{ Id: 'x', ReceiptHandle: current!.ReceiptHandle }],
    });
    expect(bench.counts(url)).toBe('0/0/0');
    expect(bench.refusal('DeleteMessage', { QueueUrl: url, ReceiptHandle: 'rubbish' })).toMatch(
      /^ReceiptHandleIsInvalid/,
    );
    expect(bench.sqs.nextDue()).toBeUndefined();
  });

  it('changes the visibility of a received message, from now', () => {
    const bench = createSqsBench();
    const url = bench.queue('q');
    bench.send(url, 'a');
    const [message] = bench.receive(url);
    const change = (seconds: number) => ({
      QueueUrl: url,
      ReceiptHandle: message!.ReceiptHandle,
      VisibilityTimeout: seconds,
    });
    bench.call('ChangeMessageVisibility', change(100));
    bench.pass(60_000);
    expect(bench.bodies(url)).toEqual([]);
    bench.call('ChangeMessageVisibility', change(0));
    expect(bench.bodies(url)).toEqual(['a']);
    expect(bench.refusal('ChangeMessageVisibility', change(1))).toMatch(/^MessageNotInflight/);
  });

  it('lets messages expire after the retention, also those in flight', () => {
    const bench = createSqsBench();
    const url = bench.queue('q', { MessageRetentionPeriod: '300', VisibilityTimeout: '900' });
    bench.send(url, 'a');
    bench.send(url, 'b');
    bench.receive(url, 1);
    bench.pass(299_999);
    expect(bench.counts(url)).toBe('1/1/0');
    bench.pass(1);
    expect(bench.counts(url)).toBe('0/0/0');
  });

  it('moves what was received too often to its dead-letter queue, with its id and its source', () => {
    const bench = createSqsBench();
    const dead = bench.queue('dead');
    const deadLetterTargetArn = 'arn:aws:sqs:eu-central-1:111122223333:dead';
    const url = bench.queue('q', {
      VisibilityTimeout: '10',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 2 }),
    });
    bench.send(url, 'poison');
    const seen = [bench.receive(url)];
    bench.pass(10_000);
    seen.push(bench.receive(url));
    bench.pass(10_000);
    expect(bench.receive(url)).toEqual([]);
    expect(seen.map((messages) => messages.length)).toEqual([1, 1]);
    expect(bench.receive(dead)).toMatchObject([
      {
        MessageId: seen[0]![0]!.MessageId,
        Body: 'poison',
        Attributes: { DeadLetterQueueSourceArn: 'arn:aws:sqs:eu-central-1:111122223333:q' },
      },
    ]);
  });

  it('gives message attributes back when asked for, and refuses a body that is empty or too long', () => {
    const bench = createSqsBench();
    const url = bench.queue('q', { MaximumMessageSize: '1024' });
    const MessageAttributes = { trace: { DataType: 'String', StringValue: 'abc' } };
    bench.call('SendMessage', { QueueUrl: url, MessageBody: 'x', MessageAttributes });
    const answer = bench.call('ReceiveMessage', { QueueUrl: url, MessageAttributeNames: ['All'] });
    expect(answer['Messages']).toMatchObject([{ Body: 'x', MessageAttributes }]);
    expect(bench.refusal('SendMessage', { QueueUrl: url, MessageBody: '' })).toMatch(/^MissingParameter/);
    expect(bench.refusal('SendMessage', { QueueUrl: url, MessageBody: 'x'.repeat(1025) })).toMatch(
      /shorter than 1024/,
    );
  });

  it('is emptied by PurgeQueue', () => {
    const bench = createSqsBench();
    const url = bench.queue('q');
    bench.send(url, 'a');
    bench.send(url, 'b', 10);
    bench.call('PurgeQueue', { QueueUrl: url });
    expect(bench.counts(url)).toBe('0/0/0');
    expect(bench.bodies(url)).toEqual([]);
  });

  it('keeps its order while messages come and go', () => {
    const bench = createSqsBench();
    const url = bench.queue('q');
    for (let nth = 0; nth < 25; nth += 1) bench.send(url, String(nth));
    const seen: string[] = [];
    for (let batch = bench.receive(url); batch.length > 0; batch = bench.receive(url)) {
      seen.push(...batch.map(({ Body }) => Body));
      for (const { ReceiptHandle } of batch) bench.call('DeleteMessage', { QueueUrl: url, ReceiptHandle });
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, nth) => String(nth)));
  });
});

describe('CreateQueue', () => {
  it('gives the same queue for the same attributes, and refuses others', () => {
    const bench = createSqsBench();
    const url = bench.queue('q', { VisibilityTimeout: '20' });
    expect(bench.queue('q', { VisibilityTimeout: '20' })).toBe(url);
    expect(bench.refusal('CreateQueue', { QueueName: 'q' })).toMatch(/^QueueNameExists/);
    expect(bench.call('GetQueueUrl', { QueueName: 'q' })).toEqual({ QueueUrl: url });
    bench.sqs.setEndpoint('http://127.0.0.1:1');
    expect(bench.call('GetQueueUrl', { QueueName: 'q' })).toEqual({
      QueueUrl: 'http://127.0.0.1:1/111122223333/q',
    });
  });

  it.each([
    ['a b', {}],
    ['q', { VisibilityTimeout: '43201' }],
    ['q', { MessageRetentionPeriod: '59' }],
    ['q', { DelaySeconds: '901' }],
  ])('refuses %s with %j', (name, attributes) => {
    expect(createSqsBench().refusal('CreateQueue', { QueueName: name, Attributes: attributes })).toMatch(
      /^InvalidParameterValue/,
    );
  });

  it('tells only the attributes that were asked for', () => {
    const bench = createSqsBench();
    const url = bench.queue('q');
    expect(bench.call('GetQueueAttributes', { QueueUrl: url, AttributeNames: ['DelaySeconds'] })).toEqual({
      Attributes: { DelaySeconds: '0' },
    });
    expect(bench.call('GetQueueAttributes', { QueueUrl: url })).toEqual({});
  });
});

describe('a queue that is not there', () => {
  it.each([
    'SendMessage',
    'SendMessageBatch',
    'ReceiveMessage',
    'DeleteMessage',
    'GetQueueAttributes',
    'PurgeQueue',
  ])('%s says so', (operation) => {
    const input = { QueueUrl: 'https://sqs/1/none', MessageBody: 'x', Entries: [], ReceiptHandle: 'x' };
    expect(createSqsBench().refusal(operation, input)).toBe(
      'QueueDoesNotExist: The specified queue does not exist.',
    );
  });
});
