import type { Instant } from '../../core/kubernetes.ts';
import type { Clock } from '../../ports/clock.ts';
import type { LogAsk, LogLine, LogPage, Logs, LogStream } from '../../ports/logs.ts';
import { createPace, type OnPause } from './log-pace.ts';
import { createLogWindow, type LogWindow } from './log-window.ts';

/** What the log driver may still hold back when its container has ended: it sends what it has every 5 s (awslogs). */
export const DRAIN_MS = 10_000;
/** Between two questions whether the container has ended. */
const ASK_END_MS = 3_000;
/** How much of what is there already is taken up at the start. */
const FIRST_LINES = 1_000;
/** Behind a page of this size more is waiting: the next one is read as soon as the budget of pages allows. */
const FULL_LINES = 5_000;
const FULL_BYTES = 500_000;

/** A log that grows. */
export interface GrowingLog {
  readonly stream: LogStream;
  /** When the container ended; `undefined`: it runs. */
  readonly endedAt: () => Promise<Instant | undefined>;
}

/** What a feed works with. */
export interface FeedDeps {
  readonly logs: Logs;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  /** Told of failures that are waited out, which nobody would hear of otherwise. */
  readonly onPause?: OnPause | undefined;
  /** The most bytes of lines that are held of a log. */
  readonly windowBytes?: number;
}

/** The end of one log, polled once for all who follow it. Nothing is polled while nobody waits. */
export interface LogFeed {
  readonly window: LogWindow;
  /** The container has ended and everything that it wrote is in the window, or was. */
  readonly isOver: boolean;
  /** Resolves when the window has the newest lines. */
  begin(): Promise<true>;
  /** Resolves after the next poll, whether it found something or not: all who wait share it. */
  poll(): Promise<true>;
  /** A page of what was before the window; the same one for all who ask for it at the same time. */
  past(ask: LogAsk): Promise<LogPage>;
  /** Ends a poll that waits. */
  close(): void;
}

/** A feed that has not begun. `nextPage` gives out the instants at which more than a poll a second may be asked for. */
export function createLogFeed(
  { logs, clock, onPause, windowBytes }: FeedDeps,
  nextPage: () => Instant,
  { stream, endedAt }: GrowingLog,
): LogFeed {
  const window = createLogWindow(windowBytes);
  const closed = new AbortController();
  const pace = createPace(clock, onPause);
  const pastPace = createPace(clock, onPause);
  const asksEnd = rarely(clock, endedAt);
  const asked = new Map<string, Promise<LogPage>>();
  let next: LogAsk = { kind: 'tail', span: {}, lines: FIRST_LINES };
  let taken = 0;
  let hasBegun = false;
  let isOver = false;
  let goesOn = false;
  let lastPast: Promise<unknown> = Promise.resolve();
  let polling: Promise<true> | undefined;

  const take = async (page: LogPage): Promise<void> => {
    next = page.next;
    window.add(page.lines);
    // The first millisecond of a tail may have been cut: what is before its end is the past.
    const [first] = page.lines;
    if (!hasBegun && taken === 0 && first !== undefined) window.raise(first.at + 1);
    taken += page.lines.length;
    hasBegun ||= page.isEnd || taken >= FIRST_LINES;
    goesOn = !hasBegun || isFull(page);
    pace.passed(goesOn);
    if (page.lines.length > 0 || !page.isEnd) return;
    const end = await asksEnd();
    isOver ||= end !== undefined && clock.now() >= end + DRAIN_MS;
  };
  const pollOnce = async (): Promise<true> => {
    const dueAt = pace.dueAt();
    await clock.sleep(goesOn ? Math.max(dueAt, nextPage()) : dueAt, closed.signal);
    if (closed.signal.aborted) return true;
    goesOn = false;
    const page = await pace.attempt(() => logs.read(stream, next));
    if (page !== undefined) await take(page);
    return true;
  };
  const poll = (): Promise<true> => {
    polling ??= pollOnce().finally(() => (polling = undefined));
    return polling;
  };
  const readPast = async (ask: LogAsk): Promise<LogPage> => {
    for (;;) {
      await clock.sleep(Math.max(pastPace.dueAt(), nextPage()), closed.signal);
      if (closed.signal.aborted) return { lines: [], next: ask, isEnd: true };
      const page = await pastPace.attempt(() => logs.read(stream, ask));
      if (page === undefined) continue;
      pastPace.passed(true);
      return page;
    }
  };
  /** One at a time, so that all who are behind cost no more than one of them. */
  const queuePast = (ask: LogAsk): Promise<LogPage> => {
    const answer = lastPast.then(() => readPast(ask));
    lastPast = answer.catch(() => undefined);
    return answer;
  };
  return {
    window,
    get isOver() {
      return isOver;
    },
    poll,
    begin: async () => {
      while (!hasBegun && !closed.signal.aborted) await poll();
      return true;
    },
    past: (ask) => {
      const key = JSON.stringify(ask);
      const answer = asked.get(key) ?? queuePast(ask).finally(() => asked.delete(key));
      asked.set(key, answer);
      return answer;
    },
    close: () => closed.abort(),
  };
}

function isFull({ lines, isEnd }: LogPage): boolean {
  if (isEnd) return false;
  return (
    lines.length >= FULL_LINES || lines.reduce((sum, { text }: LogLine) => sum + text.length, 0) >= FULL_BYTES
  );
}

/**
 * The question, asked now and then until it has an answer; in between the last answer stands. It is told in the time of whoever runs the
 * container, and given by our own clock, which may be another: what was seen to run has ended just now.
 */
function rarely(clock: FeedDeps['clock'], ask: GrowingLog['endedAt']): GrowingLog['endedAt'] {
  let askedAt = Number.NEGATIVE_INFINITY;
  let end: Instant | undefined;
  let wasRunning = false;
  return async () => {
    if (end !== undefined || clock.now() < askedAt + ASK_END_MS) return end;
    askedAt = clock.now();
    const told = await ask();
    const now = clock.now();
    if (told === undefined) wasRunning = true;
    else end = wasRunning ? now : Math.min(told, now);
    return end;
  };
}
