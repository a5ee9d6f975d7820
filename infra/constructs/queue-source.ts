import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { LoopFunction } from './loop-function.ts';

export interface QueueSourceProps {
  readonly queue: IQueue;
  readonly target: LoopFunction;
  readonly batchSize: number;
  /** How many invocations Lambda makes from this queue at a time; at least 2 (its rule). */
  readonly maxConcurrency: number;
  /**
   * Whether the handler answers which messages of a batch failed.
   *
   * @default false - a batch fails as a whole
   */
  readonly reportBatchItemFailures?: boolean;
}

/**
 * Feeds a queue to a function. The bound on concurrency is here rather than reserved on the function: reserving takes from a quota
 * that is small in new accounts, where it fails the deployment.
 */
export class QueueSource extends Construct {
  constructor(scope: Construct, id: string, props: QueueSourceProps) {
    super(scope, id);
    const mapping = new EventSourceMapping(this, 'Mapping', {
      target: props.target.function,
      eventSourceArn: props.queue.queueArn,
      batchSize: props.batchSize,
      maxConcurrency: props.maxConcurrency,
      reportBatchItemFailures: props.reportBatchItemFailures ?? false,
    });
    // Lambda polls with the role of the function.
    props.target.role.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
        resources: [props.queue.queueArn],
      }),
    );
    mapping.node.addDependency(props.target.role);
  }
}
