import type { Cause, ResourceName } from '../objects/api-failure.ts';
import type { ApiObject } from '../objects/api-object.ts';
import type { Json, JsonObject } from '../objects/json.ts';
import type { ObjectStore } from '../storage/object-store.ts';

export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';

/** What every object that is stored can do. */
export const ALL_VERBS: readonly Verb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

/** Ids and chance, so that a seed replays a whole cluster. */
export interface Ids {
  /** A UUID. */
  uid(): string;
  /** `length` characters as Kubernetes appends them to a generated name. */
  suffix(length: number): string;
}

/** What the rules of a kind may look at. */
export interface World {
  readonly store: ObjectStore;
  readonly ids: Ids;
  /** PEM of the CA that `kube-root-ca.crt` publishes. */
  readonly caCertificate: string;
}

/** One request's view of the world. */
export interface RuleContext {
  readonly world: World;
  readonly now: number;
}

/** One column of `kubectl get`. */
export interface Column {
  readonly name: string;
  readonly type?: 'string' | 'integer';
  readonly format?: 'name';
  /** Only shown with `-o wide`. */
  readonly wide?: boolean;
  readonly cell: (object: ApiObject, now: number) => Json;
}

/** A subresource as discovery lists it. */
export interface SubresourceRow {
  readonly name: string;
  readonly kind: string;
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly Verb[];
}

/** What is special about a kind. Every rule is optional; the generic rules of the API hold besides. */
export interface KindRules {
  /** Defaults and admission; gets the object with its metadata complete but for uid and times. */
  readonly create?: (object: ApiObject, context: RuleContext) => ApiObject;
  /** A write to the object itself; `next` has the status of `previous` already. */
  readonly update?: (next: ApiObject, previous: ApiObject, context: RuleContext) => ApiObject;
  /** A write to `/status`; `next` has everything but status and metadata of `previous` already. */
  readonly updateStatus?: (next: ApiObject, previous: ApiObject, context: RuleContext) => ApiObject;
  readonly validate?: (next: ApiObject, previous: ApiObject | undefined) => readonly Cause[];
  readonly validateStatus?: (next: ApiObject, previous: ApiObject) => readonly Cause[];
  /** Seconds that a delete leaves the object, given what the client asked for; 0 removes it at once. Absent: always 0. */
  readonly graceSeconds?: (object: ApiObject, requested: number | undefined) => number;
  /** Refuses a delete by throwing. */
  readonly admitDelete?: (object: ApiObject) => void;
  /** Changes an object at its first delete, such as a namespace's phase. */
  readonly beginDelete?: (object: ApiObject) => ApiObject;
  /** Something other than finalizers and grace keeps a deleted object, such as a namespace's content. */
  readonly isHeld?: (object: ApiObject) => boolean;
  /** Fields beyond `metadata.name` and `metadata.namespace` that a fieldSelector may name. */
  readonly fields?: (object: ApiObject) => Readonly<Record<string, string>>;
}

/** A kind: the whole API of a resource follows from its row. */
export interface KindRow {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly Verb[];
  readonly subresources?: readonly SubresourceRow[];
  /** Where its objects are kept; two versions of one kind share it. */
  readonly storage: string;
  /** Model of `@kubernetes/client-node` that describes its fields. */
  readonly model: string;
  readonly columns: readonly Column[];
  readonly rules: KindRules;
  /** The object has a status that only `/status` writes. */
  readonly hasStatus: boolean;
  /** metadata.generation counts changes of spec. */
  readonly hasGeneration?: boolean;
  /** PUT creates what is absent. */
  readonly createsOnUpdate?: boolean;
  /** PUT must carry a resourceVersion. */
  readonly requiresRevision?: boolean;
  /** DELETE answers with the object, not with a Status. */
  readonly deleteReturnsObject?: boolean;
  /** A list in a pod's namespace must be a DNS label rather than a subdomain. */
  readonly nameRule?: 'label' | 'subdomain' | 'path';
  /** Between the stored form and this version's form. */
  readonly fromStorage?: (object: ApiObject) => ApiObject;
  readonly toStorage?: (object: ApiObject) => ApiObject;
}

/** How the kind's resource is named in messages. */
export function resourceOf(row: KindRow): ResourceName {
  return { group: row.group, resource: row.plural };
}

/** `v1` or `apps/v1`. */
export function apiVersionOf(row: KindRow): string {
  return row.group === '' ? row.version : `${row.group}/${row.version}`;
}

const presented = new WeakMap<ApiObject, JsonObject>();

/** The stored object as this version shows it, with kind and apiVersion in front. */
export function present(row: KindRow, object: ApiObject): JsonObject {
  if (row.fromStorage !== undefined)
    return { kind: row.kind, apiVersion: apiVersionOf(row), ...row.fromStorage(object) };
  const known = presented.get(object);
  if (known !== undefined) return known;
  const shown = { kind: row.kind, apiVersion: apiVersionOf(row), ...object };
  // Remembered only for what the store has frozen: ten watchers then share one object and its text.
  if (Object.isFrozen(object)) presented.set(object, Object.freeze(shown));
  return shown;
}

/** What a fieldSelector may look at. */
export function fieldsForSelector(row: KindRow, object: ApiObject): Readonly<Record<string, string>> {
  const { name, namespace } = object.metadata;
  return {
    'metadata.name': typeof name === 'string' ? name : '',
    'metadata.namespace': typeof namespace === 'string' ? namespace : '',
    ...row.rules.fields?.(object),
  };
}

/** The names of those fields. */
export function selectableFields(row: KindRow): readonly string[] {
  return Object.keys(fieldsForSelector(row, { metadata: {} }));
}
