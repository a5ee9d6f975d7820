import { ApiFailure, badRequest } from '../objects/api-failure.ts';
import { nameOf, namespaceOf } from '../objects/api-object.ts';
import type { ApiObject } from '../objects/api-object.ts';
import type { JsonObject } from '../objects/json.ts';
import type { ApiContext } from './api-context.ts';

/** What to list, and from where. */
export interface PageOrder {
  readonly storage: string;
  readonly matches: (object: ApiObject) => boolean;
  /** 0 lists everything. */
  readonly limit: number;
  /** The `continue` of the page before, or ''. */
  readonly token: string;
  /** With a selector the number of remaining items is unknown, and left out. */
  readonly selective: boolean;
}

/** One page; its metadata carries the revision of the whole list and, when there is more, where to continue. */
export interface Page {
  readonly items: readonly ApiObject[];
  readonly metadata: JsonObject;
}

interface Position {
  readonly revision: number;
  /** Key of the last object of the page before. */
  readonly after: string;
}

const KEPT_SNAPSHOTS = 100;

/**
 * One page of a list. All pages show the revision of the first one, as etcd does; a token whose snapshot is gone is 410 Expired
 * with a token in it that goes on with newer objects.
 */
export function pageOf(api: ApiContext, order: PageOrder): Page {
  const { store } = api.world;
  const position = order.token === '' ? undefined : readToken(order.token);
  const revision = position?.revision ?? store.revision();
  const all = position === undefined ? store.list(order.storage) : snapshotOf(api, order.storage, position);
  const rest = position === undefined ? all : all.filter((object) => keyOf(object) > position.after);
  const matching = rest.filter(order.matches);
  if (order.limit <= 0 || matching.length <= order.limit) {
    return { items: matching, metadata: { resourceVersion: String(revision) } };
  }
  const items = matching.slice(0, order.limit);
  const last = items.at(-1);
  remember(api, `${order.storage}@${revision}`, all);
  const metadata = {
    resourceVersion: String(revision),
    continue: writeToken({ revision, after: last === undefined ? '' : keyOf(last) }),
    ...(order.selective ? {} : { remainingItemCount: matching.length - items.length }),
  };
  return { items, metadata };
}

function keyOf(object: ApiObject): string {
  return `${namespaceOf(object)}/${nameOf(object)}`;
}

function remember(api: ApiContext, key: string, list: readonly ApiObject[]): void {
  api.snapshots.delete(key);
  api.snapshots.set(key, list);
  const oldest = api.snapshots.keys().next().value;
  if (api.snapshots.size > KEPT_SNAPSHOTS && oldest !== undefined) api.snapshots.delete(oldest);
}

function snapshotOf(api: ApiContext, storage: string, position: Position): readonly ApiObject[] {
  if (position.revision === -1) return api.world.store.list(storage);
  const kept = api.snapshots.get(`${storage}@${position.revision}`);
  if (kept !== undefined) return kept;
  const message =
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';
  const failure = new ApiFailure(410, 'Expired', message);
  Object.assign(failure.status, { metadata: { continue: writeToken({ ...position, revision: -1 }) } });
  throw failure;
}

function writeToken(position: Position): string {
  const text = JSON.stringify({ v: 'meta.k8s.io/v1', rv: position.revision, start: position.after });
  return Buffer.from(text).toString('base64url');
}

function readToken(token: string): Position {
  try {
    const value = JSON.parse(Buffer.from(token, 'base64url').toString()) as { rv?: unknown; start?: unknown };
    if (typeof value.rv === 'number' && typeof value.start === 'string')
      return { revision: value.rv, after: value.start };
  } catch {
    // Falls through to the refusal: a token is opaque, so there is nothing more to say about it.
  }
  throw badRequest('invalid continue token: continue key is not valid');
}
