import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createEventQueue, createSqsClient } from '../../../lib/adapters/sqs/create-event-queue.ts';
import { failureOf } from '../../../lib/core/failure.ts';
import { createMemoryTelemetry, expectLogged } from '../../memory/memory-telemetry.ts';
import { startScriptServer, type ScriptedAnswer, type ScriptServer } from '../../support/script-server.ts';
import { sqsClientOf } from '../../support/sqs-client.ts';

// A host that is not there: whoever sends to it instead of the configured endpoint fails the test.
const QUEUE = 'https://sqs.invalid/111122223333/events';
const DEAD = 'https://sqs.invalid/111122223333/dead-letters';

const opened: ScriptServer[] = [];
beforeEach(() => {
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const server of opened.splice(0)) await server.close();
});

/** Event queues on a server that gives these answers in turn, the last one for ever. */
async function serve(...answers: readonly ScriptedAnswer[]) {
  const server = await startScriptServer((_, index) => answers[Math.min(index, answers.length - 1)]!);
  opened.push(server);
  vi.stubEnv('AWS_ENDPOINT_URL_SQS', server.url);
  const telemetry = createMemoryTelemetry();
  const queues = { queueUrl: QUEUE, deadLetterQueueUrl: DEAD, telemetry };
  return {
    server,
    telemetry,
    queue: createEventQueue(queues),
    once: createEventQueue({ ...queues, client: sqsClientOf(server.url) }),
  };
}

describe('the event queue', () => {
  it('asks SQS at the configured endpoint, whatever host its URL names', async () => {
    const counts = { ApproximateNumberOfMessagesNotVisible: '4', ApproximateNumberOfMessagesDelayed: '2' };
    const { queue, server } = await serve({
      status: 200,
      body: { Attributes: { ApproximateNumberOfMessages: '7', ...counts } },
    });
    expect(await queue.backlog()).toBe(13);
    expect(server.seen[0]).toMatchObject({
      headers: { 'x-amz-target': 'AmazonSQS.GetQueueAttributes' },
      body: { QueueUrl: QUEUE },
    });
  });

  it('does not take a count that is missing for none', async () => {
    const { queue } = await serve({
      status: 200,
      body: { Attributes: { ApproximateNumberOfMessages: '0' } },
    });
    expect(await queue.backlog().catch(failureOf)).toMatchObject({ kind: 'internal' });
  });

  it('takes ten letters for a minute without waiting for more', async () => {
    const { queue, server } = await serve({ status: 200, body: {} });
    expect(await queue.deadLetters()).toEqual([]);
    expect(server.seen[0]?.body).toEqual({
      QueueUrl: DEAD,
      MaxNumberOfMessages: 10,
      VisibilityTimeout: 60,
      WaitTimeSeconds: 0,
    });
  });

  it('leaves a letter alone that came without its receipt, and says so', async () => {
    // The SDK compares the checksum.
    const message = { MessageId: 'm-1', Body: 'x', MD5OfBody: '9dd4e461268c8034f5c8564e155c67a6' };
    const { queue, telemetry } = await serve({ status: 200, body: { Messages: [message] } });
    expect(await queue.deadLetters()).toEqual([]);
    expectLogged(telemetry, 'warn', 'is left in its queue', { messageId: 'm-1' });
  });

  it('tries twice, and no more', async () => {
    const fault = { status: 500, body: { __type: 'InternalFailure', message: 'try later' } };
    const { queue, server } = await serve(fault);
    expect(await createSqsClient().config.maxAttempts()).toBe(2);
    expect(await queue.deadLetters().catch(failureOf)).toMatchObject({ kind: 'transient' });
    expect(server.seen).toHaveLength(2);
  });

  it.each([
    ['QueueDoesNotExist', 400, 'auth', 'deploy the state stack'],
    ['AccessDeniedException', 403, 'auth', 'allow the role'],
    ['InvalidClientTokenId', 403, 'auth', 'words of'],
    ['KmsAccessDenied', 400, 'auth', 'words of'],
    ['RequestThrottled', 400, 'throttled', 'words of'],
    ['OverLimit', 403, 'throttled', 'words of'],
    ['ReceiptHandleIsInvalid', 400, 'internal', 'words of'],
    ['InternalFailure', 500, 'transient', 'words of'],
    ['ServiceUnavailable', 503, 'transient', 'words of'],
  ])('that is answered with %s fails as it should, with its URL', async (type, status, kind, says) => {
    const { once } = await serve({ status, body: { __type: type, message: `words of ${type}` } });
    const letter = { id: 'm-1', body: '', receipt: 'r-1' };
    for (const [call, url] of [
      [() => once.backlog(), QUEUE],
      [() => once.deadLetters(), DEAD],
      [() => once.discard(letter), DEAD],
    ] as const) {
      const failure = await call().catch(failureOf);
      expect(failure).toMatchObject({ kind });
      expect(failure).toHaveProperty('message', expect.stringContaining(url));
      expect(failure).toHaveProperty('message', expect.stringContaining(says));
    }
  });

  it('that nobody answers fails as transient, because every call may be repeated', async () => {
    const { once, server } = await serve('hang up');
    expect(await once.backlog().catch(failureOf)).toMatchObject({ kind: 'transient' });
    await server.close();
    const letter = { id: 'm-1', body: '', receipt: 'r-1' };
    expect(await once.discard(letter).catch(failureOf)).toMatchObject({
      kind: 'transient',
      code: 'ECONNREFUSED',
    });
  });
});
