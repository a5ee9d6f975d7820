import { describe, expect, it } from 'vitest';
import { syncCluster } from '../../lib/loop/sync-cluster.ts';
import type { Records } from '../../lib/ports/records.ts';
import { broken, capacity, dieLaunching, livingOf, passes, tokensOf } from '../support/vocabulary-launch.ts';
import { createWorld, intercept } from '../support/vocabulary-loop.ts';
import { MINUTE, SECOND } from '../support/vocabulary.ts';

describe('a launch without an answer', () => {
  it('that was carried out never makes a second task', async () => {
    const world = createWorld();
    world.bind();
    world.provider.failNext('launch', 'timeoutAfterSuccess');
    await world.pass();
    expect(world.record()).toMatchObject({ state: 'claimed', try: 0 });
    expect(livingOf(world)).toHaveLength(1);
    await passes(world, 6);
    expect(tokensOf(world)).toEqual(['1', '1']);
    expect(livingOf(world)).toHaveLength(1);
    expect(world.record()).toMatchObject({
      state: 'launched',
      taskArn: world.task().task.arn,
      replayed: true,
    });
  });

  it('is not sent again before its claim is over, and then with the same token', async () => {
    const world = createWorld();
    world.bind();
    world.provider.failNext('launch', broken);
    await passes(world, 5);
    expect(tokensOf(world)).toEqual(['1']);
    await world.pass();
    expect(tokensOf(world)).toEqual(['1', '1']);
    expect(livingOf(world)).toHaveLength(1);
  });

  it('for 50 minutes is looked for, found and adopted', async () => {
    const world = createWorld();
    world.bind();
    world.provider.failNext('launch', 'timeoutAfterSuccess');
    await world.pass();
    await world.clock.advance(52 * MINUTE);
    await world.pass();
    expect(tokensOf(world), 'a token that may be dead is never sent').toEqual(['1']);
    expect(world.record()).toMatchObject({ state: 'launched', taskArn: world.task().task.arn, try: 0 });
  });

  it('for 50 minutes that started nothing gets a new token', async () => {
    const world = createWorld();
    world.bind();
    world.provider.failNext('launch', broken);
    await world.pass();
    await world.clock.advance(52 * MINUTE);
    await world.pass();
    expect(tokensOf(world)).toEqual(['1', '1.1']);
    expect(livingOf(world)).toHaveLength(1);
  });

  it('for longer than the provider remembers is declared lost: nobody can know whether the pod ran', async () => {
    const world = createWorld();
    world.bind();
    world.provider.failNext('launch', broken);
    await world.pass();
    await world.clock.advance(70 * MINUTE);
    await world.pass();
    expect(world.line()).toBe('Failed NodeLost; main: terminated ContainerStatusUnknown 137');
    expect(world.record()).toMatchObject({ state: 'ended' });
    expect(tokensOf(world)).toEqual(['1']);
    expect(world.telemetry.troubles('foldLimit')).toBe(0);
  });
});

describe('an invocation that dies', () => {
  it('between claim and launch: the claim is taken up when it is over', async () => {
    const world = createWorld();
    world.bind();
    await dieLaunching(world);
    expect(world.record()).toMatchObject({ state: 'claimed', attempt: 1 });
    await passes(world, 4);
    expect(tokensOf(world), 'the claim is somebody else’s for a minute').toEqual([]);
    await passes(world, 2);
    expect(tokensOf(world)).toEqual(['1']);
    expect(world.record()).toMatchObject({ state: 'launched', replayed: true });
  });

  it('between launch and record: the replay adopts the task', async () => {
    const world = createWorld();
    world.bind();
    const records: Records = {
      ...world.records,
      write: (key, change, guard) =>
        change.taskArn === undefined
          ? world.records.write(key, change, guard)
          : new Promise<never>(() => undefined),
    };
    // The sweep would be faster: here the provider's lists are behind.
    intercept(world, 'provider', 'listLive', () => () => Promise.resolve([]));
    void syncCluster({ ...world.deps, records });
    await world.clock.advance(SECOND);
    world.slot.put(undefined);
    expect(livingOf(world)).toHaveLength(1);
    expect(world.record()).toMatchObject({ state: 'claimed' });
    await passes(world, 6);
    expect(tokensOf(world)).toEqual(['1', '1']);
    expect(livingOf(world)).toHaveLength(1);
    expect(world.record()).toMatchObject({ state: 'launched', taskArn: world.task().task.arn });
  });

  it('between launch and record while an event tells the task: there is nothing left to replay', async () => {
    const world = createWorld();
    world.bind();
    world.provider.failNext('launch', 'timeoutAfterSuccess');
    await world.pass();
    await world.tell(world.provider.start(world.task().task.arn));
    expect(world.record()).toMatchObject({ state: 'launched', taskArn: world.task().task.arn });
    expect(world.line()).toBe('Running; main: running');
    await passes(world, 8);
    expect(tokensOf(world)).toEqual(['1']);
  });
});

describe('a pod that is deleted while it is only claimed', () => {
  it('is finished after its claim, half a minute and a look that finds nothing', async () => {
    const world = createWorld();
    world.bind();
    world.provider.failNext('launch', broken);
    await world.pass();
    world.kubernetes.controls.deletePod('default', 'web');
    await passes(world, 7);
    expect(world.pod(), 'after 84 s of 90').toBeDefined();
    await passes(world, 2);
    expect(world.pod()).toBeUndefined();
    expect(world.record()).toMatchObject({ state: 'ended' });
    expect(tokensOf(world), 'it is never sent again').toEqual(['1']);
  });

  it('has its task stopped when the look finds one', async () => {
    const world = createWorld();
    world.bind();
    world.provider.failNext('launch', 'timeoutAfterSuccess');
    await world.pass();
    world.kubernetes.controls.deletePod('default', 'web');
    await passes(world, 9);
    expect(world.task().task).toMatchObject({ state: 'stopping', reason: 'lambdalet: the pod was deleted' });
    await world.tell(world.provider.exit(world.task().task.arn, 143));
    expect(world.pod()).toBeUndefined();
  });

  it('is finished at once when its launch was refused', async () => {
    const world = createWorld();
    world.bind();
    world.provider.failNext('launch', capacity);
    await world.pass();
    world.kubernetes.controls.deletePod('default', 'web');
    await world.pass();
    expect(world.pod()).toBeUndefined();
    expect(world.record()).toMatchObject({ state: 'ended' });
  });
});
