import { describe, expect, it } from 'vitest';
import { createLineJoiner, limitBytes, renderPiece } from '../../lib/kubelet-api/logs/format-log.ts';
import { findBoundFaults, startOf } from '../../lib/kubelet-api/logs/log-options.ts';

const AT = Date.parse('2026-03-04T09:15:00.120Z');
const CUT = 262_118;

function shown(texts: readonly string[], timestamps = false): string {
  const join = createLineJoiner();
  return texts.map((text) => renderPiece(join({ at: AT, text }), timestamps)).join('');
}

describe('a log as it is shown', () => {
  it('is its lines, each with a line break, and nothing else', () => {
    expect(shown(['one', ' \t', '\u0000\r\u001b[1m', '𝄞\ufffd'])).toBe(
      'one\n \t\n\u0000\r\u001b[1m\n𝄞\ufffd\n',
    );
  });

  it('begins lines with their time in nanoseconds where that is asked for', () => {
    expect(shown(['one', ''], true)).toBe(
      '2026-03-04T09:15:00.120000000Z one\n2026-03-04T09:15:00.120000000Z \n',
    );
  });

  it('joins what the log driver cut, with one time', () => {
    const text = shown(['a'.repeat(CUT), 'b'.repeat(CUT), 'c', 'next'], true);
    const [first, second] = text.split('\n');
    expect(first).toBe(`2026-03-04T09:15:00.120000000Z ${'a'.repeat(CUT)}${'b'.repeat(CUT)}c`);
    expect(second).toBe('2026-03-04T09:15:00.120000000Z next');
  });

  it('joins what was cut before a character', () => {
    expect(shown(['€'.repeat(Math.floor(CUT / 3)), 'rest']).split('\n')).toHaveLength(2);
  });

  it('joins what a driver without blocking leaves over', () => {
    expect(shown(['a'.repeat(CUT), 'b'.repeat(26), 'c', 'b'.repeat(26), 'd'])).toBe(
      `${'a'.repeat(CUT)}${'b'.repeat(26)}c\n${'b'.repeat(26)}\nd\n`,
    );
  });

  it('joins nothing that is shorter or longer', () => {
    expect(shown(['a'.repeat(CUT - 4), 'b'.repeat(CUT + 1), 'c']).match(/\n/g)).toHaveLength(3);
  });

  it('ends after so many bytes, between characters', () => {
    const limit = limitBytes(8);
    expect(limit('abc\n')).toEqual({ text: 'abc\n', isSpent: false });
    expect(limit('€€\n')).toEqual({ text: '€', isSpent: true });
    expect(limit('more')).toEqual({ text: '', isSpent: true });
    expect(limitBytes(undefined)('all')).toEqual({ text: 'all', isSpent: false });
  });
});

describe('what of a log is wanted', () => {
  it('is refused by the rules of the API server, all faults at once', () => {
    const faults = findBoundFaults({ tailLines: -1, sinceSeconds: 0, sinceTime: 0, limitBytes: 0 });
    expect(faults.map(({ field }) => field)).toEqual([
      'tailLines',
      'sinceSeconds',
      'limitBytes',
      'sinceTime',
    ]);
    expect(findBoundFaults({ tailLines: 0, sinceSeconds: 1, limitBytes: 1 })).toEqual([]);
  });

  it('begins at an instant, or so long ago', () => {
    expect(startOf({ tailLines: 3, sinceSeconds: 60 }, 100_000)).toEqual({
      tail: 3,
      span: { since: 40_000 },
    });
    expect(startOf({ sinceTime: 5 }, 100_000)).toEqual({ span: { since: 5 } });
    expect(startOf({}, 100_000)).toEqual({ span: {} });
  });
});
