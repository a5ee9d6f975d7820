import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../lib/core/failure.ts';
import type { PodRecord } from '../../lib/core/record.ts';
import type { RecordBatch, Records } from '../../lib/ports/records.ts';
import { pagesOf } from './pod-pages.ts';
import { claimBy, keyOf } from './records.contract.ts';

type Key = Parameters<Records['write']>[0];

/** One implementation of {@link Records}, empty, with a way past the port. */
export interface RecordsUnderTest {
  readonly records: Records;
  /** Makes a stored record unreadable, as one of a newer version. */
  readonly spoil: (key: Key) => Promise<void>;
}

const NODE = 'fargate-bulk';
const END = Date.parse('2026-03-08T12:00:00Z');
const recordOf = (key: Key): PodRecord => ({ ...key, ...claimBy('me') }) as PodRecord;
const uidsOf = ({ records }: RecordBatch): string[] => records.map(({ uid }) => uid).sort();

/** Every page of the node's records as one. */
export async function allRecords(records: Records, node: string): Promise<RecordBatch> {
  const pages = await pagesOf(records.list(node));
  return {
    records: pages.flatMap((page) => page.records),
    unreadable: pages.flatMap((page) => page.unreadable),
  };
}

/** That many new records of {@link NODE}. */
async function create(records: Records, count: number): Promise<Key[]> {
  const keys = Array.from({ length: count }, (_, index) => keyOf(`web-${index}`, NODE));
  for (let done = 0; done < count; done += 25) {
    const some = keys.slice(done, done + 25);
    await Promise.all(some.map((key) => records.write(key, claimBy('me'), { kind: 'absent' })));
  }
  return keys;
}

/** What every implementation of {@link Records} must do with many records, and with those that it cannot read. */
export function recordsInBulkContract(name: string, make: () => Promise<RecordsUnderTest>): void {
  describe(`records on ${name}: many at once`, () => {
    it.each([0, 1, 250])('gives %i records by their UIDs', async (count) => {
      const { records } = await make();
      const keys = await create(records, count);
      const batch = await records.getMany(
        NODE,
        keys.map(({ uid }) => uid),
      );
      expect(uidsOf(batch)).toEqual(keys.map(({ uid }) => uid).sort());
      expect(batch.unreadable).toEqual([]);
      for (const key of keys.slice(0, 1)) expect(batch.records).toContainEqual(recordOf(key));
    });

    it('gives each record once, and none of a pod without one or of another node', async () => {
      const { records } = await make();
      const [mine] = await create(records, 1);
      const other = keyOf('web', 'another-node');
      await records.write(other, claimBy('me'), { kind: 'absent' });
      const uids = [mine!.uid, other.uid, randomUUID(), mine!.uid];
      expect(await records.getMany(NODE, uids)).toEqual({ records: [recordOf(mine!)], unreadable: [] });
    });

    it('lists every record of the node, each once', async () => {
      const { records } = await make();
      const keys = await create(records, 120);
      const listed = await allRecords(records, NODE);
      expect(uidsOf(listed)).toEqual(keys.map(({ uid }) => uid).sort());
      expect(listed.records).toContainEqual(recordOf(keys[0]!));
    });

    it('lists nothing of a node without records', async () => {
      const { records } = await make();
      expect(await allRecords(records, 'no-such-node')).toEqual({ records: [], unreadable: [] });
    });

    it('names those that cannot be read, next to those that can', async () => {
      const { records, spoil } = await make();
      const [good, bad] = await create(records, 2);
      await spoil(bad!);
      const expected = { records: [recordOf(good!)], unreadable: [bad!.uid] };
      expect(await records.getMany(NODE, [good!.uid, bad!.uid])).toEqual(expected);
      expect(await allRecords(records, NODE)).toEqual(expected);
    });

    it('takes one that cannot be read neither for no record nor for one to change', async () => {
      const { records, spoil } = await make();
      const [bad] = await create(records, 1);
      await spoil(bad!);
      const claimed = { kind: 'at', attempt: 1, try: 0, state: 'claimed' } as const;
      const calls = [
        () => records.get(NODE, bad!.uid),
        () => records.write(bad!, { backOffCount: 1 }, claimed),
        () => records.write(bad!, claimBy('other'), { kind: 'absent' }),
      ];
      for (const call of calls) expect(await call().catch(failureOf)).toMatchObject({ kind: 'internal' });
    });
  });

  describe(`records on ${name}: forgetting`, () => {
    const ended = async (expiresAt: number) => {
      const under = await make();
      const key = keyOf('web', NODE);
      await under.records.write(key, { ...claimBy('me'), state: 'ended', expiresAt }, { kind: 'absent' });
      return { ...under, key };
    };

    it('deletes a record that has ended and expires then', async () => {
      const { records, key } = await ended(END);
      expect(await records.forget(NODE, key.uid, END)).toBe(true);
      expect(await records.get(NODE, key.uid)).toBeUndefined();
      expect(await allRecords(records, NODE)).toEqual({ records: [], unreadable: [] });
    });

    it('says false for one that is gone or never was', async () => {
      const { records, key } = await ended(END);
      expect(await records.forget(NODE, randomUUID(), END)).toBe(false);
      expect(await records.forget('another-node', key.uid, END)).toBe(false);
      expect(await records.forget(NODE, key.uid, END)).toBe(true);
      expect(await records.forget(NODE, key.uid, END)).toBe(false);
    });

    it('knows the end as it was asked for and as it is kept, which is in whole seconds', async () => {
      for (const asked of [END + 1, END + 1000]) {
        const { records, key } = await ended(END + 1);
        expect((await records.get(NODE, key.uid))?.expiresAt).toBe(END + 1000);
        expect(await records.forget(NODE, key.uid, asked), `asked with ${asked}`).toBe(true);
      }
    });

    it.each([END - 1000, END + 1000])('leaves one alone that expires at another time', async (other) => {
      const { records, key } = await ended(END);
      expect(await records.forget(NODE, key.uid, other)).toBe(false);
      expect((await records.get(NODE, key.uid))?.state).toBe('ended');
    });

    it('leaves one alone that has not ended, or has no end of life', async () => {
      const { records } = await make();
      const claims = [
        { ...claimBy('me'), expiresAt: END },
        { ...claimBy('me'), state: 'ended' },
      ] as const;
      for (const claim of claims) {
        const key = keyOf('web', NODE);
        await records.write(key, claim, { kind: 'absent' });
        expect(await records.forget(NODE, key.uid, END)).toBe(false);
        expect(await records.get(NODE, key.uid)).toBeDefined();
      }
    });

    it('leaves one alone that cannot be read', async () => {
      const { records, key, spoil } = await ended(END);
      await spoil(key);
      expect(await records.forget(NODE, key.uid, END)).toBe(false);
      expect((await allRecords(records, NODE)).unreadable).toEqual([key.uid]);
    });

    it('is done by exactly one of 20 at once', async () => {
      const { records, key } = await ended(END);
      const done = await Promise.all(Array.from({ length: 20 }, () => records.forget(NODE, key.uid, END)));
      expect(done.filter(Boolean)).toHaveLength(1);
    });
  });
}
