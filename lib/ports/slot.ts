import type { Instant } from '../core/kubernetes.ts';
import type { Breaker } from '../core/breaker.ts';
import type { NodeObstacles } from '../core/node-obstacles.ts';
import type { NodeQuota } from '../core/node-quota.ts';
import type { SlotItem } from '../core/slot-rules.ts';

export type { SlotItem } from '../core/slot-rules.ts';

/** Cluster-wide items: `SLOT`, `REBUILT`, `IDENTITY`, and `NODE` (closing, breaker, quota, obstacles) of each node. Reads are strongly consistent. */
export interface Slot {
  read(): Promise<SlotItem | undefined>;
  /** Takes the slot from exactly the state seen (`undefined`: none); `false` when someone else was faster. */
  take(item: SlotItem, seen: SlotItem | undefined): Promise<boolean>;
  /** Renews while still the holder; `false` when it was taken. */
  renew(
    holder: string,
    change: { readonly renewedAt: Instant; readonly lastPassAt?: Instant; readonly lastSweepAt?: Instant },
  ): Promise<boolean>;
  /** Clears the slot if still the holder (keeps lastPassAt and lastSweepAt). */
  clear(holder: string): Promise<void>;
}

/** Marks that belong to the cluster or to a node rather than to a pod. */
export interface Marks {
  /** When the table's records were rebuilt from the provider; `undefined`: not since the table is there. */
  rebuiltAt(): Promise<Instant | undefined>;
  setRebuilt(at: Instant): Promise<void>;
  /** Stores the identity: only if none is stored, or, with `accept`, in place of the stored one. Returns what is stored now. */
  keepIdentity(identity: string, accept: boolean): Promise<string>;
  /** The node's marks; nothing is marked of a node that was never heard of. */
  node(node: string): Promise<NodeMark>;
  /** Sets whether the node is being torn down; its other marks stay. */
  setClosing(node: string, closing: boolean): Promise<void>;
  /** Sets or clears (`undefined`) the node's breaker; its other marks stay. */
  setBreaker(node: string, breaker: Breaker | undefined): Promise<void>;
  /** Replaces what is known of the quotas; the node's other marks stay. */
  setQuota(node: string, quota: NodeQuota): Promise<void>;
  /** Replaces what keeps launches from succeeding; the node's other marks stay. */
  setObstacles(node: string, obstacles: NodeObstacles): Promise<void>;
}

/** What is marked of one node. */
export interface NodeMark {
  /** The node is being torn down: nothing is launched or created for it. */
  readonly closing: boolean;
  /** Too much was absent in one look: nothing is stopped or declared lost because something is absent. */
  readonly breaker?: Breaker;
  /** What the quotas of the account leave to the node; absent: not read yet. */
  readonly quota?: NodeQuota;
  /** What keeps launches of the node from succeeding; absent: nothing ever did. */
  readonly obstacles?: NodeObstacles;
}
