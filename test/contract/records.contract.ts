import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FailureError } from '../../lib/core/failure.ts';
import type { PodRecord } from '../../lib/core/record.ts';
import type { ObservedTask } from '../../lib/core/task.ts';
import type { RecordChange, RecordGuard, Records } from '../../lib/ports/records.ts';
import { pagesOf } from './pod-pages.ts';

const NODE = 'fargate-a';
const T0 = Date.parse('2026-03-01T12:00:00Z');
const ARN = 'arn:aws:ecs:eu-west-1:123456789012:task/main/0123456789abcdef0123456789abcdef';

type Key = Parameters<Records['write']>[0];

/** A new pod's key; the UID is never used twice, so that tests may share a table. */
export function keyOf(name = 'web', node = NODE): Key {
  return { uid: randomUUID(), namespace: 'shop', name, node };
}

/** The first claim of a pod by `claimer`. */
export function claimBy(claimer: string): RecordChange {
  return {
    state: 'claimed',
    specHash: '1:0a1b2c',
    attempt: 1,
    try: 0,
    claimer,
    launchBefore: T0 + 60_000,
    firstSentAt: T0,
    replayed: false,
    restarts: { app: 0 },
    backOffCount: 0,
  };
}

/** A task of one container as seen at `version`. */
export function taskAt(version: number, more: Partial<ObservedTask> = {}): ObservedTask {
  return {
    arn: ARN,
    version,
    state: 'running',
    containers: [{ name: 'app', state: 'running', health: 'unknown', startedAt: T0 + 20_000 }],
    podIP: '10.0.0.7',
    createdAt: T0,
    startedAt: T0 + 20_000,
    ...more,
  };
}

const absent: RecordGuard = { kind: 'absent' };
const claimed = { kind: 'at', attempt: 1, try: 0, state: 'claimed' } as const satisfies RecordGuard;
const olderThan = (version: number): RecordGuard => ({ kind: 'older', attempt: 1, taskArn: ARN, version });

