import type { Instant } from '../core/kubernetes.ts';

/** The log of one container of one attempt. */
export interface LogStream {
  readonly group: string;
  readonly stream: string;
}

/** One line of a log, without the line break that ended it. */
export interface LogLine {
  /** Whoever wrote it says so: of one container these rise, unless its clock was set. */
  readonly at: Instant;
  /** By the clock of the service: when it had the line. Absent where it is not told. */
  readonly ingestedAt?: Instant;
  readonly text: string;
}

/** Lines between two instants: `since` included, `until` not. Either may be open. */
export interface LogSpan {
  readonly since?: Instant;
  readonly until?: Instant;
}

/** A place in a log, behind a page that was read. Only whoever made it looks into it. */
export interface LogCursor {
  readonly token: string;
  readonly span: LogSpan;
  /** The time of the last line before it, and how many lines of that time were read. */
  readonly last?: { readonly at: Instant; readonly count: number };
}

/** What to read: from the first line of a span on, its last lines, or what comes after a page. `skip`: so many lines less, at the beginning. */
export type LogAsk =
  | { readonly kind: 'head'; readonly span: LogSpan; readonly skip?: number }
  | { readonly kind: 'tail'; readonly span: LogSpan; readonly lines: number }
  /** Goes on looking for the first line of a tail, so many lines before a page. */
  | { readonly kind: 'back'; readonly cursor: LogCursor; readonly lines: number }
  | { readonly kind: 'after'; readonly cursor: LogCursor; readonly skip?: number }
  /** As `tail`, but a line that was cut into several, because it was too long for one, counts as one. */
  | { readonly kind: 'wholeTail'; readonly span: LogSpan; readonly lines: number }
  /** Goes on looking for the beginning of such a tail, behind so many ends of lines; one of them may be the first line of the page before. */
  | {
      readonly kind: 'wholeBack';
      readonly cursor: LogCursor;
      readonly ends: number;
      readonly isUnsure: boolean;
    };

/** A bounded part of a log, about 1 MB at most. */
export interface LogPage {
  /** In the order of time; may be empty although more follow. */
  readonly lines: readonly LogLine[];
  /** What to ask for next. */
  readonly next: LogAsk;
  /** Nothing was there behind the lines when this was read. `false` promises nothing: ask on. */
  readonly isEnd: boolean;
}

/**
 * The logs of containers, which arrive in the order of their time (but see {@link LogLine.at}), some seconds late. A log that is not there yet is an empty one.
 * Throws `FailureError`: `throttled` when asked too often, `configuration` where there is no such group, `auth` without the right to read it.
 */
export interface Logs {
  /**
   * The page that is asked for, by one question at the most: whoever asks keeps the pace. Pages of a `tail` are empty until the one that has
   * its first line is found, so that a page is all that is ever held; what follows is asked for like any other, and is part of the tail as
   * far as it was there.
   */
  read(stream: LogStream, ask: LogAsk): Promise<LogPage>;
}
