import { toTime } from './api-object.ts';
import type { ApiObject } from './api-object.ts';
import { objectsAt, withValue } from './json.ts';
import type { JsonObject } from './json.ts';

/** The condition of a type; `undefined` when the object has none. */
export function conditionOf(object: ApiObject, type: string): JsonObject | undefined {
  return objectsAt(object, 'status', 'conditions').find((one) => one['type'] === type);
}

/** `True`, `False`, `Unknown`, or '' where the condition is missing. */
export function conditionStatus(object: ApiObject, type: string): string {
  const status = conditionOf(object, type)?.['status'];
  return typeof status === 'string' ? status : '';
}

/** A copy with a condition set; its time of transition moves only when its status does. */
export function withCondition(object: ApiObject, condition: JsonObject, now: number): ApiObject {
  const before = objectsAt(object, 'status', 'conditions');
  const old = before.find((one) => one['type'] === condition['type']);
  const since = old?.['status'] === condition['status'] ? (old?.['lastTransitionTime'] ?? null) : toTime(now);
  const next = { ...condition, lastTransitionTime: since };
  const conditions = old === undefined ? [...before, next] : before.map((one) => (one === old ? next : one));
  return withValue(object, ['status', 'conditions'], conditions);
}

/** The same for a pod, whose conditions also carry a time of probing. */
export function withPodCondition(pod: ApiObject, condition: JsonObject, now: number): ApiObject {
  return withCondition(pod, { lastProbeTime: null, ...condition }, now);
}
