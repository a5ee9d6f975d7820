import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLogLine, type LogLine } from '../../lib/local/world/open-log.ts';
import type { World } from '../../lib/local/world/world.ts';
import { eventually, isRunning, openNamespace, openUnready, openWorld, podOf } from './world-under-test.ts';

let world: World;
const lines: LogLine[] = [];
beforeAll(async () => {
  world = await openWorld({ redeliveryS: 1, onLine: keepIn(lines) });
});
afterAll(() => world.close());

function keepIn(kept: LogLine[]): (line: string) => void {
  return (line) => {
    const read = readLogLine(line);
    if (read !== undefined) kept.push(read);
  };
}

/** Puts a message into the queue of task events, as anyone with a wrong rule could. */
function sendTaskEvent(body: string): string {
  const { sqs } = world.models;
  const query = { QueueUrl: world.queues.taskEvents.url, MessageBody: body };
  return (sqs.handle('SendMessage', query, Date.now()) as { MessageId: string }).MessageId;
}

function deadLetters(): readonly { readonly MessageId: string; readonly Body: string }[] {
  const query = { QueueUrl: world.queues.deadLetters.url, MaxNumberOfMessages: 10, VisibilityTimeout: 0 };
  const { Messages = [] } = world.models.sqs.handle('ReceiveMessage', query, Date.now()) as {
    Messages?: { MessageId: string; Body: string }[];
  };
  return Messages;
}

describe.concurrent('what cannot be used', { timeout: 90_000 }, () => {
  it.each([
    ['is not JSON', 'no JSON {'],
    ['is an event of another kind', '{"detail-type":"EC2 Instance State-change Notification","detail":{}}'],
  ])(
    'a task event that %s ends among the dead letters, its reason in the log under its id',
    async (_, body) => {
      const id = sendTaskEvent(body);
      const dead = await eventually(
        world,
        'the message is a dead letter',
        () => deadLetters().find(({ MessageId }) => MessageId === id),
        30_000,
      );
      expect(dead.Body).toBe(body);
      const told = lines.filter(({ messageId }) => messageId === id);
      expect(told).toHaveLength(5);
      expect(JSON.stringify(told[0]?.['error'])).toContain('not an ECS Task State Change');
    },
  );

  it('does not keep the task events beside it from their pods', async () => {
    const pods = await openNamespace(world, 'beside-poison');
    for (let count = 0; count < 5; count += 1) sendTaskEvent('poison');
    await pods.create(podOf('web'));
    await pods.until('web', 'runs', isRunning);
  });

  it('a table that is not there is one clear message, and no node', async () => {
    const kept: LogLine[] = [];
    const broken = await openUnready({ settings: { LAMBDALET_TABLE: 'nowhere' }, onLine: keepIn(kept) });
    try {
      const told = await eventually(broken, 'the missing table is told', () =>
        kept.find((line) => JSON.stringify(line).includes('nowhere')),
      );
      expect(JSON.stringify(told)).toMatch(/table nowhere .*not (exist|found)|no table nowhere/i);
      expect((await broken.user.ask('GET', `/api/v1/nodes/${broken.node}`)).status).toBe(404);
    } finally {
      await broken.close();
    }
  });

  it('settings that are wrong are told all at once', async () => {
    const settings = { LAMBDALET_MODE: 'sometimes', LAMBDALET_NODE: 'typo' };
    const broken = await openUnready({ settings });
    try {
      const told = await broken.invoke('node-heartbeat', {}).catch((error: unknown) => String(error));
      expect(told).toContain('LAMBDALET_MODE is "sometimes"');
      expect(told).toContain('LAMBDALET_NODE is not a setting');
      expect(broken.lastErrors()).toContain('LAMBDALET_MODE is "sometimes"');
    } finally {
      await broken.close();
    }
  });

  it('credentials that suddenly lead to another cluster write nothing there', async () => {
    const kept: LogLine[] = [];
    // The same table, so the same deployment; but a cluster of its own.
    const environment = { AWS_ENDPOINT_URL_DYNAMODB: world.endpoints['AWS_ENDPOINT_URL_DYNAMODB'] };
    const other = await openUnready({ environment, onLine: keepIn(kept) });
    try {
      const told = await eventually(other, 'the other cluster is noticed', () =>
        kept.find(({ message }) => message.includes('point at another cluster')),
      );
      expect(told.level).toBe('ERROR');
      expect(told['wayOut']).toContain('LAMBDALET_ACCEPT_NEW_CLUSTER=true');
      expect((await other.user.ask('GET', `/api/v1/nodes/${other.node}`)).status).toBe(404);
    } finally {
      await other.close();
    }
  });
});
