import type { Slot, SlotItem } from '../../ports/slot.ts';
import type { DynamoTable } from './dynamo-table.ts';
import type { Condition } from './expression-terms.ts';
import { clusterKey } from './item-keys.ts';
import type { Item } from './table-definition.ts';

/**
 * The slot over a table. A cleared slot has no holder (`''`) and was renewed at 0. What cannot be understood of the item reads
 * as that too: the slot only saves work, so that a stuck one would do more harm than two holders.
 */
export function createSlot(table: DynamoTable, cluster: string): Slot {
  const key = clusterKey(cluster, 'SLOT');
  return {
    read: async () => {
      const item = await table.get(key);
      return item && decodeSlot(item);
    },
    take: async (item, seen) => {
      const outcome = await table.update(key, definedOf(item), seen ? seenCondition(seen) : absentCondition);
      return outcome.kind === 'written' || (outcome.attempts > 1 && isMine(await table.get(key), item));
    },
    renew: async (holder, change) => {
      const outcome = await table.update(key, definedOf(change), holderCondition(holder));
      return outcome.kind === 'written';
    },
    clear: async (holder) => {
      await table.update(key, { holder: '', until: 0, renewedAt: 0 }, holderCondition(holder));
    },
  };
}

function decodeSlot(item: Item): SlotItem {
  const textOf = (name: string): string => (typeof item[name] === 'string' ? item[name] : '');
  const numberOf = (name: string): number => (typeof item[name] === 'number' ? item[name] : 0);
  const optional = (name: 'lastPassAt' | 'lastSweepAt'): Partial<SlotItem> =>
    typeof item[name] === 'number' ? { [name]: item[name] } : {};
  return {
    holder: textOf('holder'),
    deployId: textOf('deployId'),
    startedAt: numberOf('startedAt'),
    until: numberOf('until'),
    renewedAt: numberOf('renewedAt'),
    ...optional('lastPassAt'),
    ...optional('lastSweepAt'),
  };
}

/** An `undefined` here means "not told", never "remove": the times of the last pass and sweep outlive their holder. */
function definedOf(change: Partial<SlotItem>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(change).filter(([, value]: [string, unknown]) => value !== undefined),
  );
}

const absentCondition: Condition = (terms) => `attribute_not_exists(${terms.name('pk')})`;

function holderCondition(holder: string): Condition {
  return (terms) => `${terms.name('holder')} = ${terms.value(holder)}`;
}

/** Holder and renewal exactly as seen, where an attribute of another type counts as the blank that it was read as. */
function seenCondition(seen: SlotItem): Condition {
  return (terms) => {
    const holder = terms.name('holder');
    const renewedAt = terms.name('renewedAt');
    const orNone = (attribute: string, type: 'S' | 'N', isBlank: boolean): string =>
      isBlank ? ` OR NOT attribute_type(${attribute}, ${terms.value(type)})` : '';
    return [
      `attribute_exists(${terms.name('pk')})`,
      `(${holder} = ${terms.value(seen.holder)}${orNone(holder, 'S', seen.holder === '')})`,
      `(${renewedAt} = ${terms.value(seen.renewedAt)}${orNone(renewedAt, 'N', seen.renewedAt === 0)})`,
    ].join(' AND ');
  };
}

/** Whether an earlier send of the same call took the slot: a holder is named anew for each invocation. */
function isMine(item: Item | undefined, mine: SlotItem): boolean {
  return item?.['holder'] === mine.holder && item['renewedAt'] === mine.renewedAt;
}
