import { kindOf } from '../../kinds/kind-table.ts';
import type { World } from '../../kinds/kind-row.ts';
import { isTerminating, nameOf, namespaceOf, uidOf } from '../../objects/api-object.ts';
import type { ApiObject } from '../../objects/api-object.ts';
import { withPodCondition } from '../../objects/conditions.ts';
import { numberAt, objectsAt, textAt } from '../../objects/json.ts';
import type { JsonObject } from '../../objects/json.ts';
import { removeObject } from '../../requests/delete-object.ts';
import type { StoreEvent } from '../../storage/object-store.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { recordEvent } from '../record-event.ts';
import { tolerates } from '../scheduler/fit-pod.ts';

const COMPONENT = 'taint-eviction-controller';

interface Planned {
  readonly since: number;
  readonly due: number;
}

/** Deletes pods from nodes with NoExecute taints: at once, or when the tolerationSeconds of their tolerations are over. */
export function createTaintEviction({ world }: ControllerContext): Controller {
  const plans = new Map<string, Planned>();
  const dirtyPods = new Set<string>();
  const dirtyNodes = new Set<string>();
  return {
    observe: (event) => {
      notice(event, { dirtyPods, dirtyNodes });
    },
    run: (now) => {
      for (const name of dirtyNodes) for (const pod of podsOf(world, name)) dirtyPods.add(keyOf(pod));
      const keys = [...dirtyPods];
      dirtyNodes.clear();
      dirtyPods.clear();
      for (const key of keys) planPod(world, plans, key, now);
      for (const [key, plan] of [...plans]) if (plan.due <= now) evict(world, plans, key, now);
    },
    nextDue: () => {
      if (dirtyPods.size > 0 || dirtyNodes.size > 0) return -Infinity;
      return plans.size === 0 ? undefined : Math.min(...[...plans.values()].map((plan) => plan.due));
    },
  };
}

function notice(
  event: StoreEvent,
  dirty: { readonly dirtyPods: Set<string>; readonly dirtyNodes: Set<string> },
): void {
  if (event.storage === 'pods') {
    const moved = textAt(event.previous, 'spec', 'nodeName') !== textAt(event.object, 'spec', 'nodeName');
    if (moved || event.type === 'DELETED') dirty.dirtyPods.add(keyOf(event.object));
  }
  if (event.storage !== 'nodes' || event.type === 'DELETED') return;
  if (
    executeTaints(event.object).length > 0 ||
    (event.previous !== undefined && executeTaints(event.previous).length > 0)
  ) {
    dirty.dirtyNodes.add(nameOf(event.object));
  }
}

function keyOf(pod: ApiObject): string {
  return `${namespaceOf(pod)}/${nameOf(pod)}`;
}

function podsOf(world: World, node: string): readonly ApiObject[] {
  return world.store.list('pods').filter((pod) => textAt(pod, 'spec', 'nodeName') === node);
}

function executeTaints(node: ApiObject): readonly JsonObject[] {
  return objectsAt(node, 'spec', 'taints').filter((taint) => taint['effect'] === 'NoExecute');
}

function findPod(world: World, key: string): ApiObject | undefined {
  const [namespace = '', name = ''] = key.split('/');
  return world.store.get('pods', namespace, name);
}

// A plan keeps its beginning while the node stays tainted, so that another taint does not give a pod its time again.
function planPod(world: World, plans: Map<string, Planned>, key: string, now: number): void {
  const pod = findPod(world, key);
  const node = pod === undefined ? undefined : world.store.get('nodes', '', textAt(pod, 'spec', 'nodeName'));
  const seconds =
    pod === undefined || node === undefined || isTerminating(pod) ? undefined : toleratedSeconds(pod, node);
  if (seconds === undefined) {
    plans.delete(key);
    return;
  }
  const since = plans.get(key)?.since ?? now;
  plans.set(key, { since, due: since + seconds * 1_000 });
}

// `undefined`: for ever. 0: not at all.
function toleratedSeconds(pod: ApiObject, node: ApiObject): number | undefined {
  const tolerations = objectsAt(pod, 'spec', 'tolerations');
  const used: JsonObject[] = [];
  for (const taint of executeTaints(node)) {
    const toleration = tolerations.find((one) => tolerates(one, taint));
    if (toleration === undefined) return 0;
    used.push(toleration);
  }
  const limits = used.map((one) => numberAt(one, 'tolerationSeconds')).filter((one) => one !== undefined);
  return limits.length === 0 ? undefined : Math.max(0, Math.min(...limits));
}

function evict(world: World, plans: Map<string, Planned>, key: string, now: number): void {
  plans.delete(key);
  const pod = findPod(world, key);
  if (pod === undefined || isTerminating(pod)) return;
  const about = { about: pod, kind: 'Pod', type: 'Normal', component: COMPONENT } as const;
  recordEvent(
    world,
    { ...about, reason: 'TaintManagerEviction', message: `Marking for deletion Pod ${key}` },
    now,
  );
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByTaintManager',
    message: 'Taint manager: deleting due to NoExecute taint',
  };
  const marked = world.store.put('pods', withPodCondition(pod, condition, now));
  removeObject(world.store, kindOf('pods'), marked, { now, uid: uidOf(pod) });
}
