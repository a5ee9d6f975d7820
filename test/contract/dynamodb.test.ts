import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDynamo } from '../../lib/adapters/dynamodb/create-dynamo.ts';
import { startDynalite } from '../../lib/local/dynamodb/start-dynalite.ts';
import type { LocalDynamo } from '../../lib/local/dynamodb/start-dynalite.ts';
import { storedItemsContract } from '../adapters/dynamodb/stored-items.contract.ts';
import { createMemoryMarks } from '../memory/memory-marks.ts';
import { createMemoryRecords } from '../memory/memory-records.ts';
import { createMemorySlot } from '../memory/memory-slot.ts';
import { createMemoryTelemetry } from '../memory/memory-telemetry.ts';
import { findDynamoDbLocal, openFreshTable, startDynamoDbLocal } from '../support/start-dynamodb.ts';
import { marksContract } from './marks.contract.ts';
import { recordsContract } from './records.contract.ts';
import { slotContract } from './slot.contract.ts';

recordsContract('memory', () => Promise.resolve(createMemoryRecords()));
slotContract('memory', () => Promise.resolve(createMemorySlot()));
marksContract('memory', () => Promise.resolve(createMemoryMarks()));

/** Every suite on one DynamoDB: the ports share a table and have a cluster each. */
function dynamoContracts(name: string, start: () => Promise<LocalDynamo>): void {
  describe(name, () => {
    let server: LocalDynamo;
    let open: () => Promise<ReturnType<typeof createDynamo>>;
    beforeAll(async () => {
      server = await start();
      const { client, table } = await openFreshTable(server.endpoint);
      open = () =>
        Promise.resolve(
          createDynamo({ client, table, cluster: randomUUID(), telemetry: createMemoryTelemetry() }),
        );
      console.info(`DynamoDB contract suites run on ${name}`);
    });
    afterAll(() => server.close());

    recordsContract(name, async () => (await open()).records);
    slotContract(name, async () => (await open()).slot);
    marksContract(name, async () => (await open()).marks);
    storedItemsContract(name, () => server.endpoint);
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
