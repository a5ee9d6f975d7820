import { present, resourceOf } from '../kinds/kind-row.ts';
import type { KindRow } from '../kinds/kind-row.ts';
import { conflict } from '../objects/api-failure.ts';
import {
  finalizersOf,
  generationOf,
  isTerminating,
  nameOf,
  revisionOf,
  timeAt,
  toTime,
  uidOf,
  withMetadata,
} from '../objects/api-object.ts';
import type { ApiObject } from '../objects/api-object.ts';
import { listAt, numberAt, textAt } from '../objects/json.ts';
import type { JsonObject } from '../objects/json.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { ApiContext } from './api-context.ts';
import { bodyOf, isDryRun, numberOf, queryOf } from './api-request.ts';
import type { ApiRequest, ApiResponse } from './api-request.ts';
import { findObject, listObjects, matcherOf } from './read-objects.ts';
import type { Route } from './route.ts';

/** DeleteOptions, from the body or the query. */
export interface DeleteOrder {
  readonly now: number;
  readonly graceSeconds?: number;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly propagation?: string;
  readonly isDryRun?: boolean;
}

/** What a delete did: `removed` or only marked for deletion. */
export interface Deletion {
  readonly removed: boolean;
  readonly object: ApiObject;
}

/** DELETE of one object. */
export function deleteObject(api: ApiContext, request: ApiRequest, route: Route, now: number): ApiResponse {
  const { row } = route;
  const order = readOrder(request, now);
  const deletion = removeObject(api.world.store, row, findObject(api, route), order);
  if (row.deleteReturnsObject === true || !deletion.removed)
    return { code: 200, body: present(row, deletion.object) };
  return { code: 200, body: successOf(row, deletion.object) };
}

/** DELETE of a collection: every object that the selectors name, each with the same options. */
export function deleteCollection(
  api: ApiContext,
  request: ApiRequest,
  route: Route,
  now: number,
): ApiResponse {
  const order = readOrder(request, now);
  const body = listObjects(api, { ...request, headers: {} }, route, now);
  const matches = matcherOf(route, request);
  for (const object of api.world.store.list(route.row.storage).filter(matches))
    removeObject(api.world.store, route.row, object, order);
  return { code: 200, body };
}

function readOrder(request: ApiRequest, now: number): DeleteOrder {
  const body = bodyOf({ ...request, method: 'POST' }, 'DeleteOptions') ?? {};
  const grace = numberAt(body, 'gracePeriodSeconds') ?? numberOf(request, 'gracePeriodSeconds');
  const uid = textAt(body, 'preconditions', 'uid');
  const resourceVersion = textAt(body, 'preconditions', 'resourceVersion');
  return {
    now,
    // A negative grace has always meant one second.
    ...(grace === undefined ? {} : { graceSeconds: grace < 0 ? 1 : grace }),
    ...(uid === '' ? {} : { uid }),
    ...(resourceVersion === '' ? {} : { resourceVersion }),
    propagation: propagationOf(request, body),
    isDryRun: isDryRun(request) || listAt(body, 'dryRun').includes('All'),
  };
}

function propagationOf(request: ApiRequest, body: JsonObject): string {
  const policy = textAt(body, 'propagationPolicy') || queryOf(request, 'propagationPolicy');
  if (policy !== '') return policy;
  return body['orphanDependents'] === true || queryOf(request, 'orphanDependents') === 'true' ? 'Orphan' : '';
}

/** Deletes as the API server does: preconditions, grace, finalizers; a second delete can only shorten the grace. */
export function removeObject(
  store: ObjectStore,
  row: KindRow,
  object: ApiObject,
  order: DeleteOrder,
): Deletion {
  checkPreconditions(row, object, order);
  row.rules.admitDelete?.(object);
  const marked = markForDeletion(row, object, order);
  const stays = isHeld(row, marked);
  if (order.isDryRun === true) return { removed: !stays, object: marked };
  if (stays) return { removed: false, object: marked === object ? object : store.put(row.storage, marked) };
  // What can go gracefully is marked in a revision of its own even when it goes at once; watches see both.
  const isMarkShown = row.rules.graceSeconds !== undefined && marked !== object;
  const last = isMarkShown ? store.put(row.storage, marked) : marked;
  return { removed: true, object: store.remove(row.storage, last) };
}

// By a finalizer, by the grace of a kubelet, or by what the kind says.
function isHeld(row: KindRow, marked: ApiObject): boolean {
  const grace = numberAt(marked.metadata, 'deletionGracePeriodSeconds') ?? 0;
  return finalizersOf(marked).length > 0 || grace > 0 || row.rules.isHeld?.(marked) === true;
}

function checkPreconditions(row: KindRow, object: ApiObject, order: DeleteOrder): void {
  const of = { group: row.group, resource: row.kind };
  if (order.uid !== undefined && order.uid !== uidOf(object)) {
    throw conflict(
      of,
      nameOf(object),
      `the UID in the precondition (${order.uid}) does not match the UID in record (${uidOf(object)}). The object might have been deleted and then recreated`,
    );
  }
  if (order.resourceVersion !== undefined && order.resourceVersion !== revisionOf(object)) {
    throw conflict(
      of,
      nameOf(object),
      `the ResourceVersion in the precondition (${order.resourceVersion}) does not match the ResourceVersion in record (${revisionOf(object)}). The object might have been modified`,
    );
  }
}

function markForDeletion(row: KindRow, object: ApiObject, order: DeleteOrder): ApiObject {
  if (isTerminating(object)) return shortenGrace(object, order);
  const seconds = row.rules.graceSeconds?.(object, order.graceSeconds) ?? 0;
  const generation = row.hasGeneration === true ? { generation: generationOf(object) + 1 } : {};
  const marked = withMetadata(object, {
    deletionTimestamp: toTime(order.now + seconds * 1_000),
    deletionGracePeriodSeconds: seconds,
    ...generation,
    finalizers: finalizersFor(object, order.propagation),
  });
  return row.rules.beginDelete?.(marked) ?? marked;
}

function finalizersFor(object: ApiObject, propagation: string | undefined): readonly string[] | undefined {
  const added =
    propagation === 'Foreground' ? ['foregroundDeletion'] : propagation === 'Orphan' ? ['orphan'] : [];
  const all = [...finalizersOf(object), ...added];
  return all.length === 0 ? undefined : all;
}

// The new deadline counts from the first delete. One that has passed already becomes now, with the shortest grace that still
// leaves the last word to the kubelet.
function shortenGrace(object: ApiObject, order: DeleteOrder): ApiObject {
  const before = numberAt(object.metadata, 'deletionGracePeriodSeconds') ?? 0;
  const wanted = order.graceSeconds;
  if (wanted === undefined || wanted >= before) return object;
  const first = (timeAt(object.metadata, 'deletionTimestamp') ?? order.now) - before * 1_000;
  const deadline = first + wanted * 1_000;
  const isPast = deadline < order.now;
  return withMetadata(object, {
    deletionTimestamp: toTime(isPast ? order.now : deadline),
    deletionGracePeriodSeconds: isPast && wanted !== 0 ? 1 : wanted,
  });
}

function successOf(row: KindRow, object: ApiObject): JsonObject {
  const { group, resource } = resourceOf(row);
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name: nameOf(object), ...(group === '' ? {} : { group }), kind: resource, uid: uidOf(object) },
  };
}
