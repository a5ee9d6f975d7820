import type { Instant } from '../../core/kubernetes.ts';
import type { LogAsk, LogLine, Logs, LogStream } from '../../ports/logs.ts';
import type { LogStart } from './log-options.ts';

/** The first thing to ask for. */
export function firstAsk({ tail, span }: LogStart): LogAsk {
  return tail === undefined ? { kind: 'head', span } : { kind: 'wholeTail', span, lines: tail };
}

/**
 * What a log has by now, page by page. A log that grows faster than it is read would never end: behind the first pages the time of the
 * newest line is asked for, and nothing is read behind the page that has a later one. No clock of ours is in that: it may be wrong.
 */
export async function* readLog(
  logs: Logs,
  stream: LogStream,
  start: LogStart,
): AsyncGenerator<readonly LogLine[], void, undefined> {
  let pages = 0;
  let newest = Number.POSITIVE_INFINITY;
  for (let ask = firstAsk(start); ;) {
    const page = await logs.read(stream, ask);
    if (page.lines.length > 0) {
      yield page.lines;
      pages += 1;
    }
    if (page.isEnd || (page.lines.at(-1)?.at ?? Number.NEGATIVE_INFINITY) > newest) return;
    if (pages === FEW_PAGES && newest === Number.POSITIVE_INFINITY) newest = await newestIn(logs, stream);
    ask = page.next;
  }
}

/** A log of fewer pages usually is at its end before it is worth a question more. */
const FEW_PAGES = 2;

async function newestIn(logs: Logs, stream: LogStream): Promise<Instant> {
  for (let ask: LogAsk = { kind: 'tail', span: {}, lines: 1 }; ;) {
    const { lines, next, isEnd } = await logs.read(stream, ask);
    const last = lines.at(-1);
    if (last !== undefined) return last.at;
    if (isEnd) return Number.NEGATIVE_INFINITY;
    ask = next;
  }
}
