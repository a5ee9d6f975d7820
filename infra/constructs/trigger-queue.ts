import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { queueEncryption } from './queue-encryption.ts';

export interface TriggerQueueProps {
  /** At least the timeout of the function that reads the queue (Lambda refuses the mapping otherwise). */
  readonly visibilityTimeout: Duration;
  /** @default - the key of SQS */
  readonly encryptionKey?: IKey;
}

/**
 * The queue between a schedule and its function. A message is only a beat, so one that nobody took within five minutes vanishes:
 * after an outage the function must not work through the beats of the past. No DLQ for the same reason.
 */
export class TriggerQueue extends Construct {
  readonly queue: Queue;

  constructor(scope: Construct, id: string, props: TriggerQueueProps) {
    super(scope, id);
    this.queue = new Queue(this, 'Queue', {
      retentionPeriod: Duration.minutes(5),
      visibilityTimeout: props.visibilityTimeout,
      ...queueEncryption(props.encryptionKey),
      enforceSSL: true,
    });
  }
}
