import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { queueEncryption } from './queue-encryption.ts';

export interface TaskEventQueueProps {
  /** Name of the one EventBridge rule (default bus, this account and Region) that may send to the queue. */
  readonly ruleName: string;
  /** Timeout of the function that reads the queue; messages stay hidden six times as long (the advice of Lambda). */
  readonly functionTimeout: Duration;
  /** @default - the key of SQS */
  readonly encryptionKey?: IKey;
}

/**
 * ECS task events on their way to task-events, in no order and more than once. What failed five times, and what EventBridge could
 * not deliver, waits in the DLQ for 14 days. The rule is known by its name, not by reference: the queue lives in another stack and
 * outlives the rule.
 */
export class TaskEventQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;

  constructor(scope: Construct, id: string, props: TaskEventQueueProps) {
    super(scope, id);
    const shared = { ...queueEncryption(props.encryptionKey), enforceSSL: true };
    this.deadLetterQueue = new Queue(this, 'DeadLetters', { ...shared, retentionPeriod: Duration.days(14) });
    this.queue = new Queue(this, 'Queue', {
      ...shared,
      retentionPeriod: Duration.days(4),
      visibilityTimeout: Duration.seconds(props.functionTimeout.toSeconds() * 6),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: 5 },
    });
    const ruleArn = Stack.of(this).formatArn({
      service: 'events',
      resource: 'rule',
      resourceName: props.ruleName,
    });
    for (const queue of [this.queue, this.deadLetterQueue]) {
      queue.addToResourcePolicy(
        new PolicyStatement({
          actions: ['sqs:SendMessage'],
          principals: [new ServicePrincipal('events.amazonaws.com')],
          resources: [queue.queueArn],
          conditions: { ArnEquals: { 'aws:SourceArn': ruleArn } },
        }),
      );
    }
  }
}
