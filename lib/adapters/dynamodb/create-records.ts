import { isDeepStrictEqual } from 'node:util';
import { FailureError } from '../../core/failure.ts';
import type { PodRecord } from '../../core/record.ts';
import type { RecordBatch, RecordGuard, Records } from '../../ports/records.ts';
import type { DynamoTable } from './dynamo-table.ts';
import { decodeRecord, encodeChange } from './encode-record.ts';
import { forgetCondition, guardCondition } from './guard-condition.ts';
import { nodePartition, POD_PREFIX, recordKey } from './item-keys.ts';
import { MANDATORY_ATTRIBUTES } from './record-schema.ts';
import type { Item, ItemKey } from './table-definition.ts';

/** Told about an item that is left alone, with everything that is wrong with it. */
export type OnUnreadable = (key: ItemKey, fault: string) => void;

/**
 * Records over a table. `expiresAt` keeps whole seconds (rounded up). An item that cannot be read is an
 * `internal` failure, never no item.
 */
export function createRecords(table: DynamoTable, cluster: string, onUnreadable: OnUnreadable): Records {
  const readItem = (item: Item, node: string): PodRecord | undefined => {
    const decoded = decodeRecord(item, node);
    if (decoded.ok) return decoded.record;
    onUnreadable({ pk: nodePartition(cluster, node), sk: String(item['sk']) }, decoded.fault);
    return undefined;
  };
  const readOrFail = (item: Item, node: string): PodRecord => {
    const record = readItem(item, node);
    if (record !== undefined) return record;
    const message = `The record ${String(item['sk'])} of node ${node} cannot be read and is left as it is; see the log.`;
    throw new FailureError({ kind: 'internal', message });
  };
  const readAll = (items: readonly Item[], node: string): RecordBatch => {
    const records: PodRecord[] = [];
    const unreadable: string[] = [];
    for (const item of items) {
      const record = readItem(item, node);
      if (record === undefined) unreadable.push(String(item['sk']).slice(POD_PREFIX.length));
      else records.push(record);
    }
    return { records, unreadable };
  };

  return {
    get: async (node, uid) => {
      const item = await table.get(recordKey(cluster, node, uid));
      return item && readOrFail(item, node);
    },
    getMany: async (node, uids) => {
      const keys = uids.map((uid) => recordKey(cluster, node, uid));
      return readAll(await table.getMany(keys), node);
    },
    list: async function* (node) {
      for await (const items of table.query(nodePartition(cluster, node), POD_PREFIX))
        yield readAll(items, node);
    },
    write: async ({ node, uid, namespace, name }, change, guard) => {
      const key = recordKey(cluster, node, uid);
      const encoded = encodeChange(guard.kind === 'absent' ? { namespace, name, ...change } : change);
      demandWhole(encoded, guard);
      const outcome = await table.update(key, encoded, guardCondition(guard));
      if (outcome.kind === 'written') return { kind: 'written', record: readOrFail(outcome.item, node) };
      // Not ReturnValuesOnConditionCheckFailure: it would save this read, but local DynamoDBs do not all honour it.
      const current = await table.get(key);
      if (current === undefined) return { kind: 'conflict', record: undefined };
      const record = readOrFail(current, node);
      const isOurs = outcome.attempts > 1 && stands(encoded, current);
      return { kind: isOurs ? 'written' : 'conflict', record };
    },
    forget: async (node, uid, expiresAt) => {
      const key = recordKey(cluster, node, uid);
      const outcome = await table.remove(key, forgetCondition(expiresAt));
      if (outcome.kind === 'removed') return true;
      // Gone after a second send: the first one has deleted it, and its answer was lost.
      return outcome.attempts > 1 && (await table.get(key)) === undefined;
    },
  };
}

/** Whether the item holds the change: then an earlier send of the same call, whose answer was lost, has written it. */
function stands(encoded: Readonly<Record<string, unknown>>, item: Item): boolean {
  return Object.entries(encoded).every(([attribute, value]) => isDeepStrictEqual(item[attribute], value));
}

function demandWhole(encoded: Readonly<Record<string, unknown>>, guard: RecordGuard): void {
  if (guard.kind !== 'absent') return;
  const missing = Object.keys(MANDATORY_ATTRIBUTES).filter((attribute) => encoded[attribute] === undefined);
  if (missing.length === 0) return;
  throw new FailureError({ kind: 'internal', message: `A new record must name ${missing.join(', ')}.` });
}
