import { describe, expect, it, vi } from 'vitest';
import { createCallMeter } from '../../lib/cost/count-calls.ts';
import { openDynalite } from '../../lib/cost/world/ask-dynalite.ts';
import { createDynamoMeter } from '../../lib/cost/world/dynamo-meter.ts';
import { tableDefinition } from '../../lib/adapters/dynamodb/table-definition.ts';

const AUTHORIZATION = [
  'AWS4-HMAC-SHA256 Credential=a/20260101/eu-west-1/dynamodb/aws4_request',
  'SignedHeaders=host',
  'Signature=0',
].join(', ');

/** A table whose calls are counted as the cost command counts them. */
async function openTable() {
  const ask = openDynalite();
  const meter = createCallMeter();
  const dynamo = createDynamoMeter(meter);
  const call = async (operation: string, input: object): Promise<string> => {
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      'x-amz-date': '20260101T000000Z',
      authorization: AUTHORIZATION,
    };
    const body = Buffer.from(JSON.stringify(input));
    const answer = await ask(headers, dynamo.ask(body));
    dynamo.count(operation, body, String(answer.body));
    return String(answer.body);
  };
  await call('CreateTable', tableDefinition('records'));
  // The table is made in the next turns of the event loop.
  const isThere = async () => (await call('DescribeTable', { TableName: 'records' })).includes('ACTIVE');
  await vi.waitUntil(isThere, { interval: 1 });
  meter.reset();
  const units = (operation: string) => meter.counts()[`dynamodb.${operation}`]?.units;
  const Key = { pk: { S: 'NODE#a' }, sk: { S: 'POD#1' } };
  return { call, units, Key, TableName: 'records' };
}

describe('what DynamoDB bills', () => {
  it('is nothing for a call that is refused as such', async () => {
    const { call, units, Key } = await openTable();
    expect(await call('GetItem', { TableName: 'another', Key })).toContain('ResourceNotFoundException');
    expect(units('GetItem')).toBe(0);
  });

  it('counts a write unit for each KB of the item, not for each call', async () => {
    const { call, units, Key, TableName } = await openTable();
    const write = (bytes: number) =>
      call('UpdateItem', {
        ...{ TableName, Key, UpdateExpression: 'SET v = :v' },
        ExpressionAttributeValues: { ':v': { S: 'x'.repeat(bytes) } },
      });
    await write(100);
    expect(units('UpdateItem')).toBe(1);
    await write(2_500);
    expect(units('UpdateItem')).toBe(1 + 3);
  });

  it('counts a write whose condition fails by the size of the item that is there', async () => {
    const { call, units, Key, TableName } = await openTable();
    const write = (condition?: string) =>
      call('UpdateItem', {
        ...{ TableName, Key, UpdateExpression: 'SET v = :v' },
        ...(condition !== undefined && { ConditionExpression: condition }),
        ExpressionAttributeValues: { ':v': { S: 'x'.repeat(1_500) } },
      });
    await write('attribute_exists(pk)');
    expect(units('UpdateItem')).toBe(1);
    await write();
    await write('attribute_not_exists(pk)');
    expect(units('UpdateItem')).toBe(1 + 2 + 2);
  });

  it('counts a consistent read of nothing as one unit, and items read together by their sum', async () => {
    const { call, units, Key, TableName } = await openTable();
    await call('GetItem', { TableName, Key, ConsistentRead: true });
    expect(units('GetItem')).toBe(1);
    for (const nth of [1, 2, 3])
      await call('UpdateItem', {
        ...{ TableName, Key: { ...Key, sk: { S: `POD#${nth}` } }, UpdateExpression: 'SET v = :v' },
        ExpressionAttributeValues: { ':v': { S: 'x'.repeat(1_500) } },
      });
    await call('Query', {
      ...{ TableName, ConsistentRead: true, KeyConditionExpression: 'pk = :pk' },
      ExpressionAttributeValues: { ':pk': Key.pk },
    });
    expect(units('Query')).toBe(2);
    const Keys = [1, 2, 3].map((nth) => ({ ...Key, sk: { S: `POD#${nth}` } }));
    await call('BatchGetItem', { RequestItems: { [TableName]: { Keys, ConsistentRead: true } } });
    expect(units('BatchGetItem')).toBe(3);
  });
});
