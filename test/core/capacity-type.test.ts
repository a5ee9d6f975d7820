import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseCapacityType, type CapacityType } from '../../lib/core/capacity-type.ts';

const uidOf = (number: number): string => `aaaaaaaa-0000-4000-8000-${String(number).padStart(12, '0')}`;
const mixed = (spotPercent?: number) => ({
  capacityType: 'mixed' as const,
  ...(spotPercent !== undefined && { spotPercent }),
});
const first = (number: number, spotPercent?: number): CapacityType =>
  chooseCapacityType(mixed(spotPercent), { uid: uidOf(number), attempt: 1, try: 0 });
const shareOf = (types: readonly CapacityType[]): number =>
  types.filter((type) => type === 'spot').length / types.length;

describe('the capacity type of a try', () => {
  it.each(['on-demand', 'spot'] as const)(
    'of a node that is %s is that, whatever the try',
    (capacityType) => {
      for (const nth of [0, 1, 2])
        expect(chooseCapacityType({ capacityType }, { uid: uidOf(1), attempt: 1, try: nth })).toBe(
          capacityType,
        );
    },
  );

  it.each([1, 30, 70, 99])('of a mixed node begins with Spot for %i percent of the pods', (percent) => {
    const types = Array.from({ length: 10_000 }, (_, number) => first(number, percent));
    expect(shareOf(types)).toBeGreaterThan(percent / 100 - 0.015);
    expect(shareOf(types)).toBeLessThan(percent / 100 + 0.015);
  });

  it('is Spot for 70 percent where nothing is said', () => {
    for (let number = 0; number < 100; number += 1) expect(first(number)).toBe(first(number, 70));
  });

  it('of the attempts of one pod has the same share: a pod that restarts is not bound to one type', () => {
    const types = Array.from({ length: 5000 }, (_, attempt) =>
      chooseCapacityType(mixed(50), { uid: uidOf(7), attempt, try: 0 }),
    );
    expect(Math.abs(shareOf(types) - 0.5)).toBeLessThan(0.03);
  });

  it('is the same whenever it is asked for, and the other one with the next try', () => {
    const cases = fc.record({ uid: fc.uuid(), attempt: fc.nat(50), try: fc.nat(50) });
    fc.assert(
      fc.property(cases, fc.integer({ min: 1, max: 99 }), (of, percent) => {
        const node = mixed(percent);
        expect(chooseCapacityType(node, of)).toBe(chooseCapacityType({ ...node }, { ...of }));
        expect(chooseCapacityType(node, { ...of, try: of.try + 1 })).not.toBe(chooseCapacityType(node, of));
      }),
    );
  });

  it('moves only towards Spot when its share grows', () => {
    for (let number = 0; number < 300; number += 1)
      if (first(number, 30) === 'spot') expect(first(number, 60)).toBe('spot');
  });
});
