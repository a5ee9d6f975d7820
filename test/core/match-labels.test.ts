import { describe, expect, it } from 'vitest';
import { matchesLabels } from '../../lib/core/match-labels.ts';

const WEB = { app: 'web', tier: 'front' };
const one = (key: string, operator: string, ...values: string[]) => ({
  matchExpressions: [{ key, operator, ...(values.length > 0 && { values }) }],
});

describe('a label selector', () => {
  it('that is empty selects everything', () => {
    expect(matchesLabels({}, {})).toBe(true);
    expect(matchesLabels({ matchLabels: {}, matchExpressions: [] }, WEB)).toBe(true);
  });

  it.each([
    ['one label', { matchLabels: { app: 'web' } }, true],
    ['all labels', { matchLabels: { app: 'web', tier: 'front' } }, true],
    ['a label of another value', { matchLabels: { app: 'api' } }, false],
    ['a label too many', { matchLabels: { app: 'web', zone: 'a' } }, false],
    ['In', one('app', 'In', 'api', 'web'), true],
    ['In without the value', one('app', 'In', 'api'), false],
    ['In of an absent label', one('zone', 'In', 'a'), false],
    ['In without values', one('app', 'In'), false],
    ['NotIn', one('app', 'NotIn', 'api'), true],
    ['NotIn with the value', one('app', 'NotIn', 'web'), false],
    ['NotIn of an absent label', one('zone', 'NotIn', 'a'), true],
    ['Exists', one('app', 'Exists'), true],
    ['Exists of an absent label', one('zone', 'Exists'), false],
    ['DoesNotExist', one('zone', 'DoesNotExist'), true],
    ['DoesNotExist of a present label', one('app', 'DoesNotExist'), false],
    ['an unknown operator', one('app', 'Near', 'web'), false],
    ['a label that all objects inherit', one('constructor', 'Exists'), false],
    [
      'labels and an expression that does not match',
      { matchLabels: WEB, ...one('app', 'NotIn', 'web') },
      false,
    ],
  ])('by %s: %s', (_name, selector, expected) => {
    expect(matchesLabels(selector, WEB)).toBe(expected);
  });
});
