import { kindOf } from '../../kinds/kind-table.ts';
import { apiVersionOf } from '../../kinds/kind-row.ts';
import type { KindRow, World } from '../../kinds/kind-row.ts';
import { isFinished } from '../../kinds/pod/pod-rules.ts';
import { ApiFailure } from '../../objects/api-failure.ts';
import { isTerminating, nameOf, namespaceOf, ownersOf, uidOf } from '../../objects/api-object.ts';
import type { ApiObject } from '../../objects/api-object.ts';
import { objectAt, objectsAt } from '../../objects/json.ts';
import type { JsonObject } from '../../objects/json.ts';
import { insertObject } from '../../requests/create-object.ts';
import { removeObject } from '../../requests/delete-object.ts';
import type { StoreEvent } from '../../storage/object-store.ts';
import { recordEvent } from '../record-event.ts';

/** Objects of a storage that the owner controls. */
export function ownedBy(world: World, storage: string, owner: ApiObject): readonly ApiObject[] {
  const uid = uidOf(owner);
  return world.store
    .list(storage)
    .filter((one) => ownersOf(one).some((reference) => reference.controller && reference.uid === uid));
}

/** Pods that still count: neither finished nor on their way out. */
export function activeOf(pods: readonly ApiObject[]): readonly ApiObject[] {
  return pods.filter((pod) => !isFinished(pod) && !isTerminating(pod));
}

/** Keys (`namespace/name`) of owners of one kind that a change concerns: the owner itself, or who controls what changed. */
export function ownerKeys(
  event: StoreEvent,
  owner: { readonly storage: string; readonly kind: string },
): readonly string[] {
  if (event.storage === owner.storage) return [`${namespaceOf(event.object)}/${nameOf(event.object)}`];
  return ownersOf(event.object)
    .filter((one) => one.controller && one.kind === owner.kind)
    .map((one) => `${namespaceOf(event.object)}/${one.name}`);
}

/** The object under a `namespace/name` key. */
export function objectAtKey(world: World, storage: string, key: string): ApiObject | undefined {
  const [namespace = '', name = ''] = key.split('/');
  return world.store.get(storage, namespace, name);
}

/** An `ownerReferences` entry by which the owner controls something. */
export function controllerReference(row: KindRow, owner: ApiObject): JsonObject {
  return {
    apiVersion: apiVersionOf(row),
    kind: row.kind,
    name: nameOf(owner),
    uid: uidOf(owner),
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** A controller that makes and removes pods for its kind. */
export interface PodMaker {
  readonly world: World;
  readonly row: KindRow;
  readonly component: string;
}

/** Makes a pod from the owner's template; a refusal by admission becomes the event `FailedCreate` and false. */
export function createPodFor(
  maker: PodMaker,
  owner: ApiObject,
  finalizers: readonly string[],
  now: number,
): boolean {
  const template = objectAt(owner, 'spec', 'template');
  const { labels, annotations } = objectAt(template, 'metadata');
  const pod: ApiObject = {
    metadata: {
      generateName: `${nameOf(owner)}-`,
      labels,
      annotations,
      ownerReferences: [controllerReference(maker.row, owner)],
      ...(finalizers.length === 0 ? {} : { finalizers }),
    },
    spec: objectAt(template, 'spec'),
  };
  const about = { about: owner, kind: maker.row.kind, component: maker.component };
  try {
    const route = { row: kindOf('pods'), namespace: namespaceOf(owner) };
    const created = insertObject({ world: maker.world }, { route, object: pod, now, isDryRun: false });
    recordEvent(
      maker.world,
      { ...about, type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${nameOf(created)}` },
      now,
    );
    return true;
  } catch (cause) {
    if (!(cause instanceof ApiFailure)) throw cause;
    recordEvent(
      maker.world,
      { ...about, type: 'Warning', reason: 'FailedCreate', message: `Error creating: ${cause.message}` },
      now,
    );
    return false;
  }
}

/** Deletes a pod by its own grace. */
export function deletePodOf(maker: PodMaker, owner: ApiObject, pod: ApiObject, now: number): void {
  removeObject(maker.world.store, kindOf('pods'), pod, { now });
  const message = `Deleted pod: ${nameOf(pod)}`;
  recordEvent(
    maker.world,
    {
      about: owner,
      kind: maker.row.kind,
      type: 'Normal',
      reason: 'SuccessfulDelete',
      message,
      component: maker.component,
    },
    now,
  );
}

/** Whether the pod's Ready condition is True. */
export function isPodReady(pod: ApiObject): boolean {
  return objectsAt(pod, 'status', 'conditions').some(
    (one) => one['type'] === 'Ready' && one['status'] === 'True',
  );
}
