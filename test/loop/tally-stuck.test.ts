// Launches that fail in ways that no metric of their own tells of: who hears of it, when, and how often.
import { describe, expect, it } from 'vitest';
import type { Failure } from '../../lib/core/failure.ts';
import { paceLaunches } from '../../lib/loop/pace-launches.ts';
import { expectLogged } from '../memory/memory-telemetry.ts';
import { bounded, ofSize } from '../support/vocabulary-ceiling.ts';
import { capacity, passes, refused, throttled } from '../support/vocabulary-launch.ts';
import { createWorld, intercept, type LoopWorld } from '../support/vocabulary-loop.ts';
import { MINUTE, SECOND } from '../support/vocabulary.ts';

const HOUR_OF_PASSES = 300;
const timeout: Failure = { kind: 'transient', message: 'connect ETIMEDOUT ecs' };
const failed = (kind: Failure['kind']): Failure => ({ kind, message: kind });

const told = ({ telemetry }: LoopWorld): number => telemetry.troubles('launch');

/** From now on no launch succeeds. */
function failLaunches(world: LoopWorld, failure: Failure): void {
  intercept(world, 'provider', 'launch', () => () => Promise.resolve({ kind: 'failed', failure }));
}
/** When each minute's line was written, in seconds from now on. */
async function watchFor(world: LoopWorld, seconds: number): Promise<number[]> {
  const at: number[] = [];
  for (let second = 1; second <= seconds; second += 1) {
    const before = told(world);
    await world.clock.advance(SECOND);
    if (told(world) > before) at.push(second);
  }
  return at;
}

describe('launches that fail for minutes', () => {
  it.each([timeout, failed('ambiguous'), failed('internal')])(
    'ring within some five minutes when they are $kind, which takes two lines, and then once a minute',
    async (failure) => {
      const world = createWorld();
      failLaunches(world, failure);
      void world.hold();
      await world.clock.advance(SECOND);
      world.bind();
      const at = await watchFor(world, 10 * 60);
      expect(at[0]).toBeGreaterThanOrEqual(180);
      expect(at[1]).toBeLessThanOrEqual(310);
      expect(at.length).toBeGreaterThanOrEqual(6);
      expect(told(world), 'no minute is told twice').toBe(at.length);
      expect(told(world)).toBeLessThanOrEqual(8);
    },
  );

  it('say which pod waits for the longest, for how long, how many do, and in whose words', async () => {
    const world = createWorld();
    failLaunches(world, timeout);
    world.bind({ name: 'first' });
    await world.pass();
    world.bind({ name: 'second' });
    await passes(world, 20);
    const line = expectLogged(world.telemetry, 'error', 'Launches fail and fail', { pod: 'first', pods: 2 });
    expect(line.fields).toMatchObject({ trouble: 'launch', node: 'node-1', failure: timeout });
    expect(line.fields['seconds']).toBeGreaterThanOrEqual(180);
  });

  it('are told by passes, which remember nothing of each other, as often as by a holder', async () => {
    const world = createWorld();
    failLaunches(world, timeout);
    for (let pod = 0; pod < 5; pod += 1) world.bind({ name: `web-${pod}` });
    await passes(world, 14);
    expect(told(world), 'not before three minutes').toBe(0);
    await passes(world, 11);
    expect(told(world)).toBeGreaterThanOrEqual(2);
    await passes(world, HOUR_OF_PASSES - 25);
    expect(told(world)).toBeGreaterThanOrEqual(56);
    expect(told(world)).toBeLessThanOrEqual(58);
  });

  it('are told by the next holder, too', async () => {
    const world = createWorld();
    failLaunches(world, timeout);
    world.bind();
    void world.hold();
    await world.clock.advance(13 * MINUTE);
    const before = told(world);
    await world.clock.advance(5 * MINUTE);
    void world.hold();
    await world.clock.advance(3 * MINUTE);
    expect(told(world) - before).toBeGreaterThanOrEqual(3);
  });

  it('are told when what they are made of cannot be read, so that nothing is ever sent', async () => {
    const world = createWorld();
    const unanswered: Failure = { kind: 'transient', message: 'the API server answered 503' };
    for (let time = 0; time < 30; time += 1)
      world.kubernetes.controls.failNext('objects.networkPolicies', unanswered);
    world.bind();
    await passes(world, 30);
    expect(world.record()?.refusal).toBeUndefined();
    expect(told(world)).toBeGreaterThanOrEqual(2);
  });

  it('are told although some of the tries are throttled', async () => {
    const world = createWorld();
    let tries = 0;
    intercept(world, 'provider', 'launch', () => () => {
      tries += 1;
      return Promise.resolve({ kind: 'failed', failure: tries % 2 === 0 ? throttled : timeout });
    });
    world.bind();
    await passes(world, 30);
    expect(told(world)).toBeGreaterThanOrEqual(2);
  });

  it('are over with the first task', async () => {
    const world = createWorld();
    let answers = false;
    intercept(world, 'provider', 'launch', (launch) => (...given) => {
      return answers ? launch(...given) : Promise.resolve({ kind: 'failed', failure: timeout });
    });
    world.bind();
    await passes(world, 25);
    expect(told(world)).toBeGreaterThanOrEqual(2);
    answers = true;
    await passes(world, 25);
    expect(world.record()).toMatchObject({ state: 'launched' });
    const then = told(world);
    await passes(world, 25);
    expect(told(world)).toBe(then);
  });

  it('are over with the pod', async () => {
    const world = createWorld();
    failLaunches(world, timeout);
    world.bind();
    void world.hold();
    await world.clock.advance(5 * MINUTE);
    expect(told(world)).toBeGreaterThanOrEqual(1);
    world.kubernetes.controls.deletePod('default', 'web', 0);
    await world.clock.advance(20 * SECOND);
    const then = told(world);
    await world.clock.advance(5 * MINUTE);
    expect(told(world)).toBe(then);
  });
});

