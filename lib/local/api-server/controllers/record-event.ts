import { createHash } from 'node:crypto';
import type { World } from '../kinds/kind-row.ts';
import { nameOf, namespaceOf, toTime, uidOf } from '../objects/api-object.ts';
import type { ApiObject } from '../objects/api-object.ts';
import { numberAt } from '../objects/json.ts';

/** What happened to an object, for `kubectl describe`. */
export interface Occurrence {
  readonly about: ApiObject;
  readonly kind: string;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** The component that says so, such as `default-scheduler`. */
  readonly component: string;
}

/** Records an Event; one with the same words about the same object is counted up instead. */
export function recordEvent(world: World, occurrence: Occurrence, now: number): void {
  const { about, kind, type, reason, message, component } = occurrence;
  const namespace = namespaceOf(about) || 'default';
  if (world.store.get('namespaces', '', namespace) === undefined) return;
  const words = [kind, uidOf(about), type, reason, message, component].join('\0');
  const name = `${nameOf(about)}.${createHash('sha256').update(words).digest('hex').slice(0, 16)}`;
  const before = world.store.get('events', namespace, name);
  if (before !== undefined) {
    world.store.put('events', {
      ...before,
      count: (numberAt(before, 'count') ?? 1) + 1,
      lastTimestamp: toTime(now),
    });
    return;
  }
  world.store.put('events', {
    metadata: { name, namespace, uid: world.ids.uid(), creationTimestamp: toTime(now) },
    involvedObject: {
      kind,
      ...(namespaceOf(about) === '' ? {} : { namespace }),
      name: nameOf(about),
      uid: uidOf(about),
      apiVersion: KIND_VERSIONS[kind] ?? 'v1',
      resourceVersion: about.metadata['resourceVersion'],
    },
    reason,
    message,
    source: { component },
    firstTimestamp: toTime(now),
    lastTimestamp: toTime(now),
    count: 1,
    type,
    eventTime: null,
    reportingComponent: component,
    reportingInstance: '',
  });
}

const KIND_VERSIONS: Readonly<Record<string, string>> = {
  Deployment: 'apps/v1',
  ReplicaSet: 'apps/v1',
  Job: 'batch/v1',
};
