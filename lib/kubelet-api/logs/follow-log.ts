import { FailureError } from '../../core/failure.ts';
import type { Instant } from '../../core/kubernetes.ts';
import type { LogAsk, LogLine } from '../../ports/logs.ts';
import { createLogFeed, type FeedDeps, type GrowingLog, type LogFeed } from './log-feed.ts';
import type { LogStart } from './log-options.ts';
import { createPageBudget } from './log-pace.ts';
import { cutLines, ingestedAt, WINDOW_BYTES } from './log-window.ts';
import { createPageShelf, type PageShelf, type ShelfPlace } from './page-shelf.ts';
import { firstAsk } from './read-log.ts';

/** Lines as they come, some at a time. Whoever does not take them holds nobody up and costs no memory. */
type Lines = AsyncGenerator<readonly LogLine[], void, undefined>;

/** What all who follow logs may take together. */
export interface HubLimits {
  /** Who would be one more is refused. */
  readonly followers: number;
  /** Bytes of the lines that are held of one log. */
  readonly windowBytes: number;
  /** Bytes of pages that were read of what was there before, for all followers together. */
  readonly pastBytes: number;
  /** Bytes of lines that are handed out at a time: so much is held by one who does not take them. */
  readonly batchBytes: number;
}

/** Within what a gateway has: with each follower at a log of its own these are 160 MB. */
const LIMITS: HubLimits = {
  followers: 128,
  windowBytes: WINDOW_BYTES,
  pastBytes: 16 * WINDOW_BYTES,
  batchBytes: 65_536,
};

/** The code of the failure of whoever follows when too many do already. */
export const TOO_MANY_FOLLOWERS = 'TooManyFollowers';

/**
 * Follows logs for many followers: each log is polled once a second for all of them, in memory that is bounded for all of them together
 * ({@link HubLimits}). What was there before, and what comes faster than that, is read by one budget of pages for all logs together.
 */
export interface LogHub {
  /**
   * The lines of a log from `start` on (a tail of a log that is followed already is one of what its last poll knew), each once, until its
   * container has ended and everything that it wrote was given, or `signal` aborts. A line whose time is before that of lines that came
   * earlier is given once to whoever keeps up, and at most once to others. Throws the `FailureError` of a log that cannot be read, and
   * {@link TOO_MANY_FOLLOWERS}; one that passes only slows it down. What comes first is no line at all: the log can be read.
   */
  follow(log: GrowingLog, start: LogStart, signal?: AbortSignal): Lines;
  /** Bytes of lines that are held, besides those that were handed out. */
  heldBytes(): number;
}

/** A hub that follows nothing yet. */
export function createLogHub(deps: FeedDeps, given: Partial<HubLimits> = {}): LogHub {
  const limits = { ...LIMITS, ...given };
  const nextPage = createPageBudget(deps.clock);
  const shelf = createPageShelf(limits.pastBytes);
  const feeds = new Map<string, { readonly feed: LogFeed; followers: number }>();
  let followers = 0;
  const open = (log: GrowingLog) => {
    if (followers >= limits.followers)
      throw new FailureError({
        ...{ kind: 'capacity', code: TOO_MANY_FOLLOWERS },
        message: `${limits.followers} logs are being followed already: try again when one of them has ended, or read without following`,
      });
    const key = JSON.stringify(log.stream);
    const feedDeps = { ...deps, windowBytes: limits.windowBytes };
    const shared = feeds.get(key) ?? { feed: createLogFeed(feedDeps, nextPage, log), followers: 0 };
    feeds.set(key, shared);
    shared.followers += 1;
    followers += 1;
    const leave = (): void => {
      followers -= 1;
      shared.followers -= 1;
      if (shared.followers > 0) return;
      feeds.delete(key);
      shared.feed.close();
    };
    return { feed: shared.feed, leave };
  };
  return {
    heldBytes: () => [...feeds.values()].reduce((sum, { feed }) => sum + feed.window.bytes, shelf.bytes),
    follow: async function* (log, start, signal) {
      const { feed, leave } = open(log);
      try {
        yield* followFeed({ feed, shelf, batchBytes: limits.batchBytes, signal }, start);
      } finally {
        leave();
      }
    },
  };
}

