import type { CallMeter } from '../count-calls.ts';

/** Reads off the calls of DynamoDB what they are billed for. */
export interface DynamoMeter {
  /** The request, so that its answer tells the capacity it used. */
  ask(body: Buffer): Buffer;
  count(operation: string, body: Buffer, answer: string): void;
}

interface Capacity {
  readonly CapacityUnits: number;
}

const CONDITION_FAILED = 'ConditionalCheckFailedException';
const WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem']);

/**
 * DynamoDB says in each answer how many units a call used, by the size of the items. A write whose condition fails says nothing
 * and is billed by the size of the item that is there (at least one unit): the units of the last write to that key. Other errors are
 * not billed.
 */
export function createDynamoMeter(meter: CallMeter): DynamoMeter {
  const sizes = new Map<string, number>();
  return {
    ask: (body) => {
      const input = JSON.parse(body.toString()) as Record<string, unknown>;
      return Buffer.from(JSON.stringify({ ...input, ReturnConsumedCapacity: 'TOTAL' }));
    },
    count: (operation, body, answer) => {
      const { Key } = JSON.parse(body.toString()) as { readonly Key?: unknown };
      const key = JSON.stringify(Key);
      const told = unitsIn(answer);
      if (told !== undefined && WRITES.has(operation)) sizes.set(key, told);
      const refused = answer.includes(CONDITION_FAILED) ? (sizes.get(key) ?? 1) : 0;
      meter.count(`dynamodb.${operation}`, told ?? refused);
    },
  };
}

/** A batch tells the units of each table; a strongly consistent read of nothing is one unit all the same. */
function unitsIn(answer: string): number | undefined {
  const { ConsumedCapacity: used } = JSON.parse(answer) as {
    readonly ConsumedCapacity?: Capacity | readonly Capacity[];
  };
  if (used === undefined) return undefined;
  const tables = Array.isArray(used) ? (used as readonly Capacity[]) : [used as Capacity];
  return Math.max(
    1,
    tables.reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0),
  );
}
