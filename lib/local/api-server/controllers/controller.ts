import type { World } from '../kinds/kind-row.ts';
import type { StoreEvent } from '../storage/object-store.ts';

/** A piece of kube-controller-manager or kube-scheduler. Time only moves when `run` is called. */
export interface Controller {
  /** Sees every change; only takes notes, work is done in `run`. */
  observe(event: StoreEvent): void;
  /** Does what is due at `now`. Afterwards `nextDue` is later than `now`, or undefined. */
  run(now: number): void;
  /** When it wants to run next: `-Infinity` for at once, `undefined` for when something changes. */
  nextDue(): number | undefined;
}

/** What controllers work on. */
export interface ControllerContext {
  readonly world: World;
  /** How long a node may stay silent. */
  readonly gracePeriodMs: number;
}

/** A controller that works through keys which changes have made dirty, in the order in which they came. */
export function createQueueController(parts: {
  /** Keys that a change makes dirty. */
  readonly keysOf: (event: StoreEvent) => readonly string[];
  readonly reconcile: (key: string, now: number) => void;
}): Controller {
  const dirty = new Set<string>();
  return {
    observe: (event) => {
      for (const key of parts.keysOf(event)) dirty.add(key);
    },
    run: (now) => {
      const keys = [...dirty];
      dirty.clear();
      for (const key of keys) parts.reconcile(key, now);
    },
    nextDue: () => (dirty.size === 0 ? undefined : -Infinity),
  };
}
