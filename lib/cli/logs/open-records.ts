import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createRecords } from '../../adapters/dynamodb/create-records.ts';
import { openTable } from '../../adapters/dynamodb/dynamo-table.ts';
import { systemClock } from '../../adapters/clock/system-clock.ts';
import { AwsRefusal } from '../../doctor/aws/aws-refusal.ts';
import { resourcesOf } from '../../doctor/probes/probe-deployment.ts';
import type { Records } from '../../ports/records.ts';
import type { OpenCluster } from './open-cluster.ts';

/** The records of the cluster, for questions only. CloudFormation is asked for the name of the table where none was given. */
export async function openRecords({
  aws,
  cluster,
  region,
  stateStack,
  table,
}: OpenCluster): Promise<Pick<Records, 'get' | 'list'>> {
  const name = table ?? (await resourcesOf(aws, stateStack)).table;
  if (name === '') throw new AwsRefusal('NoTable', `the stack ${stateStack} names no table`);
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ region, maxAttempts: 3 }), {
    unmarshallOptions: { wrapNumbers: Number },
  });
  const opened = openTable(client, name, (ms) => systemClock.sleep(systemClock.now() + ms));
  // One that cannot be read is thrown as a failure, or counted, and told.
  return createRecords(opened, cluster, () => undefined);
}
