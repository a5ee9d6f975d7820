import { ApiFailure } from '../objects/api-failure.ts';
import type { ApiObject } from '../objects/api-object.ts';
import { withMetadata } from '../objects/api-object.ts';
import type { JsonObject } from '../objects/json.ts';
import type { ObjectStore, StoreEvent } from './object-store.ts';

/** What goes over the wire, one JSON line each. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: JsonObject;
}

/** Where a watch delivers. `end` is called once, by a timeout, an error or the close of the server, never by `stop`. */
export interface WatchSink {
  event(event: WatchEvent): void;
  end(): void;
}

/** What to watch and how. */
export interface WatchOrder {
  readonly storage: string;
  /** Namespace, labels and fields together. */
  readonly matches: (object: ApiObject) => boolean;
  /** The object as this client wants it: with kind and version, or as a Table. */
  readonly render: (object: ApiObject) => JsonObject;
  readonly renderBookmark: (metadata: JsonObject) => JsonObject;
  /** Start after this revision; `undefined` starts with the present state as ADDED events. */
  readonly from: number | undefined;
  readonly bookmarks: boolean;
  /** Mark the end of the initial events with an annotated bookmark. */
  readonly markInitialEnd: boolean;
  readonly deadline: number;
}

/** Open watches; `advance` sends bookmarks and ends those whose time is over. */
export interface WatchHub {
  open(order: WatchOrder, sink: WatchSink, now: number): () => void;
  advance(now: number): void;
  nextDue(): number | undefined;
  /** How many watches are open. */
  count(): number;
  closeAll(): void;
}

interface Watch {
  readonly order: WatchOrder;
  readonly sink: WatchSink;
  nextBookmark: number;
  /** Revision of the last change that was considered. */
  seen: number;
}

const BOOKMARK_EVERY = 60_000;
// The API server sends a last bookmark two seconds before it ends a watch.
const BOOKMARK_BEFORE_END = 2_000;

/** A hub on the store: watches by storage, so that a lease renewal is not offered to the watches of pods. */
export function createWatchHub(store: ObjectStore): WatchHub {
  const watches = new Map<string, Set<Watch>>();
  const all = (): Watch[] => [...watches.values()].flatMap((set) => [...set]);
  const drop = (watch: Watch): boolean => watches.get(watch.order.storage)?.delete(watch) === true;
  const end = (watch: Watch): void => {
    if (drop(watch)) watch.sink.end();
  };
  store.subscribe((event) => {
    for (const watch of [...(watches.get(event.storage) ?? [])]) deliver(watch, event);
  });

  return {
    open: (order, sink, now) => {
      const watch: Watch = {
        order,
        sink,
        nextBookmark: nextBookmarkAfter(now, order.deadline),
        seen: order.from ?? 0,
      };
      if (!sendBeginning(watch, store)) return () => undefined;
      watch.seen = Math.max(watch.seen, store.revision());
      const set = watches.get(order.storage) ?? new Set();
      watches.set(order.storage, set.add(watch));
      return () => void drop(watch);
    },
    advance: (now) => {
      for (const watch of all()) {
        if (watch.order.bookmarks && watch.nextBookmark <= now) {
          sendBookmark(watch, store.revision());
          watch.nextBookmark = nextBookmarkAfter(now, watch.order.deadline);
        }
        if (watch.order.deadline <= now) end(watch);
      }
    },
    nextDue: () => {
      const dues = all().map((watch) =>
        Math.min(watch.order.deadline, watch.order.bookmarks ? watch.nextBookmark : Infinity),
      );
      return dues.length === 0 ? undefined : Math.min(...dues);
    },
    count: () => all().length,
    closeAll: () => {
      for (const watch of all()) end(watch);
    },
  };
}

function nextBookmarkAfter(now: number, deadline: number): number {
  const last = deadline - BOOKMARK_BEFORE_END;
  return now < last ? Math.min(now + BOOKMARK_EVERY, last) : Infinity;
}

function sendBeginning(watch: Watch, store: ObjectStore): boolean {
  const { order, sink } = watch;
  if (order.from === undefined) {
    for (const object of store.list(order.storage)) {
      if (order.matches(object)) sink.event({ type: 'ADDED', object: order.render(object) });
    }
    if (order.markInitialEnd) sendBookmark(watch, store.revision(), { 'k8s.io/initial-events-end': 'true' });
    return true;
  }
  const missed = store.eventsSince(order.storage, order.from);
  if (missed !== 'expired') {
    for (const event of missed) deliver(watch, event);
    return true;
  }
  const message = `too old resource version: ${order.from} (${store.floor()})`;
  sink.event({ type: 'ERROR', object: new ApiFailure(410, 'Expired', message).status });
  sink.end();
  return false;
}

function sendBookmark(watch: Watch, revision: number, annotations?: JsonObject): void {
  const metadata = {
    resourceVersion: String(revision),
    ...(annotations === undefined ? {} : { annotations }),
  };
  watch.sink.event({ type: 'BOOKMARK', object: watch.order.renderBookmark(metadata) });
}

// For a client with a selector an object comes and goes as it begins and ceases to match; when it ceases, the client gets the
// state that matched last, under the revision of the change.
function deliver(watch: Watch, event: StoreEvent): void {
  const { order, sink } = watch;
  if (event.revision <= watch.seen) return;
  const was = event.previous !== undefined && order.matches(event.previous);
  const is = event.type !== 'DELETED' && order.matches(event.object);
  if (is) sink.event({ type: was ? 'MODIFIED' : 'ADDED', object: order.render(event.object) });
  else if (was) sink.event({ type: 'DELETED', object: order.render(lastMatching(event)) });
}

function lastMatching(event: StoreEvent): ApiObject {
  if (event.type === 'DELETED' || event.previous === undefined) return event.object;
  return withMetadata(event.previous, { resourceVersion: String(event.revision) });
}
