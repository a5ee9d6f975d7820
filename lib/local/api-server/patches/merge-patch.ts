import { isObject } from '../objects/json.ts';
import type { Json, JsonObject } from '../objects/json.ts';

/** RFC 7386: objects merge, null removes, everything else (lists too) replaces. */
export function applyMergePatch(original: JsonObject, patch: JsonObject): JsonObject {
  const result: Record<string, Json | undefined> = { ...original };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, key);
    else if (isObject(value)) {
      const before = result[key];
      result[key] = applyMergePatch(isObject(before) ? before : {}, value);
    } else result[key] = value;
  }
  return result;
}
