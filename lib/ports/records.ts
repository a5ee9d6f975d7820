import type { Instant, PodKey } from '../core/kubernetes.ts';
import type { PodRecord } from '../core/record.ts';

/** The named attributes of one write: `undefined` removes an attribute; what is not named stays. */
export type RecordChange = {
  readonly [Key in keyof Omit<PodRecord, 'uid' | 'node'>]?: PodRecord[Key] | undefined;
};

/** What must hold of the stored item for a write to happen; all given parts must hold. */
export type RecordGuard =
  /** No item exists. */
  | { readonly kind: 'absent' }
  /** The attempt, try and state are these, and the launch claim is this one when given. */
  | {
      readonly kind: 'at';
      readonly attempt: number;
      readonly try: number;
      readonly state: PodRecord['state'];
      readonly launchBefore?: Instant;
      readonly taskArn?: string;
    }
  /** The attempt is this, the task is this one (or none is known yet), and the stored task version is lower. */
  | { readonly kind: 'older'; readonly attempt: number; readonly taskArn: string; readonly version: number };

/** Outcome of a conditional write. On `conflict` the current item is a fresh consistent read (`undefined`: no item). */
export type WriteOutcome =
  | { readonly kind: 'written'; readonly record: PodRecord }
  | { readonly kind: 'conflict'; readonly record: PodRecord | undefined };

/** Records as they were read together, and the UIDs of those that cannot be read. */
export interface RecordBatch {
  readonly records: readonly PodRecord[];
  readonly unreadable: readonly string[];
}

/**
 * One record per pod. Single-item conditional writes only, no transactions, no index; reads are strongly consistent.
 * An item with an unknown state or a broken shape is never taken for no item and never overwritten, because a newer version
 * may have written it: `get` and a conflict on it throw an `internal` failure, `list` and `getMany` name it.
 */
export interface Records {
  get(node: string, uid: string): Promise<PodRecord | undefined>;
  /** The records of these pods, any number of them; a pod without one is absent from the answer. */
  getMany(node: string, uids: readonly string[]): Promise<RecordBatch>;
  /** Every record of the node, page by page; complete or it throws. */
  list(node: string): AsyncIterable<RecordBatch>;
  /** Creates or changes the item of (node, uid) if `guard` holds. A creation must name every mandatory attribute. */
  write(
    key: PodKey & { readonly node: string },
    change: RecordChange,
    guard: RecordGuard,
  ): Promise<WriteOutcome>;
  /** Deletes a record that has ended and whose `expiresAt` is this; `false` when it is another by now, or gone. */
  forget(node: string, uid: string, expiresAt: Instant): Promise<boolean>;
}
