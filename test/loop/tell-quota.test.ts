import { describe, expect, it } from 'vitest';
import { FailureError, type Failure } from '../../lib/core/failure.ts';
import type { NodeQuota, VcpuQuota } from '../../lib/core/node-quota.ts';
import type { Pod } from '../../lib/core/kubernetes.ts';
import { OwnUse } from '../../lib/core/own-use.ts';
import type { TaskUse } from '../../lib/core/task-use.ts';
import { withoutUndefined } from '../../lib/core/without-undefined.ts';
import { countOwnUse } from '../../lib/loop/tell-quota.ts';
import { beatNodes } from '../../lib/loop/heartbeat.ts';
import { createMemoryQuotas, type MemoryQuotas } from '../memory/memory-quotas.ts';
import { expectLogged } from '../memory/memory-telemetry.ts';
import { createWorld, intercept, type LoopWorld } from '../support/vocabulary-loop.ts';
import {
  aClaim,
  aLaunch,
  aNodeSettings,
  aPod,
  aStoppedTask,
  aTask,
  MINUTE,
  NOW,
  patched,
  SECOND,
} from '../support/vocabulary.ts';

interface QuotaWorld extends LoopWorld {
  readonly quotas: MemoryQuotas;
}

function start(settings: Parameters<typeof createWorld>[0] = {}): QuotaWorld {
  const quotas = createMemoryQuotas();
  return { ...createWorld({ ...settings, quotas }), quotas };
}

/** What the account used three minutes ago. */
const used = ({ clock }: LoopWorld, vcpu: number): Required<Pick<VcpuQuota, 'use'>> => ({
  use: { vcpu, minute: (Math.floor(clock.now() / MINUTE) - 3) * MINUTE },
});
const quotaOf = async ({ marks }: LoopWorld, node = 'node-1'): Promise<NodeQuota | undefined> =>
  (await marks.node(node)).quota;
const cpuOf = ({ kubernetes }: LoopWorld, name = 'node-1'): string => {
  const { capacity, allocatable } = kubernetes.controls.nodeOf(name)?.status ?? {};
  return `${capacity?.['cpu']} / ${allocatable?.['cpu']}`;
};
const asking = (cpu: string): Pod =>
  aPod({ spec: { containers: [{ name: 'main', image: 'nginx', resources: { requests: { cpu } } }] } });
const sweep = async (world: LoopWorld): Promise<void> => {
  await world.clock.advance(5 * MINUTE);
  await world.pass();
};
const beat = (world: LoopWorld): Promise<void> => world.clock.runUntil(beatNodes(world.deps));

/** Binds pods that ask for so much, starts their tasks, and lets time pass until they are seen by CloudWatch. */
async function run(world: QuotaWorld, pods: number, cpu: string): Promise<void> {
  const resources = { requests: { cpu } };
  for (let pod = 0; pod < pods; pod += 1)
    world.bind({ name: `web-${pod}`, spec: { containers: [{ name: 'main', image: 'nginx', resources }] } });
  await world.pass();
  for (const { task } of world.provider.tasks()) await world.tell(world.provider.start(task.arn));
  await world.clock.advance(5 * MINUTE);
}

