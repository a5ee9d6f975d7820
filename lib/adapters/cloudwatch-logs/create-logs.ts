import {
  CloudWatchLogsClient,
  GetLogEventsCommand,
  type GetLogEventsCommandInput,
} from '@aws-sdk/client-cloudwatch-logs';
import type { LogAsk, LogCursor, LogLine, LogPage, Logs, LogSpan, LogStream } from '../../ports/logs.ts';
import { findEnd } from './find-end.ts';
import { classifyLogsError, isStreamMissing, isTokenRefused } from './classify-logs-error.ts';

/** The most events of a page (GetLogEvents, API reference); a page is 1 MB at most as well. */
const MOST_EVENTS = 10_000;

/** An answer of GetLogEvents. */
interface Answer {
  readonly lines: readonly LogLine[];
  readonly forward: string;
  readonly backward: string;
}

type WholeBack = LogAsk & { readonly kind: 'wholeBack' };

/** How a stream is asked. */
type Send = (input: Omit<GetLogEventsCommandInput, 'logGroupName' | 'logStreamName'>) => Promise<Answer>;

/** The logs in CloudWatch Logs. Keeps nothing. */
export function createLogs({
  client = createLogsClient(),
}: {
  /** Default: a client for the Region and the endpoints of the environment. */
  readonly client?: Pick<CloudWatchLogsClient, 'send'>;
} = {}): Logs {
  return {
    read: async (stream, ask) => {
      const send = sender(client, stream);
      try {
        return await readPage(send, ask);
      } catch (error) {
        if (isStreamMissing(error)) return { lines: [], next: ask, isEnd: true };
        throw classifyLogsError(error, stream);
      }
    },
  };
}

/** A client that leaves pauses after throttling to whoever reads: two sends, each given up after 10 s. */
export function createLogsClient(region?: string): CloudWatchLogsClient {
  return new CloudWatchLogsClient({
    maxAttempts: 2,
    // Without throwOnRequestTimeout the SDK's handler only warns and waits on.
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
    ...(region !== undefined && { region }),
  });
}

function sender(client: Pick<CloudWatchLogsClient, 'send'>, { group, stream }: LogStream): Send {
  const log = { logGroupName: group, logStreamName: stream };
  return async (input) => {
    const answer = await client.send(new GetLogEventsCommand({ ...log, ...input }));
    return {
      lines: (answer.events ?? []).map(({ timestamp = 0, message = '', ingestionTime }) => ({
        ...{ at: timestamp, text: message },
        ...(ingestionTime !== undefined && { ingestedAt: ingestionTime }),
      })),
      forward: answer.nextForwardToken ?? '',
      backward: answer.nextBackwardToken ?? '',
    };
  };
}

function readPage(send: Send, ask: LogAsk): Promise<LogPage> {
  switch (ask.kind) {
    case 'head':
      return readHead(send, ask.span, ask.skip);
    case 'tail':
      return readBack(send, { token: '', span: ask.span }, ask.lines);
    case 'back':
      return readBack(send, ask.cursor, ask.lines);
    case 'after':
      return readAfter(send, ask.cursor, ask.skip);
    case 'wholeTail':
      return readWholeTail(send, ask.span, ask.lines);
    case 'wholeBack':
      return readWholeBack(send, ask);
  }
}

async function readHead(send: Send, span: LogSpan, skip?: number): Promise<LogPage> {
  return skipping(pageOf(await send({ ...timesOf(span), startFromHead: true }), { token: '', span }), skip);
}

/** A page may be empty although more follow: what is to be skipped comes later then. */
function skipping(page: LogPage, skip = 0): LogPage {
  const { lines, next } = page;
  const left = Math.max(0, skip - lines.length);
  return {
    ...{ ...page, lines: lines.slice(skip) },
    next: left > 0 && next.kind === 'after' ? { ...next, skip: left } : next,
  };
}

async function readAfter(send: Send, cursor: LogCursor, skip?: number): Promise<LogPage> {
  const { token, span } = cursor;
  try {
    // A forward token goes with startFromHead, and the times with which it was got.
    const answer = await send({ ...timesOf(span), startFromHead: true, nextToken: token });
    return skipping(pageOf(answer, cursor), skip);
  } catch (error) {
    if (!isTokenRefused(error)) throw error;
    return readAgain(send, cursor);
  }
}

