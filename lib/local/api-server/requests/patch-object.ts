import { present } from '../kinds/kind-row.ts';
import { ApiFailure, badRequest, invalid, invalidValue, required } from '../objects/api-failure.ts';
import { isObject } from '../objects/json.ts';
import type { Json, JsonObject } from '../objects/json.ts';
import { applyParsedPatch, parsePatch, PATCH_TYPES } from '../patches/apply-patch.ts';
import type { PatchType } from '../patches/apply-patch.ts';
import type { ApiContext } from './api-context.ts';
import { contentTypeOf, isDryRun, queryOf } from './api-request.ts';
import type { ApiRequest, ApiResponse } from './api-request.ts';
import { insertObject } from './create-object.ts';
import { decodeFor } from './decode-body.ts';
import type { DecodedBody } from './decode-body.ts';
import { findObject } from './read-objects.ts';
import type { Route } from './route.ts';
import { checkName, writeUpdate } from './update-object.ts';

/** PATCH of an object or of its status. Server-side apply creates what is absent. */
export function patchObject(api: ApiContext, request: ApiRequest, route: Route, now: number): ApiResponse {
  const type = patchTypeOf(request);
  const patch = readPatch(request, type);
  if (type === 'apply') {
    if (queryOf(request, 'fieldManager') === '') throw missingManager();
    if (isAbsent(api, route) && route.subresource === undefined)
      return applyNew(api, request, route, { patch, now });
  }
  const previous = findObject(api, route);
  const merged = applyParsedPatch(present(route.row, previous), type, patch, route.row.model);
  const { object, warnings } = decodePatched(route, request, merged);
  checkName(route, object);
  const stored = writeUpdate(api, { route, next: object, previous, now, isDryRun: isDryRun(request) });
  return { code: 200, body: present(route.row, stored), warnings };
}

// What a patch makes of an object is a fault of the patch, not of the request.
function decodePatched(route: Route, request: ApiRequest, merged: JsonObject): DecodedBody {
  try {
    return decodeFor(route.row, request, merged);
  } catch (cause) {
    if (!(cause instanceof ApiFailure) || cause.code !== 400) throw cause;
    const text = typeof request.body === 'string' ? request.body : JSON.stringify(request.body);
    const why = cause.message.replace(/^.* cannot be handled as a \w+: /, '');
    throw invalid({ kind: '', group: '' }, '', [invalidValue('patch', text, why)]);
  }
}

/** The kind of patch by the Content-Type; 415 for any other. */
export function patchTypeOf(request: ApiRequest): PatchType {
  const type = contentTypeOf(request);
  if (type in PATCH_TYPES) return PATCH_TYPES[type as keyof typeof PATCH_TYPES];
  throw new ApiFailure(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
}

/** The patch in the body. */
export function readPatch(request: ApiRequest, type: PatchType): Json {
  if (request.body === undefined) throw badRequest('error decoding patch: unexpected end of JSON input');
  return typeof request.body === 'string' ? parsePatch(type, request.body) : request.body;
}

function isAbsent(api: ApiContext, route: Route): boolean {
  return api.world.store.get(route.row.storage, route.namespace, route.name ?? '') === undefined;
}

interface Application {
  readonly patch: Json;
  readonly now: number;
}

function applyNew(
  api: ApiContext,
  request: ApiRequest,
  route: Route,
  { patch, now }: Application,
): ApiResponse {
  const fresh: JsonObject = isObject(patch) ? applyParsedPatch({}, 'apply', patch, route.row.model) : {};
  const { object, warnings } = decodeFor(route.row, request, fresh);
  checkName(route, object);
  const created = insertObject(api, { route, object, now, isDryRun: isDryRun(request) });
  return { code: 201, body: present(route.row, created), warnings };
}

function missingManager(): ApiFailure {
  const cause = required('fieldManager', 'is required for apply patch');
  return invalid({ kind: 'PatchOptions', group: 'meta.k8s.io' }, '', [cause]);
}