/** What one follower works with. */
interface Following {
  readonly feed: LogFeed;
  readonly shelf: PageShelf;
  readonly batchBytes: number;
  readonly signal: AbortSignal | undefined;
}

/** The latest time of what was given, and how many lines of that time were given. */
interface Given {
  at: Instant;
  count: number;
}

/** Lines before those of the window, and where in the window the ones behind them begin. */
interface Past {
  readonly ask: LogAsk;
  readonly until: Instant;
  readonly then: number;
  /**
   * By the clock of the service: what it had later is yet to come to the window, whatever its time. This parts the lines that are given here
   * from those that are given of the window: none is in both, none in neither.
   */
  readonly ingestedUntil: Instant;
  /** What of the first lines was given before. */
  readonly known?: Readonly<Given>;
}

async function* followFeed(following: Following, start: LogStart): Lines {
  const { feed, batchBytes, signal } = following;
  const { window } = feed;
  const isOff = (): boolean => signal?.aborted === true;
  if ((await unlessAborted(feed.begin(), signal)) === undefined) return;
  yield [];
  let { number, past } = beginAt(feed, start);
  let isYetToCome: (line: LogLine) => boolean = () => true;
  const given = givenBefore(feed, number, start);
  for (;;) {
    while (past !== undefined) {
      for await (const lines of readPast(following, past)) {
        if (isOff()) return;
        yield note(given, lines);
      }
      if (isOff()) return;
      const { until, then, ingestedUntil }: Past = past;
      isYetToCome = (line) => line.at >= until || ingestedAt(line) > ingestedUntil;
      number = then;
      Object.assign(given, { at: Math.max(given.at, until), count: given.at > until ? given.count : 0 });
      past = number >= window.first ? undefined : pastBefore(feed, until, undefined);
    }
    const lines = window.from(number, batchBytes);
    number += lines.length;
    if (lines.length > 0) yield note(given, lines.filter(isYetToCome));
    else if (feed.isOver || (await unlessAborted(feed.poll(), signal)) === undefined) return;
    if (isOff()) return;
    if (number < window.first) past = pastBefore(feed, given.at, { ...given });
  }
}

/** Remembers lines as given; one that came late says nothing of what was given before it. */
function note(given: Given, lines: readonly LogLine[]): readonly LogLine[] {
  for (const { at } of lines) {
    if (at > given.at) Object.assign(given, { at, count: 1 });
    else if (at === given.at) given.count += 1;
  }
  return lines;
}

/** As if everything before a place in the window had been given, which the follower did not ask for. */
function givenBefore({ window }: LogFeed, number: number, { span }: LogStart): Given {
  const given = { at: Math.max(window.floor, span.since ?? Number.NEGATIVE_INFINITY), count: 0 };
  note(given, window.from(window.first).slice(0, number - window.first));
  return given;
}

/** What was let go of since, while the follower was busy: from an instant to where the window begins now. */
function pastBefore({ window }: LogFeed, since: Instant, known: Given | undefined): Past {
  const until = window.floor;
  const span = Number.isFinite(since) ? { since, until } : { until };
  return {
    ...{ ask: { kind: 'head', span }, until, then: window.first, ingestedUntil: window.newestIngested },
    ...(known !== undefined && { known }),
  };
}

