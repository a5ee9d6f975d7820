import { CfnRule } from 'aws-cdk-lib/aws-events';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface TaskEventRuleProps {
  /** The name that the policy of the queue trusts. */
  readonly ruleName: string;
  /**
   * What the group of a task must begin with, in an ECS cluster that others use, too.
   *
   * @default - every task of the cluster
   */
  readonly groupPrefix?: string;
  readonly ecsClusterArn: string;
  readonly queue: IQueue;
  readonly deadLetterQueue: IQueue;
}

/**
 * Sends every state change of a task in the dedicated ECS cluster to the queue. ECS publishes only on the default bus. What cannot
 * be delivered within a day ends in the DLQ, with the reason in its message attributes.
 */
export class TaskEventRule extends Construct {
  constructor(scope: Construct, id: string, props: TaskEventRuleProps) {
    super(scope, id);
    // The construct of the next level would write the policy of the queue, which belongs to another stack.
    new CfnRule(this, 'Rule', {
      name: props.ruleName,
      description: 'ECS task state changes of the virtual nodes',
      eventPattern: {
        source: ['aws.ecs'],
        'detail-type': ['ECS Task State Change'],
        detail: {
          clusterArn: [props.ecsClusterArn],
          ...(props.groupPrefix !== undefined && { group: [{ prefix: props.groupPrefix }] }),
        },
      },
      targets: [
        {
          id: 'task-events',
          arn: props.queue.queueArn,
          deadLetterConfig: { arn: props.deadLetterQueue.queueArn },
          retryPolicy: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
        },
      ],
    });
  }
}
