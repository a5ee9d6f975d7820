import { isObject, numberAt, textAt, textsAt, valueAt, withValue } from './json.ts';
import type { Json, JsonObject } from './json.ts';

/** A stored object. It carries no `kind` and no `apiVersion`: a list's items have none on the wire, single objects get them there. */
export interface ApiObject extends JsonObject {
  readonly metadata: JsonObject;
}

/** An `ownerReferences` entry as the garbage collector reads it. */
export interface Owner {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller: boolean;
}

/** The object as an ApiObject: one without metadata gets empty metadata. */
export function toApiObject(value: JsonObject): ApiObject {
  return isObject(value['metadata']) ? (value as ApiObject) : { ...value, metadata: {} };
}

export function nameOf(object: ApiObject): string {
  return textAt(object.metadata, 'name');
}

/** '' for an object of the cluster. */
export function namespaceOf(object: ApiObject): string {
  return textAt(object.metadata, 'namespace');
}

export function uidOf(object: ApiObject): string {
  return textAt(object.metadata, 'uid');
}

export function revisionOf(object: ApiObject): string {
  return textAt(object.metadata, 'resourceVersion');
}

export function labelsOf(object: ApiObject): Readonly<Record<string, string>> {
  return textsAt(object.metadata, 'labels');
}

/** Whether a delete was accepted and the object only waits for its kubelet or a finalizer. */
export function isTerminating(object: ApiObject): boolean {
  return object.metadata['deletionTimestamp'] !== undefined;
}

export function finalizersOf(object: ApiObject): readonly string[] {
  const value = object.metadata['finalizers'];
  return Array.isArray(value) ? (value as readonly string[]) : [];
}

export function ownersOf(object: ApiObject): readonly Owner[] {
  const value = valueAt(object.metadata, 'ownerReferences');
  if (!Array.isArray(value)) return [];
  return (value as readonly Json[]).map((owner) => ({
    kind: textAt(owner, 'kind'),
    name: textAt(owner, 'name'),
    uid: textAt(owner, 'uid'),
    controller: valueAt(owner, 'controller') === true,
  }));
}

/** A copy with some metadata replaced; `undefined` removes a field. */
export function withMetadata(object: ApiObject, changes: JsonObject): ApiObject {
  let metadata = object.metadata;
  for (const [key, value] of Object.entries(changes)) metadata = withValue(metadata, [key], value);
  return { ...object, metadata };
}

/** A `metav1.Time`: RFC 3339 in UTC, whole seconds. */
export function toTime(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19)}Z`;
}

/** Milliseconds since the epoch of a time at a path; `undefined` when it is not set. */
export function timeAt(from: Json | undefined, ...path: readonly string[]): number | undefined {
  const text = textAt(from, ...path);
  return text === '' ? undefined : Date.parse(text);
}

/** `metadata.generation`, 0 where the kind has none. */
export function generationOf(object: ApiObject): number {
  return numberAt(object.metadata, 'generation') ?? 0;
}
