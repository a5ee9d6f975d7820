import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDynamo } from '../../lib/adapters/dynamodb/create-dynamo.ts';
import { recordKey } from '../../lib/adapters/dynamodb/item-keys.ts';
import type { ItemKey } from '../../lib/adapters/dynamodb/table-definition.ts';
import { startDynalite } from '../../lib/local/dynamodb/start-dynalite.ts';
import type { LocalDynamo } from '../../lib/local/dynamodb/start-dynalite.ts';
import { storedItemsContract } from '../adapters/dynamodb/stored-items.contract.ts';
import { storedMarksContract } from '../adapters/dynamodb/stored-marks.contract.ts';
import { createMemoryMarks } from '../memory/memory-marks.ts';
import { createMemoryRecords } from '../memory/memory-records.ts';
import { createMemorySlot } from '../memory/memory-slot.ts';
import { createMemoryTelemetry } from '../memory/memory-telemetry.ts';
import { findDynamoDbLocal, openFreshTable, startDynamoDbLocal } from '../support/start-dynamodb.ts';
import { marksContract } from './marks.contract.ts';
import { recordsInBulkContract } from './records-in-bulk.contract.ts';
import type { RecordsUnderTest } from './records-in-bulk.contract.ts';
import { recordsContract } from './records.contract.ts';
import { slotContract } from './slot.contract.ts';

recordsContract('memory', () => Promise.resolve(createMemoryRecords()));
recordsInBulkContract('memory', () => {
  const records = createMemoryRecords({ recordsPerPage: 50 });
  const spoil = ({ uid }: Key): Promise<void> => {
    records.spoil(uid);
    return Promise.resolve();
  };
  return Promise.resolve({ records, spoil });
});
slotContract('memory', () => Promise.resolve(createMemorySlot()));
marksContract('memory', () => Promise.resolve(createMemoryMarks()));

type Key = Parameters<RecordsUnderTest['spoil']>[0];

/** Gives an item a state that only a newer version knows. */
async function hibernate(client: DynamoDBClient, table: string, key: ItemKey): Promise<void> {
  await DynamoDBDocumentClient.from(client).send(
    new UpdateCommand({
      TableName: table,
      Key: { ...key },
      UpdateExpression: 'SET #state = :state',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':state': 'hibernated' },
    }),
  );
}

/** Every suite on one DynamoDB: the ports share a table and have a cluster each. */
function dynamoContracts(name: string, start: () => Promise<LocalDynamo>): void {
  describe(name, () => {
    let server: LocalDynamo;
    let open: () => Promise<ReturnType<typeof createDynamo>>;
    let openInBulk: () => Promise<RecordsUnderTest>;
    beforeAll(async () => {
      server = await start();
      const { client, table } = await openFreshTable(server.endpoint);
      const inCluster = (cluster: string) =>
        createDynamo({ client, table, cluster, telemetry: createMemoryTelemetry() });
      open = () => Promise.resolve(inCluster(randomUUID()));
      openInBulk = () => {
        const cluster = randomUUID();
        const spoil = ({ node, uid }: Key) => hibernate(client, table, recordKey(cluster, node, uid));
        return Promise.resolve({ records: inCluster(cluster).records, spoil });
      };
      console.info(`DynamoDB contract suites run on ${name}`);
    });
    afterAll(() => server.close());

    recordsContract(name, async () => (await open()).records);
    recordsInBulkContract(name, () => openInBulk());
    slotContract(name, async () => (await open()).slot);
    marksContract(name, async () => (await open()).marks);
    storedItemsContract(name, () => server.endpoint);
    storedMarksContract(name, () => server.endpoint);
  });
}

dynamoContracts('dynalite (embedded)', startDynalite);

const local = findDynamoDbLocal();
if ('program' in local) {
  dynamoContracts('DynamoDB Local (AWS)', () => startDynamoDbLocal(local.program));
} else {
  console.warn(`SKIPPED: the contract suites on AWS's DynamoDB Local, because ${local.missing}`);
  it.skip(`runs on DynamoDB Local (AWS): ${local.missing}`, () => expect.unreachable());
}
