import { timeAt, toTime, uidOf } from '../../objects/api-object.ts';
import type { ApiObject } from '../../objects/api-object.ts';
import { conditionOf, withCondition } from '../../objects/conditions.ts';
import type { JsonObject } from '../../objects/json.ts';

/** What the controller remembers of a node: by its own clock, not by the node's. */
export interface NodeHealth {
  readonly uid: string;
  /** `lastHeartbeatTime` of Ready as last seen; `undefined` while the node never posted one. */
  readonly heartbeat: number | undefined;
  readonly renewTime: number | undefined;
  /** When the controller last saw the heartbeat or the lease move. */
  readonly probedAt: number;
}

// A node that never posted its status gets this long from its creation on.
const STARTUP_GRACE_MS = 60_000;

/** Whether a change was seen; a first look counts as one, except that a node without any status is judged from its creation. */
export function observeHealth(
  before: NodeHealth | undefined,
  node: ApiObject,
  lease: ApiObject | undefined,
  now: number,
): NodeHealth {
  const known = before?.uid === uidOf(node) ? before : undefined;
  const heartbeat = heartbeatOf(node);
  const renewTime = timeAt(lease, 'spec', 'renewTime');
  const isPosted = heartbeat !== undefined && heartbeat !== known?.heartbeat;
  const isSeen = isPosted || isRenewed(known, renewTime);
  return {
    uid: uidOf(node),
    heartbeat,
    renewTime,
    probedAt: isSeen ? now : (known?.probedAt ?? creationOf(node)),
  };
}

function heartbeatOf(node: ApiObject): number | undefined {
  const ready = conditionOf(node, 'Ready');
  return ready === undefined ? undefined : (timeAt(ready, 'lastHeartbeatTime') ?? 0);
}

function isRenewed(known: NodeHealth | undefined, renewTime: number | undefined): boolean {
  if (renewTime === undefined) return false;
  return known?.renewTime === undefined || renewTime > known.renewTime;
}

function creationOf(node: ApiObject): number {
  return timeAt(node.metadata, 'creationTimestamp') ?? 0;
}

/** Whether the node has been silent for too long. `leaseDurationSeconds` plays no part. */
export function isSilent(health: NodeHealth, gracePeriodMs: number, now: number): boolean {
  const grace = health.heartbeat === undefined ? STARTUP_GRACE_MS : gracePeriodMs;
  return now > health.probedAt + grace;
}

const JUDGED = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

/** The node with everything that its kubelet would tell set to Unknown; the same object when it says so already. */
export function withUnknownConditions(node: ApiObject, now: number): ApiObject {
  return JUDGED.reduce((result, type) => {
    const before = conditionOf(result, type);
    if (before?.['status'] === 'Unknown') return result;
    return withCondition(result, unknownCondition(type, before, node), now);
  }, node);
}

function unknownCondition(type: string, before: JsonObject | undefined, node: ApiObject): JsonObject {
  if (before !== undefined) {
    return {
      ...before,
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
    };
  }
  return {
    type,
    status: 'Unknown',
    lastHeartbeatTime: toTime(creationOf(node)),
    reason: 'NodeStatusNeverUpdated',
    message: 'Kubelet never posted node status.',
  };
}
