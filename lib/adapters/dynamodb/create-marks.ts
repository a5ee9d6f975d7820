import type { Marks } from '../../ports/slot.ts';
import type { DynamoTable } from './dynamo-table.ts';
import { clusterKey, nodeKey } from './item-keys.ts';

/** The marks over a table: an item each for `REBUILT` and `IDENTITY`, and one for each node. */
export function createMarks(table: DynamoTable, cluster: string): Marks {
  const identityKey = clusterKey(cluster, 'IDENTITY');
  const rebuiltKey = clusterKey(cluster, 'REBUILT');
  const readIdentity = async (): Promise<string | undefined> => {
    const identity = (await table.get(identityKey))?.['identity'];
    return typeof identity === 'string' ? identity : undefined;
  };
  return {
    rebuilt: async () => (await table.get(rebuiltKey)) !== undefined,
    setRebuilt: async (at) => {
      await table.update(rebuiltKey, { at });
    },
    identity: readIdentity,
    keepIdentity: async (identity, accept) => {
      const outcome = await table.update(
        identityKey,
        { identity },
        accept ? undefined : (terms) => `attribute_not_exists(${terms.name('identity')})`,
      );
      if (outcome.kind === 'written') return identity;
      // Stored in another form (by a newer version): an empty one equals nothing, so that nothing is written to the cluster.
      return (await readIdentity()) ?? '';
    },
    closing: async (node) => (await table.get(nodeKey(cluster, node)))?.['closing'] === true,
    setClosing: async (node, closing) => {
      await table.update(nodeKey(cluster, node), { closing });
    },
  };
}
