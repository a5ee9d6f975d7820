import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRecord, encodeChange } from '../../../lib/adapters/dynamodb/encode-record.ts';
import { recordKey } from '../../../lib/adapters/dynamodb/item-keys.ts';
import type { PodRecord } from '../../../lib/core/record.ts';
import type { ObservedContainer } from '../../../lib/core/task.ts';
import { itemSize } from './item-size.ts';
import { CLUSTER, largestRecord, T0, TASK_ID } from './largest-record.ts';

function toItem(record: PodRecord): Record<string, unknown> {
  const { uid, node, ...attributes } = record;
  return { ...recordKey(CLUSTER, node, uid), ...encodeChange(attributes) };
}

function readBack(record: PodRecord): PodRecord {
  const decoded = decodeRecord(toItem(record), record.node);
  if (!decoded.ok) throw new Error(decoded.fault);
  return decoded.record;
}

const factsOf = (containers: readonly ObservedContainer[]) =>
  containers.map(({ reason: _, imageDigest: __, ...facts }) => facts);

describe('the size of a record', () => {
  it('stays under one read unit of 4 KB with everything at its limit', () => {
    const size = itemSize(toItem(largestRecord()));
    console.info(`the largest legal record takes ${size} bytes`);
    expect(size).toBeLessThan(4096);
  });

  it('is at most half of that for a usual pod of two containers that was restarted', () => {
    const record = largestRecord();
    const taskArn = `arn:aws:ecs:eu-west-1:123456789012:task/lambdalet-prod/${TASK_ID}`;
    const containersOf = (now: readonly ObservedContainer[]) =>
      now.slice(0, 2).map((container, n) => ({ ...container, name: `container-${n}`, reason: 'Error' }));
    const {
      stop: _,
      edit: _1,
      missingSince: _2,
      ...usual
    } = {
      ...record,
      name: 'checkout-7d9f8b6c5d-x2x7q',
      namespace: 'shop',
      restarts: { 'container-0': 1, 'container-1': 2 },
      taskArn,
      task: {
        arn: taskArn,
        version: 12,
        state: 'stopped' as const,
        containers: containersOf(record.task!.containers),
        podIP: '10.0.12.34',
        createdAt: T0,
        startedAt: T0,
        stoppedAt: T0,
        cause: 'exited' as const,
        reason: 'Essential container in task exited',
      },
      previous: { ...record.previous!, taskArn, containers: containersOf(record.previous!.containers) },
    };
    const size = itemSize(toItem(usual));
    console.info(`a usual record takes ${size} bytes`);
    expect(size).toBeLessThan(2048);
  });

  it('cuts words and digests to get there, never a fact', () => {
    const record = largestRecord();
    const { task, previous, ...rest } = readBack(record);
    const { task: fullTask, previous: fullPrevious, ...fullRest } = record;
    expect(rest).toEqual({ ...fullRest, expiresAt: Math.ceil(T0 / 1000) * 1000 });
    expect(factsOf(task!.containers)).toEqual(factsOf(fullTask!.containers));
    expect(factsOf(previous!.containers)).toEqual(factsOf(fullPrevious!.containers));
    expect(fullTask!.reason).toContain(task!.reason ?? '');
  });

  it('keeps every word of ten containers that failed the same way', () => {
    const record = largestRecord();
    const reason =
      'CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref';
    const containers = record.task!.containers.map((container, n) => ({
      ...container,
      name: `c${n}`,
      reason,
    }));
    const told = { ...record, task: { ...record.task!, containers, reason } };
    expect(readBack(told).task!.containers.map((container) => container.reason)).toEqual(
      Array(10).fill(reason),
    );
  });

  it('stores a small task as plain attributes that a person can read', () => {
    const record = largestRecord();
    const task = { ...record.task!, containers: [], reason: 'Scaling activity' };
    expect(toItem({ ...record, task })).toMatchObject({ task });
  });

  it('cuts the words of an edit to 256 bytes', () => {
    const edit = { kind: 'spec', message: 'é'.repeat(400), attempt: 1 } as const;
    const kept = readBack({ ...largestRecord(), edit }).edit!;
    expect(kept.kind).toBe('spec');
    expect(Buffer.byteLength(kept.message)).toBeLessThanOrEqual(256);
    expect(kept.message.startsWith('ééé')).toBe(true);
  });

  it('cuts the words of a refusal to 256 bytes', () => {
    const refusal = {
      kind: 'refused',
      message: 'é'.repeat(400),
      at: T0,
      tries: 1,
      retry: false,
      podReason: 'ProviderFailed',
    } as const;
    const { message } = readBack({ ...largestRecord(), refusal }).refusal!;
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(256);
    expect(message.startsWith('ééé')).toBe(true);
  });
});

