import { FailureError } from '../../../lib/core/failure.ts';
import type { PodRecord } from '../../../lib/core/record.ts';
import type { NodeMark, SlotItem } from '../../../lib/ports/slot.ts';
import { createMemoryMarks, type MemoryMarks } from '../../memory/memory-marks.ts';
import { createMemoryRecords, type MemoryRecords } from '../../memory/memory-records.ts';
import { createMemorySlot, type MemorySlot } from '../../memory/memory-slot.ts';

/** Everything in the table at one moment, as a backup keeps it. */
export interface TableCopy {
  readonly records: readonly PodRecord[];
  readonly slot: SlotItem | undefined;
  readonly marks: MemoryMarks['stored'];
  readonly nodes: ReadonlyMap<string, NodeMark>;
}

/** The table of the deployment, and what people do to it. */
export interface StageTable {
  records(): MemoryRecords;
  slot(): MemorySlot;
  marks(): MemoryMarks;
  copy(): Promise<TableCopy>;
  /** An empty table takes its place. */
  empty(): void;
  /** A table with nothing but this takes its place, as when people point the functions at a restored one. */
  replaceBy(copy: TableCopy): Promise<void>;
  /** There is no table from now on, until one takes its place. */
  remove(): void;
}

/** An empty table for these nodes. */
export function createStageTable(nodes: readonly string[]): StageTable {
  let records = createMemoryRecords();
  let slot = createMemorySlot();
  let marks = createMemoryMarks();
  let isThere = true;
  const demand = <T>(part: T): T => {
    if (isThere) return part;
    // What the adapter makes of DynamoDB's ResourceNotFoundException.
    throw new FailureError({
      kind: 'auth',
      message: 'The table does not exist',
      code: 'ResourceNotFoundException',
    });
  };
  const empty = (): void => {
    records = createMemoryRecords();
    slot = createMemorySlot();
    marks = createMemoryMarks();
    isThere = true;
  };
  return {
    empty,
    records: () => demand(records),
    slot: () => demand(slot),
    marks: () => demand(marks),
    remove: () => void (isThere = false),
    copy: async () => ({
      records: records.all(),
      slot: slot.item,
      marks: marks.stored,
      nodes: new Map(await Promise.all(nodes.map(async (node) => [node, await marks.node(node)] as const))),
    }),
    replaceBy: async (copy) => {
      empty();
      for (const record of copy.records) records.put(record);
      slot.put(copy.slot);
      marks = createMemoryMarks(copy.marks);
      for (const [node, { closing, breaker, quota, obstacles }] of copy.nodes) {
        await marks.setClosing(node, closing);
        await marks.setBreaker(node, breaker);
        if (quota !== undefined) await marks.setQuota(node, quota);
        if (obstacles !== undefined) await marks.setObstacles(node, obstacles);
      }
    },
  };
}
