import type { KindRow } from '../kinds/kind-row.ts';
import { apiVersionOf, fieldsForSelector, present, resourceOf, selectableFields } from '../kinds/kind-row.ts';
import { ApiFailure, badRequest, invalid, notFound, unsupported } from '../objects/api-failure.ts';
import { labelsOf, namespaceOf, revisionOf } from '../objects/api-object.ts';
import type { ApiObject } from '../objects/api-object.ts';
import type { JsonObject } from '../objects/json.ts';
import { parseFieldSelector } from '../selectors/field-selector.ts';
import { parseLabelSelector } from '../selectors/label-selector.ts';
import { toTable } from '../tables/to-table.ts';
import type { ApiContext } from './api-context.ts';
import { numberOf, queryOf } from './api-request.ts';
import type { ApiRequest } from './api-request.ts';
import { chooseRepresentation } from './choose-representation.ts';
import { pageOf } from './page-of-list.ts';
import type { Route } from './route.ts';

/** The stored object that a route names, or 404. */
export function findObject(api: ApiContext, route: Route): ApiObject {
  const name = route.name ?? '';
  const object = api.world.store.get(route.row.storage, route.namespace, name);
  if (object === undefined) throw notFound(resourceOf(route.row), name);
  return object;
}

/** GET of one object. */
export function readObject(api: ApiContext, request: ApiRequest, route: Route, now: number): JsonObject {
  const object = findObject(api, route);
  switch (chooseRepresentation(request)) {
    case 'object':
      return present(route.row, object);
    case 'metadata':
      return partialMetadata(object);
    case 'table':
      return toTable(route.row, [object], {
        now,
        include: queryOf(request, 'includeObject'),
        metadata: { resourceVersion: revisionOf(object) },
      });
  }
}

/** GET of a collection: selectors, pages, Tables. */
export function listObjects(api: ApiContext, request: ApiRequest, route: Route, now: number): JsonObject {
  const { row } = route;
  checkRevision(api, request);
  const page = pageOf(api, {
    storage: row.storage,
    matches: matcherOf(route, request),
    limit: numberOf(request, 'limit') ?? 0,
    token: queryOf(request, 'continue'),
    selective: queryOf(request, 'labelSelector') !== '' || queryOf(request, 'fieldSelector') !== '',
  });
  switch (chooseRepresentation(request)) {
    case 'object':
      return {
        kind: `${row.kind}List`,
        apiVersion: apiVersionOf(row),
        metadata: page.metadata,
        items: page.items.map(itemOf(row)),
      };
    case 'metadata':
      return {
        kind: 'PartialObjectMetadataList',
        apiVersion: 'meta.k8s.io/v1',
        metadata: page.metadata,
        items: page.items.map(partialMetadata),
      };
    case 'table':
      return toTable(row, page.items, {
        now,
        include: queryOf(request, 'includeObject'),
        metadata: page.metadata,
      });
  }
}

// Items are the frozen stored objects themselves, so that their JSON text is made once.
function itemOf(row: KindRow): (object: ApiObject) => JsonObject {
  const { fromStorage } = row;
  return fromStorage === undefined ? (object) => object : fromStorage;
}

/** An object's metadata under the kind that clients of metadata expect. */
export function partialMetadata(object: ApiObject): JsonObject {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

/** Namespace, labelSelector and fieldSelector of a request as one predicate; also a single name under `watch`. */
export function matcherOf(route: Route, request: ApiRequest): (object: ApiObject) => boolean {
  const { row, namespace, name } = route;
  const labels = parseLabelSelector(queryOf(request, 'labelSelector'));
  const fieldText = queryOf(request, 'fieldSelector');
  const fields = parseFieldSelector(fieldText, selectableFields(row));
  const hasFields = fieldText !== '';
  return (object) =>
    (namespace === '' || namespaceOf(object) === namespace) &&
    (name === undefined || object.metadata['name'] === name) &&
    labels(labelsOf(object)) &&
    (!hasFields || fields(fieldsForSelector(row, object)));
}

function checkRevision(api: ApiContext, request: ApiRequest): void {
  const text = queryOf(request, 'resourceVersion');
  const match = queryOf(request, 'resourceVersionMatch');
  checkRevisionMatch(match, text);
  const revision = parseRevision(text, 'invalid resource version: ') ?? 0;
  const current = api.world.store.revision();
  if (revision > current) throw tooLarge(revision, current);
  if (match === 'Exact' && revision !== 0 && revision < api.world.store.floor()) {
    throw new ApiFailure(410, 'Expired', `The resourceVersion for the provided list is too old.`);
  }
}

function checkRevisionMatch(match: string, revision: string): void {
  if (match === '') return;
  if (revision === '')
    throw forbiddenOption('resourceVersionMatch is forbidden unless resourceVersion is provided');
  const known = ['Exact', 'NotOlderThan', ''];
  if (!known.includes(match)) {
    throw invalid({ kind: 'ListOptions', group: 'meta.k8s.io' }, '', [
      unsupported('resourceVersionMatch', match, known),
    ]);
  }
  if (match === 'Exact' && revision === '0') {
    throw forbiddenOption('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  }
}

/** A resourceVersion of the query; `undefined` when absent, 400 when it is no number. */
export function parseRevision(text: string, prefix = ''): number | undefined {
  if (text === '') return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw badRequest(
    `${prefix}resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
  );
}

/** 422 for list options that contradict each other. */
export function forbiddenOption(message: string): ApiFailure {
  const cause = {
    reason: 'FieldValueForbidden',
    message: `Forbidden: ${message}`,
    field: 'resourceVersionMatch',
  } as const;
  return invalid({ kind: 'ListOptions', group: 'meta.k8s.io' }, '', [cause]);
}

function tooLarge(revision: number, current: number): ApiFailure {
  return new ApiFailure(
    504,
    'Timeout',
    `Timeout: Too large resource version: ${revision}, current: ${current}`,
    {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  );
}
