import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { createDynamo } from '../../../lib/adapters/dynamodb/create-dynamo.ts';
import type { PodRecord } from '../../../lib/core/record.ts';
import { createTable } from '../../../lib/local/dynamodb/create-table.ts';
import type { RecordGuard, Records } from '../../../lib/ports/records.ts';
import { claimBy, keyOf, taskAt } from '../../contract/records.contract.ts';
import { heldBy } from '../../contract/slot.contract.ts';
import { createMemoryTelemetry, expectLogged } from '../../memory/memory-telemetry.ts';
import { clientFor, openFreshTable } from '../../support/start-dynamodb.ts';

type Raw = Record<string, unknown>;
/** A step of the SDK's middleware, whatever it is a step of. */
type Handler = (args: unknown) => Promise<unknown>;

/** A table with its ports, and a way past them to the raw items. */
async function openBench(endpoint: string) {
  const { client, table } = await openFreshTable(endpoint);
  const telemetry = createMemoryTelemetry();
  const ports = createDynamo({ client, table, cluster: 'main', telemetry });
  const documents = DynamoDBDocumentClient.from(client);
  const key = keyOf();
  const at = { pk: `NODE#main/${key.node}`, sk: `POD#${key.uid}` };
  return {
    ...ports,
    client,
    table,
    telemetry,
    key,
    plant: (item: Raw, itemKey: Raw = at) =>
      documents.send(new PutCommand({ TableName: table, Item: { ...item, ...itemKey } })),
    raw: async (itemKey: Raw = at): Promise<Raw | undefined> =>
      (await documents.send(new GetCommand({ TableName: table, Key: itemKey, ConsistentRead: true }))).Item,
  };
}

const stored = (): Raw => ({ ...claimBy('other'), namespace: 'shop', name: 'web' });
const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no failure',
    (e: unknown) => e,
  );

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
      const unread = await failureOf(bench.records.get(bench.key.node, bench.key.uid));
      expect(unread, 'it must not pass for no record').toMatchObject({ failure: { kind: 'internal' } });
      expect(await bench.records.list(bench.key.node)).toEqual({ records: [], unreadable: [bench.key.uid] });
      for (const guard of guardsFor(item['state'])) {
        const change = guard.kind === 'absent' ? claimBy('me') : { taskArn: 'mine' };
        const error = await failureOf(bench.records.write(bench.key, change, guard));
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
      expect((await bench.records.list(bench.key.node)).records.map(({ uid }) => uid)).toEqual([other.uid]);
      expectLogged(bench.telemetry, 'error', 'cannot be read', { sk: `POD#${bench.key.uid}` });
    });

    it('leaves a packed task alone that cannot be unpacked', async () => {
      const bench = await openBench(endpointOf());
      await bench.plant({ ...stored(), task: { version: 1, packed: new Uint8Array([1, 2, 3]) } });
      expect(await bench.records.list(bench.key.node)).toEqual({ records: [], unreadable: [bench.key.uid] });
      expectLogged(bench.telemetry, 'error', 'cannot be read');
    });

    it('keeps attributes that this version does not know through every write', async () => {
      const bench = await openBench(endpointOf());
      await bench.plant({ ...stored(), probes: { app: { failures: 2 } } });
      const guard = { kind: 'at', attempt: 1, try: 0, state: 'claimed' } as const;
      expect((await bench.records.write(bench.key, { backOffCount: 3 }, guard)).kind).toBe('written');
      expect(await bench.raw()).toMatchObject({ backOffCount: 3, probes: { app: { failures: 2 } } });
    });

    it('keeps the slot going when its item cannot be understood', async () => {
      const { slot, plant } = await openBench(endpointOf());
      await plant({ holder: 7, renewedAt: 'now' }, { pk: 'CLUSTER#main', sk: 'SLOT' });
      const seen = await slot.read();
      expect(seen).toMatchObject({ holder: '', renewedAt: 0 });
      expect(await slot.take(heldBy('me'), seen)).toBe(true);
      expect(await slot.take(heldBy('late'), seen)).toBe(false);
    });

    it('takes an identity of another form for one that equals nothing', async () => {
      const { marks, plant } = await openBench(endpointOf());
      await plant({ identity: { uid: 'one' } }, { pk: 'CLUSTER#main', sk: 'IDENTITY' });
      expect(await marks.keepIdentity('uid:one', false)).toBe('');
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
      const { records: listed } = await bench.records.list(bench.key.node);
      expect(listed.map(({ uid }) => uid).sort()).toEqual(uids.sort());
      await bench.records.get(bench.key.node, uids[0]!);
      expect(inputs.length, 'pages and a get').toBeGreaterThan(2);
      expect(inputs.every(({ ConsistentRead }) => ConsistentRead === true)).toBe(true);
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
        records.list('a'),
        records.write(keyOf(), claimBy('me'), { kind: 'absent' }),
        slot.take(heldBy('me'), undefined),
        marks.rebuilt(),
      ];
      for (const error of await Promise.all(calls.map(failureOf))) {
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

    it('recognises that it took the slot when the answer got lost', async () => {
      const bench = await openBench(endpointOf());
      loseFirstAnswer(bench.client);
      expect(await bench.slot.take(heldBy('me'), undefined)).toBe(true);
    });
  });
}

/** That many records of 4 KB each. */
async function fill(records: Records, count: number): Promise<string[]> {
  const keys = Array.from({ length: count }, () => keyOf());
  const change = { ...claimBy('me'), specHash: '1:'.padEnd(4000, 'x') };
  for (let done = 0; done < count; done += 25) {
    const batch = keys.slice(done, done + 25);
    await Promise.all(batch.map((key) => records.write(key, change, { kind: 'absent' })));
  }
  return keys.map(({ uid }) => uid);
}

function spyInputs(client: DynamoDBClient): Raw[] {
  const inputs: Raw[] = [];
  client.middlewareStack.add(
    (next) => (args) => {
      inputs.push(args.input as Raw);
      return next(args);
    },
    { step: 'initialize' },
  );
  return inputs;
}

/** Lets DynamoDB carry out the first update, and fails it on the way back as a broken connection does. */
function loseFirstAnswer(client: DynamoDBClient): void {
  let isLost = false;
  const loseOne = (next: Handler) => async (args: unknown) => {
    const answer = await Promise.allSettled([next(args)]);
    if (!isLost) {
      isLost = true;
      throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ECONNRESET' });
    }
    if (answer[0].status === 'rejected') throw answer[0].reason;
    return answer[0].value;
  };
  client.middlewareStack.addRelativeTo(loseOne as never, {
    relation: 'after',
    toMiddleware: 'retryMiddleware',
  });
}
