import { describe, expect, it } from 'vitest';
import { humanDuration } from '../../../lib/local/api-server/tables/human-duration.ts';

describe('an age', () => {
  it.each([
    [-5_000, '<invalid>'],
    [0, '0s'],
    [119_000, '119s'],
    [120_000, '2m'],
    [192_000, '3m12s'],
    [600_000, '10m'],
    [3 * 3_600_000, '3h'],
    [3.5 * 3_600_000, '3h30m'],
    [47 * 3_600_000, '47h'],
    [51 * 3_600_000, '2d3h'],
    [100 * 86_400_000, '100d'],
    [800 * 86_400_000, '2y70d'],
    [4_000 * 86_400_000, '10y'],
  ])('of %d ms is %s', (span, text) => {
    expect(humanDuration(span)).toBe(text);
  });
});
