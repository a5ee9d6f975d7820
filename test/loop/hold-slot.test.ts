import { describe, expect, it } from 'vitest';
import { FailureError } from '../../lib/core/failure.ts';
import { syncCluster } from '../../lib/loop/sync-cluster.ts';
import { expectLogged } from '../memory/memory-telemetry.ts';
import { failingPages } from '../support/vocabulary-pages.ts';
import { livingOf, tokensOf } from '../support/vocabulary-launch.ts';
import { createWorld, intercept, type LoopWorld } from '../support/vocabulary-loop.ts';
import { MINUTE, SECOND } from '../support/vocabulary.ts';

const down = () => Promise.reject(new FailureError({ kind: 'transient', message: 'no table' }));

/** Another invocation tries at once; `deployId` as another deployment. */
const rival = (world: LoopWorld, deployId = 'd1') => {
  const settings = { ...world.deps.settings, mode: 'watch', deployId } as const;
  const outcome = syncCluster({ ...world.deps, settings });
  let ended: string | undefined;
  void outcome.then((value) => (ended = value));
  return { ended: () => ended };
};
/** A world with a live holder. */
async function held(): Promise<LoopWorld & { readonly holder: string; ended: () => string | undefined }> {
  const world = createWorld();
  const first = rival(world);
  await world.clock.advance(SECOND);
  return { ...world, holder: world.slot.item!.holder, ended: first.ended };
}

describe('the slot', () => {
  it('has one holder: another invocation returns at once', async () => {
    const world = await held();
    world.kubernetes.controls.forgetCalls();
    const second = rival(world);
    await world.clock.advance(0);
    expect(second.ended()).toBe('heldByAnother');
    expect(world.slot.item?.holder).toBe(world.holder);
    expect(world.kubernetes.controls.calls).toEqual([]);
  });

  it('is given to one of two that come at once', async () => {
    const world = createWorld();
    const both = [rival(world), rival(world)];
    await world.clock.advance(SECOND);
    expect(both.map(({ ended }) => ended())).toContain('heldByAnother');
    expect(both.map(({ ended }) => ended())).toContain(undefined);
  });

  it('is renewed every ten seconds, with the time of the last pass', async () => {
    const world = await held();
    await world.clock.advance(25 * SECOND);
    expect(world.clock.now() - world.slot.item!.renewedAt).toBeLessThanOrEqual(10 * SECOND);
    expect(world.slot.item?.lastPassAt).toBe(world.slot.item?.renewedAt);
  });

  it('of a dead holder is taken over after 30 s, not before', async () => {
    const world = await held();
    intercept(world, 'slot', 'renew', () => () => new Promise(() => undefined));
    await world.clock.advance(28 * SECOND);
    const early = rival(world);
    await world.clock.advance(0);
    expect(early.ended()).toBe('heldByAnother');
    await world.clock.advance(2 * SECOND);
    rival(world);
    await world.clock.advance(0);
    expect(world.slot.item?.holder).not.toBe(world.holder);
  });

  it('goes to a newer deployment at once, and the old holder stops with its next renewal', async () => {
    const world = await held();
    rival(world, 'd2');
    await world.clock.advance(0);
    expect(world.slot.item).toMatchObject({ deployId: 'd2' });
    expect(world.ended()).toBeUndefined();
    await world.clock.advance(10 * SECOND);
    expect(world.ended()).toBe('done');
    expect(world.slot.item, 'what another holds is not given back').toMatchObject({ deployId: 'd2' });
    expect(world.kubernetes.controls.openWatches()).toBe(1);
  });

  it('is handed over before its end without a gap, and two holders start one task', async () => {
    const world = await held();
    await world.clock.advance(13 * MINUTE + 28 * SECOND);
    const early = rival(world);
    await world.clock.advance(0);
    expect(early.ended()).toBe('heldByAnother');
    await world.clock.advance(2 * SECOND);
    rival(world);
    await world.clock.advance(0);
    expect(world.slot.item?.holder).not.toBe(world.holder);
    expect(world.kubernetes.controls.openWatches()).toBe(2);
    world.bind();
    await world.clock.advance(10 * SECOND);
    expect(tokensOf(world)).toEqual(['1']);
    expect(livingOf(world)).toHaveLength(1);
    expect(world.kubernetes.controls.openWatches()).toBe(1);
  });

  it('is given back at its end, and ends there', async () => {
    const world = await held();
    await world.clock.advance(14 * MINUTE);
    expect(world.ended()).toBe('done');
    expect(world.slot.item).toMatchObject({ holder: '' });
    expect(world.slot.item?.lastPassAt, 'what is known of passes stays').toBeDefined();
    expect(world.clock.sleepers, 'nothing is left running').toBe(0);
  });

  it('that cannot be renewed for a while is kept: it only saves work', async () => {
    const world = await held();
    intercept(world, 'slot', 'renew', () => down);
    world.bind();
    await world.clock.advance(20 * SECOND);
    expectLogged(world.telemetry, 'warn', 'The slot could not be renewed');
    expect(livingOf(world)).toHaveLength(1);
  });

  it('that cannot be given back is dead in seconds anyway', async () => {
    const world = createWorld();
    intercept(world, 'slot', 'clear', () => down);
    expect(await world.pass()).toBe('done');
    expectLogged(world.telemetry, 'warn', 'The slot could not be given back');
  });

  it('does not die while the API server hangs', async () => {
    const world = await held();
    intercept(world, 'leases', 'get', () => () => new Promise(() => undefined));
    await world.clock.advance(2 * MINUTE);
    expect(world.clock.now() - world.slot.item!.renewedAt).toBeLessThanOrEqual(10 * SECOND);
  });
});

