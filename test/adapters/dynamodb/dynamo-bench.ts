import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { createDynamo } from '../../../lib/adapters/dynamodb/create-dynamo.ts';
import type { Records } from '../../../lib/ports/records.ts';
import { claimBy, keyOf } from '../../contract/records.contract.ts';
import { createMemoryTelemetry } from '../../memory/memory-telemetry.ts';
import { openFreshTable } from '../../support/start-dynamodb.ts';

/** An item or a request as it is. */
export type Raw = Record<string, unknown>;
/** A step of the SDK's middleware, whatever it is a step of. */
type Handler = (args: unknown) => Promise<unknown>;

/** A table with its ports, and a way past them to the raw items. */
export async function openBench(endpoint: string) {
  const { client, table } = await openFreshTable(endpoint);
  const telemetry = createMemoryTelemetry();
  const ports = createDynamo({ client, table, cluster: 'main', telemetry });
  const documents = DynamoDBDocumentClient.from(client);
  const key = keyOf();
  const at = { pk: `NODE#main/${key.node}`, sk: `POD#${key.uid}` };
  return {
    ...ports,
    client,
    table,
    telemetry,
    key,
    plant: (item: Raw, itemKey: Raw = at) =>
      documents.send(new PutCommand({ TableName: table, Item: { ...item, ...itemKey } })),
    raw: async (itemKey: Raw = at): Promise<Raw | undefined> =>
      (await documents.send(new GetCommand({ TableName: table, Key: itemKey, ConsistentRead: true }))).Item,
  };
}

/** An item as this version writes it at the first claim, as attributes. */
export const stored = (): Raw => ({ ...claimBy('other'), namespace: 'shop', name: 'web' });

/** What a call fails with. */
export const thrownBy = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no failure',
    (e: unknown) => e,
  );

/** That many records of 4 KB each. */
export async function fill(records: Records, count: number): Promise<string[]> {
  const keys = Array.from({ length: count }, () => keyOf());
  const change = { ...claimBy('me'), specHash: '1:'.padEnd(4000, 'x') };
  for (let done = 0; done < count; done += 25) {
    const batch = keys.slice(done, done + 25);
    await Promise.all(batch.map((key) => records.write(key, change, { kind: 'absent' })));
  }
  return keys.map(({ uid }) => uid);
}

/** Every request that goes out from now on. */
export function spyInputs(client: DynamoDBClient): Raw[] {
  const inputs: Raw[] = [];
  client.middlewareStack.add(
    (next) => (args) => {
      inputs.push(args.input as Raw);
      return next(args);
    },
    { step: 'initialize' },
  );
  return inputs;
}

/** Lets DynamoDB carry out the first call, and fails it on the way back as a broken connection does. */
export function loseFirstAnswer(client: DynamoDBClient): void {
  let isLost = false;
  const loseOne = (next: Handler) => async (args: unknown) => {
    const answer = await Promise.allSettled([next(args)]);
    if (!isLost) {
      isLost = true;
      throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ECONNRESET' });
    }
    if (answer[0].status === 'rejected') throw answer[0].reason;
    return answer[0].value;
  };
  client.middlewareStack.addRelativeTo(loseOne as never, {
    relation: 'after',
    toMiddleware: 'retryMiddleware',
  });
}
