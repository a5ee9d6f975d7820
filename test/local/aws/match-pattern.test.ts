import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../../lib/local/aws/logs/match-pattern.ts';

const LINE = JSON.stringify({
  level: 'INFO',
  message: 'Pod transition',
  uid: 'u-1',
  refusal: { kind: 'quota' },
});

describe('a filter pattern of CloudWatch Logs', () => {
  it.each([
    [undefined, true],
    ['', true],
    ['"Pod transition"', true],
    ['"Pod  transition"', false],
    ['{ $.uid = "u-1" }', true],
    ['{ $.uid = "u-2" }', false],
    ['{ $.uid != "u-2" }', true],
    ['{ ($.uid = "u-1") && ($.message = "Pod transition") }', true],
    ['{ $.uid = "u-1" && $.message = "other" }', false],
    ['{ $.level = "ERROR" || $.level = "INFO" }', true],
    ['{ $.refusal.kind = "quota" }', true],
    ['{ $.refusal.kind = "qu*" }', true],
    ['{ $.refusal.kind = "uo*" }', false],
    ['{ $.refusal.code.none = "quota" }', false],
  ])('%s matches: %s', (pattern, matches) => {
    expect(compilePattern(pattern)(LINE)).toBe(matches);
  });

  it('of fields matches no line that is not JSON', () => {
    expect(compilePattern('{ $.uid != "u-1" }')('START RequestId: 1')).toBe(false);
  });

  it('that it does not know is refused', () => {
    expect(() => compilePattern('{ $.attempt > 1 }')).toThrow('Invalid filter pattern');
  });
});