describe('no such trouble', () => {
  it.each([capacity, refused, throttled, failed('quota'), failed('configuration')])(
    'is a launch that is $kind for an hour: that has a signal of its own',
    async (failure) => {
      const world = createWorld();
      failLaunches(world, failure);
      world.bind();
      await passes(world, HOUR_OF_PASSES);
      expect(told(world)).toBe(0);
    },
  );

  it('is a secret that is missing, after a failure that passed', async () => {
    const world = createWorld();
    let tries = 0;
    intercept(world, 'provider', 'launch', () => () => {
      tries += 1;
      return Promise.resolve({ kind: 'failed', failure: tries === 1 ? timeout : failed('configuration') });
    });
    world.bind();
    await passes(world, HOUR_OF_PASSES);
    expect(tries).toBeGreaterThan(50);
    expect(told(world)).toBe(0);
  });

  it('is a pod that a ceiling holds, after a failure that passed', async () => {
    const world = bounded({ vcpu: 1 });
    world.provider.failNext('launch', timeout);
    world.bind(ofSize('held', 1));
    await world.pass();
    expect(world.record('held')?.refusal?.kind).toBe('transient');
    // Its room is taken by another one before its next try.
    world.bind(ofSize('other', 1));
    intercept(
      world,
      'provider',
      'launch',
      (launch) =>
        (pod, ...given) =>
          pod.metadata.name === 'held'
            ? Promise.resolve({ kind: 'failed', failure: timeout })
            : launch(pod, ...given),
    );
    await passes(world, HOUR_OF_PASSES);
    expect(world.line('held')).toContain('CeilingReached');
    expect(told(world)).toBe(0);
  });

  it('is a burst whose last pods wait for minutes for their turn', async () => {
    const world = createWorld();
    const slowly = { burst: 1, perSecond: 1 / 20 };
    void world.hold({ launches: paceLaunches(world.clock, { calls: slowly, tasks: slowly }) });
    for (let pod = 0; pod < 20; pod += 1) world.bind({ name: `web-${pod}` });
    await world.clock.advance(5 * MINUTE);
    expect(world.provider.tasks().length, 'some still wait').toBeLessThan(20);
    await world.clock.advance(3 * MINUTE);
    expect(world.provider.tasks()).toHaveLength(20);
    expect(told(world)).toBe(0);
  });

  it('is a pod of a node that is being removed', async () => {
    const world = createWorld();
    failLaunches(world, timeout);
    world.bind();
    await passes(world, 10);
    await world.marks.setClosing('node-1', true);
    await passes(world, 30);
    expect(told(world)).toBe(0);
  });
});
