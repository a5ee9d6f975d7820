import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addUse,
  ceilingOfNamespace,
  describeLack,
  lacksOf,
  neverFits,
  NO_USE,
  withoutInUse,
  type Lack,
} from '../../lib/core/ceiling.ts';
import { takesUp } from '../../lib/core/task-use.ts';
import { aClaim, aLaunch, aPendingTask, aStoppedTask, aTask } from '../support/vocabulary.ts';

const owner = { kind: 'node', name: 'node-1' } as const;
const use = (vcpu: number, usdPerHour = vcpu / 20) => ({ vcpu, usdPerHour });
const aLack = (words: Partial<Lack> = {}): Lack => ({
  ...{ owner, unit: 'vcpu', ceiling: 4, inUse: 3.5, need: 1, isKept: false },
  ...words,
});

describe('what a ceiling lacks for a launch', () => {
  it.each([
    { when: 'there is room', ceiling: { vcpu: 4 }, inUse: use(2), need: use(1), units: [] },
    { when: 'it fits exactly', ceiling: { vcpu: 4 }, inUse: use(3), need: use(1), units: [] },
    { when: 'one is too many', ceiling: { vcpu: 4 }, inUse: use(3.5), need: use(1), units: ['vcpu'] },
    {
      when: 'only the price is bounded',
      ceiling: { usdPerHour: 0.1 },
      inUse: use(1),
      need: use(2),
      units: ['usdPerHour'],
    },
    {
      when: 'both are in the way',
      ceiling: { vcpu: 1, usdPerHour: 0.01 },
      inUse: use(1),
      need: use(1),
      units: ['vcpu', 'usdPerHour'],
    },
    { when: 'it bounds nothing', ceiling: {}, inUse: use(99), need: use(99), units: [] },
    {
      when: 'more is in use than it allows, because it was lowered, and the launch needs something',
      ceiling: { vcpu: 1 },
      inUse: use(5),
      need: use(0.25),
      units: ['vcpu'],
    },
    {
      when: 'more is in use than it allows, and the launch needs nothing that is known',
      ceiling: { vcpu: 1 },
      inUse: use(5),
      need: NO_USE,
      units: [],
    },
  ])('$when: $units', ({ ceiling, inUse, need, units }) => {
    expect(lacksOf({ owner, ceiling, inUse }, need).map(({ unit }) => unit)).toEqual(units);
  });

  it('is decided without the errors of binary fractions: ten times 0.0123425 USD is 0.123425 USD', () => {
    const need = use(0.25, 0.0123425);
    const inUse = Array.from({ length: 9 }).reduce<ReturnType<typeof use>>(
      (sum) => addUse(sum, need),
      NO_USE,
    );
    expect(lacksOf({ owner, ceiling: { usdPerHour: 0.123425 }, inUse }, need)).toEqual([]);
  });

  it('is nothing more once all that came has gone, in whatever order', () => {
    const uses = fc.array(
      fc.record({
        vcpu: fc.constantFrom(0.25, 0.5, 1, 16),
        usdPerHour: fc.integer({ min: 0, max: 9_999_999_999 }).map((nano) => nano / 1e9),
      }),
      { maxLength: 50 },
    );
    fc.assert(
      fc.property(uses, fc.nat(), (all, seed) => {
        const sum = all.reduce((total, one) => addUse(total, one), NO_USE);
        const gone = all
          .map((one, at) => ({ one, at: (at * 7919 + seed) % 101 }))
          .sort((a, b) => a.at - b.at);
        expect(gone.reduce((total, { one }) => addUse(total, one, -1), sum)).toEqual(NO_USE);
      }),
    );
  });
});

describe('what a pod is told of it', () => {
  it.each([
    [
      'which ceiling, how high, what is needed, the way out, and what is in use',
      aLack(),
      'The ceiling of node node-1 is 4 vCPU, and this pod needs 1 vCPU. It starts when there is room: end other pods, or raise ceiling.vcpu of the node in the settings of the deployment. In use when this was told: 3.5 vCPU.',
    ],
    [
      'the price in USD an hour, and the setting of the namespace',
      aLack({
        ...{ owner: { kind: 'namespace', name: 'shop' }, unit: 'usdPerHour' },
        ...{ ceiling: 2, inUse: 1.99, need: 0.0123425 },
      }),
      'The ceiling of namespace shop is 2 USD an hour, and this pod needs 0.01234 USD an hour. It starts when there is room: end other pods, or raise namespaceCeilings.shop.usdPerHour in the settings of the deployment. In use when this was told: 1.99 USD an hour.',
    ],
    [
      'that the room is kept for another',
      aLack({ inUse: 1, isKept: true }),
      'The ceiling of node node-1 is 4 vCPU, and this pod needs 1 vCPU. It starts when there is room: end other pods, or raise ceiling.vcpu of the node in the settings of the deployment. In use when this was told: 1 vCPU, and the room that is left is kept for a pod that has waited longer.',
    ],
    [
      'that it never fits, whatever is in use',
      aLack({ need: 8 }),
      'The ceiling of node node-1 is 4 vCPU, and this pod needs 8 vCPU: it never fits. Ask for less, or raise ceiling.vcpu of the node in the settings of the deployment.',
    ],
  ])('is %s', (_, lack, message) => {
    expect(describeLack(lack)).toBe(message);
  });

  it('stays the same while others come and go', () => {
    const one = withoutInUse(describeLack(aLack({ inUse: 3.5 })));
    expect(withoutInUse(describeLack(aLack({ inUse: 4 })))).toBe(one);
    expect(withoutInUse(describeLack(aLack({ inUse: 1, isKept: true })))).toBe(one);
    expect(withoutInUse(describeLack(aLack({ ceiling: 5 })))).not.toBe(one);
    expect(withoutInUse(one)).toBe(one);
  });

  it('is never for a pod that alone is more than the ceiling', () => {
    expect(neverFits(aLack({ need: 4 }))).toBe(false);
    expect(neverFits(aLack({ need: 4.25 }))).toBe(true);
  });
});

describe('the ceiling of a namespace', () => {
  const own = { vcpu: 1 };
  const others = { vcpu: 2 };
  it.each([
    ['its own', { shop: own, '*': others }, 'shop', own],
    ['that of all others', { shop: own, '*': others }, 'bank', others],
    ['none', { shop: own }, 'bank', undefined],
    ['none by a name that every object has', { shop: own }, 'constructor', undefined],
  ])('is %s', (_, ceilings, namespace, expected) => {
    expect(ceilingOfNamespace(ceilings, namespace)).toBe(expected);
  });
});

describe('an attempt takes something', () => {
  it.each([
    ['once its launch may have been sent', aClaim(), true],
    ['not while its token was never sent, or certainly started nothing', aClaimUnsent(), false],
    ['while its task is starting', aLaunch(aPendingTask()), true],
    ['while nothing is known of its task', aLaunch(null), true],
    ['while its task runs', aLaunch(aTask()), true],
    ['while its task is stopping', aLaunch(aTask({ state: 'stopping' })), true],
    ['no more once its task has stopped', aLaunch(aStoppedTask(0)), false],
    ['no more once its record has ended', aLaunch(aTask(), { state: 'ended' }), false],
    ['not without a record', undefined, false],
  ])('%s', (_, record, expected) => {
    expect(takesUp(record)).toBe(expected);
  });
});

function aClaimUnsent() {
  const { firstSentAt: _, ...claim } = aClaim();
  return claim;
}
