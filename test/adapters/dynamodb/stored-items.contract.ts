import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createDynamo } from '../../../lib/adapters/dynamodb/create-dynamo.ts';
import type { PodRecord } from '../../../lib/core/record.ts';
import { createTable } from '../../../lib/local/dynamodb/create-table.ts';
import type { RecordGuard } from '../../../lib/ports/records.ts';
import { pagesOf } from '../../contract/pod-pages.ts';
import { allRecords } from '../../contract/records-in-bulk.contract.ts';
import { claimBy, keyOf, taskAt } from '../../contract/records.contract.ts';
import { heldBy } from '../../contract/slot.contract.ts';
import { createMemoryTelemetry, expectLogged } from '../../memory/memory-telemetry.ts';
import { clientFor } from '../../support/start-dynamodb.ts';
import { fill, loseFirstAnswer, openBench, spyInputs, stored, thrownBy } from './dynamo-bench.ts';
import type { Raw } from './dynamo-bench.ts';

/** Every guard that could let a write through to an item at attempt 1 in `state`. */
function guardsFor(state: unknown): RecordGuard[] {
  return [
    { kind: 'absent' },
    { kind: 'at', attempt: 1, try: 0, state: state as PodRecord['state'] },
    { kind: 'older', attempt: 1, taskArn: 'arn', version: 99 },
  ];
}

