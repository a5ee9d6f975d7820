import { FailureError, type Failure } from '../../lib/core/failure.ts';
import { createLineJoiner } from '../../lib/kubelet-api/logs/format-log.ts';
import type { LogAsk, LogLine, LogPage, Logs, LogSpan, LogStream } from '../../lib/ports/logs.ts';

/** Logs in memory, and what was asked of them. Obeys the contract suite `logsContract`. */
export interface MemoryLogs extends Logs {
  /** Writes lines into a stream, which is made with the first. */
  write(stream: LogStream, ...lines: readonly LogLine[]): void;
  addGroup(name: string): void;
  /** The next read fails this way. */
  failNext(failure: Failure): void;
  /** Every read so far. */
  readonly reads: readonly LogAsk[];
}

/** A page holds no more than `pageLines` lines. */
export function createMemoryLogs({ pageLines = 10_000 }: { readonly pageLines?: number } = {}): MemoryLogs {
  const groups = new Map<string, Map<string, LogLine[]>>();
  const reads: LogAsk[] = [];
  const failures: Failure[] = [];
  const pageFrom = (lines: readonly LogLine[], span: LogSpan, from: number, given?: number): LogPage => {
    const inside = lines.flatMap((line, index) =>
      index >= from && isIn(span, line) ? [{ line, index }] : [],
    );
    const page = inside.slice(0, pageLines);
    const end = (page.at(-1)?.index ?? from - 1) + 1;
    return {
      lines: page.map(({ line }) => line),
      next: { kind: 'after', cursor: { token: String(end), span } },
      isEnd: end === given,
    };
  };
  return {
    reads,
    addGroup: (name) => void groups.set(name, new Map()),
    failNext: (failure) => void failures.push(failure),
    write: ({ group, stream }, ...lines) => {
      const streams = groups.get(group);
      if (streams === undefined) throw new Error(`there is no group ${group}`);
      streams.set(stream, [...(streams.get(stream) ?? []), ...lines]);
    },
    read: ({ group, stream }, ask) => {
      reads.push(ask);
      const failure = failures.shift();
      if (failure !== undefined) return Promise.reject(new FailureError(failure));
      const streams = groups.get(group);
      if (streams === undefined)
        return Promise.reject(
          new FailureError({ kind: 'configuration', message: `the log group ${group} does not exist` }),
        );
      const lines = streams.get(stream);
      if (lines === undefined) return Promise.resolve({ lines: [], next: ask, isEnd: true });
      return Promise.resolve(answer(lines, ask));
    },
  };

  function answer(lines: readonly LogLine[], ask: LogAsk): LogPage {
    switch (ask.kind) {
      case 'head':
        return pageFrom(lines, ask.span, 0);
      case 'tail': {
        const inside = lines.flatMap((line, index) => (isIn(ask.span, line) ? [index] : []));
        const first = ask.lines === 0 ? lines.length : (inside.at(-ask.lines) ?? inside[0] ?? 0);
        return pageFrom(lines, ask.span, first);
      }
      case 'wholeTail': {
        const inside = lines.flatMap((line, index) => (isIn(ask.span, line) ? [{ ...line, index }] : []));
        const join = createLineJoiner();
        const begins = inside.map((line) => join(line)).filter(({ beginsLine }) => beginsLine);
        const [first] = ask.lines === 0 ? [] : begins.slice(-ask.lines);
        return pageFrom(lines, ask.span, first?.index ?? lines.length);
      }
      case 'wholeBack':
      case 'back':
        throw new Error('these logs find the first line of a tail at once');
      case 'after': {
        const from = Number(ask.cursor.token);
        return pageFrom(lines, ask.cursor.span, from, from);
      }
    }
  }
}

function isIn({ since = -Infinity, until = Infinity }: LogSpan, { at }: LogLine): boolean {
  return at >= since && at < until;
}
