import type { ApiObject } from '../../objects/api-object.ts';
import { toTime } from '../../objects/api-object.ts';
import { conditionStatus } from '../../objects/conditions.ts';
import { objectAt, objectsAt, textAt, withValue } from '../../objects/json.ts';
import type { JsonObject } from '../../objects/json.ts';

const NOT_READY = 'node.kubernetes.io/not-ready';
const UNREACHABLE = 'node.kubernetes.io/unreachable';
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';

/** Which condition in which state means which taint. */
const CONDITION_TAINTS: readonly (readonly [type: string, status: string, key: string])[] = [
  ['Ready', 'False', NOT_READY],
  ['Ready', 'Unknown', UNREACHABLE],
  ['MemoryPressure', 'True', 'node.kubernetes.io/memory-pressure'],
  ['DiskPressure', 'True', 'node.kubernetes.io/disk-pressure'],
  ['NetworkUnavailable', 'True', 'node.kubernetes.io/network-unavailable'],
  ['PIDPressure', 'True', 'node.kubernetes.io/pid-pressure'],
];
const OWN_KEYS: readonly string[] = [UNSCHEDULABLE, ...CONDITION_TAINTS.map(([, , key]) => key)];

/** The node with the NoSchedule taints that its conditions and `unschedulable` mean; the same object when it has them. */
export function withScheduleTaints(node: ApiObject, now: number): ApiObject {
  const wanted = CONDITION_TAINTS.filter(([type, status]) => conditionStatus(node, type) === status).map(
    ([, , key]) => key,
  );
  if (objectAt(node, 'spec')['unschedulable'] === true) wanted.push(UNSCHEDULABLE);
  return withKeys(node, { effect: 'NoSchedule', own: OWN_KEYS, wanted }, now);
}

/** The node with the NoExecute taint of its Ready condition, or without any when evictions are off. */
export function withExecuteTaints(node: ApiObject, isEvicting: boolean, now: number): ApiObject {
  const ready = conditionStatus(node, 'Ready');
  const key = ready === 'False' ? NOT_READY : ready === 'Unknown' ? UNREACHABLE : undefined;
  const wanted = isEvicting && key !== undefined ? [key] : [];
  return withKeys(node, { effect: 'NoExecute', own: [NOT_READY, UNREACHABLE], wanted }, now);
}

interface Wish {
  readonly effect: string;
  readonly own: readonly string[];
  readonly wanted: readonly string[];
}

function withKeys(node: ApiObject, wish: Wish, now: number): ApiObject {
  const taints = objectsAt(node, 'spec', 'taints');
  const isOwn = (taint: JsonObject): boolean =>
    taint['effect'] === wish.effect && wish.own.includes(textAt(taint, 'key'));
  const kept = taints.filter((taint) => !isOwn(taint) || wish.wanted.includes(textAt(taint, 'key')));
  const present = taints.filter(isOwn).map((taint) => textAt(taint, 'key'));
  const added = wish.wanted
    .filter((key) => !present.includes(key))
    .map((key) => ({ key, effect: wish.effect, timeAdded: toTime(now) }));
  if (added.length === 0 && kept.length === taints.length) return node;
  const next = [...kept, ...added];
  return withValue(node, ['spec', 'taints'], next.length === 0 ? undefined : next);
}
