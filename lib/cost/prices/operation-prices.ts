import type { PriceName } from './price-list.ts';

/** What calls of an operation are billed as. `free`: AWS bills nothing for them. */
export type OperationPrice = PriceName | 'free';

/**
 * Every operation that the deployment calls, or that AWS calls for it, by `service.operation`. The table is complete on purpose: an
 * operation that is not in it fails the estimate, because nobody has decided what it costs.
 */
export const OPERATION_PRICES: Readonly<Record<string, OperationPrice>> = {
  'dynamodb.GetItem': 'readUnit',
  'dynamodb.BatchGetItem': 'readUnit',
  'dynamodb.Query': 'readUnit',
  'dynamodb.UpdateItem': 'writeUnit',
  'dynamodb.DeleteItem': 'writeUnit',
  // Lambda's polls, EventBridge's deliveries and the Scheduler's batches are requests of the queue's owner, too.
  'sqs.SendMessage': 'sqsRequest',
  'sqs.SendMessageBatch': 'sqsRequest',
  'sqs.ReceiveMessage': 'sqsRequest',
  'sqs.DeleteMessage': 'sqsRequest',
  'sqs.GetQueueAttributes': 'sqsRequest',
  'scheduler.Invoke': 'schedulerInvocation',
  // Events of AWS services on the default bus are free; ours about pods are not.
  'eventBridge.PutEvents': 'customEvent',
  's3.PutObject': 's3Write',
  's3.ListObjectsV2': 's3Write',
  's3.GetObject': 's3Read',
  's3.DeleteObjects': 'free',
  'secretsManager.GetSecretValue': 'secretCall',
  'secretsManager.ListSecrets': 'secretCall',
  'secretsManager.DescribeSecret': 'secretCall',
  'secretsManager.CreateSecret': 'secretCall',
  'secretsManager.PutSecretValue': 'secretCall',
  'secretsManager.TagResource': 'secretCall',
  'secretsManager.DeleteSecret': 'secretCall',
  'cloudWatch.GetMetricStatistics': 'metricRequest',
  'serviceQuotas.GetServiceQuota': 'free',
  'ecs.RunTask': 'free',
  'ecs.StopTask': 'free',
  'ecs.ListTasks': 'free',
  'ecs.DescribeTasks': 'free',
  'ecs.RegisterTaskDefinition': 'free',
  'ecs.DescribeTaskDefinition': 'free',
  'ecs.DeregisterTaskDefinition': 'free',
  'ecs.ListTaskDefinitions': 'free',
  'ecs.ListTaskDefinitionFamilies': 'free',
  'ecs.TagResource': 'free',
};

/** The price of an operation. Throws for one that nobody has put into the table. */
export function priceOfOperation(name: string): OperationPrice {
  const price = OPERATION_PRICES[name];
  if (price !== undefined) return price;
  throw new Error(
    `${name} is called, and its price is not known: put it into lib/cost/prices/operation-prices.ts`,
  );
}
