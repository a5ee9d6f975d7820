import type { Marks } from '../../ports/slot.ts';
import type { DynamoTable } from './dynamo-table.ts';
import { clusterKey, nodeKey } from './item-keys.ts';

/** The marks over a table: an item each for `REBUILT` and `IDENTITY`, and one for each node. */
export function createMarks(table: DynamoTable, cluster: string): Marks {
  const identityKey = clusterKey(cluster, 'IDENTITY');
  const rebuiltKey = clusterKey(cluster, 'REBUILT');
  return {
    rebuilt: async () => (await table.get(rebuiltKey)) !== undefined,
    setRebuilt: async (at) => {
      await table.update(rebuiltKey, { at });
    },
    identity: async () => {
      const item = await table.get(identityKey);
      return item === undefined ? undefined : identityIn(item);
    },
    keepIdentity: async (identity, accept) => {
      // Asked with every heartbeat: a read, and a write only when there is something new to keep.
      const item = await table.get(identityKey);
      if (item !== undefined && (!accept || item['identity'] === identity)) return identityIn(item);
      const outcome = await table.update(
        identityKey,
        { identity },
        accept ? undefined : (terms) => `attribute_not_exists(${terms.name('identity')})`,
      );
      return outcome.kind === 'written' ? identity : identityIn(await table.get(identityKey));
    },
    closing: async (node) => (await table.get(nodeKey(cluster, node)))?.['closing'] === true,
    setClosing: async (node, closing) => {
      await table.update(nodeKey(cluster, node), { closing });
    },
  };
}

/** Stored in another form (by a newer version): an empty one equals nothing, so that nothing is written to the cluster. */
function identityIn(item: Readonly<Record<string, unknown>> | undefined): string {
  const identity = item?.['identity'];
  return typeof identity === 'string' ? identity : '';
}
