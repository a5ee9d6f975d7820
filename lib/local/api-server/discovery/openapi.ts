import { createHash } from 'node:crypto';
import type { KindRow } from '../kinds/kind-row.ts';
import { apiVersionOf } from '../kinds/kind-row.ts';
import { freeze } from '../objects/json.ts';
import type { JsonObject } from '../objects/json.ts';
import { schemaName, schemasFor } from './openapi-schemas.ts';

const DOCUMENTS = new WeakMap<readonly KindRow[], Map<string, JsonObject>>();

// A document is large and never changes, so each is made once.
function remembered(kinds: readonly KindRow[], key: string, make: () => JsonObject): JsonObject {
  const documents = DOCUMENTS.get(kinds) ?? new Map<string, JsonObject>();
  DOCUMENTS.set(kinds, documents);
  const known = documents.get(key) ?? freeze(make());
  documents.set(key, known);
  return known;
}

/** `/openapi/v2`: every kind, with what kubectl needs to explain and to merge. */
export function openApiV2(kinds: readonly KindRow[], version: string): JsonObject {
  return remembered(kinds, 'v2', () => ({
    swagger: '2.0',
    info: { title: 'Kubernetes', version },
    paths: pathsOf(kinds, '#/definitions/'),
    definitions: schemasFor(kinds, '#/definitions/'),
  }));
}

const groupPathOf = (row: KindRow): string =>
  row.group === '' ? `api/${row.version}` : `apis/${row.group}/${row.version}`;

/** `/openapi/v3`: where the documents of the groups are. The hash lets clients cache them. */
export function openApiV3Index(kinds: readonly KindRow[]): JsonObject {
  const groups = [...new Set(kinds.map(groupPathOf))];
  const hash = createHash('sha256')
    .update(kinds.map((row) => `${apiVersionOf(row)}/${row.model}`).join())
    .digest('hex');
  const entries = groups.map(
    (path) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }] as const,
  );
  return { paths: Object.fromEntries(entries) };
}

/** The document of one group; `undefined` for a group that is not served. */
export function openApiV3(
  kinds: readonly KindRow[],
  groupPath: string,
  version: string,
): JsonObject | undefined {
  const rows = kinds.filter((row) => groupPathOf(row) === groupPath);
  if (rows.length === 0) return undefined;
  return remembered(kinds, groupPath, () => ({
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version },
    paths: pathsOf(rows, '#/components/schemas/'),
    components: { schemas: schemasFor(rows, '#/components/schemas/') },
  }));
}

function pathsOf(kinds: readonly KindRow[], refPrefix: string): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const row of kinds) {
    const base = `/${groupPathOf(row)}`;
    const collection = row.namespaced
      ? `${base}/namespaces/{namespace}/${row.plural}`
      : `${base}/${row.plural}`;
    if (row.namespaced && row.verbs.includes('list'))
      paths[`${base}/${row.plural}`] = { get: operation(row, 'list', refPrefix) };
    paths[collection] = {
      ...(row.verbs.includes('list') ? { get: operation(row, 'list', refPrefix) } : {}),
      post: operation(row, 'post', refPrefix),
    };
    if (!row.verbs.includes('get')) continue;
    paths[`${collection}/{name}`] = {
      get: operation(row, 'get', refPrefix),
      put: operation(row, 'put', refPrefix),
      patch: operation(row, 'patch', refPrefix),
      delete: operation(row, 'delete', refPrefix),
    };
  }
  return paths;
}

// kubectl leaves field validation to a server whose PATCH has these parameters.
const WRITE_PARAMETERS = ['dryRun', 'fieldManager', 'fieldValidation'];

function operation(row: KindRow, action: string, refPrefix: string): JsonObject {
  const isV3 = refPrefix.includes('components');
  const schema = { $ref: `${refPrefix}${schemaName(row.model)}` };
  const writes = ['post', 'put', 'patch'].includes(action);
  return {
    operationId: `${action}${row.group}${row.version}${row.kind}`,
    parameters: writes
      ? WRITE_PARAMETERS.map((name) => ({
          name,
          in: 'query',
          ...(isV3 ? { schema: { type: 'string' } } : { type: 'string' }),
        }))
      : [],
    responses: {
      '200': { description: 'OK', ...(isV3 ? { content: { 'application/json': { schema } } } : { schema }) },
    },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group: row.group, version: row.version, kind: row.kind },
  };
}
