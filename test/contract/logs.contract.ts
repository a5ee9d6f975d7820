import { afterEach, describe, expect, it } from 'vitest';
import type { LogAsk, LogLine, LogPage, Logs, LogStream } from '../../lib/ports/logs.ts';

/** Logs and whoever writes them. The group of {@link STREAM} is there, the stream is not. */
export interface LogsHarness {
  readonly logs: Logs;
  readonly write: (stream: LogStream, ...lines: readonly LogLine[]) => void;
  /** The next read is throttled. */
  readonly throttle: () => void;
  /** Lets time pass. */
  readonly pass: (ms: number) => void;
  readonly close: () => Promise<void>;
}

export const STREAM: LogStream = { group: '/pods', stream: 'pod/main/0123' };
export const T0 = Date.UTC(2026, 2, 4, 9, 15);
const ALL: LogAsk = { kind: 'head', span: {} };
const DAY_MS = 24 * 3_600_000;

/** What every implementation of {@link Logs} must do. */
export function logsContract(name: string, make: () => Promise<LogsHarness>): void {
  describe(`logs on ${name}`, () => {
    const opened: LogsHarness[] = [];
    const open = async (): Promise<LogsHarness> => {
      const harness = await make();
      opened.push(harness);
      return harness;
    };
    afterEach(async () => {
      for (const harness of opened.splice(0)) await harness.close();
    });

    it('takes a stream that is not there yet for an empty one, and finds it as soon as it is', async () => {
      const { logs, write } = await open();
      const none = await logs.read(STREAM, ALL);
      expect(none).toMatchObject({ lines: [], isEnd: true });
      write(STREAM, line('one', 1));
      expect(await rest(logs, none.next)).toEqual(['one']);
    });

    it('refuses a group that is not there, by its name', async () => {
      const { logs } = await open();
      await expect(logs.read({ group: '/none', stream: 's' }, ALL)).rejects.toMatchObject({
        failure: { kind: 'configuration', message: expect.stringContaining('/none') as string },
      });
    });

    it('gives every line once, in order, and says when there is no more', async () => {
      const { logs, write } = await open();
      write(STREAM, ...numbered(25));
      expect(await rest(logs, ALL)).toEqual(numbered(25).map(({ text }) => text));
    });

    it('goes on from where a page ended with what came since', async () => {
      const { logs, write } = await open();
      write(STREAM, ...numbered(3));
      const end = await toEnd(logs, ALL);
      expect(await logs.read(STREAM, end.next)).toMatchObject({ lines: [], isEnd: true });
      write(STREAM, line('later', 9));
      expect(await rest(logs, end.next)).toEqual(['later']);
    });

    it('goes on after a day of silence, without a line twice', async () => {
      const { logs, write, pass } = await open();
      write(STREAM, line('a', 0), line('b', 7), line('c', 7));
      const end = await toEnd(logs, ALL);
      pass(DAY_MS + 1);
      write(STREAM, line('d', 7), line('e', DAY_MS));
      expect(await rest(logs, end.next)).toEqual(['d', 'e']);
    });

    it('keeps to a span: its beginning is in it, its end is not', async () => {
      const { logs, write } = await open();
      write(STREAM, ...numbered(9));
      const span = { since: T0 + 3, until: T0 + 6 };
      expect(await rest(logs, { kind: 'head', span })).toEqual(['line 3', 'line 4', 'line 5']);
      expect(await rest(logs, { kind: 'tail', span, lines: 2 })).toEqual(['line 4', 'line 5']);
    });

    it.each([
      [0, []],
      [2, ['line 23', 'line 24']],
      [25, numbered(25).map(({ text }) => text)],
      [99, numbered(25).map(({ text }) => text)],
    ])('gives the last %i lines', async (lines, expected) => {
      const { logs, write } = await open();
      write(STREAM, ...numbered(25));
      expect(await rest(logs, { kind: 'tail', span: {}, lines })).toEqual(expected);
    });

    it('gives a tail of a log that is empty, and what comes then', async () => {
      const { logs, write } = await open();
      const none = await toEnd(logs, { kind: 'tail', span: {}, lines: 5 });
      write(STREAM, line('first', 1));
      expect(await rest(logs, none.next)).toEqual(['first']);
    });

    it('gives what comes after a tail of nothing', async () => {
      const { logs, write } = await open();
      write(STREAM, ...numbered(5));
      const { next } = await toEnd(logs, { kind: 'tail', span: {}, lines: 0 });
      write(STREAM, line('new', 9));
      expect(await rest(logs, next)).toEqual(['new']);
    });

    it('brings long lines and odd characters as they were written', async () => {
      const { logs, write } = await open();
      const odd = ['\u0000\u0007\u001b[31mred\u001b[0m', '50 %\r60 %\r', '𝄞 ümläut \u2028 \ufffd', ' \t '];
      const long = '€'.repeat(340_000);
      write(STREAM, ...[...odd, long].map((text, at) => line(text, at)));
      expect(await rest(logs, ALL)).toEqual([...odd, long]);
    });

    it('gives a tail of more than a page, page by page', async () => {
      const { logs, write } = await open();
      const large = Array.from({ length: 8 }, (_, at) => line(`${at}${'x'.repeat(400_000)}`, at));
      write(STREAM, ...large);
      const texts = await rest(logs, { kind: 'tail', span: {}, lines: 5 });
      expect(texts.map((text) => text[0])).toEqual(['3', '4', '5', '6', '7']);
      const [first] = [await logs.read(STREAM, { kind: 'tail', span: {}, lines: 5 })];
      expect(first.lines.length).toBeLessThan(5);
    });

    it.each([1, 2, 3, 4, 5, 6])(
      'gives the last %i whole lines, of which some came in parts',
      async (lines) => {
        const { logs, write } = await open();
        const full = 'f'.repeat(262_118);
        const rest26 = 'r'.repeat(26);
        const parts = [
          ['first'],
          [full, rest26, full, rest26, full, 'end of the middle'],
          ['x'.repeat(26)],
          [full.slice(3), rest26, full, 'end'],
          ['tail'],
        ];
        write(STREAM, ...parts.flat().map((text, at) => line(text, at)));
        expect(await rest(logs, { kind: 'wholeTail', span: {}, lines })).toEqual(parts.slice(-lines).flat());
      },
    );

    it('gives whole lines of a log whose last one is still being written, and of one that is a single line', async () => {
      const { logs, write } = await open();
      const full = 'f'.repeat(262_118);
      const tailOf = (lines: number) => rest(logs, { kind: 'wholeTail', span: {}, lines });
      write(STREAM, ...Array.from({ length: 6 }, (_, at) => line(full, at)));
      expect(await tailOf(1)).toHaveLength(6);
      expect(await tailOf(0)).toEqual([]);
      write(STREAM, line('end', 6), line('next', 7), line(full, 8));
      expect(await tailOf(2)).toEqual(['next', full]);
      expect(await tailOf(3)).toHaveLength(9);
    });

    it('gives whole lines of as many bytes as are left over of a read', async () => {
      const { logs, write } = await open();
      const texts = Array.from({ length: 9 }, (_, at) => `${at}`.padEnd(26, '-'));
      write(STREAM, ...texts.map((text, at) => line(text, at)));
      for (const lines of [1, 4, 8, 9, 10])
        expect(await rest(logs, { kind: 'wholeTail', span: {}, lines })).toEqual(texts.slice(-lines));
    });

    it('says when it is asked too often', async () => {
      const { logs, write, throttle } = await open();
      write(STREAM, line('one', 1));
      throttle();
      await expect(logs.read(STREAM, ALL)).rejects.toMatchObject({ failure: { kind: 'throttled' } });
      expect(await rest(logs, ALL)).toEqual(['one']);
    });
  });
}

function line(text: string, ms: number): LogLine {
  return { at: T0 + ms, text };
}

function numbered(count: number): readonly LogLine[] {
  return Array.from({ length: count }, (_, at) => line(`line ${at}`, at));
}

async function rest(logs: Logs, ask: LogAsk): Promise<readonly string[]> {
  const texts: string[] = [];
  await toEnd(logs, ask, (page) => texts.push(...page.lines.map(({ text }) => text)));
  return texts;
}

/** The page behind which there was nothing. */
async function toEnd(logs: Logs, ask: LogAsk, see: (page: LogPage) => void = () => {}): Promise<LogPage> {
  for (let next = ask; ;) {
    const page = await logs.read(STREAM, next);
    see(page);
    if (page.isEnd) return page;
    next = page.next;
  }
}
