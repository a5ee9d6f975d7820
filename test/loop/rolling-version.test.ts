// An older and this version take turns, as in an upgrade and its rollback: the older one knows nothing of some attributes.
import { describe, expect, it } from 'vitest';
import type { SyncDeps } from '../../lib/loop/deps.ts';
import { syncCluster } from '../../lib/loop/sync-cluster.ts';
import { olderRecords, withOwnRepair, type Unknown } from '../support/vocabulary-holder.ts';
import { livingOf, tokensOf } from '../support/vocabulary-launch.ts';
import { createWorld, type LoopWorld } from '../support/vocabulary-loop.ts';
import { hideTasks, runPods, settleNode, stopsOf } from '../support/vocabulary-repair.ts';
import { conditionsOf } from '../support/vocabulary-status.ts';
import { MINUTE, SECOND } from '../support/vocabulary.ts';

/** What the version before this one does not know. */
const NEW: Unknown = ['missingSince', 'generation', 'edit', 'use'];
type Version = 'older' | 'newer';

const depsOf = (world: LoopWorld, version: Version): SyncDeps => {
  const settings = { ...world.deps.settings, deployId: version } as const;
  if (version === 'newer') return { ...world.deps, settings };
  return withOwnRepair({ ...world.deps, settings, records: olderRecords(world.deps.records, NEW) });
};
/** An invocation of that version holds the watch from now on. */
async function deploy(world: LoopWorld, version: Version): Promise<void> {
  const deps = depsOf(world, version);
  void syncCluster({ ...deps, settings: { ...deps.settings, mode: 'watch' } });
  await world.clock.advance(0);
  expect(world.slot.item, 'the deployment did not get the slot').toMatchObject({ deployId: version });
}
/** One pass of that version in economy mode. */
async function passAs(world: LoopWorld, version: Version): Promise<void> {
  await world.clock.advance(12 * SECOND);
  await world.clock.runUntil(syncCluster(depsOf(world, version)));
}
const PODS = 200;
const bindMany = (world: LoopWorld): void => {
  for (let pod = 0; pod < PODS; pod += 1) world.bind({ name: `web-${pod}` });
};
const startAll = async (world: LoopWorld): Promise<void> => {
  for (const { task } of livingOf(world))
    if (task.state === 'pending') await world.tell(world.provider.start(task.arn));
};

describe('an upgrade and a rollback in the middle of a burst', () => {
  it.each([
    [['older', 'newer', 'older']],
    [['newer', 'older', 'newer']],
    [['older', 'newer', 'older', 'newer']],
  ] as const)('(%s) start every pod once and publish all of them', async (versions) => {
    const world = createWorld();
    bindMany(world);
    for (const version of versions) {
      await deploy(world, version);
      await world.clock.advance(2 * SECOND);
    }
    expect(livingOf(world).length, 'in the middle of the burst').toBeLessThan(PODS);
    await world.clock.advance(2 * MINUTE);
    expect(world.provider.tasks()).toHaveLength(PODS);
    await startAll(world);
    await world.clock.advance(MINUTE);
    const lines = Array.from({ length: PODS }, (_, pod) => world.line(`web-${pod}`));
    expect(new Set(lines)).toEqual(new Set(['Running; main: running']));
    expect(stopsOf(world)).toEqual([]);
  });

  it('restart every pod once that fails meanwhile', async () => {
    const world = createWorld();
    await runPods(world, 20);
    await deploy(world, 'newer');
    for (const { task } of livingOf(world)) await world.tell(world.provider.exit(task.arn, 1));
    await world.clock.advance(5 * SECOND);
    await deploy(world, 'older');
    await world.clock.advance(5 * SECOND);
    await deploy(world, 'newer');
    await world.clock.advance(MINUTE);
    expect(world.provider.tasks()).toHaveLength(40);
    expect(world.record('web-0')).toMatchObject({ attempt: 2, restarts: { main: 1 } });
  });
});