/** Where a follower begins: in the window, or before it. */
function beginAt({ window }: LogFeed, { tail, span }: LogStart): { number: number; past: Past | undefined } {
  const { since = Number.NEGATIVE_INFINITY } = span;
  const inside = window.from(window.first);
  const skipped = inside.findIndex(({ at }) => at >= since);
  const begin = window.first + (skipped === -1 ? inside.length : skipped);
  const begins = window.beginsFrom(begin);
  const missing = tail === undefined ? Number.POSITIVE_INFINITY : tail - begins.length;
  if (tail === 0) return { number: window.end, past: undefined };
  if (missing <= 0) return { number: begins.at(-(tail ?? 0)) ?? begin, past: undefined };
  if (since >= window.floor || window.floor === Number.NEGATIVE_INFINITY)
    return { number: begin, past: undefined };
  const start = { span: { ...span, until: window.floor }, ...(tail !== undefined && { tail: missing }) };
  return {
    number: window.first,
    past: {
      ...{ ask: firstAsk(start), until: window.floor, then: window.first },
      ingestedUntil: window.newestIngested,
    },
  };
}

/** Holds a place on the shelf and a batch of its lines, and nothing else of a page: who does not take them costs no more. */
async function* readPast(following: Following, past: Past): Lines {
  const { shelf } = following;
  let left = past.known?.count ?? 0;
  for (let ask = past.ask; ;) {
    const read = await shelvePage(following, past, { ask, left });
    if (read === undefined) return;
    left = read.left;
    let place = read.place;
    try {
      for (let index = 0; index < read.count;) {
        const taken = await takeBatch(following, past, { ...read, ask, place, index });
        if (taken === undefined) return;
        place = taken.place;
        index = taken.index;
        yield taken.lines;
      }
    } finally {
      shelf.drop(place);
    }
    if (read.isEnd) return;
    ask = read.next;
  }
}

/** A page on the shelf: the lines of it that are to be given. */
interface ShelvedPage {
  readonly place: ShelfPlace;
  readonly count: number;
  /** So many lines at its beginning were given before. */
  readonly skipped: number;
  /** So many lines of the pages behind it were. */
  readonly left: number;
  readonly next: LogAsk;
  readonly isEnd: boolean;
}

async function shelvePage(
  { feed, shelf, signal }: Following,
  { known, ingestedUntil }: Past,
  { ask, left }: { readonly ask: LogAsk; readonly left: number },
): Promise<ShelvedPage | undefined> {
  const page = await unlessAborted(feed.past(ask), signal);
  if (page === undefined) return undefined;
  const skipped = page.lines.slice(0, left).filter(({ at }) => at === known?.at).length;
  const lines = linesToGive(page.lines, skipped, ingestedUntil);
  return {
    ...{ place: shelf.put(lines), count: lines.length, skipped },
    ...{ left: page.lines.length > skipped ? 0 : left - skipped, next: page.next, isEnd: page.isEnd },
  };
}

function linesToGive(lines: readonly LogLine[], skipped: number, ingestedUntil: Instant): readonly LogLine[] {
  return lines.slice(skipped).filter((line) => ingestedAt(line) <= ingestedUntil);
}

/** Lines from an index on, and the index behind them; a page that the shelf has let go of is read again. */
async function takeBatch(
  { feed, shelf, batchBytes, signal }: Following,
  { ingestedUntil }: Past,
  of: Pick<ShelvedPage, 'place' | 'count' | 'skipped'> & { readonly ask: LogAsk; readonly index: number },
): Promise<
  { readonly place: ShelfPlace; readonly lines: readonly LogLine[]; readonly index: number } | undefined
> {
  const { place, index, count } = of;
  const held = shelf.get(place);
  if (held !== undefined) {
    const lines = cutLines(held, index, batchBytes);
    return { place, lines, index: index + lines.length };
  }
  const page = await unlessAborted(feed.past(of.ask), signal);
  if (page === undefined) return undefined;
  const again = linesToGive(page.lines, of.skipped, ingestedUntil).slice(0, count);
  const lines = cutLines(again, index, batchBytes);
  // What is there no more cannot be given: the log group keeps lines for so long.
  return { place: shelf.put(again), lines, index: lines.length === 0 ? count : index + lines.length };
}

/** What work gives, or `undefined` where the signal aborted before. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  if (signal === undefined) return work;
  const aborted = Promise.withResolvers<undefined>();
  const abort = (): void => aborted.resolve(undefined);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