const instant = fc.integer({ min: 0, max: 4_000_000_000_000 });
const word = fc.string({ maxLength: 60 });
const containerArbitrary: fc.Arbitrary<ObservedContainer> = fc.record(
  {
    name: word,
    state: fc.constantFrom('pending', 'running', 'stopped'),
    exitCode: fc.integer({ min: -1, max: 255 }),
    reason: word,
    outOfMemory: fc.boolean(),
    runtimeId: word,
    imageDigest: word,
    health: fc.constantFrom('healthy', 'unhealthy', 'unknown'),
    startedAt: instant,
    finishedAt: instant,
  },
  { requiredKeys: ['name', 'state'] },
);
const recordArbitrary = fc.record(
  {
    uid: fc.uuid(),
    namespace: word,
    name: word,
    node: word,
    state: fc.constantFrom('claimed', 'launched', 'ended'),
    specHash: word,
    attempt: fc.nat(),
    try: fc.nat(),
    claimer: word,
    launchBefore: instant,
    firstSentAt: instant,
    replayed: fc.boolean(),
    taskArn: word,
    task: fc.record(
      {
        arn: word,
        version: fc.nat(),
        state: fc.constantFrom('pending', 'running', 'stopping', 'stopped'),
        containers: fc.array(containerArbitrary, { maxLength: 3 }),
        podIP: fc.ipV4(),
        reason: word,
        cause: fc.constantFrom('exited', 'imagePull', 'lost'),
      },
      { requiredKeys: ['arn', 'version', 'state', 'containers'] },
    ),
    previous: fc.record({
      attempt: fc.nat(),
      taskArn: word,
      containers: fc.array(containerArbitrary, { maxLength: 3 }),
    }),
    restarts: fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/), fc.nat(), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
    backOffCount: fc.nat(),
    missingSince: instant,
    generation: fc.nat(),
    edit: fc.record({ kind: fc.constantFrom('resize', 'spec'), message: word, attempt: fc.nat() }),
    expiresAt: fc.nat().map((seconds) => seconds * 1000),
  },
  {
    requiredKeys: [
      'uid',
      'namespace',
      'name',
      'node',
      'state',
      'specHash',
      'attempt',
      'try',
      'claimer',
      'launchBefore',
      'replayed',
      'restarts',
      'backOffCount',
    ],
  },
) as fc.Arbitrary<PodRecord>;

describe('encoding a record', () => {
  it('gives back every record of up to three containers as it was', () => {
    fc.assert(
      fc.property(recordArbitrary, (record) => {
        expect(readBack(record)).toEqual(record);
      }),
    );
  });

  it('keeps an attribute to remove as undefined', () => {
    expect(encodeChange({ task: undefined, expiresAt: undefined })).toEqual({
      task: undefined,
      expiresAt: undefined,
    });
  });
});

describe('decoding an item', () => {
  const whole = toItem(largestRecord());
  it.each([
    ['an unknown state', { state: 'paused' }, /^state: /],
    ['a missing name', { name: undefined }, /^name: /],
    ['an attempt that is text', { attempt: '1' }, /^attempt: /],
    ['a stop for an unknown reason', { stop: { at: 1, why: 'boredom', deadline: 2 } }, /^stop\.why: /],
    ['a task that is no map', { task: 'gone' }, /^task: /],
    ['a packed task that is not binary', { task: { packed: 'x' } }, /packed is not binary/],
    ['a packed task that is damaged', { task: { packed: new Uint8Array([9]) } }, /cannot be read/],
    ['a ttl that is text', { expiresAt: 'soon' }, /^expiresAt: /],
  ])('names the fault of %s', (_, broken, fault) => {
    const decoded = decodeRecord({ ...whole, ...broken }, 'node');
    expect(decoded).toEqual({ ok: false, fault: expect.stringMatching(fault) as unknown });
  });

  it('names all faults at once', () => {
    const decoded = decodeRecord({ ...whole, state: 'paused', attempt: -1 }, 'node');
    expect(decoded).toMatchObject({
      ok: false,
      fault: expect.stringMatching(/state: .*; attempt: /) as unknown,
    });
  });

  it('ignores what it does not know, at every depth', () => {
    const record = {
      ...largestRecord(),
      task: { ...largestRecord().task!, containers: [], reason: 'short' },
    };
    const item = toItem(record);
    const decoded = decodeRecord(
      { ...item, mood: 1, task: { ...(item['task'] as object), mood: 2 } },
      record.node,
    );
    expect(decoded).toEqual({ ok: true, record: readBack(record) });
  });
});