describe('a sweep', () => {
  it('marks what the quotas leave to the node, and the node shows it with its next beat', async () => {
    const world = start();
    world.quotas.set('on-demand', { limit: 6, ...used(world, 1.5) });
    await world.pass();
    expect(await quotaOf(world)).toEqual({ share: { limit: 6, available: 4.5 } });
    await beat(world);
    expect(cpuOf(world)).toBe('6 / 4500m');
  });

  it('tells what its own tasks use from what everybody else does', async () => {
    const world = start();
    await run(world, 4, '2');
    world.quotas.set('on-demand', { limit: 30, ...used(world, 8 + 10) });
    await world.pass();
    expect(await quotaOf(world)).toEqual({ share: { limit: 30, available: 20 } });
  });

  it('takes tasks that have just stopped for its own, although their pods are gone', async () => {
    const world = start();
    await run(world, 4, '2');
    const measured = used(world, 8);
    for (const { task, owner } of world.provider.tasks()) {
      world.kubernetes.controls.deletePod('default', owner?.name ?? '');
      await world.tell(world.provider.exit(task.arn, 0));
    }
    world.quotas.set('on-demand', { limit: 30, ...measured });
    await sweep(world);
    expect((await quotaOf(world))?.share?.available).toBe(30);
  });

  it('counts what tasks take beyond the requests of their pods', async () => {
    const world = start();
    await run(world, 10, '100m');
    world.quotas.set('on-demand', { limit: 30, ...used(world, 2.5) });
    await world.pass();
    // Ten tasks of a quarter, for pods that ask for one together.
    expect((await quotaOf(world))?.share?.available).toBe(30 - 1.5);
  });

  it('reads both quotas for a mixed node, and nothing of a type that no node has', async () => {
    const world = start({ settings: { nodes: [aNodeSettings({ capacityType: 'mixed' })] } });
    world.quotas.set('on-demand', { limit: 6 });
    world.quotas.set('spot', { limit: 10, ...used(world, 4) });
    await world.pass();
    expect(await quotaOf(world)).toEqual({ share: { limit: 16, available: 12 } });
    const other = start({ settings: { nodes: [aNodeSettings({ capacityType: 'spot' })] } });
    await other.pass();
    expect(other.quotas.asked).toEqual({ 'on-demand': 0, spot: 1 });
  });

  it('shows each of two nodes what it could have now: what is free, and what it has', async () => {
    const nodes = [aNodeSettings(), aNodeSettings({ name: 'node-2' })];
    const world = start({ settings: { nodes } });
    await run(world, 2, '2');
    world.quotas.set('on-demand', { limit: 10, ...used(world, 4) });
    await world.pass();
    expect((await quotaOf(world, 'node-1'))?.share?.available).toBe(10);
    expect((await quotaOf(world, 'node-2'))?.share?.available).toBe(6);
  });

  it('writes nothing while nothing changed but noise', async () => {
    const world = start();
    world.quotas.set('on-demand', { limit: 30, ...used(world, 4) });
    await world.pass();
    const writes: unknown[] = [];
    intercept(world, 'marks', 'setQuota', (set) => (...given) => {
      writes.push(given);
      return set(...given);
    });
    for (const vcpu of [4, 4.75, 3.25, 4]) {
      world.quotas.set('on-demand', { limit: 30, ...used(world, vcpu) });
      await sweep(world);
    }
    expect(writes).toEqual([]);
    world.quotas.set('on-demand', { limit: 30, ...used(world, 5) });
    await sweep(world);
    expect(writes).toHaveLength(1);
  });

  it('asks for nothing between two sweeps', async () => {
    const world = start();
    await world.pass();
    for (let pass = 0; pass < 10; pass += 1) await world.pass();
    expect(world.quotas.asked['on-demand']).toBe(1);
  });

  it('by a holder of the watch is the same', async () => {
    const world = start();
    void world.hold();
    await world.clock.advance(11 * MINUTE);
    expect(world.quotas.asked['on-demand']).toBe(3);
    expect(await quotaOf(world)).toEqual({ share: { limit: 4000, available: 40 } });
  });
});

describe('the use of a node', () => {
  const use = { vcpu: 2, usdPerHour: 0, capacityType: 'on-demand' } as const;
  const { capacityType } = use;
  const count = (seen: Parameters<typeof countOwnUse>[1], ifAsked?: TaskUse) => {
    const own = new OwnUse([capacityType], NOW);
    countOwnUse(own, seen, () => ifAsked);
    const during = (minutesAgo: number) => own.during(capacityType, NOW - minutesAgo * MINUTE);
    return { now: during(0), before: during(8), overhead: own.overhead };
  };

  it.each<{ of: string; seen: Parameters<typeof countOwnUse>[1]; ifAsked?: TaskUse; counted: object }>([
    { of: 'no record', seen: { record: undefined }, counted: { now: 0, before: 0, overhead: 0 } },
    {
      of: 'a claim that was never sent',
      seen: { record: withoutUndefined({ ...aClaim({ use }), firstSentAt: undefined }) },
      counted: { now: 0, before: 0, overhead: 0 },
    },
    {
      of: 'a claim that may have been sent',
      seen: { record: aClaim({ use }) },
      counted: { now: 2, before: 0, overhead: 2 },
    },
    {
      of: 'a task whose pod is bound',
      seen: { record: aLaunch(aTask(), { use }), pod: aPod() },
      counted: { now: 2, before: 0, overhead: 2 },
    },
    {
      of: 'a task that had another before it',
      seen: {
        record: aLaunch(aTask(), {
          use,
          previous: {
            ...{ attempt: 1, taskArn: 'a', containers: [] },
            ...{ startedAt: NOW - 15 * MINUTE, stoppedAt: NOW - 6 * MINUTE },
          },
        }),
      },
      counted: { now: 2, before: 2, overhead: 2 },
    },
    {
      of: 'a task that has stopped',
      seen: { record: aLaunch(aStoppedTask(0, { stoppedAt: NOW - 6 * MINUTE }), { use, launchedAt: 0 }) },
      counted: { now: 0, before: 2, overhead: 0 },
    },
    {
      of: 'a task that has stopped, nobody knows when',
      seen: {
        record: aLaunch(withoutUndefined({ ...aStoppedTask(0), stoppedAt: undefined }), {
          use,
          launchedAt: 0,
        }),
      },
      counted: { now: 0, before: 0, overhead: 0 },
    },
    {
      of: 'a record of an older version, by its pod',
      seen: { record: aLaunch(), pod: aPod() },
      ifAsked: use,
      counted: { now: 2, before: 0, overhead: 2 },
    },
    {
      of: 'a record of an older version whose pod is gone',
      seen: { record: aLaunch() },
      ifAsked: use,
      counted: { now: 0, before: 0, overhead: 0 },
    },
    {
      of: 'a pod that is over while its task is not',
      seen: { record: aLaunch(aTask(), { use }), pod: patched(asking('1'), { phase: 'Failed' }) },
      counted: { now: 2, before: 0, overhead: 2 },
    },
    {
      of: 'a pod that asks for less than its task has',
      seen: { record: aLaunch(aTask(), { use }), pod: asking('1500m') },
      counted: { now: 2, before: 0, overhead: 0.5 },
    },
  ])('counts $of', ({ seen, ifAsked, counted }) => {
    expect(count(seen, ifAsked)).toEqual(counted);
  });
});

