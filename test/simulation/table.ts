import type { PodRecord } from '../../lib/core/record.ts';
import type { RecordBatch, RecordChange, Records, WriteOutcome } from '../../lib/ports/records.ts';
import type { Slot } from '../../lib/ports/slot.ts';
import type { Chance } from './chance.ts';
import { createMemoryMarks, type MemoryMarks } from '../memory/memory-marks.ts';
import { createMemoryRecords, type MemoryRecords } from '../memory/memory-records.ts';
import { createMemorySlot } from '../memory/memory-slot.ts';

/** The table: what the product remembers, and how it can be lost. */
export interface Table {
  records(): MemoryRecords;
  slot(): Slot;
  marks(): MemoryMarks;
  /** {@link records}, whose lists may leave out some. */
  shownRecords(): Records;
  /** From now on lists leave out this share of the records; 0 ends it. */
  hideRecords(share: number): void;
  /** All items are gone, the marks too. */
  clear(): void;
}

/** A new, empty table. */
export function createTable(chance: Chance): Table {
  let records = createMemoryRecords();
  let slot = createMemorySlot();
  let marks = createMemoryMarks();
  let hidden = 0;
  const shown = (batch: RecordBatch): RecordBatch => ({
    ...batch,
    records: batch.records.filter(() => !chance.happens(hidden)),
  });
  const lying: Records = {
    get: (node, uid) => records.get(node, uid),
    getMany: async (node, uids) => shown(await records.getMany(node, uids)),
    list: async function* (node) {
      for await (const batch of records.list(node)) yield shown(batch);
    },
    write: (key, change, guard) => records.write(key, change, guard),
    forget: (node, uid, expiresAt) => records.forget(node, uid, expiresAt),
  };
  return {
    records: () => records,
    shownRecords: () => (hidden > 0 ? lying : records),
    hideRecords: (share) => void (hidden = share),
    slot: () => slot,
    marks: () => marks,
    clear: () => {
      records = createMemoryRecords();
      slot = createMemorySlot();
      marks = createMemoryMarks();
    },
  };
}

/** Attributes that the version before this one did not have. */
const NEW_ATTRIBUTES = ['missingSince', 'generation', 'edit'] as const;

/** What belongs to a note about an edit, which the older version does not make. */
const NOTE = [...NEW_ATTRIBUTES, 'specHash'] as const;

/**
 * Records as a process of the version before this one sees them: attributes that it does not know are neither read nor written,
 * and survive. It is this version's code all the same, which wants to find again what it has written: that is kept in memory.
 */
export function asOlderVersion(records: () => Records): () => Records {
  const memory = new Map<string, Partial<PodRecord>>();
  const seen = (record: PodRecord): PodRecord => ({ ...without(record), ...memory.get(record.uid) });
  // What only the newer version writes is no write of the older one.
  const remember = async (
    key: { node: string; uid: string },
    change: RecordChange,
  ): Promise<WriteOutcome> => {
    const record = await records().get(key.node, key.uid);
    if (record === undefined) return { kind: 'conflict', record };
    memory.set(key.uid, { ...memory.get(key.uid), ...only(change) });
    return { kind: 'written', record: seen(record) };
  };
  const older: Records = {
    get: async (node, uid) => {
      const record = await records().get(node, uid);
      return record && seen(record);
    },
    getMany: async (node, uids) => {
      const batch = await records().getMany(node, uids);
      return { ...batch, records: batch.records.map(seen) };
    },
    list: async function* (node) {
      for await (const batch of records().list(node)) yield { ...batch, records: batch.records.map(seen) };
    },
    write: async (key, change, guard) => {
      if (Object.keys(change).every((name) => isIn(NOTE, name))) return remember(key, change);
      const outcome = await records().write(key, without(change), guard);
      if (outcome.kind === 'conflict')
        return { kind: 'conflict', record: outcome.record && seen(outcome.record) };
      memory.set(key.uid, { ...memory.get(key.uid), ...only(change) });
      return { kind: 'written', record: seen(outcome.record) };
    },
    forget: (node, uid, expiresAt) => records().forget(node, uid, expiresAt),
  };
  return () => older;
}

function without<T extends object>(value: T): T {
  const copy = { ...value };
  for (const name of NEW_ATTRIBUTES) Reflect.deleteProperty(copy, name);
  return copy;
}

function only(change: RecordChange): Partial<PodRecord> {
  const named = Object.entries(change).filter(([name]) => isIn(NEW_ATTRIBUTES, name));
  return Object.fromEntries(named);
}

function isIn(names: readonly string[], name: string): boolean {
  return names.includes(name);
}
