import { describe, expect, it } from 'vitest';
import { FailureError } from '../../lib/core/failure.ts';
import { beatNodes } from '../../lib/loop/heartbeat.ts';
import { verifyCluster } from '../../lib/loop/verify-cluster.ts';
import { expectLogged } from '../memory/memory-telemetry.ts';
import { createWorld, intercept, type LoopWorld } from '../support/vocabulary-loop.ts';

const writes = ({ kubernetes }: LoopWorld): string[] =>
  kubernetes.controls.calls
    .map(({ method }) => method)
    .filter((method) => !/\.(get|list|watch|version|identity)$/.test(method));
const down = () => Promise.reject(new FailureError({ kind: 'transient', message: 'down' }));

describe('the cluster behind the credentials', () => {
  it('is kept as ours when it is the first', async () => {
    const world = createWorld();
    expect(await verifyCluster(world.deps)).toBe('verified');
    expect(await world.marks.keepIdentity('none', false)).toBe('uid:00000000-0000-4000-8000-0000000000ff');
    expect(await verifyCluster(world.deps)).toBe('verified');
  });

  it('stops every write when it is another than before, loudly', async () => {
    const world = createWorld();
    world.bind();
    await world.pass();
    await world.tell(world.provider.start(world.task().task.arn));
    await world.clock.runUntil(beatNodes(world.deps));
    world.kubernetes.controls.setIdentity('uid:11111111-0000-4000-8000-000000000000');
    world.kubernetes.controls.deletePod('default', 'web', 0);
    world.kubernetes.controls.forgetCalls();
    const [calls, records] = [world.provider.calls.length, world.records.writes];

    expect(await world.pass()).toBe('notVerified');
    await world.clock.runUntil(beatNodes(world.deps));
    expect(writes(world)).toEqual([]);
    expect(world.provider.calls, 'the pods of another cluster say nothing about ours').toHaveLength(calls);
    expect(world.records.writes).toBe(records);
    expectLogged(world.telemetry, 'error', 'another cluster than before');
    expect(world.telemetry.troubles('identity')).toBeGreaterThan(0);
    expect(world.slot.item, 'the slot is free for the next').toMatchObject({ holder: '' });
  });

  it('is accepted when a setting says so, and is ours from then on', async () => {
    const world = createWorld();
    await verifyCluster(world.deps);
    world.kubernetes.controls.setIdentity('uid:other');
    const settings = { ...world.deps.settings, acceptNewCluster: true };
    expect(await verifyCluster({ ...world.deps, settings })).toBe('verified');
    expect(await verifyCluster(world.deps)).toBe('verified');
  });

  it('is not known where only unlike things can be compared: a UID and a CA', async () => {
    const world = createWorld();
    await verifyCluster(world.deps);
    world.kubernetes.controls.setIdentity('ca:abc');
    expect(await verifyCluster(world.deps)).toBe('unknown');
  });

  it.each(['cluster', 'marks'] as const)('is not known while its %s cannot be asked', async (port) => {
    const world = createWorld();
    if (port === 'cluster') intercept(world, 'cluster', 'identity', () => down);
    else intercept(world, 'marks', 'keepIdentity', () => down);
    expect(await verifyCluster(world.deps)).toBe('unknown');
    world.bind();
    expect(await world.pass()).toBe('notVerified');
    expect(world.provider.calls).toEqual([]);
  });
});
