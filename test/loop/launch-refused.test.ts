import { describe, expect, it } from 'vitest';
import {
  broken,
  capacity,
  passes,
  refused,
  sendsOf,
  throttled,
  tokensOf,
} from '../support/vocabulary-launch.ts';
import { createWorld } from '../support/vocabulary-loop.ts';
import { SECOND } from '../support/vocabulary.ts';

describe('a launch that is refused', () => {
  it('for want of room is visible, and is tried again with a new token', async () => {
    const world = createWorld();
    world.bind();
    world.provider.failNext('launch', capacity);
    await world.pass();
    expect(world.line()).toBe('Pending; main: waiting FargateCapacityUnavailable');
    expect(world.reasons()).toEqual(['FargateCapacityUnavailable']);
    expect(world.record()).toMatchObject({ state: 'claimed', try: 1, refusal: { tries: 1, retry: true } });
    await passes(world, 2);
    expect(tokensOf(world)).toEqual(['1', '1.1']);
    expect(world.record()).toMatchObject({ state: 'launched', attempt: 1, try: 1 });
    expect(world.record()?.refusal, 'what is over is not kept').toBeUndefined();
  });

  it('again and again waits longer each time, and tells it once', async () => {
    const world = createWorld();
    world.bind();
    for (let time = 0; time < 4; time += 1) world.provider.failNext('launch', capacity);
    await passes(world, 14);
    const at = sendsOf(world);
    const gaps = at.slice(1).map((moment, index) => (moment - at[index]!) / SECOND);
    expect(gaps, '15, 30 and 60 s, at the next pass each').toEqual([24, 36, 60]);
    expect(world.kubernetes.controls.events()).toMatchObject([
      { reason: 'FargateCapacityUnavailable', count: 1 },
    ]);
  });

  it('by throttling is tried again with the same token', async () => {
    const world = createWorld();
    world.bind();
    world.provider.failNext('launch', throttled);
    world.provider.failNext('launch', throttled);
    await passes(world, 4);
    expect(tokensOf(world)).toEqual(['1', '1', '1']);
    expect(world.record()).toMatchObject({ state: 'launched', try: 0 });
    expect(world.telemetry.sum('LaunchThrottles')).toBe(2);
  });

  it('for ever fails the pod in the words of the provider', async () => {
    const world = createWorld();
    world.bind();
    world.provider.failNext('launch', refused);
    await world.pass();
    expect(world.pod()?.status).toMatchObject({
      phase: 'Failed',
      reason: 'ProviderFailed',
      message: 'Role is not valid',
    });
    expect(world.record()).toMatchObject({ state: 'ended' });
    expect(world.notices.published).toMatchObject([{ kind: 'finished', reason: 'ProviderFailed' }]);
    await world.pass();
    expect(tokensOf(world)).toEqual(['1']);
  });

  it('after a replay proves nothing about the first send: the task is looked for before the token moves', async () => {
    const world = createWorld();
    world.bind();
    world.provider.failNext('launch', broken);
    world.provider.failNext('launch', capacity);
    await passes(world, 6);
    expect(tokensOf(world)).toEqual(['1', '1']);
    expect(world.record()).toMatchObject({ try: 0, refusal: { kind: 'capacity' } });
    await passes(world, 4);
    expect(tokensOf(world), 'nothing is sent while the lists may be behind').toHaveLength(2);
    await world.pass();
    expect(world.provider.calls.filter(({ method }) => method === 'find')).toHaveLength(1);
    expect(tokensOf(world)).toEqual(['1', '1', '1.1']);
  });

  it('for ever after a replay is not believed at once either', async () => {
    const world = createWorld();
    world.bind();
    world.provider.failNext('launch', broken);
    world.provider.failNext('launch', refused);
    await passes(world, 6);
    expect(world.pod()?.status?.phase).toBe('Pending');
    await passes(world, 8);
    expect(world.record()).toMatchObject({ state: 'launched', try: 1 });
  });
});

describe('many pods at once', () => {
  it('are started at the pace of the provider: 20 at once, then 20 a second', async () => {
    const world = createWorld();
    for (let pod = 0; pod < 60; pod += 1) world.bind({ name: `web-${pod}` });
    await world.pass();
    const at = sendsOf(world);
    expect(at).toHaveLength(60);
    const first = at[0]!;
    expect(at.filter((moment) => moment === first).length).toBe(20);
    expect(at.at(-1)! - first).toBe(2000);
  });
});
