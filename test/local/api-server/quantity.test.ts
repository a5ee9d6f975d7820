import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalQuantity, parseQuantity } from '../../../lib/local/api-server/objects/quantity.ts';

describe('a quantity', () => {
  it.each([
    ['1000m', 1, '1'],
    ['0.5', 0.5, '500m'],
    ['1500m', 1.5, '1500m'],
    ['1024Mi', 2 ** 30, '1Gi'],
    ['1.5Gi', 1.5 * 2 ** 30, '1536Mi'],
    ['2000', 2000, '2k'],
    ['0', 0, '0'],
    ['-1', -1, '-1'],
    ['1e3', 1000, '1e3'],
  ])('%s is %d and is kept as %s', (text, value, canonical) => {
    expect([parseQuantity(text), canonicalQuantity(text)]).toEqual([value, canonical]);
  });

  it.each(['', 'abc', '1Q', '1.2.3', 'Gi', '--1'])('is not "%s"', (text) => {
    expect([parseQuantity(text), canonicalQuantity(text)]).toEqual([undefined, undefined]);
  });

  it('keeps its value in its canonical form, which is its own canonical form', () => {
    const quantity = fc
      .tuple(fc.nat(1_000_000), fc.constantFrom('', 'm', 'k', 'M', 'Ki', 'Mi', 'Gi'))
      .map(([number, suffix]) => `${number}${suffix}`);
    fc.assert(
      fc.property(quantity, (text) => {
        const canonical = canonicalQuantity(text) ?? '';
        expect(parseQuantity(canonical)).toBe(parseQuantity(text));
        expect(canonicalQuantity(canonical)).toBe(canonical);
      }),
    );
  });
});
