// A launch for which another capacity type is left: it does not wait for the one that is used up.
import { describe, expect, it } from 'vitest';
import type { Provider } from '../../lib/ports/provider.ts';
import { capacity, passes, sendsOf, tokensOf } from '../support/vocabulary-launch.ts';
import { createWorld, intercept, type LoopWorld } from '../support/vocabulary-loop.ts';
import { SECOND } from '../support/vocabulary.ts';

/** A world whose provider has another type for every first of two tries, and knows the type of each try. */
function mixed(): LoopWorld {
  const world = createWorld();
  intercept(world, 'provider', 'launch', (launch) => async (...given) => {
    const outcome = await launch(...given);
    const isFirst = given[1].try % 2 === 0;
    return outcome.kind === 'failed' && isFirst ? { ...outcome, hasAlternative: true } : outcome;
  });
  const useOf: Provider['useOf'] = (_, { try: nth }) => ({
    ...{ vcpu: 1, usdPerHour: 0.04, capacityType: nth % 2 === 0 ? 'spot' : 'on-demand' },
  });
  intercept(world, 'provider', 'useOf', () => useOf);
  return world;
}
const refuse = (world: LoopWorld, times: number): void => {
  for (let time = 0; time < times; time += 1) world.provider.failNext('launch', capacity);
};

describe('a launch whose capacity type is used up', () => {
  it('takes the other one at once, with a new token, and its record says so', async () => {
    const world = mixed();
    world.bind();
    refuse(world, 1);
    await world.pass();
    expect(tokensOf(world)).toEqual(['1', '1.1']);
    expect(sendsOf(world)[1]! - sendsOf(world)[0]!).toBe(0);
    expect(world.record()).toMatchObject({ state: 'launched', try: 1, use: { capacityType: 'on-demand' } });
    expect(world.reasons(), 'the pod is told that it took the other').toEqual(['FargateCapacityUnavailable']);
  });

  it('waits as long as any other when both are, and begins with the first again', async () => {
    const world = mixed();
    world.bind();
    refuse(world, 6);
    await passes(world, 12);
    const at = sendsOf(world);
    const gaps = at.slice(1).map((moment, index) => (moment - at[index]!) / SECOND);
    expect(gaps, '15, 30 and 60 s, at the next pass each').toEqual([0, 24, 0, 36, 0, 60]);
    expect(tokensOf(world)).toEqual(['1', '1.1', '1.2', '1.3', '1.4', '1.5', '1.6']);
    expect(world.record()).toMatchObject({ state: 'launched', try: 6, use: { capacityType: 'spot' } });
  });

  it('may have been sent before: then nothing is proven, and it waits', async () => {
    const world = mixed();
    world.bind();
    world.provider.failNext('launch', { kind: 'ambiguous', message: 'the connection broke' });
    refuse(world, 1);
    await passes(world, 6);
    expect(tokensOf(world)).toEqual(['1', '1']);
    expect(world.record()).toMatchObject({ try: 0, refusal: { kind: 'capacity', tries: 2 } });
  });
});

describe('what a record says of its use', () => {
  it('is of the attempt and the try that may run, and stays while its token is sent again', async () => {
    const world = mixed();
    world.bind();
    world.provider.failNext('launch', { kind: 'ambiguous', message: 'the connection broke' });
    await world.pass();
    const use = world.record()?.use;
    intercept(world, 'provider', 'useOf', () => () => ({
      ...{ vcpu: 2, usdPerHour: 1, capacityType: 'on-demand' },
    }));
    await passes(world, 6);
    expect(world.record()).toMatchObject({ state: 'launched', replayed: true, use });
    await world.tell(world.provider.start(world.task().task.arn));
    await world.tell(world.provider.exit(world.task().task.arn, 1));
    await passes(world, 2);
    expect(world.record()).toMatchObject({ attempt: 2, use: { vcpu: 2 } });
  });

  it('is written with the claim: a launch has two writes, as ever', async () => {
    const world = mixed();
    world.bind();
    await world.pass();
    const writes = world.records.calls.filter(({ method }) => method === 'write');
    expect(writes.map(({ change }) => [change?.state, change?.use?.vcpu])).toEqual([
      ['claimed', 1],
      ['launched', undefined],
    ]);
  });
});
