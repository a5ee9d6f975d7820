import { describe, expect, it } from 'vitest';
import { beatNodes } from '../../lib/loop/heartbeat.ts';
import { isDeleting, type NodeCondition } from '../../lib/core/kubernetes.ts';
import { expectLogged } from '../memory/memory-telemetry.ts';
import { livingOf, passes } from '../support/vocabulary-launch.ts';
import { createWorld, intercept, type LoopWorld } from '../support/vocabulary-loop.ts';
import { hideTasks, runPods, settleNode, stopsOf, sweep } from '../support/vocabulary-repair.ts';
import { MINUTE, SECOND } from '../support/vocabulary.ts';

/** So many running pods on an old node; so many of their tasks are unknown to the provider from now on. */
async function withAbsent(
  pods: number,
  absent: number,
): Promise<LoopWorld & { readonly known: () => void; readonly breakerHolds: () => Promise<boolean> }> {
  const world = createWorld();
  await settleNode(world);
  const tasks = await runPods(world, pods, { spec: { restartPolicy: 'Never' } });
  const breakerHolds = async () => (await world.marks.node('node-1')).breaker !== undefined;
  return { ...world, ...hideTasks(world, tasks.slice(0, absent)), breakerHolds };
}
/** The same after the sweep that trips the breaker. */
async function tripped(pods = 30, absent = 21) {
  const world = await withAbsent(pods, absent);
  await sweep(world);
  expect(await world.breakerHolds(), 'the breaker did not trip').toBe(true);
  return world;
}
const missingOf = ({ records, provider }: LoopWorld): number =>
  provider.tasks().filter(({ owner }) => records.stored(owner!.uid)?.missingSince !== undefined).length;
const passesOf = ({ telemetry }: LoopWorld): number =>
  telemetry.metrics.filter(({ name }) => name === 'PodsPending').length;
const degradedOf = (world: LoopWorld): NodeCondition | undefined =>
  world.kubernetes.controls.nodeOf('node-1')?.status?.conditions?.find(({ type }) => type === 'Degraded');
/** The list of pods answers this part of each page only. */
const listOnly = (world: LoopWorld, count: number): void =>
  intercept(
    world,
    'pods',
    'list',
    (list) =>
      async function* (node) {
        for await (const page of list(node)) yield { ...page, pods: page.pods.slice(0, count) };
      },
  );

/** All that a watch tells of a deletion is that the pod is gone. */
const watchGonePods = (world: LoopWorld): void =>
  intercept(
    world,
    'pods',
    'watch',
    (watch) =>
      async function* (...args) {
        for await (const event of watch(...args))
          if (event.kind !== 'changed' || !isDeleting(event.pod)) yield event;
      },
  );

