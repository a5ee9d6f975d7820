import { isDeepStrictEqual } from 'node:util';
import { ApiFailure } from '../objects/api-failure.ts';
import { isList, isObject } from '../objects/json.ts';
import type { Json, JsonObject } from '../objects/json.ts';
import { fieldsOf } from '../schema/model-types.ts';
import type { FieldType } from '../schema/model-types.ts';
import { patchRuleOf } from '../schema/patch-keys.ts';
import { orderMergedList } from './order-merged-list.ts';

const DELETE_FROM = '$deleteFromPrimitiveList/';
const ORDER = '$setElementOrder/';

/** Applies a strategic merge patch to an object of a model; directives (`$patch`, `$retainKeys`, ...) never reach the result. */
export function applyStrategicMerge(original: JsonObject, patch: JsonObject, model: string): JsonObject {
  return mergeObject(original, patch, { kind: 'object', model }) ?? {};
}

// `undefined`: the patch deletes the object.
function mergeObject(original: JsonObject, patch: JsonObject, type: FieldType): JsonObject | undefined {
  const directive = patch['$patch'] ?? 'merge';
  if (directive === 'delete') return undefined;
  if (directive === 'replace') return withoutDirectives(patch);
  if (directive !== 'merge') {
    throw new ApiFailure(
      500,
      '',
      `unknown patch type: ${JSON.stringify(directive)} in map: ${JSON.stringify(patch)}`,
    );
  }
  const result = retained(original, patch['$retainKeys']);
  for (const [key, value] of Object.entries(patch)) {
    if (value !== undefined && !key.startsWith('$')) mergeField(result, key, value, { type, patch });
  }
  deleteFromPlainLists(result, patch);
  orderUnpatchedLists(result, patch, type);
  return result;
}

function retained(original: JsonObject, keys: Json | undefined): Record<string, Json> {
  const result: Record<string, Json> = {};
  for (const [key, value] of Object.entries(original)) {
    if (value !== undefined && (!isList(keys) || keys.includes(key))) result[key] = value;
  }
  return result;
}

interface Place {
  readonly type: FieldType;
  readonly patch: JsonObject;
}

function mergeField(result: Record<string, Json>, key: string, value: Json, { type, patch }: Place): void {
  if (value === null) {
    Reflect.deleteProperty(result, key);
    return;
  }
  const before = result[key];
  const field = typeOfField(type, key);
  if (isObject(value)) {
    const merged = mergeObject(isObject(before) ? before : {}, value, field);
    if (merged === undefined) Reflect.deleteProperty(result, key);
    else result[key] = merged;
  } else if (isList(value)) {
    result[key] = mergeList(isList(before) ? before : [], value, {
      type,
      key,
      field,
      order: patch[`${ORDER}${key}`],
    });
  } else result[key] = value;
}

function typeOfField(type: FieldType, key: string): FieldType {
  if (type.kind === 'object') return fieldsOf(type.model).get(key) ?? { kind: 'any' };
  return type.kind === 'map' ? type.of : { kind: 'any' };
}

interface ListPlace {
  readonly type: FieldType;
  readonly key: string;
  readonly field: FieldType;
  readonly order: Json | undefined;
}

function mergeList(original: readonly Json[], patch: readonly Json[], place: ListPlace): readonly Json[] {
  const replaces = patch.some(
    (item) => isObject(item) && item['$patch'] === 'replace' && Object.keys(item).length === 1,
  );
  const plain = patch.filter((item) => !isObject(item) || item['$patch'] !== 'replace').map(cleaned);
  const rule = place.type.kind === 'object' ? patchRuleOf(place.type.model, place.key) : undefined;
  if (replaces || rule?.merge !== true) return plain;
  if (rule.mergeKey === undefined) {
    const merged = [...original, ...plain.filter((item) => !original.includes(item))];
    return orderMergedList(merged, {
      patch: isList(place.order) ? place.order : plain,
      original,
      same: Object.is,
    });
  }
  return mergeObjectsByKey(original, patch, { ...place, mergeKey: rule.mergeKey });
}

function mergeObjectsByKey(
  original: readonly Json[],
  patch: readonly Json[],
  place: ListPlace & { readonly mergeKey: string },
): readonly Json[] {
  const { mergeKey, field } = place;
  const itemType: FieldType = field.kind === 'list' ? field.of : { kind: 'any' };
  const keyOf = (item: Json): Json | undefined => (isObject(item) ? item[mergeKey] : undefined);
  const same = (a: Json, b: Json): boolean => keyOf(a) !== undefined && isDeepStrictEqual(keyOf(a), keyOf(b));
  // Nothing to merge with: the items are new, with or without their key.
  if (original.length === 0)
    return patch.filter((item) => !isObject(item) || item['$patch'] !== 'delete').map(cleaned);
  let merged = [...original];
  for (const item of patch) {
    if (!isObject(item) || keyOf(item) === undefined)
      throw new ApiFailure(
        500,
        '',
        `map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`,
      );
    const index = merged.findIndex((one) => same(one, item));
    const before = merged[index];
    const after = mergeObject(isObject(before) ? before : {}, item, itemType);
    if (after === undefined) merged = merged.filter((one) => !same(one, item));
    else if (index >= 0) merged[index] = after;
    else merged.push(after);
  }
  return orderMergedList(merged, { patch: isList(place.order) ? place.order : patch, original, same });
}

function cleaned(item: Json): Json {
  if (isList(item)) return item.map(cleaned);
  return isObject(item) ? withoutDirectives(item) : item;
}

function withoutDirectives(patch: JsonObject): JsonObject {
  const result: Record<string, Json> = {};
  for (const [key, value] of Object.entries(patch)) {
    if (value !== undefined && value !== null && !key.startsWith('$')) result[key] = cleaned(value);
  }
  return result;
}

function deleteFromPlainLists(result: Record<string, Json>, patch: JsonObject): void {
  for (const [directive, gone] of Object.entries(patch)) {
    if (!directive.startsWith(DELETE_FROM) || !isList(gone)) continue;
    const key = directive.slice(DELETE_FROM.length);
    const list = result[key];
    if (isList(list)) result[key] = list.filter((item) => !gone.includes(item));
  }
}

// `$setElementOrder/x` without `x` only reorders.
function orderUnpatchedLists(result: Record<string, Json>, patch: JsonObject, type: FieldType): void {
  for (const [directive, order] of Object.entries(patch)) {
    if (!directive.startsWith(ORDER) || !isList(order)) continue;
    const key = directive.slice(ORDER.length);
    const list = result[key];
    if (patch[key] !== undefined || !isList(list)) continue;
    const mergeKey = type.kind === 'object' ? patchRuleOf(type.model, key)?.mergeKey : undefined;
    const identity = (item: Json): Json | undefined =>
      mergeKey !== undefined && isObject(item) ? item[mergeKey] : item;
    result[key] = orderMergedList(list, {
      patch: order,
      original: list,
      same: (a, b) => isDeepStrictEqual(identity(a), identity(b)),
    });
  }
}
