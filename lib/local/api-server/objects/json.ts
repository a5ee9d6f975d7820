/** JSON as the API server keeps it: read only, shared between the store, lists and watches, never copied. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object; `undefined` members are left out when it is written. */
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** Whether the value is an object (not a list, not null). */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether the value is a list. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The value at the end of a path of keys; `undefined` as soon as one step is no object. */
export function valueAt(from: Json | undefined, ...path: readonly string[]): Json | undefined {
  let value = from;
  for (const key of path) {
    if (!isObject(value)) return undefined;
    value = value[key];
  }
  return value;
}

const NOTHING: JsonObject = {};
const NONE: readonly JsonObject[] = [];

/** The object at a path, or an empty one. */
export function objectAt(from: Json | undefined, ...path: readonly string[]): JsonObject {
  const value = valueAt(from, ...path);
  return isObject(value) ? value : NOTHING;
}

/** The objects in the list at a path; anything else in it is left out. */
export function objectsAt(from: Json | undefined, ...path: readonly string[]): readonly JsonObject[] {
  const value = valueAt(from, ...path);
  if (!isList(value)) return NONE;
  return value.every((item) => isObject(item)) ? value : value.filter((item) => isObject(item));
}

/** The list at a path, or an empty one. */
export function listAt(from: Json | undefined, ...path: readonly string[]): readonly Json[] {
  const value = valueAt(from, ...path);
  return isList(value) ? value : NONE;
}

/** The string at a path, or ''. */
export function textAt(from: Json | undefined, ...path: readonly string[]): string {
  const value = valueAt(from, ...path);
  return typeof value === 'string' ? value : '';
}

/** The number at a path. */
export function numberAt(from: Json | undefined, ...path: readonly string[]): number | undefined {
  const value = valueAt(from, ...path);
  return typeof value === 'number' ? value : undefined;
}

/** The string-valued members of the object at a path: labels, a node selector, quantities. */
export function textsAt(
  from: Json | undefined,
  ...path: readonly string[]
): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const [key, value] of Object.entries(objectAt(from, ...path))) {
    if (typeof value === 'string') texts[key] = value;
  }
  return texts;
}

/** A copy with the value at the path replaced; everything beside the path is shared. `undefined` removes the key. */
export function withValue<T extends JsonObject>(
  object: T,
  path: readonly string[],
  value: Json | undefined,
): T {
  const [key, ...rest] = path;
  if (key === undefined) return object;
  const inner = rest.length === 0 ? value : withValue(objectAt(object, key), rest, value);
  if (inner !== undefined) return { ...object, [key]: inner };
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key)) as T;
}

/** Freezes the value all the way down. What is frozen already is taken to be frozen inside too. */
export function freeze<T extends Json>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value) as (Json | undefined)[]) {
    if (inner !== undefined) freeze(inner);
  }
  return Object.freeze(value);
}

/** A copy without `undefined` and null members, as Go leaves them out. */
export function withoutNulls(object: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== undefined && value !== null),
  );
}

const texts = new WeakMap<object, string>();

/** JSON text, remembered for frozen values: a pod that goes to ten watchers and fifty lists is written once. */
export function toText(value: Json): string {
  if (typeof value !== 'object' || value === null || !Object.isFrozen(value)) return JSON.stringify(value);
  const known = texts.get(value);
  if (known !== undefined) return known;
  const text = JSON.stringify(value);
  texts.set(value, text);
  return text;
}
