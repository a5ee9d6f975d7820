import { describe, expect, it } from 'vitest';
import type { Failure } from '../../lib/core/failure.ts';
import { broken, capacity, refused, throttled } from '../support/vocabulary-launch.ts';
import { createWorld, intercept, type LoopWorld } from '../support/vocabulary-loop.ts';
import { SECOND } from '../support/vocabulary.ts';

const failed = (kind: Failure['kind']): Failure => ({ kind, message: kind });

describe('a launch that fails', () => {
  const metrics = ['LaunchThrottles', 'LaunchesWithoutCapacity', 'LaunchesRefused'] as const;

  it.each([
    ['LaunchThrottles', 'throttled', throttled],
    ['LaunchesWithoutCapacity', 'capacity', capacity],
    ['LaunchesWithoutCapacity', 'quota', failed('quota')],
    ['LaunchesRefused', 'refused', refused],
    ['LaunchesRefused', 'auth', failed('auth')],
    ['LaunchesRefused', 'configuration', failed('configuration')],
    ['nothing', 'transient', failed('transient')],
    ['nothing', 'ambiguous', failed('ambiguous')],
    ['nothing', 'internal', broken],
  ] as const)('counts as %s of its node when it is %s', async (counted, _, failure) => {
    const world = createWorld();
    world.bind();
    world.provider.failNext('launch', failure);
    await world.pass();
    const told = metrics.filter((name) => world.telemetry.sum(name, 'node-1') > 0);
    expect(told).toEqual(counted === 'nothing' ? [] : [counted]);
  });
});

describe('the pods of a node by phase', () => {
  const latest = ({ telemetry }: LoopWorld) =>
    (['PodsPending', 'PodsRunning'] as const).map(
      (name) => telemetry.metrics.findLast((metric) => metric.name === name)?.value,
    );

  it('are told by each pass', async () => {
    const world = createWorld();
    await world.pass();
    expect(latest(world), 'no pod is a value, too: silence would be a fault').toEqual([0, 0]);
    world.bind();
    await world.pass();
    expect(latest(world), 'as the list showed it').toEqual([1, 0]);
    await world.tell(world.provider.start(world.task().task.arn));
    await world.pass();
    expect(latest(world)).toEqual([0, 1]);
    expect(world.telemetry.metrics.filter(({ name }) => name === 'PodsPending')).toHaveLength(3);
  });

  it('are told by a holder every ten seconds, as the watch has them', async () => {
    const world = createWorld();
    void world.hold();
    await world.clock.advance(SECOND);
    world.bind();
    await world.clock.advance(10 * SECOND);
    expect(latest(world)).toEqual([1, 0]);
    await world.tell(world.provider.start(world.task().task.arn));
    await world.clock.advance(10 * SECOND);
    expect(latest(world)).toEqual([0, 1]);
    world.kubernetes.controls.deletePod('default', 'web', 0);
    await world.clock.advance(10 * SECOND);
    expect(latest(world)).toEqual([0, 0]);
    const told = world.telemetry.metrics.filter(({ name }) => name === 'PodsRunning');
    expect(told.length).toBeGreaterThanOrEqual(4);
  });

  it('are told by nobody while no pass succeeds, so that the silence raises the alarm', async () => {
    const world = createWorld();
    await world.pass();
    intercept(world, 'pods', 'list', () => () => {
      throw new Error('the API server is down');
    });
    await world.pass();
    expect(world.telemetry.metrics.filter(({ name }) => name === 'PodsPending')).toHaveLength(1);
  });
});
