import { describe, expect, it } from 'vitest';
import { expectLogged } from '../memory/memory-telemetry.ts';
import { createWorld, intercept, type LoopWorld } from '../support/vocabulary-loop.ts';
import { letterOf, runPods, sweep } from '../support/vocabulary-repair.ts';

const down = () => Promise.reject(new Error('no answer'));

describe('a dead letter', () => {
  /** A running pod of policy Never whose end only a dead letter tells: the provider has forgotten the task. */
  async function withDeadEnd(): Promise<LoopWorld> {
    const world = createWorld();
    await runPods(world, 1, { spec: { restartPolicy: 'Never' } });
    const ended = world.provider.exit(world.task().task.arn, 7);
    world.provider.lose(ended.task.arn);
    world.eventQueue.addDeadLetter(letterOf(ended, world.clock.now()));
    return world;
  }

  it('is handled after a sweep as an event is, and discarded', async () => {
    const world = await withDeadEnd();
    await sweep(world);
    expect(world.line()).toBe('Failed; main: terminated Error 7');
    expect(world.eventQueue.bodies).toEqual([]);
    expectLogged(world.telemetry, 'info', 'Dead letter handled again', { outcome: 'done' });
  });

  it('of a pod that nobody remembers is discarded', async () => {
    const world = createWorld();
    const stranger = world.provider.startStranger();
    world.eventQueue.addDeadLetter(letterOf(stranger, world.clock.now()));
    await sweep(world);
    expect(world.eventQueue.bodies).toEqual([]);
  });

  it('that is old news changes nothing and is discarded', async () => {
    const world = createWorld();
    await runPods(world, 1);
    const old = { ...world.task(), task: { ...world.task().task, version: 1, state: 'pending' } } as const;
    world.eventQueue.addDeadLetter(letterOf(old, world.clock.now()));
    await sweep(world);
    expect(world.line()).toBe('Running; main: running');
    expect(world.eventQueue.bodies).toEqual([]);
  });

  it.each(['not JSON at all', '{"some":"thing else"}', 'null'])(
    'that cannot be read (%s) stays for people',
    async (body) => {
      const world = createWorld();
      world.eventQueue.addDeadLetter(body);
      for (let look = 0; look < 3; look += 1) await sweep(world);
      expect(world.eventQueue.bodies).toEqual([body]);
      expectLogged(world.telemetry, 'info', 'Dead letter handled again', { outcome: 'poisoned' });
    },
  );

  it('stays while it cannot be handled, and is handled later', async () => {
    const world = await withDeadEnd();
    const body = world.eventQueue.bodies[0];
    let broken = true;
    intercept(
      world,
      'records',
      'write',
      (write) =>
        (...args) =>
          broken ? down() : write(...args),
    );
    await sweep(world);
    expect(world.eventQueue.bodies).toEqual([body]);
    broken = false;
    await sweep(world);
    expect(world.eventQueue.bodies).toEqual([]);
    expect(world.line()).toBe('Failed; main: terminated Error 7');
  });

  it('that fails does not keep the next one from being handled', async () => {
    const world = createWorld();
    await runPods(world, 2, { spec: { restartPolicy: 'Never' } });
    for (const { task } of world.provider.tasks())
      world.eventQueue.addDeadLetter(letterOf(world.provider.exit(task.arn, 7), world.clock.now()));
    const [, second] = world.eventQueue.bodies;
    for (const { task } of world.provider.tasks())
      world.provider.overlook(task.arn, { described: 'missing' });
    intercept(
      world,
      'records',
      'get',
      (get) =>
        (...key) =>
          key[1] === world.record('web-0')?.uid ? down() : get(...key),
    );
    await sweep(world);
    expect(world.eventQueue.bodies, 'the second is handled').not.toContain(second);
    expect(world.eventQueue.bodies).toHaveLength(1);
    expect(world.line('web-1')).toBe('Failed; main: terminated Error 7');
    expectLogged(world.telemetry, 'warn', 'Dead letter failed again');
  });

  it('that says what a pod’s record no longer needs is handled though the pod cannot be patched now', async () => {
    const world = await withDeadEnd();
    world.kubernetes.controls.failNext('pods.patchStatus', { kind: 'transient', message: 'no answer' });
    await sweep(world);
    expect(world.record()?.task).toMatchObject({ state: 'stopped' });
    await world.pass();
    expect(world.line()).toBe('Failed; main: terminated Error 7');
    await sweep(world);
    expect(world.eventQueue.bodies).toEqual([]);
  });
});
