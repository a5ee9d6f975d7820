import { describe, expect, it } from 'vitest';
import {
  capacityTypesOf,
  nextQuota,
  quantityOf,
  QUOTA,
  readQuota,
  shareFor,
  vcpuOf,
  type NodeQuota,
  type VcpuQuota,
} from '../../lib/core/node-quota.ts';
import { OwnUse, type UsingTask } from '../../lib/core/own-use.ts';
import { MINUTE, NOW } from '../support/vocabulary.ts';

const ago = (minutes: number): number => NOW - minutes * MINUTE;
const task = (vcpu: number, words: Partial<UsingTask> = {}): UsingTask => ({
  use: { vcpu, capacityType: 'on-demand' },
  from: ago(60),
  requested: vcpu,
  ...words,
});
const spot = (vcpu: number, words: Partial<UsingTask> = {}): UsingTask =>
  task(vcpu, { use: { vcpu, capacityType: 'spot' }, ...words });

function ownUse(tasks: readonly UsingTask[], types = ['on-demand'] as ('on-demand' | 'spot')[]): OwnUse {
  const own = new OwnUse(types, NOW);
  for (const one of tasks) own.add(one);
  return own;
}

/** The quota of 100 vCPU, and what the account took of it three minutes ago. */
const quotaWith = (vcpu: number | undefined, limit = 100): VcpuQuota & { capacityType: 'on-demand' } => ({
  capacityType: 'on-demand',
  limit,
  ...(vcpu !== undefined && { use: { vcpu, minute: ago(3) } }),
});

describe('what the tasks of a node take', () => {
  it.each([
    { when: 'before it began', at: ago(13), vcpu: 0 },
    { when: 'in the minute in which it began', at: ago(12), vcpu: 2 },
    { when: 'while it lived', at: ago(8), vcpu: 2 },
    { when: 'in the minute in which it had stopped', at: ago(5), vcpu: 2 },
    { when: 'after that', at: ago(4), vcpu: 0 },
  ])('is nothing more and nothing less $when', ({ at, vcpu }) => {
    const own = ownUse([task(2, { from: ago(12), until: ago(5) })]);
    expect(own.during('on-demand', at)).toBe(vcpu);
    expect(own.during('spot', at)).toBe(0);
  });

  it('adds up tasks of one type', () => {
    const own = ownUse([task(2), task(0.25, { from: ago(1) }), spot(4)]);
    expect(own.during('on-demand', ago(3))).toBe(2);
    expect(own.during('on-demand', NOW)).toBe(2.25);
    expect(own.during('spot', NOW)).toBe(4);
  });

  it('is not known of minutes long ago', () => {
    expect(ownUse([task(2)]).during('on-demand', ago(30))).toBe(0);
    expect(ownUse([task(2, { from: ago(90), until: ago(60) })]).during('on-demand', ago(20))).toBe(0);
  });

  it('is more than their pods request, because sizes are rounded up', () => {
    expect(ownUse([task(0.25, { requested: 0.1 }), task(1)]).overhead).toBeCloseTo(0.15);
  });

  it('is no overhead once a task has stopped', () => {
    expect(ownUse([task(0.25, { requested: 0.1, until: ago(1) })]).overhead).toBe(0);
  });

  it('is whole overhead where nothing is counted for a pod', () => {
    expect(ownUse([task(2, { requested: undefined })]).overhead).toBe(2);
  });
});

describe('what the quotas leave to a node', () => {
  it.each<{ where: string; tasks: UsingTask[]; used: number | undefined; available: number }>([
    { where: 'nobody runs anything', tasks: [], used: undefined, available: 100 },
    { where: 'only others run something', tasks: [], used: 30, available: 70 },
    { where: 'only its own tasks run', tasks: [task(30)], used: 30, available: 100 },
    { where: 'both run something', tasks: [task(30)], used: 50, available: 80 },
    {
      where: 'its own tasks were started after the measurement',
      tasks: [task(30, { from: ago(1) })],
      used: 20,
      available: 80,
    },
    {
      where: 'its own tasks have stopped since the measurement',
      tasks: [task(30, { until: ago(1) })],
      used: 50,
      available: 80,
    },
    {
      where: 'sizes are rounded up',
      tasks: [task(10, { requested: 4 })],
      used: 10,
      available: 94,
    },
    { where: 'others take all of it', tasks: [task(5)], used: 130, available: 0 },
    { where: 'the measurement misses tasks of its own', tasks: [task(50)], used: 40, available: 100 },
    {
      where: 'tasks run on the other type although their pods are bound here',
      tasks: [spot(8)],
      used: 0,
      available: 108,
    },
  ])('is right where $where', ({ tasks, used, available }) => {
    expect(shareFor(ownUse(tasks), [quotaWith(used)], 1000)).toEqual({ limit: 100, available });
  });

  it('leaves the scheduler with what could be started now', () => {
    // 40 vCPU in use by others, tasks of 0.25 vCPU for pods that ask for 0.1; five pods are bound and not started yet.
    const running = Array.from({ length: 40 }, () => task(0.25, { requested: 0.1 }));
    const { available } = shareFor(ownUse(running), [quotaWith(50)], 1000);
    const requested = 40 * 0.1 + 5 * 0.1;
    expect(available - requested).toBeCloseTo(100 - 50 - 0.5);
  });

  it('is the sum of both types for a mixed node, where neither makes up for the other', () => {
    const own = ownUse([task(10), spot(20)], ['on-demand', 'spot']);
    const quotas = [quotaWith(60), { ...quotaWith(10, 50), capacityType: 'spot' as const }];
    expect(shareFor(own, quotas, 1000)).toEqual({ limit: 150, available: 150 - 50 });
  });

  it('is never more than the node is configured for, so that what lies above changes nothing', () => {
    expect(shareFor(ownUse([]), [quotaWith(10, 4000)], 40)).toEqual({ limit: 4000, available: 40 });
  });

  it('has no errors of binary fractions', () => {
    expect(shareFor(ownUse([task(0.3, { requested: 0.1 })]), [quotaWith(0.3)], 1000).available).toBe(99.8);
  });

  it.each([
    ['on-demand', ['on-demand']],
    ['spot', ['spot']],
    ['mixed', ['on-demand', 'spot']],
  ] as const)('is that of the capacity types of a node: %s is %j', (capacityType, types) => {
    expect(capacityTypesOf({ capacityType })).toEqual(types);
  });
});

