import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';

/** The attribute that DynamoDB's TTL reads: a number, seconds since the epoch. */
export const TTL_ATTRIBUTE = 'expiresAt';

/** The attributes that make the primary key of every item. */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** An item as native values, its key included. */
export type Item = Readonly<Record<string, unknown>>;

/**
 * The table as the adapter needs it: one string key pair, no index, billed per request. TTL on {@link TTL_ATTRIBUTE} is set by
 * another call (UpdateTimeToLive), which CreateTable does not take.
 */
export function tableDefinition(table: string): CreateTableCommandInput {
  return {
    TableName: table,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
    ],
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
  };
}
