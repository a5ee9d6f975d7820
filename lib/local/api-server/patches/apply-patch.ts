import { applyPatch } from 'rfc6902';
import type { Operation } from 'rfc6902';
import { parse as parseYaml } from 'yaml';
import { ApiFailure, badRequest } from '../objects/api-failure.ts';
import { isList, isObject } from '../objects/json.ts';
import type { Json, JsonObject } from '../objects/json.ts';
import { applyMergePatch } from './merge-patch.ts';
import { applyStrategicMerge } from './strategic-merge.ts';

/** The patches of the Kubernetes API by their media type. */
export const PATCH_TYPES = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
} as const;

export type PatchType = (typeof PATCH_TYPES)[keyof typeof PATCH_TYPES];

/** The body of a patch, parsed: a list of operations for `json`, an object for all others. */
export function parsePatch(type: PatchType, body: string): Json {
  const value = parseBody(type, body);
  if (type === 'json' && !isList(value)) {
    throw badRequest(
      'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    );
  }
  if (type !== 'json' && !isObject(value)) {
    const what = isList(value) ? 'array' : typeof value;
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${what} into Go value of type map[string]interface {}`,
    );
  }
  return value;
}

function parseBody(type: PatchType, body: string): Json {
  try {
    return (type === 'apply' ? parseYaml(body) : JSON.parse(body)) as Json;
  } catch (cause) {
    throw badRequest(`error decoding patch: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/** The object after the patch. A JSON patch that does not apply is 422, as from the API server. */
export function applyParsedPatch(
  original: JsonObject,
  type: PatchType,
  patch: Json,
  model: string,
): JsonObject {
  if (type === 'json') return applyJsonPatch(original, patch);
  if (!isObject(patch)) return original;
  if (type === 'merge') return applyMergePatch(original, patch);
  // Server-side apply owns fields by manager; one manager's view of it is a merge by the same keys.
  return applyStrategicMerge(original, patch, model);
}

function applyJsonPatch(original: JsonObject, patch: Json): JsonObject {
  const copy = structuredClone<JsonObject>(original);
  const failed = applyPatch(copy, patch as unknown as Operation[]).find((result) => result !== null);
  if (failed === undefined) return copy;
  throw new ApiFailure(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}