describe('what is written of the quotas', () => {
  const share = { limit: 100, available: 60 };
  const unread = { since: ago(5), why: 'no route' };
  const read = (change: Partial<typeof share> = {}) =>
    ({ kind: 'read', share: { ...share, ...change } }) as const;

  it.each<{ when: string; before: NodeQuota | undefined; look: ReturnType<typeof read>; written: boolean }>([
    { when: 'nothing changed', before: { share }, look: read(), written: false },
    { when: 'noise', before: { share }, look: read({ available: 60.75 }), written: false },
    { when: 'noise downwards', before: { share }, look: read({ available: 59.25 }), written: false },
    { when: 'a whole vCPU more', before: { share }, look: read({ available: 61 }), written: true },
    { when: 'a whole vCPU less', before: { share }, look: read({ available: 59 }), written: true },
    { when: 'another quota', before: { share }, look: read({ limit: 101 }), written: true },
    { when: 'the first look', before: undefined, look: read(), written: true },
    { when: 'the first look that succeeds', before: { unread }, look: read(), written: true },
    { when: 'it can be read again', before: { share, unread }, look: read(), written: true },
  ])('after $when: $written', ({ before, look, written }) => {
    expect(nextQuota(before, look, NOW)).toEqual(written ? { share: look.share } : undefined);
  });

  it('is once that it cannot be read, with what was read before', () => {
    const look = { kind: 'failed', why: 'denied' } as const;
    expect(nextQuota({ share }, look, NOW)).toEqual({ share, unread: { since: NOW, why: 'denied' } });
    expect(nextQuota(undefined, look, NOW)).toEqual({ unread: { since: NOW, why: 'denied' } });
    expect(nextQuota({ share, unread }, look, NOW)).toBeUndefined();
  });
});

describe('what is known of the quotas', () => {
  const share = { limit: 6, available: 4 };
  const unread = (since: number) => ({ since, why: 'no route' });

  it.each<{ when: string; quota: NodeQuota | undefined; known: object }>([
    {
      when: 'never read',
      quota: undefined,
      known: { kind: 'unknown', why: 'they have not been read yet' },
    },
    { when: 'read', quota: { share }, known: { kind: 'known', share } },
    {
      when: 'not readable from the beginning',
      quota: { unread: unread(NOW) },
      known: { kind: 'unknown', why: 'no route' },
    },
    {
      when: 'not readable for a while',
      quota: { share, unread: unread(NOW - QUOTA.staleMs + 1) },
      known: { kind: 'known', share },
    },
    {
      when: 'not readable for long',
      quota: { share, unread: unread(NOW - QUOTA.staleMs) },
      known: { kind: 'unknown', why: 'no route' },
    },
  ])('when they were $when', ({ quota, known }) => {
    expect(readQuota(quota, NOW)).toEqual(known);
  });
});

describe('quantities of CPU', () => {
  it.each([
    ['40', 40],
    ['500m', 0.5],
    ['2k', 2000],
    ['much', 0],
  ])('read %s as %d vCPU', (quantity, vcpu) => {
    expect(vcpuOf(quantity)).toBe(vcpu);
  });

  it.each([
    [40, '40'],
    [0, '0'],
    [0.25, '250m'],
    [85.5, '85500m'],
    [1.9999, '1999m'],
    [99.8, '99800m'],
  ])('write %d vCPU as %s', (vcpu, quantity) => {
    expect(quantityOf(vcpu)).toBe(quantity);
  });
});
