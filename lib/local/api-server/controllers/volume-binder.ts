import { isTerminating, labelsOf, nameOf, namespaceOf, toTime, uidOf } from '../objects/api-object.ts';
import { withMetadata } from '../objects/api-object.ts';
import type { ApiObject } from '../objects/api-object.ts';
import { listAt, objectAt, textAt, textsAt } from '../objects/json.ts';
import type { JsonObject } from '../objects/json.ts';
import { parseQuantity } from '../objects/quantity.ts';
import { matchLabelSelector } from '../selectors/label-selector.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { createQueueController } from './controller.ts';
import type { Controller, ControllerContext } from './controller.ts';

const [VOLUMES, CLAIMS] = ['persistentvolumes', 'persistentvolumeclaims'] as const;

/**
 * Binds claims to volumes that are there, as the volume controller does: the one that either names, else the smallest that is
 * large enough and of the same class. Nothing is provisioned, and nothing is done to a volume when its claim is gone.
 */
export function createVolumeBinder({ world: { store } }: ControllerContext): Controller {
  return createQueueController({
    keysOf: ({ storage }) => (storage === VOLUMES || storage === CLAIMS ? ['all'] : []),
    reconcile: (_key, now) => {
      for (const claim of store.list(CLAIMS)) settleClaim(store, claim, now);
      for (const volume of store.list(VOLUMES)) settleVolume(store, volume, now);
    },
  });
}

function settleClaim(store: ObjectStore, claim: ApiObject, now: number): void {
  const phase = textAt(claim, 'status', 'phase');
  const volumeName = textAt(claim, 'spec', 'volumeName');
  if (phase === 'Bound') {
    if (store.get(VOLUMES, '', volumeName) === undefined) setPhase(store, CLAIMS, claim, { phase: 'Lost' });
    return;
  }
  if (phase === 'Lost' || isTerminating(claim)) return;
  const volume = chooseVolume(store, claim);
  if (volume !== undefined) bind(store, claim, { volume, now });
}

/** The volume that the claim names, or that names the claim, or that fits best. */
function chooseVolume(store: ObjectStore, claim: ApiObject): ApiObject | undefined {
  const volumeName = textAt(claim, 'spec', 'volumeName');
  const free = store.list(VOLUMES).filter((one) => isFreeFor(one, claim));
  if (volumeName !== '') return free.find((one) => nameOf(one) === volumeName);
  const reserved = free.find((one) => textAt(one, 'spec', 'claimRef', 'name') !== '');
  const fitting = free.filter((one) => fits(one, claim)).sort((a, b) => sizeOf(a) - sizeOf(b));
  return reserved ?? fitting[0];
}

function isFreeFor(volume: ApiObject, claim: ApiObject): boolean {
  const owner = objectAt(volume, 'spec', 'claimRef');
  if (isTerminating(volume)) return false;
  if (textAt(owner, 'name') === '') return true;
  const uid = textAt(owner, 'uid');
  return (
    textAt(owner, 'name') === nameOf(claim) &&
    textAt(owner, 'namespace') === namespaceOf(claim) &&
    (uid === '' || uid === uidOf(claim))
  );
}

function fits(volume: ApiObject, claim: ApiObject): boolean {
  const wanted = parseQuantity(textAt(claim, 'spec', 'resources', 'requests', 'storage')) ?? 0;
  const offered = listAt(volume, 'spec', 'accessModes');
  return (
    ['storageClassName', 'volumeMode'].every(
      (field) => textAt(volume, 'spec', field) === textAt(claim, 'spec', field),
    ) &&
    listAt(claim, 'spec', 'accessModes').every((mode) => offered.includes(mode)) &&
    matchLabelSelector(objectAt(claim, 'spec', 'selector'))(labelsOf(volume)) &&
    sizeOf(volume) >= wanted
  );
}

function sizeOf(volume: ApiObject): number {
  return parseQuantity(textAt(volume, 'spec', 'capacity', 'storage')) ?? 0;
}

interface Binding {
  readonly volume: ApiObject;
  readonly now: number;
}

function bind(store: ObjectStore, claim: ApiObject, { volume, now }: Binding): void {
  const claimRef = {
    kind: 'PersistentVolumeClaim',
    namespace: namespaceOf(claim),
    name: nameOf(claim),
    uid: uidOf(claim),
    apiVersion: 'v1',
  };
  const spec = { ...objectAt(volume, 'spec'), claimRef };
  setPhase(store, VOLUMES, { ...volume, spec }, { phase: 'Bound', lastPhaseTransitionTime: toTime(now) });
  const annotations = {
    ...textsAt(claim.metadata, 'annotations'),
    'pv.kubernetes.io/bind-completed': 'yes',
  };
  const named = { ...claim, spec: { ...objectAt(claim, 'spec'), volumeName: nameOf(volume) } };
  const { accessModes, capacity } = objectAt(volume, 'spec');
  setPhase(store, CLAIMS, withMetadata(named, { annotations }), { phase: 'Bound', accessModes, capacity });
}

/** What a volume is without doing: Available to claims, or Released by one that is gone. */
function settleVolume(store: ObjectStore, volume: ApiObject, now: number): void {
  const owner = objectAt(volume, 'spec', 'claimRef');
  const uid = textAt(owner, 'uid');
  const claim = store.get(CLAIMS, textAt(owner, 'namespace'), textAt(owner, 'name'));
  const phase = textAt(volume, 'status', 'phase');
  const isReleased = uid !== '' && (claim === undefined || uidOf(claim) !== uid);
  const next = isReleased ? 'Released' : phase === 'Pending' && uid === '' ? 'Available' : phase;
  if (next !== phase) setPhase(store, VOLUMES, volume, { phase: next, lastPhaseTransitionTime: toTime(now) });
}

function setPhase(store: ObjectStore, storage: string, object: ApiObject, status: JsonObject): void {
  store.put(storage, { ...object, status: { ...objectAt(object, 'status'), ...status } });
}
