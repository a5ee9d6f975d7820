import { namespaceOf, nameOf, withMetadata } from '../objects/api-object.ts';
import type { ApiObject } from '../objects/api-object.ts';
import { freeze } from '../objects/json.ts';
import { createSortedTable } from './sorted-table.ts';
import type { SortedTable } from './sorted-table.ts';

/** One committed change. `object` carries the revision of the change, also when it is a deletion. */
export interface StoreEvent {
  readonly revision: number;
  readonly storage: string;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: ApiObject;
  readonly previous?: ApiObject;
}

/**
 * Objects by storage (`pods`, `leases`), with one revision for all of them as in etcd. What is stored is frozen and shared;
 * a bounded log of changes lets watches resume.
 */
export interface ObjectStore {
  /** The revision of the last change. */
  revision(): number;
  get(storage: string, namespace: string, name: string): ApiObject | undefined;
  /** All objects by namespace and name. The array is a snapshot: later changes make a new one. */
  list(storage: string): readonly ApiObject[];
  /** Stores the object under its namespace and name with a new resourceVersion. */
  put(storage: string, object: ApiObject): ApiObject;
  /** Removes the object; returns its last state with the revision of the deletion. */
  remove(storage: string, object: ApiObject): ApiObject;
  /** Changes of one storage after `revision`; `expired` when the log does not reach back that far. */
  eventsSince(storage: string, revision: number): readonly StoreEvent[] | 'expired';
  /** Tells every later change, in order, also when a listener writes itself. Returns how to stop. */
  subscribe(listener: (event: StoreEvent) => void): () => void;
  /** Forgets the log: a watch or a list from before now gets 410 Gone, as after etcd's compaction. */
  compact(): void;
  /** The revision before the oldest change that is still in the log. */
  floor(): number;
}

/** An empty store that keeps the last `logSize` changes for watches. */
export function createObjectStore(logSize: number): ObjectStore {
  const tables = new Map<string, SortedTable>();
  const log = createEventLog(logSize);
  const fanOut = createFanOut();
  let revision = 1;

  const tableOf = (storage: string): SortedTable => {
    const known = tables.get(storage);
    if (known !== undefined) return known;
    const table = createSortedTable();
    tables.set(storage, table);
    return table;
  };
  const commit = (storage: string, type: StoreEvent['type'], object: ApiObject): ApiObject => {
    revision += 1;
    const stored = freeze(withMetadata(object, { resourceVersion: String(revision) }));
    const table = tableOf(storage);
    const key = keyOf(stored);
    const previous = table.get(key);
    if (type === 'DELETED') table.delete(key);
    else table.set(key, stored);
    const event = {
      revision,
      storage,
      type,
      object: stored,
      ...(previous === undefined ? {} : { previous }),
    };
    log.append(event);
    fanOut.publish(event);
    return stored;
  };

  return {
    revision: () => revision,
    floor: () => log.floor(),
    get: (storage, namespace, name) => tableOf(storage).get(`${namespace}/${name}`),
    list: (storage) => tableOf(storage).list(),
    put: (storage, object) =>
      commit(storage, tableOf(storage).get(keyOf(object)) === undefined ? 'ADDED' : 'MODIFIED', object),
    remove: (storage, object) => commit(storage, 'DELETED', object),
    eventsSince: (storage, from) =>
      from < log.floor() ? 'expired' : log.after(from).filter((event) => event.storage === storage),
    subscribe: (listener) => fanOut.subscribe(listener),
    compact: () => log.clear(revision),
  };
}

function keyOf(object: ApiObject): string {
  return `${namespaceOf(object)}/${nameOf(object)}`;
}

interface EventLog {
  append(event: StoreEvent): void;
  after(revision: number): readonly StoreEvent[];
  floor(): number;
  clear(revision: number): void;
}

function createEventLog(size: number): EventLog {
  let events: StoreEvent[] = [];
  let floor = 1;
  return {
    append: (event) => {
      events.push(event);
      // Trimmed by quarters, so that a full log does not move its whole content with every write.
      if (events.length < size * 1.25) return;
      const dropped = events.splice(0, events.length - size);
      floor = dropped.at(-1)?.revision ?? floor;
    },
    after: (revision) => {
      let start = events.length;
      while (start > 0 && (events[start - 1]?.revision ?? 0) > revision) start -= 1;
      return events.slice(start);
    },
    floor: () => floor,
    clear: (revision) => {
      events = [];
      floor = revision;
    },
  };
}

interface FanOut {
  publish(event: StoreEvent): void;
  subscribe(listener: (event: StoreEvent) => void): () => void;
}

// A listener may write: its change waits in the queue until everyone has seen the one before.
function createFanOut(): FanOut {
  const listeners = new Set<(event: StoreEvent) => void>();
  const queue: StoreEvent[] = [];
  let running = false;
  return {
    publish: (event) => {
      queue.push(event);
      if (running) return;
      running = true;
      try {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
          for (const listener of [...listeners]) listener(next);
        }
      } finally {
        running = false;
      }
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
