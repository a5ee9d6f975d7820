import { createAwsModels } from '../../lib/local/aws/create-aws-models.ts';
import { createEventQueue } from '../../lib/adapters/sqs/create-event-queue.ts';
import { seededChance, sequentialIds } from '../../lib/local/aws/id-source.ts';
import { serveAws } from '../../lib/local/aws/serve-aws.ts';
import { createQueues } from '../../lib/local/pumps/create-queues.ts';
import { createMemoryEventQueue } from '../memory/memory-event-queue.ts';
import { sqsClientOf } from '../support/sqs-client.ts';
import { eventQueueContract, type EventQueueHarness } from './event-queue.contract.ts';

const START = Date.UTC(2026, 2, 4, 9, 15);

eventQueueContract('memory', () => {
  const clock = { at: START };
  const queue = createMemoryEventQueue({ now: () => clock.at });
  return Promise.resolve({
    queue,
    fill: (count) => queue.setBacklog(count),
    addDeadLetter: (body) => void queue.addDeadLetter(body),
    pass: (ms) => void (clock.at += ms),
    close: () => Promise.resolve(),
  });
});

eventQueueContract('SQS (emulator)', async (): Promise<EventQueueHarness> => {
  const clock = { at: START, now: () => clock.at };
  const models = createAwsModels({
    place: { region: 'eu-west-1', account: '111122223333' },
    ids: sequentialIds('event-queue'),
    chance: seededChance(1),
    clusters: [],
  });
  const server = await serveAws(models, { clock });
  const { taskEvents, deadLetters } = createQueues(models.sqs, 'test', 360, clock.at);
  const client = sqsClientOf(server.endpoints.sqs);
  const call = (operation: string, input: object): unknown => models.sqs.handle(operation, input, clock.at);
  return {
    queue: createEventQueue({ queueUrl: taskEvents.url, deadLetterQueueUrl: deadLetters.url, client }),
    // A part is still delayed, a part is being handled: both wait as well.
    fill: (count) => {
      for (let at = 0; at < count; at += 1) {
        const DelaySeconds = at % 4 === 0 ? 60 : 0;
        call('SendMessage', { QueueUrl: taskEvents.url, MessageBody: '{}', DelaySeconds });
      }
      call('ReceiveMessage', { QueueUrl: taskEvents.url, MaxNumberOfMessages: 3 });
    },
    addDeadLetter: (body) => void call('SendMessage', { QueueUrl: deadLetters.url, MessageBody: body }),
    pass: (ms) => void (clock.at += ms),
    close: async () => {
      client.destroy();
      await server.close();
    },
  };
});