/** What the adapter promises about the items themselves; runs on any DynamoDB. */
export function storedItemsContract(name: string, endpointOf: () => string): void {
  describe(`stored items on ${name}: what another version wrote`, () => {
    it.each<[string, Raw]>([
      ['an unknown state', { state: 'hibernated' }],
      ['a mandatory attribute of another type', { restarts: 'none' }],
      ['a missing mandatory attribute', { claimer: undefined }],
    ])('leaves an item with %s alone and says so once', async (_, broken) => {
      const bench = await openBench(endpointOf());
      const item = Object.fromEntries(
        Object.entries({ ...stored(), ...broken }).filter(([, value]) => value !== undefined),
      );
      await bench.plant(item);
      const before = await bench.raw();
      const unread = await thrownBy(bench.records.get(bench.key.node, bench.key.uid));
      expect(unread, 'it must not pass for no record').toMatchObject({ failure: { kind: 'internal' } });
      const unreadable = { records: [], unreadable: [bench.key.uid] };
      expect(await allRecords(bench.records, bench.key.node)).toEqual(unreadable);
      expect(await bench.records.getMany(bench.key.node, [bench.key.uid])).toEqual(unreadable);
      for (const guard of guardsFor(item['state'])) {
        const change = guard.kind === 'absent' ? claimBy('me') : { taskArn: 'mine' };
        const error = await thrownBy(bench.records.write(bench.key, change, guard));
        expect(error, `guard ${guard.kind}`).toMatchObject({ failure: { kind: 'internal' } });
        expect(await bench.raw(), `guard ${guard.kind}`).toEqual(before);
      }
      const line = expectLogged(bench.telemetry, 'error', 'cannot be read', { sk: `POD#${bench.key.uid}` });
      expect(line.fields['fault']).toEqual(expect.stringContaining(Object.keys(broken).at(-1)!));
      expect(bench.telemetry.lines).toHaveLength(1);
    });

    it('lists the other records when one holds a number that JavaScript cannot', async () => {
      const bench = await openBench(endpointOf());
      await bench.plant({ ...stored(), backOffCount: 10n ** 30n });
      const other = keyOf();
      await bench.records.write(other, claimBy('me'), { kind: 'absent' });
      const { records } = await allRecords(bench.records, bench.key.node);
      expect(records.map(({ uid }) => uid)).toEqual([other.uid]);
      expectLogged(bench.telemetry, 'error', 'cannot be read', { sk: `POD#${bench.key.uid}` });
    });

    it('leaves a packed task alone that cannot be unpacked', async () => {
      const bench = await openBench(endpointOf());
      await bench.plant({ ...stored(), task: { version: 1, packed: new Uint8Array([1, 2, 3]) } });
      expect((await allRecords(bench.records, bench.key.node)).unreadable).toEqual([bench.key.uid]);
      expectLogged(bench.telemetry, 'error', 'cannot be read');
    });

    it('reads what a newer version wrote, and keeps what it does not know of it through every write', async () => {
      const bench = await openBench(endpointOf());
      const { node, uid } = bench.key;
      const known = {
        ...stored(),
        taskArn: taskAt(3).arn,
        task: taskAt(3),
        missingSince: 1_772_366_400_000,
        generation: 2,
        edit: { kind: 'resize', message: 'no', attempt: 1 },
      };
      const newer = {
        sockets: { app: { open: 2 } },
        task: { ...known.task, zone: 'eu-west-1a' },
        edit: { ...known.edit, by: 'someone' },
      };
      await bench.plant({ ...known, ...newer });
      const record = { ...known, node, uid };
      expect(await bench.records.get(node, uid)).toEqual(record);
      expect(await bench.records.getMany(node, [uid])).toEqual({ records: [record], unreadable: [] });
      expect(await allRecords(bench.records, node)).toEqual({ records: [record], unreadable: [] });
      const guard = { kind: 'at', attempt: 1, try: 0, state: 'claimed' } as const;
      const outcome = await bench.records.write(bench.key, { backOffCount: 3, generation: 3 }, guard);
      expect(outcome).toEqual({ kind: 'written', record: { ...record, backOffCount: 3, generation: 3 } });
      expect(await bench.raw()).toMatchObject({ backOffCount: 3, generation: 3, ...newer });
    });

    it('reads what an older version wrote: the mandatory attributes are all that it needs', async () => {
      const bench = await openBench(endpointOf());
      const { firstSentAt: _, ...oldest } = stored();
      await bench.plant(oldest);
      const { node, uid } = bench.key;
      expect(await bench.records.get(node, uid)).toEqual({ ...oldest, node, uid });
    });
  });

  describe(`stored items on ${name}: form and reads`, () => {
    it('outlive a second creation of their table', async () => {
      const bench = await openBench(endpointOf());
      await bench.records.write(bench.key, claimBy('me'), { kind: 'absent' });
      await createTable(bench.client, bench.table);
      expect(await bench.records.get(bench.key.node, bench.key.uid)).toBeDefined();
    });

    it('stores the end of life as seconds, as the TTL of DynamoDB reads it', async () => {
      const bench = await openBench(endpointOf());
      await bench.records.write(
        bench.key,
        { ...claimBy('me'), expiresAt: 1_772_366_400_001 },
        { kind: 'absent' },
      );
      expect((await bench.raw())?.['expiresAt']).toBe(1_772_366_401);
    });

    it('lists more than one page of 1 MB, every record once, all by consistent reads', async () => {
      const bench = await openBench(endpointOf());
      const uids = await fill(bench.records, 300);
      const inputs = spyInputs(bench.client);
      const pages = await pagesOf(bench.records.list(bench.key.node));
      expect(pages.length, 'a page for each answer').toBeGreaterThan(1);
      const listed = pages.flatMap(({ records }) => records.map(({ uid }) => uid));
      expect(listed.sort()).toEqual(uids.sort());
      await bench.records.get(bench.key.node, uids[0]!);
      expect(inputs, 'a request for each page, and a get').toHaveLength(pages.length + 1);
      expect(inputs.every(({ ConsistentRead }) => ConsistentRead === true)).toBe(true);
    });

    it('reads many by their UIDs with a consistent read of at most 100 keys each, and none for none', async () => {
      const bench = await openBench(endpointOf());
      const uids = await fill(bench.records, 210);
      const inputs = spyInputs(bench.client);
      const { records } = await bench.records.getMany(bench.key.node, [...uids, ...uids.slice(0, 5)]);
      expect(records.map(({ uid }) => uid).sort()).toEqual(uids.sort());
      const asked = inputs.map((input) => (input['RequestItems'] as Record<string, Raw>)[bench.table]);
      expect(asked.map((one) => (one?.['Keys'] as unknown[]).length)).toEqual([100, 100, 10]);
      expect(asked.every((one) => one?.['ConsistentRead'] === true)).toBe(true);
      await bench.records.getMany(bench.key.node, []);
      expect(inputs).toHaveLength(3);
    });

    it('writes the same packed task that it reads, and compares its version', async () => {
      const bench = await openBench(endpointOf());
      const containers = Array.from({ length: 10 }, (_, n) => ({
        name: `container-${n}`,
        state: 'stopped' as const,
        reason: 'CannotStartContainerError: the entry point was not found '.repeat(3),
        imageDigest: `sha256:${randomUUID()}`,
      }));
      const task = taskAt(5, { containers });
      await bench.records.write(bench.key, { ...claimBy('me'), taskArn: task.arn, task }, { kind: 'absent' });
      expect((await bench.raw())?.['task']).toMatchObject({
        version: 5,
        packed: expect.any(Uint8Array) as unknown,
      });
      expect((await bench.records.get(bench.key.node, bench.key.uid))?.task).toEqual(task);
      const guard = (version: number) => ({ kind: 'older', attempt: 1, taskArn: task.arn, version }) as const;
      expect((await bench.records.write(bench.key, { task: taskAt(5) }, guard(5))).kind).toBe('conflict');
      expect((await bench.records.write(bench.key, { task: taskAt(6) }, guard(6))).kind).toBe('written');
    });
  });

  describe(`stored items on ${name}: failures`, () => {
    it('says which table is missing and what to do', async () => {
      const table = 'lambdalet-typo';
      const options = {
        client: clientFor(endpointOf()),
        table,
        cluster: 'main',
        telemetry: createMemoryTelemetry(),
      };
      const { records, slot, marks } = createDynamo(options);
      const calls = [
        allRecords(records, 'a'),
        records.getMany('a', ['u']),
        records.forget('a', 'u', 0),
        records.write(keyOf(), claimBy('me'), { kind: 'absent' }),
        slot.take(heldBy('me'), undefined),
        marks.rebuiltAt(),
      ];
      for (const error of await Promise.all(calls.map(thrownBy))) {
        expect(error).toMatchObject({
          failure: { kind: 'auth', code: 'ResourceNotFoundException' },
          message:
            'DynamoDB table lambdalet-typo does not exist in Region eu-west-1: deploy the state stack or check LAMBDALET_TABLE',
        });
      }
    });

    it('recognises its own claim when the answer got lost and the SDK sent it again', async () => {
      const bench = await openBench(endpointOf());
      loseFirstAnswer(bench.client);
      const outcome = await bench.records.write(bench.key, claimBy('me'), { kind: 'absent' });
      expect(outcome).toMatchObject({ kind: 'written', record: { claimer: 'me' } });
    });

    it('does not take another claim for its own after a lost answer', async () => {
      const bench = await openBench(endpointOf());
      await bench.records.write(bench.key, claimBy('faster'), { kind: 'absent' });
      loseFirstAnswer(bench.client);
      const outcome = await bench.records.write(bench.key, claimBy('me'), { kind: 'absent' });
      expect(outcome).toMatchObject({ kind: 'conflict', record: { claimer: 'faster' } });
    });

    it('recognises that it forgot a record when the answer got lost', async () => {
      const bench = await openBench(endpointOf());
      const end = { ...claimBy('me'), state: 'ended', expiresAt: 1_772_366_400_000 } as const;
      await bench.records.write(bench.key, end, { kind: 'absent' });
      loseFirstAnswer(bench.client);
      const { node, uid } = bench.key;
      expect(await bench.records.forget(node, uid, end.expiresAt)).toBe(true);
      expect(await bench.raw()).toBeUndefined();
    });

    it('recognises that it took the slot when the answer got lost', async () => {
      const bench = await openBench(endpointOf());
      loseFirstAnswer(bench.client);
      expect(await bench.slot.take(heldBy('me'), undefined)).toBe(true);
    });
  });
}