describe('the breaker of a node', () => {
  it.each([
    { pods: 30, absent: 20, trips: false },
    { pods: 30, absent: 21, trips: true },
    { pods: 20, absent: 20, trips: false },
    { pods: 60, absent: 30, trips: false },
    { pods: 60, absent: 31, trips: true },
  ])('trips: $trips, when $absent of $pods tasks are absent at once', async ({ pods, absent, trips }) => {
    const world = await withAbsent(pods, absent);
    await sweep(world);
    expect(await world.breakerHolds()).toBe(trips);
    expect(missingOf(world), 'tasks noted as missing').toBe(trips ? 0 : absent);
  });

  it('tells what was absent, in the log, as a metric and on the Node with the next heartbeat', async () => {
    const world = await tripped();
    expectLogged(world.telemetry, 'error', 'Too much is absent at once', {
      why: '21 of 30 tasks are absent',
    });
    expect(world.telemetry.troubles('breaker')).toBe(1);
    expect(degradedOf(world)?.status).not.toBe('True');
    await beatNodes(world.deps);
    expect(degradedOf(world)).toMatchObject({ status: 'True' });
    expect(degradedOf(world)?.message).toContain('21 of 30 tasks are absent');
  });

  it('shows on the Node within a minute under a holder without a heartbeat function', async () => {
    const world = await withAbsent(30, 21);
    void world.hold();
    await world.clock.advance(6 * MINUTE);
    expect(degradedOf(world)).toMatchObject({ status: 'True' });
  });

  it('keeps every pod as it is: nothing is lost, nothing is stopped', async () => {
    const world = await tripped();
    await passes(world, 30);
    expect(world.telemetry.troubles('lostTask')).toBe(0);
    expect(stopsOf(world)).toEqual([]);
    expect(world.line('web-0')).toBe('Running; main: running');
  });

  it('forgets no mark that was there: what was missing before is not lost while it holds', async () => {
    const world = await withAbsent(60, 5);
    world.eventQueue.setBacklog(1);
    await sweep(world);
    expect(missingOf(world)).toBe(5);
    hideTasks(world, world.provider.tasks().slice(0, 40));
    await sweep(world);
    expect(await world.breakerHolds()).toBe(true);
    world.eventQueue.setBacklog(0);
    await passes(world, 20);
    expect(world.telemetry.troubles('lostTask')).toBe(0);
  });

  it('stops the task of a pod with a deletionTimestamp all the same', async () => {
    const world = await tripped();
    world.kubernetes.controls.deletePod('default', 'web-25');
    await world.pass();
    expect(stopsOf(world)).toEqual([world.record('web-25')?.taskArn]);
  });

  it('does not stop the task of a pod that is gone before it is released', async () => {
    const world = await tripped();
    const { taskArn } = world.record('web-25')!;
    world.kubernetes.controls.deletePod('default', 'web-25', 0);
    await passes(world, 5);
    expect(stopsOf(world)).toEqual([]);
    world.known();
    for (let look = 0; look < 3; look += 1) await sweep(world);
    expect(await world.breakerHolds()).toBe(false);
    await world.pass();
    expect(stopsOf(world)).toEqual([taskArn]);
  });

  it('stops no stray task before it is released', async () => {
    const world = await tripped();
    const stray = { ...world.record('web-25')! };
    world.records.put({ ...stray, state: 'ended' });
    world.kubernetes.controls.deletePod('default', 'web-25', 0);
    await sweep(world);
    await sweep(world);
    expect(stopsOf(world)).toEqual([]);
  });

  it('starts new pods as ever', async () => {
    const world = await tripped();
    world.bind({ name: 'new' });
    await world.pass();
    expect(world.record('new')).toMatchObject({ state: 'launched' });
  });

  it('holds under a new holder too', async () => {
    const world = await tripped();
    watchGonePods(world);
    void world.hold();
    await world.clock.advance(SECOND);
    world.kubernetes.controls.deletePod('default', 'web-25', 0);
    await world.clock.advance(2 * MINUTE);
    expect(stopsOf(world)).toEqual([]);
  });

  it('trips under one holder and is obeyed by the other within a renewal', async () => {
    const world = await withAbsent(30, 21);
    watchGonePods(world);
    world.slot.put({ ...aSlot(world), lastSweepAt: world.clock.now() });
    void world.hold();
    await world.clock.advance(SECOND);
    await world.marks.setBreaker('node-1', { since: world.clock.now(), why: 'another saw it', absent: 21 });
    await world.clock.advance(10 * SECOND);
    world.kubernetes.controls.deletePod('default', 'web-25', 0);
    await world.clock.advance(MINUTE);
    expect(stopsOf(world)).toEqual([]);
  });

  it('is released by complete looks ten minutes apart that find everything again', async () => {
    const world = await tripped();
    world.known();
    await sweep(world);
    await sweep(world);
    expect(await world.breakerHolds(), 'after five minutes of agreement').toBe(true);
    await sweep(world);
    expect(await world.breakerHolds()).toBe(false);
    await beatNodes(world.deps);
    expect(degradedOf(world)?.status).toBe('False');
  });

  it('is released too when looks ten minutes apart agree that all of it is gone, and then it is lost', async () => {
    const world = await tripped();
    for (let look = 0; look < 3; look += 1) await sweep(world);
    expect(await world.breakerHolds()).toBe(false);
    await passes(world, 6);
    expect(world.telemetry.troubles('lostTask')).toBe(21);
    expect(world.line('web-0')).toMatch(/^Failed NodeLost/);
    expect(world.line('web-25')).toBe('Running; main: running');
  });

  it('waits anew when a look misses still more', async () => {
    const world = await tripped();
    await sweep(world);
    await sweep(world);
    hideTasks(world, world.provider.tasks().slice(0, 25));
    await sweep(world);
    await sweep(world);
    await sweep(world);
    expect(await world.breakerHolds(), 'ten minutes have not passed since').toBe(true);
    await sweep(world);
    expect(await world.breakerHolds()).toBe(false);
  });

  it('is not released by looks that fail', async () => {
    const world = await tripped();
    world.known();
    await sweep(world);
    intercept(world, 'provider', 'describe', () => () => Promise.reject(new Error('ECS is silent')));
    for (let look = 0; look < 4; look += 1) await sweep(world);
    expect(await world.breakerHolds()).toBe(true);
  });

  it('trips when the list leaves out more than half of the pods, although by name they are there', async () => {
    const world = await withAbsent(60, 0);
    listOnly(world, 29);
    await sweep(world);
    expect(await world.breakerHolds()).toBe(true);
    expectLogged(world.telemetry, 'error', 'Too much is absent at once', { why: '31 of 60 pods are absent' });
    await passes(world, 3);
    expect(stopsOf(world)).toEqual([]);
  });
});

describe('an incomplete list of pods', () => {
  it('that is empty stops nothing: every pod is looked up by name', async () => {
    const world = await withAbsent(10, 0);
    listOnly(world, 0);
    for (let look = 0; look < 5; look += 1) await sweep(world);
    expect(stopsOf(world)).toEqual([]);
    expect(livingOf(world)).toHaveLength(10);
  });

  it('that leaves out some pods stops nothing', async () => {
    const world = await withAbsent(10, 0);
    listOnly(world, 3);
    for (let look = 0; look < 5; look += 1) await sweep(world);
    expect(stopsOf(world)).toEqual([]);
  });

  it('that breaks off after its first page acts on nothing of what is missing', async () => {
    const world = createWorld();
    await runPods(world, 10);
    const before = passesOf(world);
    intercept(
      world,
      'pods',
      'list',
      (list) =>
        async function* (node) {
          for await (const page of list(node)) yield { ...page, pods: page.pods.slice(0, 3) };
          throw new Error('the connection broke');
        },
    );
    intercept(world, 'pods', 'get', () => () => Promise.resolve(undefined));
    for (let look = 0; look < 5; look += 1) await sweep(world);
    expect(stopsOf(world)).toEqual([]);
    expect(passesOf(world), 'no such pass counts').toBe(before);
  });
});

function aSlot(world: LoopWorld) {
  return { holder: '', deployId: 'd1', startedAt: 0, until: 0, renewedAt: world.clock.now() };
}
