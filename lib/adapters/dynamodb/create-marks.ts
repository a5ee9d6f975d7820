import type { Breaker } from '../../core/breaker.ts';
import type { Marks } from '../../ports/slot.ts';
import type { DynamoTable } from './dynamo-table.ts';
import { clusterKey, nodeKey } from './item-keys.ts';
import type { Item } from './table-definition.ts';

/**
 * The marks over a table: an item each for `REBUILT` and `IDENTITY`, and one for each node, whose marks are attributes of their
 * own. What cannot be understood of one (a newer version wrote it) is read as its careful side.
 */
export function createMarks(table: DynamoTable, cluster: string): Marks {
  const identityKey = clusterKey(cluster, 'IDENTITY');
  const rebuiltKey = clusterKey(cluster, 'REBUILT');
  return {
    rebuiltAt: async () => {
      const item = await table.get(rebuiltKey);
      return item && numberIn(item, 'at');
    },
    setRebuilt: async (at) => {
      await table.update(rebuiltKey, { at });
    },
    keepIdentity: async (identity, accept) => {
      // Asked with every heartbeat: a read, and a write only when there is something new to keep.
      const item = await table.get(identityKey);
      if (item !== undefined && (!accept || item['identity'] === identity)) return textIn(item, 'identity');
      const outcome = await table.update(
        identityKey,
        { identity },
        accept ? undefined : (terms) => `attribute_not_exists(${terms.name('identity')})`,
      );
      return outcome.kind === 'written' ? identity : textIn((await table.get(identityKey)) ?? {}, 'identity');
    },
    node: async (node) => {
      const item = (await table.get(nodeKey(cluster, node))) ?? {};
      const breaker = breakerIn(item);
      return { closing: item['closing'] === true, ...(breaker && { breaker }) };
    },
    setClosing: async (node, closing) => {
      await table.update(nodeKey(cluster, node), { closing });
    },
    setBreaker: async (node, breaker) => {
      await table.update(nodeKey(cluster, node), { breaker });
    },
  };
}

/** A breaker of another form holds all the same, as one that no two looks agree on yet. */
function breakerIn({ breaker }: Item): Breaker | undefined {
  if (breaker === undefined) return undefined;
  const stored: Item = typeof breaker === 'object' ? { ...breaker } : {};
  const { agreedSince } = stored;
  return {
    since: numberIn(stored, 'since'),
    why: textIn(stored, 'why'),
    absent: numberIn(stored, 'absent'),
    ...(typeof agreedSince === 'number' && { agreedSince }),
  };
}

/** A number of another form counts as 0: an instant long ago, or nothing. */
function numberIn(item: Item, attribute: string): number {
  const value = item[attribute];
  return typeof value === 'number' ? value : 0;
}

/** A text of another form is empty: such an identity equals nothing, so that nothing is written to the cluster. */
function textIn(item: Item, attribute: string): string {
  const value = item[attribute];
  return typeof value === 'string' ? value : '';
}
