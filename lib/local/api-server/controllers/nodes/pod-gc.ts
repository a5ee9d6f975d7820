import { kindOf } from '../../kinds/kind-table.ts';
import { isFinished } from '../../kinds/pod/pod-rules.ts';
import type { World } from '../../kinds/kind-row.ts';
import { generationOf, isTerminating } from '../../objects/api-object.ts';
import type { ApiObject } from '../../objects/api-object.ts';
import { withPodCondition } from '../../objects/conditions.ts';
import { objectAt, textAt } from '../../objects/json.ts';
import { removeObject } from '../../requests/delete-object.ts';
import type { Controller, ControllerContext } from '../controller.ts';

const RUN_EVERY = 20_000;
const QUARANTINE_MS = 40_000;

/** PodGC: pods of nodes that are gone for forty seconds fail and are removed by force; so are deleted pods that no node ever had. */
export function createPodGc({ world }: ControllerContext, start: number): Controller {
  const missingSince = new Map<string, number>();
  let nextRun = start + RUN_EVERY;
  return {
    observe: () => undefined,
    run: (now) => {
      while (nextRun <= now) nextRun += RUN_EVERY;
      collect(world, missingSince, now);
    },
    nextDue: () => nextRun,
  };
}

function collect(world: World, missingSince: Map<string, number>, now: number): void {
  const pods = world.store.list('pods');
  const named = new Set(pods.map((pod) => textAt(pod, 'spec', 'nodeName')).filter((name) => name !== ''));
  for (const name of named) {
    if (world.store.get('nodes', '', name) !== undefined) missingSince.delete(name);
    else if (!missingSince.has(name)) missingSince.set(name, now);
  }
  for (const name of missingSince.keys()) if (!named.has(name)) missingSince.delete(name);
  for (const pod of pods) {
    const node = textAt(pod, 'spec', 'nodeName');
    const since = missingSince.get(node);
    if (since !== undefined && now - since >= QUARANTINE_MS) failAndRemove(world, pod, true, now);
    else if (node === '' && isTerminating(pod)) failAndRemove(world, pod, false, now);
  }
}

function failAndRemove(world: World, pod: ApiObject, isOrphan: boolean, now: number): void {
  const failed = isFinished(pod) ? pod : world.store.put('pods', toFailed(pod, isOrphan, now));
  removeObject(world.store, kindOf('pods'), failed, { now, graceSeconds: 0 });
}

function toFailed(pod: ApiObject, isOrphan: boolean, now: number): ApiObject {
  const status = { ...objectAt(pod, 'status'), phase: 'Failed', observedGeneration: generationOf(pod) };
  if (!isOrphan) return { ...pod, status };
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByPodGC',
    message: 'PodGC: node no longer exists',
    observedGeneration: generationOf(pod),
  };
  return withPodCondition({ ...pod, status }, condition, now);
}