describe('a record that this version wrote', () => {
  it('is read by an older one, which leaves alone what it does not know', async () => {
    const world = createWorld();
    await runPods(world, 1);
    const edit = { kind: 'resize', message: 'no', attempt: 1 } as const;
    world.records.put({ ...world.record()!, edit, generation: 1 });
    await world.tell(world.provider.setState(world.task().task.arn, { podIP: '10.9.9.9' }));
    world.kubernetes.controls.deletePod('default', 'web');
    await passAs(world, 'older');
    expect(world.record()).toMatchObject({ edit, generation: 1, stop: { why: 'deleted' } });
    await passAs(world, 'newer');
    await world.tell(world.provider.exit(world.task().task.arn, 143));
    expect(world.pod()).toBeUndefined();
  });

  it('of a task that is missing is not lost by an older one, and this one goes on where it was', async () => {
    const world = createWorld();
    await settleNode(world);
    await runPods(world, 1, { spec: { restartPolicy: 'Never' } });
    hideTasks(world, [world.task()]);
    await world.clock.advance(5 * MINUTE);
    await passAs(world, 'newer');
    const { missingSince } = world.record()!;
    expect(missingSince).toBeDefined();
    for (let pass = 0; pass < 10; pass += 1) await passAs(world, 'older');
    expect(world.record()).toMatchObject({ missingSince, state: 'launched' });
    await passAs(world, 'newer');
    expect(world.record()?.task).toMatchObject({ cause: 'lost' });
  });

  it('whose task an older one has seen come back is not lost by this one', async () => {
    const world = createWorld();
    await settleNode(world);
    await runPods(world, 1);
    const hidden = hideTasks(world, [world.task()]);
    await world.clock.advance(5 * MINUTE);
    await passAs(world, 'newer');
    hidden.known();
    for (let pass = 0; pass < 10; pass += 1) await passAs(world, 'older');
    for (let pass = 0; pass < 10; pass += 1) await passAs(world, 'newer');
    expect(world.record()).toMatchObject({ state: 'launched', task: { state: 'running' } });
    expect(world.record()?.missingSince).toBeUndefined();
  });

  it('is taken into its next attempt by an older one, and what was of the last attempt harms nobody', async () => {
    const world = createWorld();
    await settleNode(world);
    await runPods(world, 1);
    world.records.put({
      ...world.record()!,
      missingSince: world.clock.now(),
      generation: 1,
    });
    await world.tell(world.provider.exit(world.task().task.arn, 1));
    for (let pass = 0; pass < 3; pass += 1) await passAs(world, 'older');
    expect(tokensOf(world)).toEqual(['1', '2']);
    await world.tell(world.provider.start(world.task().task.arn));
    for (let pass = 0; pass < 10; pass += 1) await passAs(world, 'newer');
    expect(world.record()).toMatchObject({ attempt: 2, task: { state: 'running' } });
    expect(world.record()?.missingSince, 'the mark was of the first task').toBeUndefined();
    expect(world.line()).toBe('Running; main: running');
  });
});

describe('an edit of the attempt before', () => {
  it('is told no longer once an older one has started the next: what runs now is what the pod is', async () => {
    const world = createWorld();
    await runPods(world, 1);
    const edit = { kind: 'resize', message: 'it was resized', attempt: 1 } as const;
    world.records.put({ ...world.record()!, edit });
    await passAs(world, 'newer');
    expect(conditionsOf(world.pod()?.status)).toMatchObject({ PodResizePending: 'True Infeasible' });
    await world.tell(world.provider.exit(world.task().task.arn, 1));
    for (let pass = 0; pass < 3; pass += 1) await passAs(world, 'older');
    expect(world.record()).toMatchObject({ attempt: 2, edit });
    await world.tell(world.provider.start(world.task().task.arn));
    await passAs(world, 'newer');
    expect(conditionsOf(world.pod()?.status)).toMatchObject({ PodResizePending: 'False' });
  });
});

describe('a record that an older version wrote', () => {
  it('is gone on with: its pod’s edit is told from now on, not for what it cannot know', async () => {
    const world = createWorld();
    world.bind();
    await passAs(world, 'older');
    expect(world.record()?.generation).toBeUndefined();
    await world.tell(world.provider.start(world.task().task.arn));
    await passAs(world, 'newer');
    expect(world.record()).toMatchObject({ generation: 1 });
    expect(world.reasons()).not.toContain('UpdateNotSupported');
    world.kubernetes.controls.changePod('default', 'web', ({ spec, metadata }) => {
      spec.containers[0]!.image = 'registry.invalid/app:2';
      metadata.generation = 2;
    });
    await passAs(world, 'newer');
    expect(world.reasons()).toContain('UpdateNotSupported');
  });
});
