import { describe, expect, it } from 'vitest';
import type { PodRecord } from '../../lib/core/record.ts';
import { openStage, type Stage } from './stage/stage.ts';
import { allRun, expectUnharmed, restartsOf } from './vocabulary-rehearsal.ts';

/** What a version that has not heard of edits, probes and lost tasks does not know of a record. */
const OLDER: readonly (keyof PodRecord)[] = ['missingSince', 'generation', 'edit', 'probes', 'annotations'];

/** For so long after a deployment a pod is bound every other second: until both versions have run, and only the new one does. */
const WATCHED_S = 30;

interface HandOver {
  /** Until the new code held the slot. */
  readonly takenS: number;
  /** Until the old code made its last change. */
  readonly oldWritesS: number;
  /** The longest wait of a pod bound meanwhile for its launch. */
  readonly launchS: number;
  readonly leaseS: number;
}

/** One deployment while pods are bound, measured. */
async function handOver(stage: Stage, change: Parameters<Stage['deploy']>[0]): Promise<HandOver> {
  const { gauges, staff, table, clock } = stage;
  const before = new Set(stage.pods().map(({ metadata }) => metadata.uid));
  const old = staff.deployment.deployId;
  const begun = clock.now();
  gauges.forget();
  stage.deploy(change);
  let takenS: number | undefined;
  for (let second = 0; second < WATCHED_S; second += 1) {
    if (second % 2 === 0) stage.applyDeployment('web', before.size + second / 2 + 1);
    await stage.seconds(1);
    if (table.slot().item?.deployId === staff.deployment.deployId) takenS ??= (clock.now() - begun) / 1000;
  }
  await stage.until('every pod is launched', () => stage.pods().every((pod) => hasTask(stage, pod)), 150);
  const delays = stage
    .pods()
    .filter(({ metadata }) => !before.has(metadata.uid))
    .map((pod) => stage.launchDelay(pod));
  await stage.minutes(1);
  stage.applyDeployment('web', before.size);
  await stage.until('the extra pods are gone', () => stage.pods().length === before.size);
  return {
    takenS: takenS ?? Infinity,
    oldWritesS: ((gauges.lastWriteOf(old) ?? begun) - begun) / 1000,
    launchS: Math.max(...delays),
    leaseS: gauges.oldestLease(),
  };
}

function hasTask({ account }: Stage, { metadata }: { readonly metadata: { readonly uid: string } }): boolean {
  return account.tasks.of(metadata.uid).length > 0;
}

/** A stage on which a version has run long enough for its functions to be warm. */
async function settled(replicas = 10): Promise<Stage> {
  const stage = await openStage();
  stage.applyDeployment('web', replicas);
  await allRun(stage, replicas);
  await stage.minutes(3);
  return stage;
}

describe('an upgrade and its rollback', () => {
  it(
    'hand the watch over within a beat, whenever they come, and back again',
    { timeout: 90_000 },
    async () => {
      const stage = await settled();
      const kept = new Set(stage.liveTasks().map(({ arn }) => arn));
      for (let phase = 0; phase < 12; phase += 2) {
        // Deployments come at any moment between two beats; every second one goes back to the older version.
        await stage.seconds(phase);
        const measured = await handOver(stage, { ignorantOf: phase % 4 === 0 ? [] : OLDER });
        expect(measured.takenS, 'a beat').toBeLessThanOrEqual(12);
        expect(measured.oldWritesS, 'a beat and a renewal').toBeLessThanOrEqual(22);
        expect(measured.launchS, 'a pod that is bound meanwhile').toBeLessThanOrEqual(0.5);
        expect(measured.leaseS, 'a beat').toBeLessThanOrEqual(13);
      }
      expect(stage.liveTasks().filter(({ arn }) => kept.has(arn))).toHaveLength(kept.size);
      expectUnharmed(stage);
      expect(stage.gauges.readiness.filter(({ node }) => node === 'virtual-1')).toHaveLength(1);
    },
  );

  it('that crash in the hand-over lose no pod and run none twice', { timeout: 90_000 }, async () => {
    const stage = await settled();
    for (let second = 3; second <= 24; second += 3) {
      stage.clock.at(stage.clock.now() + second * 1000, () => stage.staff.kill('pod-sync'));
      const measured = await handOver(stage, { ignorantOf: second % 2 === 0 ? OLDER : [] });
      // A dead slot (30 s), a beat (12 s); at these moments no launch is under way, whose claim would add 60 s.
      expect(measured.launchS, `killed after ${second} s`).toBeLessThanOrEqual(45);
      expect(measured.leaseS).toBeLessThanOrEqual(13);
    }
    expectUnharmed(stage);
  });

  it('keep the lease fresh although new variables meet old code, and every invocation fails, for half a minute', async () => {
    const stage = await settled(2);
    for (let phase = 0; phase < 12; phase += 3) {
      await stage.seconds(20 + phase);
      stage.gauges.forget();
      stage.staff.setTriggers(false);
      await stage.seconds(30);
      stage.deploy();
      stage.staff.setTriggers(true);
      await stage.seconds(40);
      expect(stage.gauges.oldestLease(), 'the old holder stands in').toBeLessThanOrEqual(21);
    }
    expectUnharmed(stage);
  });

  it('leave alone what the other version wrote and they do not understand', async () => {
    const stage = await settled(4);
    const { table, account } = stage;
    const [strange, plain] = stage.pods().map(({ metadata }) => metadata);
    const task = account.tasks.of(strange!.uid)[0]!;
    // The newer version has a state that this one does not know.
    const stored = table.records().stored(strange!.uid);
    table.records().spoil(strange!.uid);
    stage.deploy({ ignorantOf: OLDER });
    await stage.minutes(15);
    expect(table.records().stored(strange!.uid)).toEqual(stored);
    expect(task.desired, 'the task of a record that cannot be read is left alone').toBe('RUNNING');
    expect(table.records().stored(plain!.uid)?.generation, 'what it does not know stays').toBe(1);
    expectUnharmed(stage);
  });

  it('keep the restarts of a pod that crashes all the while', { timeout: 60_000 }, async () => {
    const stage = await settled(2);
    stage.applyDeployment('flaky', 1, {
      containers: [
        {
          name: 'main',
          image: 'public.ecr.aws/docker/library/busybox:1.37',
          command: ['sh', '-c', 'sleep 20; exit 3'],
        },
      ],
    });
    let most = 0;
    for (let turn = 0; turn < 8; turn += 1) {
      await stage.minutes(2);
      const restarts = restartsOf(stage, 'flaky');
      expect(restarts).toBeGreaterThanOrEqual(most);
      most = restarts;
      stage.deploy({ ignorantOf: turn % 2 === 0 ? OLDER : [] });
    }
    expect(most).toBeGreaterThan(2);
    expect(stage.account.doubles).toEqual([]);
  });
});