describe('quotas that cannot be read', () => {
  const denied: Failure = { kind: 'auth', message: 'servicequotas:GetServiceQuota L-3032A538: denied' };

  it('lower nothing, and the node says why', async () => {
    const world = start();
    world.quotas.fail(denied);
    await world.pass();
    await beat(world);
    expect(cpuOf(world)).toBe('40 / 40');
    const conditions = world.kubernetes.controls.nodeOf('node-1')?.status?.conditions;
    expect(conditions?.find(({ type }) => type === 'FargateQuotaReached')).toMatchObject({
      status: 'False',
      message: expect.stringContaining(denied.message) as string,
    });
  });

  it('are no trouble: pods run all the same', async () => {
    const world = start();
    world.bind();
    world.quotas.fail(denied);
    await world.pass();
    expect(world.provider.tasks()).toHaveLength(1);
    expect(world.telemetry.sum('Trouble')).toBe(0);
  });

  it('for a while keep what was read before, and then what is configured', async () => {
    const world = start();
    world.quotas.set('on-demand', { limit: 6 });
    await world.pass();
    await beat(world);
    world.quotas.fail(denied);
    await sweep(world);
    await beat(world);
    expect(cpuOf(world)).toBe('6 / 6');
    await world.clock.advance(15 * MINUTE);
    await world.pass();
    await beat(world);
    expect(cpuOf(world)).toBe('40 / 40');
    world.quotas.set('on-demand', { limit: 6 });
    await sweep(world);
    await beat(world);
    expect(cpuOf(world)).toBe('6 / 6');
  });

  it('cost the sweep nothing, and a table that does not take them neither', async () => {
    const world = start();
    world.bind();
    intercept(
      world,
      'marks',
      'setQuota',
      () => () => Promise.reject(new FailureError({ kind: 'transient', message: 'down' })),
    );
    expect(await world.pass()).toBe('done');
    expect(world.provider.tasks()).toHaveLength(1);
    expectLogged(world.telemetry, 'warn', 'What the quotas leave to the node could not be written');
  });
});

describe('a node that is being removed', () => {
  it('is not told what it could have', async () => {
    const world = start();
    await world.marks.setClosing('node-1', true);
    await world.pass();
    expect(await quotaOf(world)).toBeUndefined();
  });
});

describe('a beat', () => {
  it('reads the marks of the node once and the slot once, and nothing for quotas or obstacles', async () => {
    const world = start();
    await world.pass();
    await beat(world);
    const reads: string[] = [];
    intercept(world, 'marks', 'node', (read) => (...of) => {
      reads.push('marks.node');
      return read(...of);
    });
    intercept(world, 'slot', 'read', (read) => () => {
      reads.push('slot.read');
      return read();
    });
    intercept(world, 'marks', 'setQuota', () => () => Promise.reject(new Error('a beat writes no marks')));
    intercept(
      world,
      'marks',
      'setObstacles',
      () => () => Promise.reject(new Error('a beat writes no marks')),
    );
    await world.clock.advance(12 * SECOND);
    await beat(world);
    expect(reads.toSorted()).toEqual(['marks.node', 'slot.read']);
    expect(world.quotas.asked['on-demand'], 'but by the sweep').toBe(1);
  });
});
