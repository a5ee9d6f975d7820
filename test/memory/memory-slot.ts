import type { Slot, SlotItem } from '../../lib/ports/slot.ts';

/** The slot in memory, with what tests want to see and set. */
export interface MemorySlot extends Slot {
  /** What is stored now. */
  readonly item: SlotItem | undefined;
  /** Puts a state in place without any condition. */
  put(item: SlotItem | undefined): void;
  /** How often each method was called. */
  readonly calls: Readonly<Record<keyof Slot, number>>;
}

/** An empty slot. A cleared one has no holder (`''`) and was renewed at 0, so that it counts as dead. */
export function createMemorySlot(): MemorySlot {
  let item: SlotItem | undefined;
  const calls = { read: 0, take: 0, renew: 0, clear: 0 };
  return {
    get item() {
      return item;
    },
    put: (next) => void (item = next),
    calls,
    read: () => {
      calls.read += 1;
      return Promise.resolve(item && { ...item });
    },
    take: (next, seen) => {
      calls.take += 1;
      if (item?.holder !== seen?.holder || item?.renewedAt !== seen?.renewedAt) return Promise.resolve(false);
      item = { ...item, ...next };
      return Promise.resolve(true);
    },
    renew: (holder, change) => {
      calls.renew += 1;
      if (item?.holder !== holder) return Promise.resolve(false);
      item = { ...item, ...change };
      return Promise.resolve(true);
    },
    clear: (holder) => {
      calls.clear += 1;
      if (item?.holder === holder) item = { ...item, holder: '', until: 0, renewedAt: 0 };
      return Promise.resolve();
    },
  };
}
