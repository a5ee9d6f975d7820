import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createUseCheckpoints } from '../../lib/adapters/dynamodb/create-use-checkpoints.ts';
import { startDynalite, type LocalDynamo } from '../../lib/local/dynamodb/start-dynalite.ts';
import { createMemoryUseCheckpoints } from '../memory/memory-use-checkpoints.ts';
import { findDynamoDbLocal, openFreshTable, startDynamoDbLocal } from '../support/start-dynamodb.ts';
import { useCheckpointsContract } from './use-checkpoints.contract.ts';

const close = (): Promise<void> => Promise.resolve();

useCheckpointsContract('memory', () => Promise.resolve({ checkpoints: createMemoryUseCheckpoints(), close }));

function dynamoContract(name: string, start: () => Promise<LocalDynamo>): void {
  describe(`with ${name}`, () => {
    let server: LocalDynamo;
    let opened: Awaited<ReturnType<typeof openFreshTable>>;
    beforeAll(async () => {
      server = await start();
      opened = await openFreshTable(server.endpoint);
    });
    afterAll(() => server.close());

    useCheckpointsContract(name, () =>
      Promise.resolve({ checkpoints: createUseCheckpoints({ ...opened, cluster: randomUUID() }), close }),
    );
  });
}

dynamoContract('dynalite (embedded)', startDynalite);

const local = findDynamoDbLocal();
if ('program' in local) {
  dynamoContract('DynamoDB Local (AWS)', () => startDynamoDbLocal(local.program));
} else {
  it.skip(`runs on DynamoDB Local (AWS): ${local.missing}`, () => expect.unreachable());
}
