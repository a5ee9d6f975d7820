import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import type { BatchGetCommandOutput, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { FailureError } from '../../core/failure.ts';
import type { Item, ItemKey } from './table-definition.ts';

/** BatchGetItem refuses more keys in one call (and any key twice). */
const MOST_KEYS = 100;
/** Before each further send of the keys that DynamoDB left over; after the last it is throttled. */
const PAUSES_MS = [50, 100, 200, 400] as const;

/** What reads in batches need. `sleep` waits that many milliseconds. */
export interface BatchReader {
  readonly documents: DynamoDBDocumentClient;
  readonly table: string;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** The items of these keys that exist, in any order, by consistent reads. A key may come twice: its item comes once. */
export async function readBatch(reader: BatchReader, keys: readonly ItemKey[]): Promise<readonly Item[]> {
  const distinct = [...new Map(keys.map((key) => [JSON.stringify([key.pk, key.sk]), key])).values()];
  const items: Item[] = [];
  for (let from = 0; from < distinct.length; from += MOST_KEYS)
    items.push(...(await readSome(reader, distinct.slice(from, from + MOST_KEYS))));
  return items;
}

/** At most 100 keys. DynamoDB may answer only some of them, when it is short of capacity or they are more than 16 MB. */
async function readSome(reader: BatchReader, keys: readonly ItemKey[]): Promise<readonly Item[]> {
  const { documents, table, sleep } = reader;
  const items: Item[] = [];
  let asked: Asked = keys.map((key) => ({ ...key }));
  for (let tries = 0; ; tries += 1) {
    const request = { [table]: { Keys: asked, ConsistentRead: true } };
    const answer = await documents.send(new BatchGetCommand({ RequestItems: request }));
    items.push(...(answer.Responses?.[table] ?? []));
    asked = leftOver(answer, table);
    if (asked.length === 0) return items;
    const pause = PAUSES_MS[tries];
    if (pause === undefined) throw throttled(table, asked.length);
    await sleep(pause);
  }
}

type Asked = Record<string, unknown>[];

function leftOver({ UnprocessedKeys }: BatchGetCommandOutput, table: string): Asked {
  return UnprocessedKeys?.[table]?.Keys ?? [];
}

function throttled(table: string, left: number): FailureError {
  const message = `DynamoDB table ${table} left ${left} keys of a batch unread ${PAUSES_MS.length + 1} times`;
  return new FailureError({ kind: 'throttled', code: 'UnprocessedKeys', message });
}
