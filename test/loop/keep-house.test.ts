import { describe, expect, it } from 'vitest';
import { expectLogged } from '../memory/memory-telemetry.ts';
import { createWorld, intercept, type LoopWorld } from '../support/vocabulary-loop.ts';
import { letterOf, runPods, sweep } from '../support/vocabulary-repair.ts';
import { aLaunch, aNodeSettings, MINUTE, SECOND } from '../support/vocabulary.ts';
import { failingPages } from '../support/vocabulary-pages.ts';

const HOUR = 60 * MINUTE;
const down = () => Promise.reject(new Error('no answer'));

/** A pod of policy Never that has run and completed; its record has ended. */
async function withEnded(count = 1): Promise<LoopWorld> {
  const world = createWorld();
  for (const { task } of await runPods(world, count, { spec: { restartPolicy: 'Never' } }))
    await world.tell(world.provider.exit(task.arn, 0));
  return world;
}

/** So many records that ended with their pods, which are gone. */
async function withGone(count = 1): Promise<LoopWorld> {
  const world = await withEnded(count);
  for (const { name } of world.records.all()) world.kubernetes.controls.deletePod('default', name);
  await world.pass();
  return world;
}

/** What was written to pods and records. */
function writesOf({ kubernetes, records }: LoopWorld): number {
  const written = kubernetes.controls.calls.filter(({ method }) =>
    ['pods.patchStatus', 'pods.remove'].includes(method),
  );
  return records.writes + written.length;
}

describe('the record of a pod that is over', () => {
  it('is kept for days while the pod is there, by a holder and by passes, without a write', async () => {
    const world = await withEnded(3);
    await sweep(world);
    const kept = world.records.all();
    expect(kept.map(({ state, expiresAt }) => ({ state, expiresAt }))).toEqual(
      Array.from({ length: 3 }, () => ({ state: 'ended', expiresAt: undefined })),
    );
    world.records.forgetCalls();
    world.kubernetes.controls.forgetCalls();
    for (let hour = 0; hour < 48; hour += 1) {
      await world.clock.advance(HOUR);
      await sweep(world);
    }
    const holder = world.hold();
    await world.clock.runUntil(holder);
    expect(writesOf(world), 'writes to pods and records in two days').toBe(0);
    expect(world.records.all()).toEqual(kept);
  });

  it('may go an hour after its pod was deleted, which a holder hears and a pass finds out', async () => {
    for (const hears of [true, false]) {
      const world = await withEnded();
      const held = hears ? world.hold() : undefined;
      await world.clock.advance(SECOND);
      world.kubernetes.controls.deletePod('default', 'web');
      await world.clock.advance(SECOND);
      if (!hears) await world.pass();
      const { expiresAt = 0 } = world.record()!;
      expect(Math.abs(expiresAt - world.clock.now() - HOUR)).toBeLessThan(30 * SECOND);
      if (held !== undefined) await world.clock.runUntil(held);
    }
  });

  it('is looked for by the name of its pod, and kept, where the list left that out', async () => {
    const world = await withEnded();
    intercept(
      world,
      'pods',
      'list',
      () =>
        async function* () {
          yield await Promise.resolve({ pods: [], resourceVersion: '1' });
        },
    );
    await sweep(world);
    expect(world.record()).toMatchObject({ state: 'ended' });
    expect(world.record()?.expiresAt).toBeUndefined();
  });

  it('that expires, as an older version ended it, is kept from then on', async () => {
    const world = await withEnded();
    world.records.put({ ...world.record()!, expiresAt: world.clock.now() + MINUTE });
    await world.pass();
    expect(world.record()?.expiresAt).toBeUndefined();
  });
});

describe('records whose time is over', () => {
  it('are deleted by the first sweep after it, not before', async () => {
    const world = await withGone();
    const over = world.record()!.expiresAt!;
    while (world.clock.now() + 5 * MINUTE < over) await sweep(world);
    expect(world.record()).toMatchObject({ state: 'ended' });
    await sweep(world);
    expect(world.record()).toBeUndefined();
  });

  it('are deleted, and no others', async () => {
    const world = await withGone(2);
    await runPods(world, 1);
    const now = world.clock.now();
    world.records.put({ ...world.record('web-0')!, expiresAt: now });
    const live = world.record('web')!;
    world.records.put({ ...live, expiresAt: now });
    await sweep(world);
    expect(world.record('web-0')).toBeUndefined();
    expect(world.record('web-1'), 'ended, but not over').toMatchObject({ state: 'ended' });
    expect(world.record('web'), 'over by its time, but in use').toMatchObject({ state: 'launched' });
    expect(world.records.calls.filter(({ method }) => method === 'forget')).toHaveLength(1);
  });

  it('that were taken up again meanwhile stay', async () => {
    const world = await withGone();
    world.records.put({ ...world.record()!, expiresAt: world.clock.now() });
    const renewed = world.clock.now() + HOUR;
    intercept(world, 'records', 'forget', (forget) => (node, uid, expiresAt) => {
      world.records.put({ ...world.record()!, expiresAt: renewed });
      return forget(node, uid, expiresAt);
    });
    await sweep(world);
    expect(world.record()).toMatchObject({ expiresAt: renewed });
  });

  it('are deleted at most 500 after one sweep: the table expires the rest by itself', async () => {
    const world = createWorld();
    for (let pod = 0; pod < 600; pod += 1)
      world.records.put({ ...aLaunch(), uid: `old-${pod}`, state: 'ended', expiresAt: world.clock.now() });
    await sweep(world);
    const left = Array.from({ length: 600 }, (_, pod) => world.records.stored(`old-${pod}`));
    expect(left.filter((record) => record !== undefined)).toHaveLength(100);
  });
});

