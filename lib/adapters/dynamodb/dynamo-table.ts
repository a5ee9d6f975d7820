import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBDocumentClient, QueryCommandOutput } from '@aws-sdk/lib-dynamodb';
import { attemptsOf, classifyDynamoError } from './classify-dynamo-error.ts';
import { ExpressionTerms, updateExpression } from './expression-terms.ts';
import type { Condition } from './expression-terms.ts';
import type { ItemKey } from './table-definition.ts';

/** An item as native values, its key included. */
export type Item = Readonly<Record<string, unknown>>;

/** Outcome of a conditional update; `attempts` is how often the SDK sent it, so that more than one may hide a success. */
export type UpdateOutcome =
  { readonly kind: 'written'; readonly item: Item } | { readonly kind: 'refused'; readonly attempts: number };

/** The three calls that this product makes, strongly consistent and classified: a throw is a `FailureError`. */
export interface DynamoTable {
  get(key: ItemKey): Promise<Item | undefined>;
  /** Every item of the partition whose sort key starts so, over all pages. */
  query(pk: string, prefix: string): Promise<readonly Item[]>;
  /** Sets and removes (`undefined`) the named attributes of one item if the condition holds; creates the item if there is none. */
  update(
    key: ItemKey,
    changes: Readonly<Record<string, unknown>>,
    condition?: Condition,
  ): Promise<UpdateOutcome>;
}

/** The table behind a document client. */
export function openTable(documents: DynamoDBDocumentClient, table: string): DynamoTable {
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

  return {
    get: async (key) => {
      const command = new GetCommand({ TableName: table, Key: { ...key }, ConsistentRead: true });
      return (await read(documents.send(command))).Item;
    },
    query: async (pk, prefix) => {
      const items: Item[] = [];
      let start: QueryCommandOutput['LastEvaluatedKey'];
      do {
        const page = await read(documents.send(queryCommand(table, { pk, prefix, start })));
        for (const item of page.Items ?? []) items.push(item);
        start = page.LastEvaluatedKey;
      } while (start !== undefined);
      return items;
    },
    update: async (key, changes, condition) => {
      try {
        const { Attributes } = await documents.send(updateCommand(table, { key, changes, condition }));
        return { kind: 'written', item: Attributes ?? {} };
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException)
          return { kind: 'refused', attempts: attemptsOf(error) };
        throw await classify(error, true);
      }
    },
  };
}

function queryCommand(
  table: string,
  { pk, prefix, start }: { pk: string; prefix: string; start: QueryCommandOutput['LastEvaluatedKey'] },
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
