// Two invocations that both believe to hold the watch: it costs calls, and nothing else.
import { describe, expect, it } from 'vitest';
import { isTerminal } from '../../lib/core/kubernetes.ts';
import type { FoundTask } from '../../lib/core/task.ts';
import { paceLaunches } from '../../lib/loop/pace-launches.ts';
import { syncCluster } from '../../lib/loop/sync-cluster.ts';
import { createMemorySlot } from '../memory/memory-slot.ts';
import { behindGate, slow } from '../support/vocabulary-holder.ts';
import { createWorld, type LoopWorld } from '../support/vocabulary-loop.ts';
import { MINUTE, SECOND } from '../support/vocabulary.ts';

const PODS = 50;
const RATES = { calls: { burst: 20, perSecond: 20 }, tasks: { burst: 100, perSecond: 20 } };

/** An invocation that has the slot for itself, whoever else has one; its calls take up to 300 ms. */
function holdAlone(world: LoopWorld, seed: number): void {
  const own = { slot: createMemorySlot(), launches: paceLaunches(world.clock, RATES) };
  const deps = behindGate({ ...world.deps, ...own }, slow(world.clock, seed, 300));
  void syncCluster({ ...deps, settings: { ...deps.settings, mode: 'watch' } });
}

/** Which of the tasks live, by the UID of their pods. */
function livingByPod({ provider }: LoopWorld): Map<string, FoundTask[]> {
  const living = new Map<string, FoundTask[]>();
  for (const found of provider.tasks()) {
    const uid = found.owner?.uid ?? '';
    if (found.task.state !== 'stopped') living.set(uid, [...(living.get(uid) ?? []), found]);
  }
  return living;
}
const podNumber = ({ owner }: FoundTask): number => Number(owner?.name?.replace('web-', ''));

/** What the tasks do by themselves, looked at every second. */
interface Cloud {
  /** One second of ECS: tasks start after five, fail after ten more in their first attempt, stop when asked to. */
  second(): Promise<void>;
  readonly faults: readonly string[];
}

function createCloud(world: LoopWorld): Cloud {
  const faults: string[] = [];
  const restarts = new Map<string, number>();
  const phases = new Map<string, string>();
  const look = (): void => {
    for (const [uid, tasks] of livingByPod(world))
      if (tasks.length > 1) faults.push(`${tasks.length} tasks of ${uid} live`);
    for (const pod of world.kubernetes.controls.allPods()) {
      const { name } = pod.metadata;
      const count = pod.status?.containerStatuses?.[0]?.restartCount ?? 0;
      if (count < (restarts.get(name) ?? 0)) faults.push(`restartCount of ${name} fell to ${count}`);
      restarts.set(name, count);
      const phase = pod.status?.phase ?? '';
      if (phases.get(name) === 'Running' && phase === 'Pending') faults.push(`${name} went back to Pending`);
      phases.set(name, phase);
    }
  };
  return {
    faults,
    second: async () => {
      const now = world.clock.now();
      for (const { task, owner } of world.provider.tasks()) {
        const age = now - (task.startedAt ?? task.createdAt ?? now);
        if (task.state === 'pending' && age >= 5 * SECOND) void world.tell(world.provider.start(task.arn));
        if (task.state === 'running' && owner?.attempt === 1 && age >= 10 * SECOND)
          void world.tell(world.provider.exit(task.arn, 3));
        if (task.state === 'stopping') void world.tell(world.provider.exit(task.arn, 143));
      }
      look();
      await world.clock.advance(SECOND);
      look();
    },
  };
}

/** A burst of pods, each of which fails once; one in ten is deleted in its second attempt. */
async function burst(seeds: readonly number[]): Promise<LoopWorld & { readonly faults: readonly string[] }> {
  const world = createWorld();
  const cloud = createCloud(world);
  for (const seed of seeds) holdAlone(world, seed);
  await world.clock.advance(SECOND);
  for (let pod = 0; pod < PODS; pod += 1) world.bind({ name: `web-${pod}` });
  for (let second = 0; second < 60; second += 1) await cloud.second();
  for (let pod = 0; pod < PODS; pod += 10) world.kubernetes.controls.deletePod('default', `web-${pod}`);
  for (let second = 0; second < 60; second += 1) await cloud.second();
  return { ...world, faults: cloud.faults };
}

describe('two holders at once', () => {
  it.each([1, 2, 3, 4])(
    'start no second task and publish nothing wrong in a burst with restarts (seed %i)',
    async (seed) => {
      const world = await burst([seed, seed + 1000]);
      expect(world.faults).toEqual([]);
      const attempts = world.provider.tasks().map((found) => `${found.owner?.name}/${found.owner?.attempt}`);
      expect(new Set(attempts).size, 'each attempt has one task').toBe(attempts.length);
      expect(attempts).toHaveLength(2 * PODS);
      for (const found of world.provider.tasks()) {
        const isDeleted = podNumber(found) % 10 === 0;
        const record = world.record(found.owner?.name);
        expect(record, found.owner?.name).toMatchObject(
          isDeleted
            ? { state: 'ended', attempt: 2 }
            : { state: 'launched', attempt: 2, restarts: { main: 1 } },
        );
        if (!isDeleted) expect(world.line(found.owner?.name)).toBe('Running; main: running');
        else expect(world.pod(found.owner?.name)).toBeUndefined();
      }
    },
  );

  it('come to the same end as one', async () => {
    const [one, two] = [await burst([7]), await burst([7, 8])];
    const endOf = (world: LoopWorld): unknown =>
      world.kubernetes.controls.allPods().map(({ metadata, status }) => ({
        name: metadata.name,
        phase: status?.phase,
        restarts: status?.containerStatuses?.map(({ restartCount, state, lastState }) => ({
          restartCount,
          state: Object.keys(state ?? {}),
          exitCode: lastState?.terminated?.exitCode,
        })),
      }));
    expect(endOf(two)).toEqual(endOf(one));
    expect(one.kubernetes.controls.allPods().filter(isTerminal)).toEqual([]);
  });

  it('stop each task of a deleted pod, and tell of each end once', async () => {
    const world = await burst([5, 6]);
    const finished = world.notices.published.filter(({ kind }) => kind === 'finished');
    expect(finished.map(({ pod }) => pod.name).sort()).toEqual([
      'web-0',
      'web-10',
      'web-20',
      'web-30',
      'web-40',
    ]);
  });
});

describe('two holders that start together', () => {
  it('give a pod that waits for capacity one task in the end', async () => {
    const world = createWorld();
    for (let refusal = 0; refusal < 3; refusal += 1)
      world.provider.failNext('launch', { kind: 'capacity', message: 'no room' });
    world.bind();
    holdAlone(world, 1);
    holdAlone(world, 2);
    for (let minute = 0; minute < 13; minute += 1) await world.clock.advance(MINUTE);
    expect(world.provider.tasks()).toHaveLength(1);
  });

  it('give a pod whose launch is never answered one task', async () => {
    const world = createWorld();
    world.provider.failNext('launch', 'timeoutAfterSuccess');
    world.provider.failNext('launch', 'timeoutAfterSuccess');
    world.bind();
    holdAlone(world, 1);
    holdAlone(world, 2);
    for (let minute = 0; minute < 5; minute += 1) await world.clock.advance(MINUTE);
    expect(world.provider.tasks()).toHaveLength(1);
    expect(world.record()).toMatchObject({ state: 'launched', taskArn: world.task().task.arn });
  });
});
