import type { Instant } from '../../lib/core/kubernetes.ts';

/** The revision counter and the UIDs that all kinds of one memory cluster share, as they share one etcd. */
export interface Revisions {
  /** The next resourceVersion. */
  next(): string;
  /** The resourceVersion of the last write: what a list answers. */
  current(): string;
  /** A UUID that is new in this cluster, and the same in every run. */
  newUid(): string;
  now(): Instant;
}

export function createRevisions(now: () => Instant): Revisions {
  let revision = 1000;
  let uids = 0;
  return {
    now,
    next: () => String(++revision),
    current: () => String(revision),
    newUid: () => `00000000-0000-4000-8000-${String(++uids).padStart(12, '0')}`,
  };
}

/**
 * Freezes a stored object through and through: it is handed out without a copy, and whoever changes it in place must fail here,
 * because a real API server would not notice either.
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
  return value;
}

/** `namespace/name`, the key of a namespaced object. */
export function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}
