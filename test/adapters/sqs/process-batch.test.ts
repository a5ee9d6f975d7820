import type { SQSEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { processBatch, type Message } from '../../../lib/adapters/sqs/process-batch.ts';

function batchOf(...bodies: readonly string[]): SQSEvent {
  const records = bodies.map((body, index) => ({
    messageId: `m${index}`,
    receiptHandle: `r${index}`,
    body,
    attributes: {
      ApproximateReceiveCount: String(index + 1),
      SentTimestamp: '0',
      SenderId: 's',
      ApproximateFirstReceiveTimestamp: '0',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-west-1:111122223333:events',
    awsRegion: 'eu-west-1',
  }));
  return { Records: records };
}

/** No message of the batch is needless. */
const nothing = (): ReadonlySet<string> => new Set();

describe('a batch of messages', () => {
  it('is handed over one by one, its JSON read, with the number of deliveries', async () => {
    const seen: Message[] = [];
    await processBatch(
      batchOf('{"a":1}', 'not json'),
      (message) => {
        seen.push(message);
        return Promise.resolve();
      },
      nothing,
    );
    expect(seen).toEqual([
      { messageId: 'm0', body: { a: 1 }, deliveries: 1 },
      { messageId: 'm1', body: 'not json', deliveries: 2 },
    ]);
  });

  it('reports only the messages whose handling failed', async () => {
    const answer = await processBatch(
      batchOf('1', '2', '3'),
      ({ body }) => (body === 2 ? Promise.reject(new Error('no')) : Promise.resolve()),
      nothing,
    );
    expect(answer.batchItemFailures).toEqual([{ itemIdentifier: 'm1' }]);
  });

  it('reports every message when all failed, instead of throwing', async () => {
    const answer = await processBatch(batchOf('1', '2'), () => Promise.reject(new Error('no')), nothing);
    expect(answer.batchItemFailures).toHaveLength(2);
  });

  it('counts as done, unhandled, what another message of the batch makes needless', async () => {
    const seen: unknown[] = [];
    const handle = ({ body }: Message): Promise<void> => {
      seen.push(body);
      return Promise.resolve();
    };
    const answer = await processBatch(batchOf('1', '2'), handle, () => new Set(['m0']));
    expect(seen).toEqual([2]);
    expect(answer.batchItemFailures).toEqual([]);
  });
});
