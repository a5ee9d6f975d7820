import { AwsError } from '../../../lib/local/aws/aws-model.ts';
import { sequentialIds } from '../../../lib/local/aws/id-source.ts';
import { createSqsModel } from '../../../lib/local/aws/sqs/sqs-model.ts';
import type { SqsModel } from '../../../lib/local/aws/sqs/sqs-model.ts';
import { T0 } from './ecs-bench.ts';

interface ReceivedMessage {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly Attributes: Record<string, string>;
}

/** An SQS model with a virtual clock. */
export interface SqsBench {
  readonly sqs: SqsModel;
  now: number;
  call(operation: string, input: unknown): Record<string, unknown>;
  refusal(operation: string, input: unknown): string;
  queue(name: string, attributes?: Record<string, string>): string;
  send(queueUrl: string, body: string, delaySeconds?: number): void;
  receive(queueUrl: string, most?: number): ReceivedMessage[];
  bodies(queueUrl: string): string[];
  counts(queueUrl: string): string;
  pass(ms: number): void;
}

export function createSqsBench(): SqsBench {
  const sqs = createSqsModel({
    place: { region: 'eu-central-1', account: '111122223333' },
    ids: sequentialIds('sqs'),
  });
  const bench: SqsBench = {
    sqs,
    now: T0,
    call: (operation, input) => sqs.handle(operation, input, bench.now) as Record<string, unknown>,
    refusal: (operation, input) => {
      try {
        sqs.handle(operation, input, bench.now);
        return 'accepted';
      } catch (error) {
        if (error instanceof AwsError) return `${error.type}: ${error.message}`;
        throw error;
      }
    },
    queue: (name, attributes) =>
      String(bench.call('CreateQueue', { QueueName: name, Attributes: attributes })['QueueUrl']),
    send: (queueUrl, body, delaySeconds) =>
      void bench.call('SendMessage', { QueueUrl: queueUrl, MessageBody: body, DelaySeconds: delaySeconds }),
    receive: (queueUrl, most = 10) => {
      const query = { QueueUrl: queueUrl, MaxNumberOfMessages: most, MessageSystemAttributeNames: ['All'] };
      return (bench.call('ReceiveMessage', query)['Messages'] ?? []) as ReceivedMessage[];
    },
    bodies: (queueUrl) => bench.receive(queueUrl).map(({ Body }) => Body),
    counts: (queueUrl) => {
      const { Attributes } = bench.call('GetQueueAttributes', {
        QueueUrl: queueUrl,
        AttributeNames: ['All'],
      }) as {
        Attributes: Record<string, string>;
      };
      const names = ['', 'NotVisible', 'Delayed'].map((name) => `ApproximateNumberOfMessages${name}`);
      return names.map((name) => Attributes[name]).join('/');
    },
    pass: (ms) => {
      bench.now += ms;
      sqs.advance(bench.now);
    },
  };
  return bench;
}
