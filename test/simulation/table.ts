import type { PodRecord } from '../../lib/core/record.ts';
import type { RecordBatch, RecordChange, Records, WriteOutcome } from '../../lib/ports/records.ts';
import type { Instant } from '../../lib/core/kubernetes.ts';
import type { Slot, SlotItem } from '../../lib/ports/slot.ts';
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
  /** Remembers everything as it is now. */
  backUp(now: Instant): void;
  /** Everything is again as the last backup before that has it; `false`: there is none. */
  restore(before: Instant): boolean;
}

interface Backup {
  readonly at: Instant;
  readonly records: readonly PodRecord[];
  readonly slot: SlotItem | undefined;
  readonly marks: MemoryMarks['stored'];
}

/** A new, empty table. */
export function createTable(chance: Chance): Table {
  let records = createMemoryRecords();
  let slot = createMemorySlot();
  let marks = createMemoryMarks();
  let hidden = 0;
  const backups: Backup[] = [];
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
    backUp: (at) => void backups.push({ at, records: records.all(), slot: slot.item, marks: marks.stored }),
    restore: (before) => {
      const backup = backups.findLast(({ at }) => at <= before);
      if (backup === undefined) return false;
      records = createMemoryRecords();
      for (const record of backup.records) records.put(record);
      slot = createMemorySlot();
      slot.put(backup.slot);
      marks = createMemoryMarks(backup.marks);
      return true;
    },
  };
}

/** What the version before this one does not know at all. */
const UNKNOWN = ['missingSince'] as const;
/** What belongs to a note about an edit, which it does not make. */
const NOTE = ['generation', 'edit', 'specHash'] as const;

/**
 * Records as a process of the version before this one sees them: attributes that it does not know are neither read nor written,
 * and survive. It is this version's code all the same, which wants to find again what it has noted: that is kept in memory, until
 * the table knows better.
 */
export function asOlderVersion(records: () => Records): () => Records {
  const notes = new Map<string, Partial<PodRecord>>();
  const seen = (record: PodRecord): PodRecord => {
    const note = notes.get(record.uid);
    const isNews = (note?.generation ?? 0) > (record.generation ?? 0);
    return { ...without(record), ...(isNews && note) };
  };
  // What only the newer version writes is no write of the older one.
  const remember = async (
    { node, uid }: { readonly node: string; readonly uid: string },
    change: RecordChange,
  ): Promise<WriteOutcome> => {
    const record = await records().get(node, uid);
    if (record === undefined) return { kind: 'conflict', record };
    notes.set(uid, change as Partial<PodRecord>);
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
      const known = without(change);
      const names = Object.keys(known);
      if (names.length > 0 && names.every((name) => isIn(NOTE, name))) return remember(key, known);
      const outcome = await records().write(key, known, guard);
      if (outcome.kind === 'written') return { kind: 'written', record: seen(outcome.record) };
      return { kind: 'conflict', record: outcome.record && seen(outcome.record) };
    },
    forget: (node, uid, expiresAt) => records().forget(node, uid, expiresAt),
  };
  return () => older;
}

function without<T extends object>(value: T): T {
  const copy = { ...value };
  for (const name of UNKNOWN) Reflect.deleteProperty(copy, name);
  return copy;
}

function isIn(names: readonly string[], name: string): boolean {
  return names.includes(name);
}
