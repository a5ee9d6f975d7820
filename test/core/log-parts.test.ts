import { describe, expect, it } from 'vitest';
import { goesOn, isFullPart, isLeftOver } from '../../lib/core/log-parts.ts';

const full = 'f'.repeat(262_118);
const leftOver = 'r'.repeat(26);

describe('an event of a log', () => {
  it.each([
    [262_114, false],
    [262_115, true],
    [262_118, true],
    [262_119, false],
  ])('of %i bytes is full: %s', (bytes, expected) => {
    expect(isFullPart('x'.repeat(bytes))).toBe(expected);
  });

  it('is measured in bytes, not in characters', () => {
    expect(isFullPart('€'.repeat(87_372))).toBe(true);
    expect(isLeftOver('€'.repeat(8) + 'xx')).toBe(true);
    expect(isLeftOver('x'.repeat(27))).toBe(false);
  });

  it.each([
    ['ends its line where it is short', 'short', full, false],
    ['goes on where it is full', full, undefined, true],
    ['goes on where it is left over of a full one', leftOver, full, true],
    ['ends its line where it only has that length', leftOver, 'short', false],
    ['of that length tells nothing where nothing is known of the one before', leftOver, undefined, undefined],
  ])('%s', (_, text, before, expected) => {
    expect(goesOn(text, before)).toBe(expected);
  });
});
