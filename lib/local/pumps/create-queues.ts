import { FUNCTION_SHAPES } from '../../../infra/function-shapes.ts';
import type { Instant } from '../../core/kubernetes.ts';
import type { SqsModel } from '../aws/sqs/sqs-model.ts';

/** A queue as its users know it. */
export interface LocalQueue {
  readonly url: string;
  readonly arn: string;
}

/** The queues of a deployment. */
export interface LocalQueues {
  readonly heartbeat: LocalQueue;
  readonly podSync: LocalQueue;
  readonly taskEvents: LocalQueue;
  readonly deadLetters: LocalQueue;
}

const MINUTE_S = 60;
const DAY_S = 24 * 60 * MINUTE_S;

/**
 * Creates the queues with the numbers of the stacks.
 * @param redeliveryS seconds until a task event that failed is delivered again; the stacks have six minutes
 */
export function createQueues(sqs: SqsModel, prefix: string, redeliveryS: number, now: Instant): LocalQueues {
  const create = (name: string, attributes: Readonly<Record<string, string | number>>): LocalQueue => {
    const Attributes = Object.fromEntries(
      Object.entries(attributes).map(([key, value]) => [key, String(value)]),
    );
    const query = { QueueName: `${prefix}-${name}`, Attributes };
    const { QueueUrl: url } = sqs.handle('CreateQueue', query, now) as { readonly QueueUrl: string };
    return { url, arn: sqs.queue(url).arn };
  };
  const deadLetters = create('dead-letters', { MessageRetentionPeriod: 14 * DAY_S });
  return {
    heartbeat: create('heartbeat', {
      MessageRetentionPeriod: 5 * MINUTE_S,
      VisibilityTimeout: FUNCTION_SHAPES['node-heartbeat'].timeoutSeconds * 6,
    }),
    podSync: create('pod-sync', {
      MessageRetentionPeriod: 5 * MINUTE_S,
      VisibilityTimeout: FUNCTION_SHAPES['pod-sync'].timeoutSeconds,
    }),
    taskEvents: create('task-events', {
      MessageRetentionPeriod: 4 * DAY_S,
      VisibilityTimeout: redeliveryS,
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount: 5 }),
    }),
    deadLetters,
  };
}
