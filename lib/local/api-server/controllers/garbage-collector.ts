import { KINDS } from '../kinds/kind-table.ts';
import type { KindRow, World } from '../kinds/kind-row.ts';
import {
  finalizersOf,
  isTerminating,
  nameOf,
  namespaceOf,
  ownersOf,
  uidOf,
  withMetadata,
} from '../objects/api-object.ts';
import type { ApiObject } from '../objects/api-object.ts';
import { objectsAt, textAt } from '../objects/json.ts';
import { removeObject } from '../requests/delete-object.ts';
import type { StoreEvent } from '../storage/object-store.ts';
import type { Controller, ControllerContext } from './controller.ts';

interface Reference {
  readonly storage: string;
  readonly namespace: string;
  readonly name: string;
}

const ROWS = new Map<string, KindRow>(
  KINDS.filter((row) => row.storage !== '' && row.fromStorage === undefined).map((row) => [row.storage, row]),
);

/** The garbage collector: what has owners goes when the last of them is gone; owners deleted in the foreground wait for it. */
export function createGarbageCollector({ world }: ControllerContext): Controller {
  const living = new Set<string>();
  const dependents = new Map<string, Map<string, Reference>>();
  const toCheck = new Map<string, Reference>();
  const check = (reference: Reference): void => void toCheck.set(keyOf(reference), reference);
  return {
    observe: (event) => {
      const { object, type } = event;
      const reference = referenceOf(event);
      track(dependents, event, reference);
      if (type === 'DELETED') living.delete(uidOf(object));
      else living.add(uidOf(object));
      if (type === 'DELETED') for (const one of dependents.get(uidOf(object))?.values() ?? []) check(one);
      if (type === 'DELETED') for (const owner of ownersOf(object)) checkOwner(world, owner.uid, check);
      else if (ownersOf(object).length > 0 || finalizersOf(object).length > 0) check(reference);
    },
    run: (now) => {
      const references = [...toCheck.values()];
      toCheck.clear();
      for (const reference of references) {
        const object = world.store.get(reference.storage, reference.namespace, reference.name);
        const row = ROWS.get(reference.storage);
        if (object !== undefined && row !== undefined)
          collect({ world, living, dependents, now }, row, object);
      }
    },
    nextDue: () => (toCheck.size === 0 ? undefined : -Infinity),
  };
}

interface Heap {
  readonly world: World;
  readonly living: ReadonlySet<string>;
  readonly dependents: ReadonlyMap<string, ReadonlyMap<string, Reference>>;
  readonly now: number;
}

function referenceOf(event: StoreEvent): Reference {
  return { storage: event.storage, namespace: namespaceOf(event.object), name: nameOf(event.object) };
}

function keyOf(reference: Reference): string {
  return `${reference.storage}/${reference.namespace}/${reference.name}`;
}

function track(
  dependents: Map<string, Map<string, Reference>>,
  event: StoreEvent,
  reference: Reference,
): void {
  const key = keyOf(reference);
  for (const owner of event.previous === undefined ? [] : ownersOf(event.previous))
    dependents.get(owner.uid)?.delete(key);
  if (event.type === 'DELETED') return;
  for (const { uid } of ownersOf(event.object)) {
    const known = dependents.get(uid) ?? new Map<string, Reference>();
    dependents.set(uid, known.set(key, reference));
  }
}

// A foreground deletion of the owner may end with the last dependent.
function checkOwner(world: World, uid: string, check: (reference: Reference) => void): void {
  for (const [storage] of ROWS) {
    if (!['deployments', 'replicasets', 'jobs', 'nodes'].includes(storage)) continue;
    const owner = world.store.list(storage).find((one) => uidOf(one) === uid);
    if (owner !== undefined && isTerminating(owner))
      check({ storage, namespace: namespaceOf(owner), name: nameOf(owner) });
  }
}

function collect(heap: Heap, row: KindRow, object: ApiObject): void {
  if (isTerminating(object)) {
    finishDeletion(heap, row, object);
    return;
  }
  const owners = ownersOf(object);
  const alive = owners.filter((owner) => heap.living.has(owner.uid));
  if (owners.length === 0 || alive.length === owners.length) return;
  if (alive.length === 0) {
    removeObject(heap.world.store, row, object, { now: heap.now });
    return;
  }
  heap.world.store.put(
    row.storage,
    withoutOwners(
      object,
      owners.filter((owner) => !alive.includes(owner)).map((owner) => owner.uid),
    ),
  );
}

function withoutOwners(object: ApiObject, uids: readonly string[]): ApiObject {
  const kept = objectsAt(object.metadata, 'ownerReferences').filter(
    (owner) => !uids.includes(textAt(owner, 'uid')),
  );
  return withMetadata(object, { ownerReferences: kept.length === 0 ? undefined : kept });
}

function finishDeletion(heap: Heap, row: KindRow, object: ApiObject): void {
  const finalizers = finalizersOf(object);
  const isOrphaning = finalizers.includes('orphan');
  if (!isOrphaning && !finalizers.includes('foregroundDeletion')) return;
  const waiting = isOrphaning ? orphanDependents(heap, object) : deleteDependents(heap, object);
  if (waiting) return;
  const kept = finalizers.filter((one) => one !== 'orphan' && one !== 'foregroundDeletion');
  const released = withMetadata(object, { finalizers: kept.length === 0 ? undefined : kept });
  if (kept.length === 0) heap.world.store.remove(row.storage, released);
  else heap.world.store.put(row.storage, released);
}

function dependentsOf(heap: Heap, owner: ApiObject): { readonly row: KindRow; readonly object: ApiObject }[] {
  return [...(heap.dependents.get(uidOf(owner))?.values() ?? [])].flatMap((reference) => {
    const row = ROWS.get(reference.storage);
    const object = heap.world.store.get(reference.storage, reference.namespace, reference.name);
    return row === undefined || object === undefined ? [] : [{ row, object }];
  });
}

function orphanDependents(heap: Heap, owner: ApiObject): boolean {
  for (const { row, object } of dependentsOf(heap, owner))
    heap.world.store.put(row.storage, withoutOwners(object, [uidOf(owner)]));
  return false;
}

function deleteDependents(heap: Heap, owner: ApiObject): boolean {
  for (const { row, object } of dependentsOf(heap, owner)) {
    if (!isTerminating(object)) removeObject(heap.world.store, row, object, { now: heap.now });
  }
  return dependentsOf(heap, owner).length > 0;
}