describe('task definitions', () => {
  const looksOf = ({ provider }: LoopWorld): number =>
    provider.calls.filter(({ method }) => method === 'retireDefinitions').length;
  /** A pod that has run and gone, a day and more ago; its definition is left over. */
  async function withUnused(settings: Parameters<typeof createWorld>[0] = {}): Promise<LoopWorld> {
    const world = createWorld(settings);
    const [found] = await runPods(world, 1, { spec: { restartPolicy: 'Never' } });
    await world.tell(world.provider.exit(found!.task.arn, 0));
    world.kubernetes.controls.deletePod('default', 'web');
    await world.clock.advance(25 * HOUR);
    return world;
  }

  it('that no record uses and that are a day old are retired', async () => {
    const world = await withUnused();
    expect(world.provider.definitions()).toHaveLength(1);
    await world.pass();
    expect(world.provider.definitions()).toEqual([]);
    expectLogged(world.telemetry, 'info', 'Task definitions were retired', { retired: 1 });
  });

  it('that a running pod uses stay, by the hash of its record', async () => {
    const world = createWorld();
    await runPods(world, 1);
    await world.clock.advance(25 * HOUR);
    await world.pass();
    expect(world.provider.definitions()).toHaveLength(1);
    expect(looksOf(world)).toBeGreaterThan(0);
  });

  it('that a rebuilt record uses stay, by their name', async () => {
    const world = createWorld();
    await runPods(world, 1);
    world.records.put({ ...world.record()!, specHash: 'rebuilt' });
    await world.clock.advance(25 * HOUR);
    await world.pass();
    expect(world.provider.definitions()).toHaveLength(1);
  });

  it('that a pod whose launch waits for capacity will need stay, by the hash of its claim', async () => {
    const world = createWorld();
    await runPods(world, 1);
    const before = world.provider.definitions();
    const now = world.clock.now();
    const { taskDefinition: _, taskArn: __, task: ___, ...record } = world.record()!;
    world.records.put({ ...record, state: 'claimed', launchBefore: now, nextTryAt: now + 26 * HOUR });
    await world.clock.advance(25 * HOUR);
    await world.pass();
    expect(world.provider.definitions()).toEqual(before);
  });

  it('are looked through once an hour by one invocation, however often it sweeps', async () => {
    const world = createWorld();
    void world.hold();
    await world.clock.advance(13 * MINUTE);
    expect(looksOf(world)).toBe(1);
  });

  it('are looked through once an hour by all invocations together', async () => {
    const world = createWorld();
    for (let minute = 0; minute < 60; minute += 5) await sweep(world);
    expect(looksOf(world)).toBeLessThanOrEqual(2);
  });

  it('stay while not every node could be asked: one of its records may need them', async () => {
    const world = await withUnused({
      settings: { nodes: [aNodeSettings(), aNodeSettings({ name: 'node-2' })] },
    });
    intercept(world, 'pods', 'list', (list) => (node) => (node === 'node-2' ? failingPages() : list(node)));
    const looks = looksOf(world);
    await world.pass();
    expect(world.provider.definitions()).toHaveLength(1);
    expect(looksOf(world)).toBe(looks);
  });

  it('are retired when every node was asked', async () => {
    const world = await withUnused({
      settings: { nodes: [aNodeSettings(), aNodeSettings({ name: 'node-2' })] },
    });
    await world.pass();
    expect(world.provider.definitions()).toEqual([]);
  });

  it('are retired only a few at a time', async () => {
    const world = createWorld();
    await world.pass();
    expect(world.provider.calls).toContainEqual(
      expect.objectContaining({ method: 'retireDefinitions', most: 10 }),
    );
  });
});

describe('keeping house', () => {
  it.each([
    ['records', 'forget'],
    ['eventQueue', 'deadLetters'],
    ['provider', 'retireDefinitions'],
  ] as const)('goes on with the rest when %s.%s fails, and the pass counts', async (port, method) => {
    const world = await withGone();
    world.records.put({ ...world.record()!, expiresAt: world.clock.now() });
    world.eventQueue.addDeadLetter(letterOf(world.provider.startStranger(), world.clock.now()));
    intercept(world, port, method as never, () => down as never);
    await world.clock.advance(HOUR);
    await sweep(world);
    expectLogged(world.telemetry, 'warn', 'Keeping house failed', { node: 'node-1' });
    expect(world.slot.item?.lastPassAt).toBe(world.clock.now());
    if (method !== 'forget') expect(world.record()).toBeUndefined();
    if (method !== 'deadLetters') expect(world.eventQueue.bodies).toEqual([]);
    const looks = world.provider.calls.filter((call) => call.method === 'retireDefinitions');
    if (method !== 'retireDefinitions') expect(looks.length).toBeGreaterThan(0);
  });

  it('is done only after a sweep', async () => {
    const world = await withGone();
    world.records.put({ ...world.record()!, expiresAt: world.clock.now() });
    await world.pass();
    expect(world.record()).toBeDefined();
  });

  it('does not hold up the pods: those that are due are worked on meanwhile', async () => {
    const world = createWorld();
    intercept(world, 'eventQueue', 'deadLetters', () => async () => {
      await world.clock.sleep(world.clock.now() + 30 * SECOND);
      return [];
    });
    world.bind();
    void world.hold();
    await world.clock.advance(SECOND);
    expect(world.provider.tasks()).toHaveLength(1);
    world.bind({ name: 'second' });
    await world.clock.advance(5 * SECOND);
    expect(world.provider.tasks(), 'the watch waits for the house to be clean').toHaveLength(2);
  });
});