describe('in economy mode', () => {
  it('an invocation makes one pass and gives the slot back', async () => {
    const world = createWorld();
    world.bind();
    expect(await world.pass()).toBe('done');
    expect(world.kubernetes.controls.callsOf('pods.list')).toHaveLength(1);
    expect(world.kubernetes.controls.callsOf('pods.watch')).toEqual([]);
    expect(world.slot.item).toMatchObject({ holder: '', lastPassAt: world.clock.now() });
    expect(livingOf(world)).toHaveLength(1);
  });

  it('a deployment takes the slot at once from one that follows the watch, however fresh its last pass is', async () => {
    const world = await held();
    await world.clock.advance(10 * SECOND);
    expect(world.clock.now() - world.slot.item!.lastPassAt!).toBeLessThan(8 * SECOND);
    const settings = { ...world.deps.settings, mode: 'economy', deployId: 'd2' } as const;
    expect(await world.clock.runUntil(syncCluster({ ...world.deps, settings }))).toBe('done');
    await world.clock.advance(10 * SECOND);
    expect(world.ended()).toBe('done');
  });

  it('a pass is not made sooner than eight seconds after the last', async () => {
    const world = createWorld();
    await world.pass();
    await world.clock.advance(7 * SECOND);
    expect(await world.clock.runUntil(syncCluster(world.deps))).toBe('heldByAnother');
    await world.clock.advance(SECOND);
    expect(await world.clock.runUntil(syncCluster(world.deps))).toBe('done');
  });
});

describe('with several nodes', () => {
  it('one that cannot be looked at does not keep the other from its sync, and the pass does not count', async () => {
    const nodes = ['node-1', 'node-2'].map((name) => ({ ...createWorld().deps.settings.nodes[0]!, name }));
    const world = createWorld({ settings: { nodes } });
    intercept(world, 'pods', 'list', (list) => (node) => (node === 'node-1' ? failingPages() : list(node)));
    world.bind({ node: 'node-2' });
    await world.pass();
    expect(livingOf(world)).toHaveLength(1);
    expectLogged(world.telemetry, 'error', 'The sync of a node failed');
    expect(world.slot.item?.lastPassAt).toBeUndefined();
  });
});
