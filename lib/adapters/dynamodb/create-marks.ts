import type { Breaker } from '../../core/breaker.ts';
import { withoutUndefined } from '../../core/without-undefined.ts';
import type { Marks } from '../../ports/slot.ts';
import type { DynamoTable } from './dynamo-table.ts';
import { clusterKey, nodeKey } from './item-keys.ts';
import { readObstacles, readStoredQuota } from './read-node-mark.ts';
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
      return withoutUndefined({
        closing: item['closing'] === true,
        breaker: breakerIn(item),
        quota: readStoredQuota(item['quota']),
        obstacles: readObstacles(item['obstacles']),
      });
    },
    setClosing: async (node, closing) => {
      await table.update(nodeKey(cluster, node), { closing });
    },
    setBreaker: async (node, breaker) => {
      await table.update(nodeKey(cluster, node), { breaker });
    },
    setQuota: async (node, quota) => {
      await table.update(nodeKey(cluster, node), { quota });
    },
    setObstacles: async (node, obstacles) => {
      await table.update(nodeKey(cluster, node), { obstacles });
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
