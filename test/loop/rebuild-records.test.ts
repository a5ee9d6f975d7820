import { describe, expect, it } from 'vitest';
import type { FoundTask } from '../../lib/core/task.ts';
import { expectLogged } from '../memory/memory-telemetry.ts';
import { livingOf, tokensOf } from '../support/vocabulary-launch.ts';
import { createWorld, intercept, type LoopWorld } from '../support/vocabulary-loop.ts';
import { aTask, MINUTE } from '../support/vocabulary.ts';

/** A world whose table is new although the provider and the API server are not. */
async function lost(): Promise<LoopWorld> {
  const old = createWorld();
  old.bind();
  await old.pass();
  await old.tell(old.provider.start(old.task().task.arn));
  const world = createWorld({ rebuilt: false });
  world.bind({ status: old.pod()!.status! });
  const tasks = old.provider.tasks();
  intercept(world, 'provider', 'listAll', () => () => Promise.resolve(tasks));
  return world;
}
const foreign = (words: Partial<NonNullable<FoundTask['owner']>>): FoundTask => ({
  task: aTask({ arn: `arn:${JSON.stringify(words)}` }),
  owner: { cluster: 'demo', node: 'node-1', uid: 'u', attempt: 1, namespace: 'default', name: 'x', ...words },
});

describe('a new or lost table', () => {
  it('gets its records from the tasks that the provider knows, before anything is claimed', async () => {
    const world = await lost();
    await world.pass();
    expect(world.record()).toMatchObject({ state: 'launched', attempt: 1, task: { state: 'running' } });
    expect(tokensOf(world), 'no second task').toEqual([]);
    expect(world.line()).toBe('Running; main: running');
    expect(world.marks.stored.rebuiltAt).toBeDefined();
    expectLogged(world.telemetry, 'info', 'Records were rebuilt', { tasks: 1, records: 1 });
  });

  it('is not used while those tasks cannot be listed completely', async () => {
    const world = createWorld({ rebuilt: false });
    world.bind();
    world.provider.failNext('listAll', { kind: 'throttled', message: 'Rate exceeded' });
    await expect(world.pass()).rejects.toThrow('Rate exceeded');
    expect(tokensOf(world)).toEqual([]);
    expect(world.slot.item).toMatchObject({ holder: '' });
    await world.pass();
    expect(tokensOf(world)).toEqual(['1']);
  });

  it('is rebuilt once', async () => {
    const world = createWorld({ rebuilt: false });
    await world.pass();
    await world.pass();
    expect(world.provider.calls.filter(({ method }) => method === 'listAll')).toHaveLength(1);
  });

  it('starts a pod that ran before at an attempt that no earlier task can carry', async () => {
    const world = await lost();
    intercept(world, 'provider', 'listAll', () => () => Promise.resolve([]));
    await world.pass();
    expect(
      tokensOf(world),
      'a launch that was under way when the table was lost may not be listed yet',
    ).toEqual([]);
    await world.clock.advance(2 * MINUTE);
    await world.pass();
    expect(tokensOf(world)).toEqual(['2']);
  });

  it('takes of several tasks of a pod that of the highest attempt, and of two the one that lives', async () => {
    const world = createWorld({ rebuilt: false });
    const at = (arn: string, attempt: number, state: 'running' | 'stopped'): FoundTask => ({
      task: aTask({ arn, state }),
      owner: { ...foreign({}).owner!, attempt },
    });
    const tasks = [
      at('a', 1, 'running'),
      at('b', 2, 'stopped'),
      at('c', 2, 'running'),
      at('d', 2, 'stopped'),
      at('e', 1, 'running'),
    ];
    intercept(world, 'provider', 'listAll', () => () => Promise.resolve(tasks));
    await world.pass();
    expect(world.records.stored('u')).toMatchObject({ attempt: 2, taskArn: 'c' });
  });

  it('takes no tasks of strangers or other clusters, and none that names no pod', async () => {
    const world = createWorld({ rebuilt: false });
    const { namespace: _no, ...nameless } = foreign({}).owner!;
    const tasks = [
      { task: aTask() },
      foreign({ cluster: 'other' }),
      { task: aTask(), owner: { ...nameless, uid: 'nameless' } },
    ];
    intercept(world, 'provider', 'listAll', () => () => Promise.resolve(tasks));
    await world.pass();
    expect(world.records.writes).toBe(0);
    expectLogged(world.telemetry, 'warn', 'Task names no pod', { uid: 'nameless' });
    expect(livingOf(world)).toEqual([]);
  });

  it('takes those of nodes that the settings do not have any more, for their teardown', async () => {
    const world = createWorld({ rebuilt: false });
    intercept(world, 'provider', 'listAll', () => () => Promise.resolve([foreign({ node: 'node-9' })]));
    await world.pass();
    expect(world.records.stored('u')).toMatchObject({ node: 'node-9', state: 'launched' });
  });

  it('keeps the records that are there', async () => {
    const world = await lost();
    await world.pass();
    const kept = { ...world.record()!, backOffCount: 7 };
    world.records.put(kept);
    intercept(world, 'marks', 'rebuiltAt', () => () => Promise.resolve(undefined));
    await world.pass();
    expect(world.record()?.backOffCount).toBe(7);
  });
});
