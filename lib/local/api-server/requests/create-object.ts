import { present, resourceOf } from '../kinds/kind-row.ts';
import type { KindRow, RuleContext } from '../kinds/kind-row.ts';
import {
  alreadyExists,
  ApiFailure,
  badRequest,
  forbidden,
  invalid,
  notFound,
} from '../objects/api-failure.ts';
import { isTerminating, nameOf, namespaceOf, toTime, withMetadata } from '../objects/api-object.ts';
import type { ApiObject } from '../objects/api-object.ts';
import { textAt, withoutNulls } from '../objects/json.ts';
import { validateMetadata } from '../objects/validate-metadata.ts';
import type { ApiContext } from './api-context.ts';
import { isDryRun } from './api-request.ts';
import type { ApiRequest, ApiResponse } from './api-request.ts';
import { decodeBody } from './decode-body.ts';
import type { Route } from './route.ts';

const NAMESPACES = { group: '', resource: 'namespaces' };
// A generated name is cut so that it stays a DNS label with its five random characters.
const GENERATED_PREFIX_LIMIT = 58;
const SUFFIX_LENGTH = 5;

/** POST of a collection. */
export function createObject(api: ApiContext, request: ApiRequest, route: Route, now: number): ApiResponse {
  const { object, warnings } = decodeBody(route.row, request);
  const created = insertObject(api, { route, object, now, isDryRun: isDryRun(request) });
  return { code: 201, body: present(route.row, created), warnings };
}

/** What completing and storing an object needs; controllers have it too. */
export type HasWorld = Pick<ApiContext, 'world'>;

/** An object to create. */
export interface Insertion {
  readonly route: Route;
  readonly object: ApiObject;
  readonly now: number;
  readonly isDryRun: boolean;
}

/** Completes, admits, validates and stores a new object. */
export function insertObject(api: HasWorld, insertion: Insertion): ApiObject {
  const { route, now } = insertion;
  const { row } = route;
  const context = { world: api.world, now };
  const named = completeMetadata(insertion, api);
  checkNamespace(api, row, named);
  const stripped = row.hasStatus && row.rules.create === undefined ? { ...named, status: {} } : named;
  const admitted = admit(row, stripped, context);
  const causes = [
    ...validateMetadata(admitted, row.nameRule ?? 'subdomain'),
    ...(row.rules.validate?.(admitted, undefined) ?? []),
  ];
  if (causes.length > 0) throw invalid(row, nameOf(admitted), causes);
  if (api.world.store.get(row.storage, namespaceOf(admitted), nameOf(admitted)) !== undefined) {
    throw alreadyExists(resourceOf(row), nameOf(admitted));
  }
  return insertion.isDryRun ? admitted : api.world.store.put(row.storage, admitted);
}

function admit(row: KindRow, object: ApiObject, context: RuleContext): ApiObject {
  const ruled = row.rules.create?.(object, context) ?? object;
  return row.hasGeneration === true ? withMetadata(ruled, { generation: 1 }) : ruled;
}

function completeMetadata(insertion: Insertion, api: HasWorld): ApiObject {
  const { route, object, now } = insertion;
  const given = object.metadata;
  const prefix = textAt(given, 'generateName');
  const generated =
    prefix === '' ? '' : `${prefix.slice(0, GENERATED_PREFIX_LIMIT)}${api.world.ids.suffix(SUFFIX_LENGTH)}`;
  const name = nameOf(object) === '' ? generated : nameOf(object);
  const metadata = withoutNulls({
    name,
    generateName: prefix === '' ? undefined : prefix,
    namespace: namespaceFor(route, object),
    uid: api.world.ids.uid(),
    creationTimestamp: toTime(now),
    labels: given['labels'],
    annotations: given['annotations'],
    ownerReferences: given['ownerReferences'],
    finalizers: given['finalizers'],
  });
  if (textAt(given, 'resourceVersion') !== '')
    throw new ApiFailure(500, '', 'resourceVersion should not be set on objects to be created');
  return { ...object, metadata };
}

function namespaceFor(route: Route, object: ApiObject): string | undefined {
  const given = namespaceOf(object);
  if (!route.row.namespaced) return undefined;
  if (given !== '' && given !== route.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  return route.namespace;
}

function checkNamespace(api: HasWorld, row: KindRow, object: ApiObject): void {
  if (!row.namespaced) return;
  const name = namespaceOf(object);
  const namespace = api.world.store.get('namespaces', '', name);
  if (namespace === undefined) throw notFound(NAMESPACES, name);
  if (isTerminating(namespace)) {
    throw forbidden(
      resourceOf(row),
      nameOf(object),
      `unable to create new content in namespace ${name} because it is being terminated`,
    );
  }
}
