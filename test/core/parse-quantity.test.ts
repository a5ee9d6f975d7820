import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { divideUp, parseQuantity, quantityIn } from '../../lib/core/parse-quantity.ts';

const NANO = 10n ** 9n;

describe('a quantity', () => {
  it.each([
    ['0', 0n],
    ['1', NANO],
    ['42', 42n * NANO],
    ['+2', 2n * NANO],
    ['-2', -2n * NANO],
    ['1.5', 1_500_000_000n],
    ['12.25', 12_250_000_000n],
    ['.5', 500_000_000n],
    ['.25', 250_000_000n],
    ['5.', 5n * NANO],
    ['100n', 100n],
    ['1u', 1000n],
    ['100m', 100_000_000n],
    ['2k', 2000n * NANO],
    ['3M', 3n * 10n ** 15n],
    ['1G', 10n ** 18n],
    ['1T', 10n ** 21n],
    ['1P', 10n ** 24n],
    ['1E', 10n ** 27n],
    ['1Ki', 1024n * NANO],
    ['1.5Mi', 1024n ** 2n * 1_500_000_000n],
    ['1Gi', 1024n ** 3n * NANO],
    ['1Ti', 1024n ** 4n * NANO],
    ['1Pi', 1024n ** 5n * NANO],
    ['1Ei', 1024n ** 6n * NANO],
    ['12e6', 12n * 10n ** 15n],
    ['1E3', 1000n * NANO],
    ['1e+2', 100n * NANO],
    ['12e-3', 12_000_000n],
    ['1.5e3', 1500n * NANO],
    ['1e100', 10n ** 109n],
  ])('of %s is read exactly', (text, nanos) => {
    expect(parseQuantity(text)).toBe(nanos);
  });

  it.each([
    ['', 'empty'],
    ['a', 'a word'],
    ['x1', 'after a letter'],
    ['1.2.3', 'with two points'],
    ['.', 'a point alone'],
    ['1 Gi', 'with a space'],
    ['1gi', 'with a suffix that there is not'],
    ['1i', 'with half a suffix'],
    ['1Mix', 'with more after its suffix'],
    ['1mi', 'with a binary suffix of a small unit'],
    ['1km', 'with two suffixes'],
    ['--1', 'with two signs'],
    ['1e', 'with an exponent that is missing'],
    ['1ex', 'with an exponent that is a letter'],
    ['1e1000', 'with an exponent beyond all measure'],
    ['1e3Ki', 'with an exponent and a suffix'],
    ['Ki', 'a suffix alone'],
  ])('is not "%s", %s', (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  });

  it('may be a number, as YAML gives it', () => {
    expect(parseQuantity(2)).toBe(2n * NANO);
    expect(parseQuantity(0.5)).toBe(NANO / 2n);
  });

  it('is rounded up where it is finer than a billionth', () => {
    expect(parseQuantity('0.1n')).toBe(1n);
    expect(parseQuantity('1.0n')).toBe(1n);
    expect(parseQuantity('1.1n')).toBe(2n);
    expect(parseQuantity('1e-10')).toBe(1n);
  });
});

describe('a quantity in a unit', () => {
  it.each([
    ['1001k', 'mebi', 1],
    ['1Mi', 'mebi', 1],
    ['1.5Gi', 'mebi', 1536],
    ['0.1m', 'milli', 1],
    ['250m', 'milli', 250],
    ['1', 'milli', 1000],
    ['1500m', 'one', 2],
    ['2', 'one', 2],
    ['0', 'one', 0],
  ] as const)('%s in %s surely suffices', (text, unit, value) => {
    expect(quantityIn(parseQuantity(text) ?? -1n, unit)).toBe(value);
  });
});

describe('a quotient rounded up', () => {
  it.each([
    [0n, 3n, 0n],
    [1n, 3n, 1n],
    [3n, 3n, 1n],
    [4n, 3n, 2n],
    [-1n, 3n, 0n],
    [-4n, 3n, -1n],
  ])('of %d and %d is %d', (dividend, divisor, quotient) => {
    expect(divideUp(dividend, divisor)).toBe(quotient);
  });

  it('is the least whole number of divisors that reaches the dividend', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt({ min: 1n }), (dividend, divisor) => {
        const quotient = divideUp(dividend, divisor);
        expect(quotient * divisor).toBeGreaterThanOrEqual(dividend);
        expect((quotient - 1n) * divisor).toBeLessThan(dividend);
      }),
    );
  });
});
