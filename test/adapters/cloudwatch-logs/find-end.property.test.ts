import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findEnd } from '../../../lib/adapters/cloudwatch-logs/find-end.ts';
import { createLineJoiner } from '../../../lib/kubelet-api/logs/format-log.ts';

const TEXTS = { short: 'line', leftOver: 'r'.repeat(26), full: 'f'.repeat(262_118) } as const;
type Part = keyof typeof TEXTS;

/** Where the last lines begin, by reading the log forwards. */
function beginOf(parts: readonly Part[], lines: number): number {
  const join = createLineJoiner();
  const begins = parts.flatMap((part, at) => (join({ at, text: TEXTS[part] }).beginsLine ? [at] : []));
  return lines === 0 ? parts.length : (begins.at(-lines) ?? 0);
}

/** The same by looking back, page by page, until the beginning of the log. */
function lookBack(parts: readonly Part[], pages: readonly number[], lines: number): number {
  let [end, ends, isUnsure, isLast] = [parts.length, lines + 1, false, true];
  for (let turn = 0; turn < 200; turn += 1) {
    const begin = Math.max(0, end - (pages[turn % pages.length] ?? 1));
    const isStart = end === 0;
    const texts = parts.slice(begin, end).map((part) => TEXTS[part]);
    const found = findEnd(texts, { ends, isUnsure, isLast, isStart });
    if (found.kind === 'here') return begin + found.index;
    if (found.kind === 'laterBehindOne') return end + 1;
    if (isStart) return 0;
    isLast &&= texts.length === 0;
    ({ ends, isUnsure } = found);
    end = begin;
  }
  throw new Error('the beginning of the log was never reached');
}

describe('the beginning of the last lines, of which each may have come in parts', () => {
  it('is the same looked for backwards through pages of any size as read forwards', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom<Part>('short', 'leftOver', 'full'), { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 }),
        fc.nat({ max: 8 }),
        (parts, pages, lines) => {
          expect(lookBack(parts, pages, lines)).toBe(beginOf(parts, lines));
        },
      ),
    );
  });
});
