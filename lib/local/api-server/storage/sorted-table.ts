import type { ApiObject } from '../objects/api-object.ts';

/** Objects by key, listed in the order of their keys. */
export interface SortedTable {
  get(key: string): ApiObject | undefined;
  set(key: string, object: ApiObject): void;
  delete(key: string): void;
  /** A snapshot in key order, the same array until the next change. */
  list(): readonly ApiObject[];
}

/** An empty table. Keys are kept sorted by binary insertion, so that a list after a write costs one pass, not a sort. */
export function createSortedTable(): SortedTable {
  const objects = new Map<string, ApiObject>();
  const keys: string[] = [];
  let snapshot: readonly ApiObject[] | undefined;

  return {
    get: (key) => objects.get(key),
    set: (key, object) => {
      if (!objects.has(key)) keys.splice(positionOf(keys, key), 0, key);
      objects.set(key, object);
      snapshot = undefined;
    },
    delete: (key) => {
      if (!objects.delete(key)) return;
      keys.splice(positionOf(keys, key), 1);
      snapshot = undefined;
    },
    list: () => {
      snapshot ??= keys.map((key) => objects.get(key)).filter((object) => object !== undefined);
      return snapshot;
    },
  };
}

function positionOf(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
