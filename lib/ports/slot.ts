import type { Instant } from '../core/kubernetes.ts';
import type { SlotItem } from '../core/slot-rules.ts';

export type { SlotItem } from '../core/slot-rules.ts';

/** Cluster-wide items: `SLOT`, `REBUILT`, `IDENTITY`, and `NODE` (closing) of each node. Reads are strongly consistent. */
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
  /** Whether the table's records were rebuilt from the provider since the table is there. */
  rebuilt(): Promise<boolean>;
  setRebuilt(at: Instant): Promise<void>;
  /** The cluster identity that this deployment was first used with. */
  identity(): Promise<string | undefined>;
  /** Stores the identity: only if none is stored, or, with `accept`, in place of the stored one. Returns what is stored now. */
  keepIdentity(identity: string, accept: boolean): Promise<string>;
  /** Whether the node is being torn down: nothing is launched or created for it. */
  closing(node: string): Promise<boolean>;
  setClosing(node: string, closing: boolean): Promise<void>;
}
