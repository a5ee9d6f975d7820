// Tasks that cannot be found, and tasks that nobody of ours started: nothing is invented, and nothing is stopped on doubt.
import { describe, expect, it } from 'vitest';
import { beatNodes } from '../../lib/loop/heartbeat.ts';
import { livingOf, passes, sendsOf } from '../support/vocabulary-launch.ts';
import type { LoopWorld } from '../support/vocabulary-loop.ts';
import { conditionsOf } from '../support/vocabulary-status.ts';
import { SECOND } from '../support/vocabulary.ts';
import { aged, passMinutes, running, runningBefore, stopsOf, sweep } from './vocabulary-scenario.ts';

const LOST = 'Failed NodeLost; main: terminated ContainerStatusUnknown 137';
const RUNS = 'Running; main: running';

/** Many pods that run. */
async function crowd(size: number): Promise<LoopWorld> {
  const world = await aged((fresh) => {
    for (let pod = 0; pod < size; pod += 1) fresh.bind({ name: `web-${pod}` });
  });
  await world.pass();
  for (const { task } of world.provider.tasks()) await world.tell(world.provider.start(task.arn));
  return world;
}
const linesOf = (world: LoopWorld, size: number): string[] =>
  Array.from({ length: size }, (_, pod) => world.line(`web-${pod}`));

describe('a task that the provider does not know any more', () => {
  it('is lost only when two looks a minute apart miss it', async () => {
    const world = await running();
    world.provider.lose(world.task().task.arn);
    await sweep(world);
    await world.clock.advance(30 * SECOND);
    await world.pass();
    expect(world.line(), 'one look is no proof').toBe(RUNS);
    await passMinutes(world, 1);
    expect(world.line()).toBe(LOST);
    expect(world.telemetry.troubles('lostTask')).toBe(1);
    const target = { DisruptionTarget: 'True TerminationByKubelet' };
    expect(conditionsOf(world.pod()?.status), 'no Job may count it as a failure').toMatchObject(target);
    await passMinutes(world, 2);
    expect(sendsOf(world), 'it may still run somewhere').toHaveLength(1);
  });

  it('is not lost when the second look finds it', async () => {
    const world = await running();
    const { arn } = world.task().task;
    world.provider.overlook(arn, { described: 'missing' });
    await sweep(world);
    expect(world.record()?.missingSince).toBeDefined();
    world.provider.overlook(arn, {});
    await passMinutes(world, 8);
    expect(world.line()).toBe(RUNS);
    expect(world.record()?.missingSince).toBeUndefined();
    expect(livingOf(world)).toHaveLength(1);
  });

  it('is not lost when the provider is silent instead of saying so', async () => {
    const world = await running();
    world.provider.overlook(world.task().task.arn, { described: 'silent' });
    await passMinutes(world, 20);
    expect(world.line()).toBe(RUNS);
  });

  it('is not lost while events wait that may tell of its end: then its end is the true one', async () => {
    const world = await running((fresh) => fresh.bind({ spec: { restartPolicy: 'Never' } }));
    world.eventQueue.setBacklog(3);
    const end = world.provider.exit(world.task().task.arn, 12);
    world.provider.lose(world.task().task.arn);
    await passMinutes(world, 20);
    expect(world.line()).toBe(RUNS);
    await world.tell(end);
    world.eventQueue.setBacklog(0);
    await passMinutes(world, 3);
    expect(world.line()).toBe('Failed; main: terminated Error 12');
  });

  it('is lost once the backlog is worked off and told nothing', async () => {
    const world = await running();
    world.eventQueue.setBacklog(1);
    world.provider.lose(world.task().task.arn);
    await passMinutes(world, 10);
    expect(world.line()).toBe(RUNS);
    world.eventQueue.setBacklog(0);
    await passMinutes(world, 2);
    expect(world.line()).toBe(LOST);
  });

  it('is not lost while the Node is younger than ten minutes, and there is none', async () => {
    const world = await running();
    world.kubernetes.controls.deleteNode('node-1');
    world.provider.lose(world.task().task.arn);
    await passMinutes(world, 12);
    expect(world.line(), 'there is no Node').toBe(RUNS);
    await beatNodes(world.deps);
    await passMinutes(world, 9);
    expect(world.line(), 'the Node is nine minutes old').toBe(RUNS);
    await passMinutes(world, 3);
    expect(world.line()).toBe(LOST);
  });

  it('is one of so many that the breaker holds: none is lost, and new pods are started all the same', async () => {
    const world = await crowd(30);
    const tasks = world.provider.tasks();
    for (const { task } of tasks) world.provider.overlook(task.arn, { described: 'missing', listed: false });
    await sweep(world);
    world.bind({ name: 'late' });
    await passMinutes(world, 8);
    expect(new Set(linesOf(world, 30))).toEqual(new Set([RUNS]));
    expect(world.record('late')).toMatchObject({ state: 'launched' });
    await beatNodes(world.deps);
    const node = world.kubernetes.controls.nodeOf('node-1');
    expect(conditionsOf(node?.status as never)['Degraded']).toContain('True');
    for (const { task } of tasks) world.provider.overlook(task.arn, {});
    await passMinutes(world, 20);
    expect(world.telemetry.troubles('lostTask')).toBe(0);
    expect(stopsOf(world)).toEqual([]);
    world.provider.lose(tasks[0]!.task.arn);
    await passMinutes(world, 8);
    expect(
      linesOf(world, 30).filter((line) => line === LOST),
      'the breaker is released',
    ).toHaveLength(1);
  });

  it('is one of so many that are really gone: they are told once looks ten minutes apart agree', async () => {
    const world = await crowd(30);
    for (const { task } of world.provider.tasks()) world.provider.lose(task.arn);
    await sweep(world);
    await passMinutes(world, 10);
    expect(new Set(linesOf(world, 30))).toEqual(new Set([RUNS]));
    await passMinutes(world, 12);
    expect(new Set(linesOf(world, 30))).toEqual(new Set([LOST]));
  });

  it('is one of few: each of them is lost for itself, without the breaker', async () => {
    const world = await crowd(30);
    for (const { task } of world.provider.tasks().slice(0, 10)) world.provider.lose(task.arn);
    await sweep(world);
    await passMinutes(world, 2);
    expect(linesOf(world, 30).filter((line) => line === LOST)).toHaveLength(10);
    expect(linesOf(world, 30).filter((line) => line === RUNS)).toHaveLength(20);
  });
});

describe('a task that nobody of ours started', () => {
  it('is left alone for ever: it names no pod of this cluster', async () => {
    const world = await aged();
    const stranger = world.provider.startStranger();
    await passMinutes(world, 30);
    expect(stopsOf(world)).toEqual([]);
    expect(livingOf(world)).toMatchObject([{ task: { arn: stranger.task.arn } }]);
  });

  it('but bears our marks and has no pod is ten minutes old before it is stopped', async () => {
    const world = await aged();
    const lone = await runningBefore(world, { ...world.bind({ name: 'x', node: 'elsewhere' }) });
    world.kubernetes.controls.deletePod('default', 'x', 0);
    await passMinutes(world, 9);
    expect(stopsOf(world)).toEqual([]);
    await passMinutes(world, 7);
    expect(stopsOf(world)).toEqual([lone.task.arn]);
    await passes(world, 2);
  });
});
