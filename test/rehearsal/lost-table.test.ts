import { describe, expect, it } from 'vitest';
import type { Pod } from '../../lib/core/kubernetes.ts';
import { isNodeReady, openStage, type Stage } from './stage/stage.ts';
import {
  allRun,
  crashing,
  ending,
  expectUnharmed,
  podsOf,
  restartsOf,
  tasksOf,
} from './vocabulary-rehearsal.ts';

const PODS = 12;

/** Pods that run, one that crashes again and again, and one that has done its work. */
async function inUse(): Promise<Stage> {
  const stage = await openStage();
  stage.applyDeployment('web', PODS);
  stage.applyDeployment('flaky', 1, crashing(40));
  stage.createPod('job', ending(20));
  await allRun(stage, PODS + 2, 600).catch(() => undefined);
  await stage.until('the job has ended', () => stage.pod('job')?.status?.phase === 'Succeeded');
  await stage.minutes(3);
  return stage;
}

/** What must not have happened to pods that were there before. */
function expectKept(stage: Stage, before: readonly Pod[], tasks: readonly string[], restarts: number): void {
  expect(tasksOf(stage, before), 'the tasks that ran').toEqual(tasks);
  expect(
    stage.gauges.unready().filter((name) => name.startsWith('web')),
    'pods that left their Services',
  ).toEqual([]);
  expect(restartsOf(stage, 'flaky')).toBeGreaterThanOrEqual(restarts);
  expect(stage.pod('job')?.status?.phase).toBe('Succeeded');
  expect(tasksOf(stage, [stage.pod('job')!])).toEqual([]);
  expectUnharmedButFlaky(stage);
}

/** The pod that crashes may be between two attempts. */
function expectUnharmedButFlaky(stage: Stage): void {
  expect(stage.account.doubles).toEqual([]);
  for (const pod of podsOf(stage, 'web')) expect(tasksOf(stage, [pod]), pod.metadata.name).toHaveLength(1);
}

describe('a table that is lost', () => {
  it('and comes back empty gets its records from ECS and the cluster', { timeout: 60_000 }, async () => {
    const stage = await inUse();
    const web = podsOf(stage, 'web');
    const [tasks, restarts] = [tasksOf(stage, web), restartsOf(stage, 'flaky')];
    stage.table.empty();
    // A pod that is bound right after it.
    stage.applyDeployment('web', PODS + 1);
    await stage.until(
      'the new pod has its task',
      () => podsOf(stage, 'web').every((pod) => tasksOf(stage, [pod]).length === 1),
      180,
    );
    await stage.minutes(20);
    for (const { metadata } of web)
      expect(stage.table.records().stored(metadata.uid)).toMatchObject({ state: 'launched' });
    expectKept(stage, web, tasks, restarts);
    expect(restartsOf(stage, 'flaky'), 'its crashes go on being counted').toBeGreaterThan(restarts);
  });

  it(
    'for half an hour stops nothing and keeps the node, and what waited starts afterwards',
    { timeout: 60_000 },
    async () => {
      const stage = await inUse();
      const web = podsOf(stage, 'web');
      const [tasks, restarts] = [tasksOf(stage, web), restartsOf(stage, 'flaky')];
      stage.gauges.forget();
      stage.table.remove();
      stage.applyDeployment('web', PODS + 3);
      await stage.minutes(30);
      expect(tasksOf(stage, web)).toEqual(tasks);
      expect(
        podsOf(stage, 'web').filter((pod) => tasksOf(stage, [pod]).length === 0),
        'nothing is started blindly',
      ).toHaveLength(3);
      expect(isNodeReady(stage.node('virtual-1')), 'the heartbeat needs no table').toBe(true);
      expect(stage.gauges.oldestLease()).toBeLessThanOrEqual(25);
      expect(stage.telemetry.complaints.at(-1)?.text).toContain('The table does not exist');
      stage.table.empty();
      const launched = await stage.until('all have their tasks', () =>
        podsOf(stage, 'web').every((pod) => tasksOf(stage, [pod]).length === 1),
      );
      expect(launched).toBeLessThanOrEqual(60);
      await stage.minutes(15);
      expectKept(stage, web, tasks, restarts);
    },
  );

  it('while pods are being launched starts none of them twice', { timeout: 60_000 }, async () => {
    const stage = await openStage();
    for (let nth = 0; nth < 20; nth += 1)
      stage.clock.at(stage.clock.now() + nth * 450, () => stage.applyDeployment('web', 2 * (nth + 1)));
    for (const second of [2, 5, 9])
      stage.clock.at(stage.clock.now() + second * 1000, () => stage.table.empty());
    await stage.minutes(1);
    await allRun(stage, 40);
    await stage.minutes(20);
    expectUnharmed(stage);
  });
});

describe('a table that has lost some of its items', () => {
  it('is whole again a beat after its marks SLOT and REBUILT were deleted, too', async () => {
    const stage = await inUse();
    const web = podsOf(stage, 'web');
    const [tasks, restarts] = [tasksOf(stage, web), restartsOf(stage, 'flaky')];
    const { records, marks, nodes } = await stage.table.copy();
    const { rebuiltAt: _deleted, ...kept } = marks;
    const half = records.filter((_, nth) => nth % 2 === 0);
    stage.gauges.forget();
    await stage.table.replaceBy({ records: half, slot: undefined, marks: kept, nodes });
    const whole = (): boolean =>
      web.every(({ metadata }) => stage.table.records().stored(metadata.uid)?.state === 'launched');
    expect(await stage.until('every record is there again', whole)).toBeLessThanOrEqual(12);
    await stage.minutes(10);
    expectKept(stage, web, tasks, restarts);
  });
});

describe('a table that is restored as it was', () => {
  it.each([
    { ago: 'three minutes', minutes: 3 },
    { ago: 'twenty minutes', minutes: 20 },
    { ago: 'two hours, longer than ECS remembers a stopped task,', minutes: 125 },
  ])('$ago ago harms no pod', { timeout: 90_000 }, async ({ minutes }) => {
    const stage = await inUse();
    const copy = await stage.table.copy();
    // What the copy does not know: pods that went, came, ended and restarted since.
    const [restarted] = podsOf(stage, 'web');
    stage.account.ecs.killForMemory(tasksOf(stage, [restarted!])[0]!, 'main', stage.clock.now());
    stage.applyDeployment('web', PODS - 4);
    await stage.minutes(minutes / 2);
    stage.applyDeployment('web', PODS + 4);
    stage.createPod('later', ending(5));
    await stage.minutes(minutes / 2);
    await stage.until('they run', () => podsOf(stage, 'web').filter(stage.isReady).length === PODS + 4);
    const web = podsOf(stage, 'web');
    const [tasks, restarts] = [tasksOf(stage, web), restartsOf(stage, 'flaky')];
    stage.gauges.forget();
    await stage.table.replaceBy(copy);
    await stage.minutes(30);
    expectKept(stage, web, tasks, restarts);
    expect(stage.pod('later')?.status?.phase).toBe('Succeeded');
    expect(restartsOf(stage, 'flaky')).toBeGreaterThan(restarts);
    // And it goes on as ever.
    stage.applyDeployment('web', PODS);
    await stage.until(
      'pods that are not wanted any more are gone',
      () => podsOf(stage, 'web').length === PODS,
    );
    await stage.minutes(2);
    expectUnharmedButFlaky(stage);
    const owners = new Set(stage.living().map(({ metadata }) => metadata.uid));
    expect(
      stage.liveTasks().filter(({ uid }) => !owners.has(uid ?? '')),
      'tasks without a pod',
    ).toEqual([]);
  });
});
