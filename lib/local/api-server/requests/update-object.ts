import { isDeepStrictEqual } from 'node:util';
import { present, resourceOf } from '../kinds/kind-row.ts';
import {
  badRequest,
  conflict,
  invalid,
  invalidValue,
  modified,
  notFound,
  forbiddenField,
} from '../objects/api-failure.ts';
import type { Cause } from '../objects/api-failure.ts';
import {
  finalizersOf,
  generationOf,
  isTerminating,
  nameOf,
  namespaceOf,
  revisionOf,
  uidOf,
  withMetadata,
} from '../objects/api-object.ts';
import type { ApiObject } from '../objects/api-object.ts';
import { numberAt } from '../objects/json.ts';
import type { JsonObject } from '../objects/json.ts';
import { validateMetadata } from '../objects/validate-metadata.ts';
import type { ApiContext } from './api-context.ts';
import { isDryRun } from './api-request.ts';
import type { ApiRequest, ApiResponse } from './api-request.ts';
import { insertObject } from './create-object.ts';
import type { HasWorld } from './create-object.ts';
import { decodeBody } from './decode-body.ts';
import type { Route } from './route.ts';

/** PUT of an object or of its status. */
export function replaceObject(api: ApiContext, request: ApiRequest, route: Route, now: number): ApiResponse {
  const { row } = route;
  const { object, warnings } = decodeBody(row, request);
  const name = route.name ?? '';
  if (nameOf(object) === '')
    throw badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  checkName(route, object);
  const previous = api.world.store.get(row.storage, route.namespace, name);
  if (previous === undefined) {
    if (row.createsOnUpdate !== true || route.subresource !== undefined)
      throw notFound(resourceOf(row), name);
    checkUid(route, object, undefined);
    const fresh = withMetadata(object, { resourceVersion: undefined });
    const created = insertObject(api, { route, object: fresh, now, isDryRun: isDryRun(request) });
    return { code: 201, body: present(row, created), warnings };
  }
  checkUid(route, object, previous);
  if (row.requiresRevision === true && revisionOf(object) === '') {
    const kind = { kind: row.plural, group: row.group };
    throw invalid(kind, name, [
      invalidValue('metadata.resourceVersion', 0, 'must be specified for an update'),
    ]);
  }
  const stored = writeUpdate(api, { route, next: object, previous, now, isDryRun: isDryRun(request) });
  return { code: 200, body: present(row, stored), warnings };
}

/** 400 when a body names another object than the URL. */
export function checkName(route: Route, object: ApiObject): void {
  const name = nameOf(object);
  if (name !== (route.name ?? '')) {
    throw badRequest(
      `the name of the object (${name}) does not match the name on the URL (${route.name ?? ''})`,
    );
  }
  const namespace = namespaceOf(object);
  if (namespace !== '' && namespace !== route.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
}

// A UID is a precondition, also when there is nothing yet: an object that someone has in mind is not made anew.
function checkUid({ row, namespace }: Route, object: ApiObject, previous: ApiObject | undefined): void {
  const wanted = uidOf(object);
  const found = previous === undefined ? '' : uidOf(previous);
  if (wanted === '' || wanted === found) return;
  const key = `/registry/${row.storage}/${row.namespaced ? `${namespace}/` : ''}${nameOf(object)}`;
  const why = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${found}`;
  throw conflict(resourceOf(row), nameOf(object), why);
}

/** A change of an existing object. */
export interface Update {
  readonly route: Route;
  readonly next: ApiObject;
  readonly previous: ApiObject;
  readonly now: number;
  readonly isDryRun: boolean;
}

/**
 * The one way that PUT and PATCH end: resourceVersion as a precondition, fields that this path may not write put back, rules,
 * validation, generation, and no write at all when nothing changed.
 */
export function writeUpdate(api: HasWorld, update: Update): ApiObject {
  const { previous, route } = update;
  const { row } = route;
  const { store } = api.world;
  checkRevision(update);
  refuse(update, [...checkUidField(update.next, previous), ...checkFinalizers(update.next, previous)]);
  const isStatus = route.subresource === 'status';
  const next = isStatus ? ruleStatus(api, update) : ruleMain(api, update);
  const validate = isStatus ? row.rules.validateStatus : row.rules.validate;
  refuse(update, [
    ...validateMetadata(next, row.nameRule ?? 'subdomain'),
    ...(validate?.(next, previous) ?? []),
  ]);
  if (isDeepStrictEqual(next, previous)) return previous;
  if (update.isDryRun) return next;
  return isReleased(next) ? store.remove(row.storage, next) : store.put(row.storage, next);
}

function checkRevision({ route, next, previous }: Update): void {
  const wanted = revisionOf(next);
  if (wanted !== '' && wanted !== revisionOf(previous))
    throw modified(resourceOf(route.row), nameOf(previous));
}

function refuse({ route, previous }: Update, causes: readonly Cause[]): void {
  if (causes.length > 0) throw invalid(route.row, nameOf(previous), causes);
}

function checkUidField(next: ApiObject, previous: ApiObject): readonly Cause[] {
  const uid = uidOf(next);
  return uid === '' || uid === uidOf(previous)
    ? []
    : [invalidValue('metadata.uid', uid, 'field is immutable')];
}

// What is on its way out may lose finalizers but get no new ones.
function checkFinalizers(next: ApiObject, previous: ApiObject): readonly Cause[] {
  if (!isTerminating(previous)) return [];
  const added = finalizersOf(next).filter((one) => !finalizersOf(previous).includes(one));
  if (added.length === 0) return [];
  const list = added.map((one) => JSON.stringify(one)).join(', ');
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`;
  return [forbiddenField('metadata.finalizers', why)];
}

function ruleStatus(api: HasWorld, update: Update): ApiObject {
  const { previous, next, now } = update;
  const { status: _status, ...rest } = previous;
  const status = next['status'];
  const candidate: ApiObject = {
    ...rest,
    ...(status === undefined ? {} : { status }),
    metadata: keepServerMetadata(next, previous),
  };
  return update.route.row.rules.updateStatus?.(candidate, previous, { world: api.world, now }) ?? candidate;
}

function ruleMain(api: HasWorld, update: Update): ApiObject {
  const { previous, next, now } = update;
  const { row } = update.route;
  const { status: _status, ...rest } = next;
  const status = row.hasStatus ? previous['status'] : next['status'];
  const candidate: ApiObject = {
    ...rest,
    ...(status === undefined ? {} : { status }),
    metadata: keepServerMetadata(next, previous),
  };
  const ruled = row.rules.update?.(candidate, previous, { world: api.world, now }) ?? candidate;
  if (row.hasGeneration !== true || isDeepStrictEqual(ruled['spec'], previous['spec'])) return ruled;
  return withMetadata(ruled, { generation: generationOf(previous) + 1 });
}

const SERVER_OWNED = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
];

// What the server owns is taken from the stored object in the stored order, so that an unchanged object stays deeply equal.
function keepServerMetadata(next: ApiObject, previous: ApiObject): JsonObject {
  const owned = Object.entries(previous.metadata).filter(([key]) => SERVER_OWNED.includes(key));
  const free = Object.entries(next.metadata).filter(([key]) => !SERVER_OWNED.includes(key));
  return Object.fromEntries([...owned, ...free]);
}

// The last finalizer is gone and no kubelet is waited for: the update is the deletion.
function isReleased(object: ApiObject): boolean {
  return (
    isTerminating(object) &&
    finalizersOf(object).length === 0 &&
    (numberAt(object.metadata, 'deletionGracePeriodSeconds') ?? 0) === 0
  );
}
