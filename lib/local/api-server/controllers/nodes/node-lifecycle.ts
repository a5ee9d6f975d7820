import type { World } from '../../kinds/kind-row.ts';
import { labelsOf, nameOf } from '../../objects/api-object.ts';
import type { ApiObject } from '../../objects/api-object.ts';
import { conditionOf, conditionStatus, withPodCondition } from '../../objects/conditions.ts';
import { textAt } from '../../objects/json.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { recordEvent } from '../record-event.ts';
import { isSilent, observeHealth, withUnknownConditions } from './node-health.ts';
import type { NodeHealth } from './node-health.ts';
import { withExecuteTaints, withScheduleTaints } from './node-taints.ts';

const CHECK_EVERY = 5_000;
const COMPONENT = 'node-controller';
const EXCLUDED = 'node.kubernetes.io/exclude-disruption';

/**
 * The node lifecycle controller: every five seconds it looks whether each node's lease or Ready heartbeat has moved. Silence
 * makes a node Unknown, taints it and sets its pods' Ready to False; nobody but the kubelet sets any of it back, except the taints.
 */
export function createNodeLifecycle(context: ControllerContext, start: number): Controller {
  const healths = new Map<string, NodeHealth>();
  const dirty = new Set<string>();
  let nextCheck = start + CHECK_EVERY;
  return {
    observe: (event) => {
      if (event.storage !== 'nodes') return;
      if (event.type === 'DELETED') dirty.delete(nameOf(event.object));
      else dirty.add(nameOf(event.object));
    },
    run: (now) => {
      const names = [...dirty];
      dirty.clear();
      for (const name of names) taintForScheduling(context.world, name, now);
      if (now < nextCheck) return;
      while (nextCheck <= now) nextCheck += CHECK_EVERY;
      checkNodes(context, healths, now);
    },
    nextDue: () => (dirty.size > 0 ? -Infinity : nextCheck),
  };
}

function taintForScheduling(world: World, name: string, now: number): void {
  const node = world.store.get('nodes', '', name);
  if (node !== undefined) putIfChanged(world, node, withScheduleTaints(node, now));
}

function putIfChanged(world: World, before: ApiObject, after: ApiObject): ApiObject {
  return after === before ? before : world.store.put('nodes', after);
}

function checkNodes(context: ControllerContext, healths: Map<string, NodeHealth>, now: number): void {
  const { world } = context;
  forgetRemoved(world, healths, now);
  const nodes = world.store.list('nodes').map((node) => judgeNode(context, healths, node, now));
  const counted = nodes.filter((node) => labelsOf(node)[EXCLUDED] === undefined);
  // When no node at all is ready, the fault is taken to be the control plane's own: nothing is evicted.
  const isEvicting = counted.some((node) => conditionStatus(node, 'Ready') === 'True');
  for (const node of nodes) putIfChanged(world, node, withExecuteTaints(node, isEvicting, now));
}

function forgetRemoved(world: World, healths: Map<string, NodeHealth>, now: number): void {
  for (const [name, { uid }] of healths) {
    if (world.store.get('nodes', '', name) !== undefined) continue;
    healths.delete(name);
    const message = `Node ${name} event: Removing Node ${name} from Controller`;
    recordEvent(
      world,
      {
        about: { metadata: { name, uid } },
        kind: 'Node',
        type: 'Normal',
        reason: 'RemovingNode',
        message,
        component: COMPONENT,
      },
      now,
    );
  }
}

function judgeNode(
  context: ControllerContext,
  healths: Map<string, NodeHealth>,
  node: ApiObject,
  now: number,
): ApiObject {
  const { world, gracePeriodMs } = context;
  const name = nameOf(node);
  if (!healths.has(name)) {
    const message = `Node ${name} event: Registered Node ${name} in Controller`;
    recordEvent(
      world,
      { about: node, kind: 'Node', type: 'Normal', reason: 'RegisteredNode', message, component: COMPONENT },
      now,
    );
  }
  const lease = world.store.get('leases', 'kube-node-lease', name);
  const health = observeHealth(healths.get(name), node, lease, now);
  healths.set(name, health);
  if (!isSilent(health, gracePeriodMs, now)) {
    return node;
  }
  const wasReady = conditionStatus(node, 'Ready') === 'True';
  const judged = putIfChanged(world, node, withUnknownConditions(node, now));
  if (wasReady) reportNotReady(world, judged, now);
  return judged;
}

function reportNotReady(world: World, node: ApiObject, now: number): void {
  const name = nameOf(node);
  const message = `Node ${name} status is now: NodeNotReady`;
  recordEvent(
    world,
    { about: node, kind: 'Node', type: 'Normal', reason: 'NodeNotReady', message, component: COMPONENT },
    now,
  );
  for (const pod of world.store.list('pods')) {
    if (textAt(pod, 'spec', 'nodeName') !== name || conditionStatus(pod, 'Ready') !== 'True') continue;
    const ready = { ...conditionOf(pod, 'Ready'), status: 'False' };
    const marked = world.store.put('pods', withPodCondition(pod, ready, now));
    recordEvent(
      world,
      {
        about: marked,
        kind: 'Pod',
        type: 'Warning',
        reason: 'NodeNotReady',
        message: 'Node is not ready',
        component: COMPONENT,
      },
      now,
    );
  }
}