/** What every implementation of {@link Records} must do; `name` says which one this run is about. */
export function recordsContract(name: string, make: () => Promise<Records>): void {
  const claimedPod = async (): Promise<{ records: Records; key: Key }> => {
    const records = await make();
    const key = keyOf();
    await records.write(key, claimBy('first'), absent);
    return { records, key };
  };

  describe(`records on ${name}: creation and reading`, () => {
    it('gives back a new record as it was written', async () => {
      const records = await make();
      const key = keyOf();
      const outcome = await records.write(key, claimBy('me'), absent);
      const wanted = { ...key, ...claimBy('me') } as PodRecord;
      expect(outcome).toEqual({ kind: 'written', record: wanted });
      expect(await records.get(NODE, key.uid)).toEqual(wanted);
      expect((await pagesOf(records.list(NODE))).flatMap((page) => page.records)).toContainEqual(wanted);
    });

    it('knows nothing of a pod that was never claimed', async () => {
      const records = await make();
      expect(await records.get(NODE, randomUUID())).toBeUndefined();
    });

    it('lists a node alone, even next to one whose name begins the same', async () => {
      const records = await make();
      const [mine, longer] = [keyOf('web', 'node-1'), keyOf('web', 'node-10')];
      for (const key of [mine, longer]) await records.write(key, claimBy('me'), absent);
      const pages = await pagesOf(records.list('node-1'));
      const uids = pages.flatMap((page) => page.records).map(({ uid }) => uid);
      expect(uids).toContain(mine.uid);
      expect(uids).not.toContain(longer.uid);
    });

    it('refuses to create a record that lacks a mandatory attribute', async () => {
      const records = await make();
      const key = keyOf();
      const { specHash: _, ...partial } = claimBy('me');
      const error: unknown = await records.write(key, partial, absent).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(FailureError);
      expect((error as FailureError).failure).toMatchObject({ kind: 'internal' });
      expect((error as FailureError).message).toContain('specHash');
      expect(await records.get(NODE, key.uid)).toBeUndefined();
    });

    it('lets exactly one of 20 simultaneous claims through and shows it to the others', async () => {
      const records = await make();
      const key = keyOf();
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) => records.write(key, claimBy(`claimer-${index}`), absent)),
      );
      const winner = await records.get(NODE, key.uid);
      expect(outcomes.filter(({ kind }) => kind === 'written')).toHaveLength(1);
      for (const outcome of outcomes) expect(outcome.record).toEqual(winner);
    });
  });

  describe(`records on ${name}: changes of an attempt`, () => {
    it('changes the named attributes, removes those named as undefined, leaves the rest', async () => {
      const { records, key } = await claimedPod();
      const change = {
        state: 'launched',
        taskArn: ARN,
        launchedAt: T0 + 900,
        firstSentAt: undefined,
      } as const;
      const outcome = await records.write(key, change, claimed);
      const { firstSentAt: _, ...kept } = claimBy('first');
      const wanted = { ...key, ...kept, state: 'launched', taskArn: ARN, launchedAt: T0 + 900 };
      expect(outcome).toEqual({ kind: 'written', record: wanted });
      expect(await records.get(NODE, key.uid)).toEqual(wanted);
    });

    it('remembers a missing task and an edit until it is told otherwise', async () => {
      const { records, key } = await claimedPod();
      const seen = {
        missingSince: T0 + 5_000,
        generation: 3,
        edit: { kind: 'resize', message: 'A task cannot be resized while it runs.', attempt: 1 },
      } as const;
      expect(await records.write(key, seen, claimed)).toMatchObject({ kind: 'written', record: seen });
      expect(await records.get(NODE, key.uid)).toEqual({ ...key, ...claimBy('first'), ...seen });
      const gone = { missingSince: undefined, edit: undefined };
      await records.write(key, gone, claimed);
      expect(await records.get(NODE, key.uid)).toEqual({ ...key, ...claimBy('first'), generation: 3 });
    });

    it.each<[string, Partial<RecordGuard & { kind: 'at' }>]>([
      ['attempt', { attempt: 2 }],
      ['try', { try: 1 }],
      ['state', { state: 'launched' }],
      ['launch claim', { launchBefore: T0 + 60_001 }],
      ['task', { taskArn: ARN }],
    ])('writes nothing when the %s is another', async (_, other) => {
      const { records, key } = await claimedPod();
      const outcome = await records.write(key, { backOffCount: 9 }, { ...claimed, ...other });
      const current = await records.get(NODE, key.uid);
      expect(outcome).toEqual({ kind: 'conflict', record: current });
      expect(current?.backOffCount).toBe(0);
    });

    it('writes when the launch claim and the task are the guarded ones', async () => {
      const { records, key } = await claimedPod();
      await records.write(key, { taskArn: ARN }, { ...claimed, launchBefore: T0 + 60_000 });
      const outcome = await records.write(key, { backOffCount: 1 }, { ...claimed, taskArn: ARN });
      expect(outcome).toMatchObject({ kind: 'written', record: { backOffCount: 1, taskArn: ARN } });
    });

    it('never creates a record by a change', async () => {
      const records = await make();
      const key = keyOf();
      for (const guard of [claimed, olderThan(5)]) {
        const outcome = await records.write(key, { backOffCount: 1 }, guard);
        expect(outcome).toEqual({ kind: 'conflict', record: undefined });
      }
      expect(await records.get(NODE, key.uid)).toBeUndefined();
    });

    it('lets exactly one of 20 simultaneous renewals of a claim through', async () => {
      const { records, key } = await claimedPod();
      const guard = { ...claimed, launchBefore: T0 + 60_000 };
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          records.write(key, { claimer: `next-${index}`, launchBefore: T0 + 120_000 }, guard),
        ),
      );
      expect(outcomes.filter(({ kind }) => kind === 'written')).toHaveLength(1);
    });

    it('keeps the end of life in whole seconds, never earlier than asked', async () => {
      const { records, key } = await claimedPod();
      const outcome = await records.write(key, { state: 'ended', expiresAt: T0 + 1 }, claimed);
      expect(outcome.record?.expiresAt).toBe(T0 + 1000);
      expect((await records.get(NODE, key.uid))?.expiresAt).toBe(T0 + 1000);
    });
  });

  describe(`records on ${name}: facts about the task`, () => {
    const advance = (records: Records, key: Key, version: number) =>
      records.write(key, { taskArn: ARN, task: taskAt(version) }, olderThan(version));

    it('adopts the task of a record that knows none', async () => {
      const { records, key } = await claimedPod();
      const outcome = await advance(records, key, 3);
      expect(outcome).toMatchObject({ kind: 'written', record: { taskArn: ARN, task: taskAt(3) } });
    });

    it.each([3, 2, 0])('takes no version %i after version 3', async (version) => {
      const { records, key } = await claimedPod();
      await advance(records, key, 3);
      const outcome = await advance(records, key, version);
      expect(outcome).toMatchObject({ kind: 'conflict', record: { task: { version: 3 } } });
    });

    it('takes nothing of another task or of another attempt', async () => {
      const { records, key } = await claimedPod();
      await advance(records, key, 3);
      const orphan = { kind: 'older', attempt: 1, taskArn: `${ARN}0`, version: 9 } as const;
      const late = { kind: 'older', attempt: 2, taskArn: ARN, version: 9 } as const;
      for (const guard of [orphan, late]) {
        expect((await records.write(key, { task: taskAt(9) }, guard)).kind).toBe('conflict');
      }
      expect((await records.get(NODE, key.uid))?.task?.version).toBe(3);
    });

    it('ends at the newest version however the events race', async () => {
      const { records, key } = await claimedPod();
      const versions = [7, 2, 12, 9, 1, 4, 11, 3, 10, 6, 8, 5];
      await Promise.all(versions.map((version) => advance(records, key, version)));
      expect((await records.get(NODE, key.uid))?.task).toEqual(taskAt(12));
    });

    it('starts the versions anew with the next attempt', async () => {
      const { records, key } = await claimedPod();
      await advance(records, key, 9);
      const next = { attempt: 2, taskArn: undefined, task: undefined, claimer: 'second' };
      await records.write(key, next, { ...claimed, taskArn: ARN });
      const guard = { kind: 'older', attempt: 2, taskArn: `${ARN}2`, version: 1 } as const;
      const outcome = await records.write(key, { taskArn: `${ARN}2`, task: taskAt(1) }, guard);
      expect(outcome).toMatchObject({ kind: 'written', record: { attempt: 2, task: { version: 1 } } });
    });
  });
}
