/** Part of a manifest, of whose shape nothing is known. */
export type JsonLike = Readonly<Record<string, unknown>>;

/** What stands at a path; `undefined` where there is nothing. */
export function read(object: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? (value as JsonLike)[key] : undefined),
    object,
  );
}

/** The object at a path; empty where there is none. */
export function at(object: unknown, path: readonly string[]): JsonLike {
  const value = read(object, path);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonLike) : {};
}

/** The list at a path; empty where there is none. */
export function listAt(object: unknown, path: readonly string[]): readonly unknown[] {
  const value = read(object, path);
  return Array.isArray(value) ? value : [];
}

/** A text that says something, or another one. */
export function textOf(value: unknown, otherwise: string): string {
  return typeof value === 'string' && value !== '' ? value : otherwise;
}

/** The steps of a path as faults write it: `spec.containers[0].env`. */
export function stepsOf(path: string): readonly (string | number)[] {
  return [...path.matchAll(/\["([^"]+)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(([, key, index, name]) =>
    index === undefined ? (key ?? name ?? '') : Number(index),
  );
}
