import { describe, expect, it } from 'vitest';
import { findNearest } from '../../lib/cli/find-nearest.ts';

const KNOWN = ['explain', 'doctor', 'demo', 'local', 'cost'];

describe('the nearest of some words', () => {
  it.each([
    ['doctor', 'doctor'],
    ['dcotor', 'doctor'],
    ['doctr', 'doctor'],
    ['xplain', 'explain'],
    ['explian', 'explain'],
    ['coost', 'cost'],
    ['demos', 'demo'],
  ])('to %s is %s', (word, nearest) => {
    expect(findNearest(word, KNOWN)).toBe(nearest);
  });

  it.each(['zebra', 'deploy', '', 'x'])('is none to %j', (word) => {
    expect(findNearest(word, KNOWN)).toBeUndefined();
  });
});
