import type { Paint } from '../cli/paint.ts';
import { wrapText } from '../cli/wrap-text.ts';
import { sayTime } from './say-act.ts';
import type { HistoryReport, HistoryRow } from './tell-history.ts';

/** How it is shown. */
interface HistoryLook {
  readonly width: number;
  readonly paint: Paint;
}

/** Narrower a text cannot be read. */
const LEAST_COLUMN = 24;

/** The story as a table: time, since the last, what, cause; then how it stands, and what could not be read. */
export function renderHistory(report: HistoryReport, { width, paint }: HistoryLook): string {
  const { rows, now, unread, others, since, namespace, name, uid } = report;
  const head = uid === undefined ? `${namespace}/${name}` : `${namespace}/${name}, uid ${uid}`;
  const notes = [
    ...(rows.length === 0 ? [`nothing was told of it since ${since}: see --since`] : []),
    ...unread.map(({ what, why }) => `could not be read: ${what}: ${why}`),
    ...others.map((one) => `another pod of this name, last told of at ${one.lastAt}: --uid ${one.uid}`),
  ];
  return [
    paint('strong', head),
    ...rows.flatMap((row) => renderRow(row, columnsIn(width))),
    ...wrapText(now, width, 'now  '),
    ...notes.flatMap((note) => wrapText(note, width)).map((line) => paint('doubtful', line)),
  ].join('\n');
}

interface Columns {
  readonly what: number;
  readonly cause: number;
}

const TIME = 25;
const SINCE = 12;

function columnsIn(width: number): Columns {
  const left = width - TIME - SINCE;
  const what = Math.max(LEAST_COLUMN, Math.floor(left * 0.55));
  return { what, cause: Math.max(LEAST_COLUMN, left - what) };
}

function renderRow({ at, sinceMs, what, cause }: HistoryRow, columns: Columns): readonly string[] {
  const whats = wrapText(what, columns.what - 2);
  const causes = cause === '' ? [] : wrapText(cause, columns.cause);
  const since = sinceMs === undefined ? '' : `+${(sinceMs / 1000).toFixed(3)}`;
  const height = Math.max(whats.length, causes.length);
  return Array.from({ length: height }, (_, index) => {
    const lead =
      index === 0
        ? `${sayTime(Date.parse(at)).padEnd(TIME)}${since.padEnd(SINCE)}`
        : ' '.repeat(TIME + SINCE);
    return `${lead}${(whats[index] ?? '').padEnd(columns.what)}${causes[index] ?? ''}`.trimEnd();
  });
}
