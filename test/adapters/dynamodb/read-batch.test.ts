import type { BatchGetCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { readBatch } from '../../../lib/adapters/dynamodb/read-batch.ts';
import type { ItemKey } from '../../../lib/adapters/dynamodb/table-definition.ts';
import { failureOf } from '../../../lib/core/failure.ts';

const keysOf = (count: number): ItemKey[] =>
  Array.from({ length: count }, (_, index) => ({ pk: 'NODE#main/a', sk: `POD#${index}` }));

/** A DynamoDB in which every key has an item, and that answers at most so many keys of each call in turn (the last for ever). */
function shortOfCapacity(most: readonly number[]) {
  const asked: number[] = [];
  const pauses: number[] = [];
  const send = ({ input }: BatchGetCommand) => {
    const keys = input.RequestItems?.['pods']?.Keys ?? [];
    const read = most[asked.length] ?? most.at(-1) ?? 0;
    asked.push(keys.length);
    const left = keys.slice(read);
    return Promise.resolve({
      Responses: { pods: keys.slice(0, read) },
      UnprocessedKeys: left.length === 0 ? {} : { pods: { Keys: left, ConsistentRead: true } },
    });
  };
  const sleep = (milliseconds: number): Promise<void> => {
    pauses.push(milliseconds);
    return Promise.resolve();
  };
  const documents = { send } as unknown as DynamoDBDocumentClient;
  return { reader: { documents, table: 'pods', sleep }, asked, pauses };
}

describe('reading items in batches', () => {
  it('asks again for the keys that were left over, after a pause that grows', async () => {
    const { reader, asked, pauses } = shortOfCapacity([40, 0, 59, 1]);
    const items = await readBatch(reader, keysOf(100));
    expect(items).toEqual(keysOf(100));
    expect(asked).toEqual([100, 60, 60, 1]);
    expect(pauses).toEqual([50, 100, 200]);
  });

  it('gives up as throttled when keys are left over again and again', async () => {
    const { reader, asked } = shortOfCapacity([99, 0]);
    expect(await readBatch(reader, keysOf(100)).catch(failureOf)).toEqual({
      kind: 'throttled',
      code: 'UnprocessedKeys',
      message: 'DynamoDB table pods left 1 keys of a batch unread 5 times',
    });
    expect(asked).toEqual([100, 1, 1, 1, 1]);
  });

  it('asks for a key once however often it is given, and for nothing when there is none', async () => {
    const { reader, asked } = shortOfCapacity([100]);
    expect(await readBatch(reader, [...keysOf(60), ...keysOf(60)])).toEqual(keysOf(60));
    expect(await readBatch(reader, [])).toEqual([]);
    expect(asked).toEqual([60]);
  });
});
