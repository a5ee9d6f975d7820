// What a pass over a thousand settled pods costs: reads in bounded number, and no writes.
import { describe, expect, it } from 'vitest';
import { createWorld, type LoopWorld } from '../support/vocabulary-loop.ts';
import { MINUTE, SECOND } from '../support/vocabulary.ts';

const PODS = 1000;
// Ten pages of 100 pods.

/** A thousand pods: most run, one in ten has completed. Everything is published, the provider was asked just now. */
async function settle(): Promise<LoopWorld> {
  const world = createWorld();
  for (let pod = 0; pod < PODS; pod += 1)
    world.bind({ name: `web-${pod}`, spec: { restartPolicy: pod % 10 === 0 ? 'Never' : 'Always' } });
  await world.pass();
  const tasks = world.provider.tasks();
  for (const { task } of tasks) await world.tell(world.provider.start(task.arn));
  for (const { task, owner } of tasks)
    if (owner?.name?.endsWith('0') === true) await world.tell(world.provider.exit(task.arn, 0));
  await world.clock.advance(5 * MINUTE);
  await world.pass();
  return world;
}

/** What one more pass calls: how often each method. */
async function costOf(world: LoopWorld, pass: () => Promise<unknown>): Promise<Record<string, number>> {
  world.kubernetes.controls.forgetCalls();
  world.records.forgetCalls();
  const before = world.provider.calls.length;
  await pass();
  const methods = [
    ...world.kubernetes.controls.calls.map(({ method }) => method),
    ...world.records.calls.map(({ method }) => `records.${method}`),
    ...world.provider.calls.slice(before).map(({ method }) => `provider.${method}`),
  ];
  const counts: Record<string, number> = {};
  for (const method of methods) counts[method] = (counts[method] ?? 0) + 1;
  return counts;
}

describe('a pass over 1,000 settled pods', () => {
  it('writes nothing to pods, records and the provider: one list of pods, one of records, the identity', async () => {
    const world = await settle();
    expect(world.provider.tasks()).toHaveLength(PODS);
    expect(await costOf(world, () => world.pass())).toEqual({
      'cluster.identity': 2,
      'nodes.get': 1,
      'pods.list': 1,
      'records.getMany': 10,
      'records.list': 1,
    });
  });

  it('that is a sweep asks the provider about all tasks that live, a hundred at a time, and for those that it knows', async () => {
    const world = await settle();
    await world.clock.advance(5 * MINUTE);
    expect(await costOf(world, () => world.pass())).toEqual({
      'cluster.identity': 2,
      'nodes.get': 1,
      'pods.list': 1,
      'records.getMany': 10,
      'records.list': 1,
      'provider.describe': (PODS * 0.9) / 100,
      'provider.listLive': 1,
    });
  });

  it('by a holder of the watch costs the same, and one watch', async () => {
    const world = await settle();
    const cost = await costOf(world, async () => {
      void world.hold();
      await world.clock.advance(SECOND);
    });
    expect(cost).toEqual({
      'cluster.identity': 2,
      'nodes.get': 1,
      'pods.list': 1,
      'records.getMany': 10,
      'records.list': 1,
      'pods.watch': 1,
    });
  });
});
