import type { ItemKey } from './table-definition.ts';

const POD = 'POD#';

/** The partition of a node's items. */
export function nodePartition(cluster: string, node: string): string {
  return `NODE#${cluster}/${node}`;
}

/** What the sort keys of all pod records start with. */
export const POD_PREFIX = POD;

/** The key of a pod's record. */
export function recordKey(cluster: string, node: string, uid: string): ItemKey {
  return { pk: nodePartition(cluster, node), sk: `${POD}${uid}` };
}

/** The key of a node's marks. */
export function nodeKey(cluster: string, node: string): ItemKey {
  return { pk: nodePartition(cluster, node), sk: 'NODE' };
}

/** The key of an item that belongs to the whole cluster. */
export function clusterKey(cluster: string, what: 'SLOT' | 'REBUILT' | 'IDENTITY'): ItemKey {
  return { pk: `CLUSTER#${cluster}`, sk: what };
}

/** The partition of what was counted of the use of a cluster's tasks. */
export function usePartition(cluster: string): string {
  return `USE#${cluster}`;
}

/** What the sort keys of all of it start with. */
export const USE_PREFIX = 'USE#';
