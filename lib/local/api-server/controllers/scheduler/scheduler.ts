import { isDeepStrictEqual } from 'node:util';
import type { World } from '../../kinds/kind-row.ts';
import { isFinished } from '../../kinds/pod/pod-rules.ts';
import { generationOf, isTerminating, nameOf, namespaceOf } from '../../objects/api-object.ts';
import type { ApiObject } from '../../objects/api-object.ts';
import { conditionOf, withPodCondition } from '../../objects/conditions.ts';
import { objectAt, objectsAt, textAt, withValue } from '../../objects/json.ts';
import type { StoreEvent } from '../../storage/object-store.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { recordEvent } from '../record-event.ts';
import { fullnessOf, misfitsOf } from './fit-pod.ts';
import { createNodeUsage } from './node-usage.ts';
import type { NodeUsage } from './node-usage.ts';

const COMPONENT = 'default-scheduler';

/** Binds pending pods to nodes that fit; a pod that fits nowhere waits until a node or another pod changes. */
export function createScheduler({ world }: ControllerContext): Controller {
  const usage = createNodeUsage();
  const waiting = new Set<string>();
  const toTry = new Set<string>();
  return {
    observe: (event) => {
      usage.observe(event);
      if (event.storage === 'pods') noticePod(event, waiting, toTry);
      if (changesFit(event)) for (const key of waiting) toTry.add(key);
    },
    run: (now) => {
      const keys = [...toTry];
      toTry.clear();
      for (const key of keys) {
        const pod = findPod(world, key);
        if (pod === undefined || !isPending(pod)) waiting.delete(key);
        else if (schedulePod(world, usage, pod, now)) waiting.delete(key);
        else waiting.add(key);
      }
    },
    nextDue: () => (toTry.size === 0 ? undefined : -Infinity),
  };
}

function noticePod(event: StoreEvent, waiting: Set<string>, toTry: Set<string>): void {
  const key = `${namespaceOf(event.object)}/${nameOf(event.object)}`;
  if (event.type === 'DELETED') waiting.delete(key);
  else if (isPending(event.object) && !waiting.has(key)) toTry.add(key);
}

function findPod(world: World, key: string): ApiObject | undefined {
  const [namespace = '', name = ''] = key.split('/');
  return world.store.get('pods', namespace, name);
}

function isPending(pod: ApiObject): boolean {
  return (
    textAt(pod, 'spec', 'nodeName') === '' &&
    textAt(pod, 'spec', 'schedulerName') === COMPONENT &&
    objectsAt(pod, 'spec', 'schedulingGates').length === 0 &&
    !isTerminating(pod) &&
    !isFinished(pod)
  );
}

// A heartbeat changes no node in a way that matters here, and must not make a thousand pods be tried again.
function changesFit(event: StoreEvent): boolean {
  const { object, previous, type } = event;
  if (event.storage === 'pods')
    return (
      previous !== undefined &&
      textAt(previous, 'spec', 'nodeName') !== '' &&
      (type === 'DELETED' || isFinished(object))
    );
  if (event.storage !== 'nodes' || type === 'DELETED') return false;
  if (previous === undefined) return true;
  const relevant = (node: ApiObject): unknown => [
    node['spec'],
    node.metadata['labels'],
    objectAt(node, 'status')['allocatable'],
  ];
  return !isDeepStrictEqual(relevant(object), relevant(previous));
}

function schedulePod(world: World, usage: NodeUsage, pod: ApiObject, now: number): boolean {
  const nodes = world.store.list('nodes');
  const judged = nodes
    .map((node) => ({ node, used: usage.of(nameOf(node)) }))
    .map((one) => ({ ...one, misfits: misfitsOf(pod, one.node, one.used) }));
  const fitting = judged.filter((one) => one.misfits.length === 0);
  const best = fitting.reduce<(typeof fitting)[number] | undefined>(
    (found, one) =>
      found === undefined || fullnessOf(one.node, one.used) < fullnessOf(found.node, found.used)
        ? one
        : found,
    undefined,
  );
  if (best === undefined)
    refuse(
      world,
      pod,
      messageOf(
        nodes.length,
        judged.flatMap((one) => one.misfits),
      ),
      now,
    );
  else bind(world, pod, nameOf(best.node), now);
  return best !== undefined;
}

function bind(world: World, pod: ApiObject, node: string, now: number): void {
  const condition = { type: 'PodScheduled', status: 'True', observedGeneration: generationOf(pod) };
  const bound = world.store.put(
    'pods',
    withPodCondition(withValue(pod, ['spec', 'nodeName'], node), condition, now),
  );
  const message = `Successfully assigned ${namespaceOf(pod)}/${nameOf(pod)} to ${node}`;
  recordEvent(
    world,
    { about: bound, kind: 'Pod', type: 'Normal', reason: 'Scheduled', message, component: COMPONENT },
    now,
  );
}

function messageOf(nodes: number, misfits: readonly string[]): string {
  if (nodes === 0) return 'no nodes available to schedule pods';
  const counts = new Map<string, number>();
  for (const misfit of misfits) counts.set(misfit, (counts.get(misfit) ?? 0) + 1);
  const reasons = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${nodes} nodes are available: ${reasons.join(', ')}. preemption: 0/${nodes} nodes are available: ${nodes} Preemption is not helpful for scheduling.`;
}

function refuse(world: World, pod: ApiObject, message: string, now: number): void {
  const before = conditionOf(pod, 'PodScheduled');
  if (before?.['status'] === 'False' && before['message'] === message) return;
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message,
    observedGeneration: generationOf(pod),
  };
  const refused = world.store.put('pods', withPodCondition(pod, condition, now));
  recordEvent(
    world,
    {
      about: refused,
      kind: 'Pod',
      type: 'Warning',
      reason: 'FailedScheduling',
      message,
      component: COMPONENT,
    },
    now,
  );
}
