import type { Instant } from '../../../lib/core/kubernetes.ts';
import type { StoreEvent } from '../../../lib/local/api-server/storage/object-store.ts';
import { nameOf, uidOf } from '../../../lib/local/api-server/objects/api-object.ts';
import { conditionStatus } from '../../../lib/local/api-server/objects/conditions.ts';
import { textAt } from '../../../lib/local/api-server/objects/json.ts';
import type { Write } from './execution-environment.ts';

/** What changed about a node's readiness, and when. */
export interface ReadyChange {
  readonly at: Instant;
  readonly node: string;
  readonly ready: string;
}

/** What is measured while a rehearsal goes on. */
export interface Gauges {
  /** The longest time, in seconds, between two renewals of any lease since the start or the last {@link forget}. */
  oldestLease(): number;
  /** Each change of a node's Ready condition. */
  readonly readiness: readonly ReadyChange[];
  /** Names of pods whose Ready went from True to False while nobody had deleted them, since the last {@link forget}. */
  unready(): readonly string[];
  /** Reasons of the events that the cluster's own controllers wrote. */
  readonly reasons: readonly { readonly at: Instant; readonly reason: string; readonly about: string }[];
  /** When the pod was bound to its node. */
  boundAt(uid: string): Instant | undefined;
  /** When the pod was first shown Ready. */
  readyAt(uid: string): Instant | undefined;
  /** When an invocation of that deployment last changed anything, other than by a heartbeat. */
  lastWriteOf(deployId: string): Instant | undefined;
  /** Changes by all functions since the last {@link forget}, by what they were. */
  writes(): Readonly<Record<string, number>>;
  forget(): void;
  readonly onChange: (event: StoreEvent) => void;
  readonly onWrite: (write: Write) => void;
}

/** Gauges that have seen nothing. */
export function createGauges(now: () => Instant): Gauges {
  const renewed = new Map<string, Instant>();
  const bound = new Map<string, Instant>();
  const ready = new Map<string, Instant>();
  const lastWrites = new Map<string, Instant>();
  const readiness: ReadyChange[] = [];
  let unready: string[] = [];
  const reasons: { at: Instant; reason: string; about: string }[] = [];
  let writes: Record<string, number> = {};
  let oldest = 0;
  let since = now();

  const seeLease = ({ type, object }: StoreEvent): void => {
    const name = nameOf(object);
    if (type === 'DELETED') {
      renewed.delete(name);
      return;
    }
    const before = renewed.get(name);
    if (before !== undefined) oldest = Math.max(oldest, now() - Math.max(before, since));
    renewed.set(name, now());
  };
  const seeNode = ({ object, previous }: StoreEvent): void => {
    const [was, is] = [previous && conditionStatus(previous, 'Ready'), conditionStatus(object, 'Ready')];
    if (was !== is) readiness.push({ at: now(), node: nameOf(object), ready: is });
  };
  const seePod = ({ type, object, previous }: StoreEvent): void => {
    const uid = uidOf(object);
    if (textAt(object, 'spec', 'nodeName') !== '' && !bound.has(uid)) bound.set(uid, now());
    const is = conditionStatus(object, 'Ready');
    if (is === 'True' && !ready.has(uid)) ready.set(uid, now());
    const isAlive = type !== 'DELETED' && object.metadata['deletionTimestamp'] === undefined;
    const was = previous && conditionStatus(previous, 'Ready');
    if (isAlive && was === 'True' && is === 'False') unready.push(nameOf(object));
  };
  return {
    readiness,
    unready: () => unready,
    reasons,
    oldestLease: () => {
      const ages = [...renewed.values()].map((at) => now() - Math.max(at, since));
      return Math.max(oldest, ...ages) / 1000;
    },
    boundAt: (uid) => bound.get(uid),
    readyAt: (uid) => ready.get(uid),
    lastWriteOf: (deployId) => lastWrites.get(deployId),
    writes: () => writes,
    forget: () => {
      oldest = 0;
      since = now();
      writes = {};
      unready = [];
    },
    onChange: (event) => {
      if (event.storage === 'leases') seeLease(event);
      if (event.storage === 'nodes') seeNode(event);
      if (event.storage === 'pods') seePod(event);
      if (event.storage === 'events')
        reasons.push({
          ...{ at: now(), reason: textAt(event.object, 'reason') },
          about: textAt(event.object, 'involvedObject', 'name') || textAt(event.object, 'regarding', 'name'),
        });
    },
    onWrite: ({ by, deployId, what }) => {
      writes[what] = (writes[what] ?? 0) + 1;
      if (by === 'pod-sync') lastWrites.set(deployId, now());
    },
  };
}
