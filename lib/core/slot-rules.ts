import type { Instant } from './kubernetes.ts';

/** The slot's numbers (design 2.1), in milliseconds. */
export const SLOT = {
  renewMs: 10_000,
  /** Not renewed for this long: the holder is dead. */
  deadMs: 30_000,
  /** The successor may take over this long before `until`, so that a hand-over has no gap. */
  handOverMs: 30_000,
  /** How long a watch-mode holder holds: under the 15 minutes of a Lambda, with time to finish. */
  holdMs: 14 * 60_000,
  /** Economy mode: no pass sooner than this after the last. */
  economyGapMs: 8_000,
} as const;

/** Who runs pod-sync for a cluster, as stored. */
export interface SlotItem {
  readonly holder: string;
  readonly deployId: string;
  readonly startedAt: Instant;
  readonly until: Instant;
  readonly renewedAt: Instant;
  /** When the last complete pass ended, by whoever made it. */
  readonly lastPassAt?: Instant;
  readonly lastSweepAt?: Instant;
}

/** Whether an invocation may take the slot: it is free, dead, about to end, or held by another deployment that started earlier. */
export function mayTakeSlot(
  seen: SlotItem | undefined,
  me: Pick<SlotItem, 'deployId' | 'startedAt'>,
  now: Instant,
): boolean {
  if (seen === undefined || seen.holder === '') return true;
  if (now - seen.renewedAt >= SLOT.deadMs || now >= seen.until - SLOT.handOverMs) return true;
  return seen.deployId !== me.deployId && me.startedAt > seen.startedAt;
}