/** A place that a token no longer names is found by its time; what was read of that very millisecond is left out. */
async function readAgain(send: Send, { span, last }: LogCursor): Promise<LogPage> {
  if (last === undefined) return readHead(send, span);
  const again = { ...span, since: last.at };
  const answer = await send({ ...timesOf(again), startFromHead: true });
  const known = answer.lines.slice(0, last.count).filter(({ at }) => at === last.at).length;
  return pageOf({ ...answer, lines: answer.lines.slice(known) }, { token: '', span: again, last });
}

/**
 * A page on the way back to the first of the last lines. One that lies behind it is read again on the way forward, and not held until then.
 * A page that has fewer than were asked for, or none, says nothing of those before it; the same token twice does: there are no more, and
 * all of the span is wanted.
 */
async function readBack(send: Send, from: LogCursor, wanted: number): Promise<LogPage> {
  const { token, span } = from;
  const answer = await send({
    ...{ ...timesOf(span), startFromHead: false, limit: limitOf(wanted) },
    ...(token !== '' && { nextToken: token }),
  });
  const missing = wanted - answer.lines.length;
  if (missing <= 0) return pageOf({ ...answer, lines: answer.lines.slice(-missing) }, { token: '', span });
  if (answer.lines.length === 0 && answer.backward === token)
    return { lines: [], next: { kind: 'head', span }, isEnd: false };
  const cursor = { token: answer.backward, span };
  return { lines: [], next: { kind: 'back', cursor, lines: missing }, isEnd: false };
}

async function readWholeTail(send: Send, span: LogSpan, lines: number): Promise<LogPage> {
  const from = { cursor: { token: '', span }, isUnsure: false };
  // The first end is that of the last line itself.
  return readWholeBack(send, { ...from, ends: lines + 1 });
}

/** As {@link readBack}: the tail begins behind the end of the line before it, which is looked for from the last line on. */
async function readWholeBack(send: Send, back: Omit<WholeBack, 'kind'>): Promise<LogPage> {
  const { token, span } = back.cursor;
  const answer = await send({
    // Ends, and the line before the first of them, which tells whether that is one.
    ...{ ...timesOf(span), startFromHead: false, limit: limitOf(back.ends + 1) },
    ...(token !== '' && { nextToken: token }),
  });
  const isStart = answer.lines.length === 0 && answer.backward === token;
  const found = findEnd(
    answer.lines.map(({ text }) => text),
    { ...back, isLast: token === '', isStart },
  );
  if (found.kind === 'here')
    return pageOf({ ...answer, lines: answer.lines.slice(found.index) }, { token: '', span });
  if (found.kind === 'laterBehindOne') {
    if (isStart) return { lines: [], next: { kind: 'head', span, skip: 1 }, isEnd: false };
    const cursor = { token: answer.forward, span };
    return { lines: [], next: { kind: 'after', cursor, skip: 1 }, isEnd: false };
  }
  if (isStart) return { lines: [], next: { kind: 'head', span }, isEnd: false };
  const { ends, isUnsure } = found;
  const cursor = { token: answer.backward, span };
  return { lines: [], next: { kind: 'wholeBack', cursor, ends, isUnsure }, isEnd: false };
}

function limitOf(lines: number): number {
  return Math.min(Math.max(lines, 1), MOST_EVENTS);
}

function timesOf({ since, until }: LogSpan): Pick<GetLogEventsCommandInput, 'startTime' | 'endTime'> {
  return {
    ...(since !== undefined && { startTime: since }),
    ...(until !== undefined && { endTime: until }),
  };
}

/** "If you have reached the end of the stream, it returns the same token you passed in." (GetLogEvents, API reference) */
function pageOf({ lines, forward }: Answer, from: LogCursor): LogPage {
  const last = lastOf(lines, from);
  const cursor: LogCursor = { token: forward, span: from.span, ...(last !== undefined && { last }) };
  return { lines, next: { kind: 'after', cursor }, isEnd: forward === from.token };
}

function lastOf(lines: readonly LogLine[], { last }: LogCursor): LogCursor['last'] {
  const at = lines.at(-1)?.at;
  if (at === undefined) return last;
  const others = lines.findLastIndex((line) => line.at !== at);
  const before = others === -1 && last?.at === at ? last.count : 0;
  return { at, count: lines.length - 1 - others + before };
}
