import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, GetCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBDocumentClient, QueryCommandOutput } from '@aws-sdk/lib-dynamodb';
import { attemptsOf, classifyDynamoError } from './classify-dynamo-error.ts';
import { ExpressionTerms, updateExpression } from './expression-terms.ts';
import type { Condition } from './expression-terms.ts';
import { readBatch } from './read-batch.ts';
import type { BatchReader } from './read-batch.ts';
import type { Item, ItemKey } from './table-definition.ts';

/** The condition did not hold; `attempts` is how often the SDK sent the call, so that more than one may hide a success. */
interface Refused {
  readonly kind: 'refused';
  readonly attempts: number;
}

/** Outcome of a conditional update. */
export type UpdateOutcome = { readonly kind: 'written'; readonly item: Item } | Refused;

/** The five calls that this product makes, strongly consistent and classified: a throw is a `FailureError`. */
export interface DynamoTable {
  get(key: ItemKey): Promise<Item | undefined>;
  /** The items of these keys that exist, in any order. */
  getMany(keys: readonly ItemKey[]): Promise<readonly Item[]>;
  /** Every item of the partition whose sort key starts so, a page of at most 1 MB at a time. */
  query(pk: string, prefix: string): AsyncIterable<readonly Item[]>;
  /** Sets and removes (`undefined`) the named attributes of one item if the condition holds; creates the item if there is none. */
  update(
    key: ItemKey,
    changes: Readonly<Record<string, unknown>>,
    condition?: Condition,
  ): Promise<UpdateOutcome>;
  /** Deletes one item if the condition holds, which an absent item never fulfils here. */
  remove(key: ItemKey, condition: Condition): Promise<{ readonly kind: 'removed' } | Refused>;
}

/** The table behind a document client; `sleep` is the pause in milliseconds before what DynamoDB left over is read again. */
export function openTable(
  documents: DynamoDBDocumentClient,
  table: string,
  sleep: BatchReader['sleep'],
): DynamoTable {
  const classify = async (thrown: unknown, changes: boolean): Promise<Error> => {
    const region = await documents.config.region().catch(() => 'unknown');
    return classifyDynamoError(thrown, { table, region, changes });
  };
  const read = async <T>(call: Promise<T>): Promise<T> => {
    try {
      return await call;
    } catch (error) {
      throw await classify(error, false);
    }
  };

  const write = async <T>(call: Promise<T>): Promise<{ readonly answer: T } | Refused> => {
    try {
      return { answer: await call };
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException)
        return { kind: 'refused', attempts: attemptsOf(error) };
      throw await classify(error, true);
    }
  };

  return {
    get: async (key) => {
      const command = new GetCommand({ TableName: table, Key: { ...key }, ConsistentRead: true });
      return (await read(documents.send(command))).Item;
    },
    getMany: (keys) => read(readBatch({ documents, table, sleep }, keys)),
    query: async function* (pk, prefix) {
      const cursor: Cursor = { start: undefined };
      const readPage = async (): Promise<readonly Item[]> => {
        const page = await read(documents.send(queryCommand(table, { pk, prefix, start: cursor.start })));
        cursor.start = page.LastEvaluatedKey;
        return page.Items ?? [];
      };
      // Nothing here holds a page while the next one is read.
      do yield await readPage();
      while (cursor.start !== undefined);
    },
    update: async (key, changes, condition) => {
      const sent = documents.send(updateCommand(table, { key, changes, condition }));
      const outcome = await write(sent);
      return 'answer' in outcome ? { kind: 'written', item: outcome.answer.Attributes ?? {} } : outcome;
    },
    remove: async (key, condition) => {
      const outcome = await write(documents.send(deleteCommand(table, key, condition)));
      return 'answer' in outcome ? { kind: 'removed' } : outcome;
    },
  };
}

interface Cursor {
  start: QueryCommandOutput['LastEvaluatedKey'];
}

function queryCommand(
  table: string,
  { pk, prefix, start }: { pk: string; prefix: string; start: Cursor['start'] },
): QueryCommand {
  const terms = new ExpressionTerms();
  return new QueryCommand({
    TableName: table,
    ConsistentRead: true,
    KeyConditionExpression: `${terms.name('pk')} = ${terms.value(pk)} AND begins_with(${terms.name('sk')}, ${terms.value(prefix)})`,
    ...terms.parameters(),
    ...(start !== undefined && { ExclusiveStartKey: start }),
  });
}

function updateCommand(
  table: string,
  update: {
    readonly key: ItemKey;
    readonly changes: Readonly<Record<string, unknown>>;
    readonly condition: Condition | undefined;
  },
): UpdateCommand {
  const terms = new ExpressionTerms();
  const expression = updateExpression(update.changes, terms);
  const condition = update.condition?.(terms);
  return new UpdateCommand({
    TableName: table,
    Key: { ...update.key },
    ReturnValues: 'ALL_NEW',
    ...(expression !== undefined && { UpdateExpression: expression }),
    ...(condition !== undefined && { ConditionExpression: condition }),
    ...terms.parameters(),
  });
}

function deleteCommand(table: string, key: ItemKey, condition: Condition): DeleteCommand {
  const terms = new ExpressionTerms();
  const expression = condition(terms);
  return new DeleteCommand({
    TableName: table,
    Key: { ...key },
    ConditionExpression: expression,
    ...terms.parameters(),
  });
}
