import { isDeepStrictEqual } from 'node:util';
import { kindOf } from '../../kinds/kind-table.ts';
import { generationOf, isTerminating, timeAt } from '../../objects/api-object.ts';
import type { ApiObject } from '../../objects/api-object.ts';
import { numberAt, objectAt, textAt, withoutNulls } from '../../objects/json.ts';
import { createQueueController } from '../controller.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import {
  activeOf,
  createPodFor,
  deletePodOf,
  isPodReady,
  objectAtKey,
  ownedBy,
  ownerKeys,
} from './owned-pods.ts';
import type { PodMaker } from './owned-pods.ts';

/** Keeps as many pods of each ReplicaSet as it asks for. */
export function createReplicaSetController({ world }: ControllerContext): Controller {
  const maker: PodMaker = { world, row: kindOf('replicasets', 'apps'), component: 'replicaset-controller' };
  return createQueueController({
    keysOf: (event) =>
      event.storage === 'replicasets' || event.storage === 'pods'
        ? ownerKeys(event, { storage: 'replicasets', kind: 'ReplicaSet' })
        : [],
    reconcile: (key, now) => {
      const set = objectAtKey(world, 'replicasets', key);
      if (set !== undefined) reconcileSet(maker, set, now);
    },
  });
}

function reconcileSet(maker: PodMaker, set: ApiObject, now: number): void {
  const { world } = maker;
  const wanted = numberAt(set, 'spec', 'replicas') ?? 1;
  const active = activeOf(ownedBy(world, 'pods', set));
  if (!isTerminating(set)) {
    for (let missing = wanted - active.length; missing > 0; missing -= 1) {
      if (!createPodFor(maker, set, [], now)) break;
    }
    for (const pod of [...active].sort(byWorth).slice(wanted)) deletePodOf(maker, set, pod, now);
  }
  writeStatus(maker, set);
}

function writeStatus({ world }: PodMaker, set: ApiObject): void {
  const pods = activeOf(ownedBy(world, 'pods', set));
  const ready = pods.filter(isPodReady).length;
  const status = withoutNulls({
    replicas: pods.length,
    fullyLabeledReplicas: pods.length === 0 ? null : pods.length,
    readyReplicas: ready === 0 ? null : ready,
    availableReplicas: ready === 0 ? null : ready,
    observedGeneration: generationOf(set),
  });
  if (!isDeepStrictEqual(status, objectAt(set, 'status'))) world.store.put('replicasets', { ...set, status });
}

// Least is lost with a pod that is not bound, then one that does not run, is not ready, or is young: those go first, so they stand last.
function byWorth(a: ApiObject, b: ApiObject): number {
  return (
    worthOf(b) - worthOf(a) ||
    (timeAt(a.metadata, 'creationTimestamp') ?? 0) - (timeAt(b.metadata, 'creationTimestamp') ?? 0)
  );
}

function worthOf(pod: ApiObject): number {
  const isBound = textAt(pod, 'spec', 'nodeName') !== '';
  const isRunning = textAt(pod, 'status', 'phase') === 'Running';
  return (isBound ? 4 : 0) + (isRunning ? 2 : 0) + (isPodReady(pod) ? 1 : 0);
}
