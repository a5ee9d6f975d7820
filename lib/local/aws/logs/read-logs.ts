import { createHash } from 'node:crypto';
import type { Instant } from '../../../core/kubernetes.ts';
import { AwsError } from '../aws-model.ts';
import { parseInput } from '../parse-input.ts';
import { compilePattern } from './match-pattern.ts';
import { describeStreamsSchema, filterEventsSchema, getEventsSchema } from './logs-inputs.ts';
import { findGroup, findStream } from './logs-state.ts';
import type { LogGroup, LogLine, LogStream, LogsWorld } from './logs-state.ts';

const DAY_MS = 86_400_000;
const MOST_EVENTS = 10_000;
const MOST_STREAMS = 50;

/** A page is 1 MB of events at most (GetLogEvents, API reference); an event counts as for PutLogEvents: its bytes and 26 more. */
const MOST_BYTES = 1_048_576;
const EVENT_BYTES = 26;
/** "The token expires after 24 hours." (GetLogEvents, API reference) */
const TOKEN_MS = 24 * 3_600_000;

/** A place between the lines of a stream, and the direction that it was told for. */
interface Token {
  readonly way: 'f' | 'b';
  readonly position: number;
}

/**
 * GetLogEvents: the newest lines (or the oldest, with `startFromHead`), in the order of time. The tokens go on in either
 * direction; at the end of one the token that was given comes back, as the API reference says.
 */
export function getLogEvents(world: LogsWorld, input: unknown, now: Instant): unknown {
  const query = parseInput(getEventsSchema, input);
  const group = findGroup(world, query);
  const stream = findStream(group, query.logStreamName);
  const token = query.nextToken === undefined ? undefined : readToken(query.nextToken, now);
  const lines = linesBetween(group, stream, query, now);
  const page = pageOf(lines, token, { limit: limitOf(query.limit, MOST_EVENTS), head: query.startFromHead });
  const [first, last] = [page[0], page.at(-1)];
  const position = token?.position ?? stream.written;
  const tell = (way: Token['way'], at: number): string =>
    page.length === 0 && token?.way === way ? (query.nextToken ?? '') : `${way}/${at}/${now}`;
  return {
    events: page.map(({ timestamp, message, ingestionTime }) => ({ timestamp, message, ingestionTime })),
    nextForwardToken: tell('f', last === undefined ? position : last.order + 1),
    nextBackwardToken: tell('b', first?.order ?? position),
  };
}

function pageOf(
  lines: readonly LogLine[],
  token: Token | undefined,
  { limit, head = false }: { readonly limit: number; readonly head?: boolean | undefined },
): readonly LogLine[] {
  const { way = head ? 'f' : 'b', position = head ? 0 : Number.POSITIVE_INFINITY } = token ?? {};
  if (way === 'f') return withinBytes(lines.filter(({ order }) => order >= position).slice(0, limit));
  const before = lines.filter(({ order }) => order < position).slice(-limit);
  return withinBytes(before.reverse()).toReversed();
}

/** As many of the lines as a page takes, one at least. */
function withinBytes<Line extends LogLine>(lines: readonly Line[]): readonly Line[] {
  let bytes = 0;
  const end = lines.findIndex(({ message }, index) => {
    bytes += Buffer.byteLength(message) + EVENT_BYTES;
    return index > 0 && bytes > MOST_BYTES;
  });
  return end === -1 ? lines : lines.slice(0, end);
}

function readToken(token: string, now: Instant): Token {
  const [, way, position, toldAt] = /^([fb])\/(\d+)\/(\d+)$/.exec(token) ?? [];
  if (way === undefined || now - Number(toldAt) > TOKEN_MS)
    throw new AwsError('InvalidParameterException', 'The specified nextToken is invalid.');
  return { way: way as Token['way'], position: Number(position) };
}

function limitOf(limit: number | undefined, most: number): number {
  if (limit !== undefined && (limit < 1 || limit > most)) {
    throw new AwsError('InvalidParameterException', `limit must be between 1 and ${most}`);
  }
  return limit ?? most;
}

/** Lines of a stream within the given times (start inclusive, end exclusive) and the retention of its group. */
function linesBetween(
  group: LogGroup,
  stream: LogStream,
  query: { readonly startTime?: number | undefined; readonly endTime?: number | undefined },
  now: Instant,
): readonly LogLine[] {
  const retained = group.retentionInDays === undefined ? 0 : now - group.retentionInDays * DAY_MS;
  const from = Math.max(query.startTime ?? 0, retained);
  const to = query.endTime ?? Number.POSITIVE_INFINITY;
  return stream.lines.filter(({ timestamp }) => timestamp >= from && timestamp < to);
}

/** FilterLogEvents over streams of a group, in the order of time, up to its end time (which GetLogEvents leaves out). */
export function filterLogEvents(world: LogsWorld, input: unknown, now: Instant): unknown {
  const query = parseInput(filterEventsSchema, input);
  const group = findGroup(world, query);
  const matches = compilePattern(query.filterPattern);
  const span = { ...query, ...(query.endTime !== undefined && { endTime: query.endTime + 1 }) };
  const found = [...group.streams.values()]
    .filter(
      ({ name }) => query.logStreamNames?.includes(name) ?? name.startsWith(query.logStreamNamePrefix ?? ''),
    )
    .flatMap((stream) =>
      linesBetween(group, stream, span, now).map((line) => ({ ...line, stream: stream.name })),
    )
    .filter(({ message }) => matches(message))
    .sort((one, other) => one.timestamp - other.timestamp);
  const from = readOffset(query.nextToken);
  const page = withinBytes(found.slice(from, from + limitOf(query.limit, MOST_EVENTS)));
  const end = from + page.length;
  const events = page.map((line) => ({
    logStreamName: line.stream,
    timestamp: line.timestamp,
    message: line.message,
    ingestionTime: line.ingestionTime,
    eventId: createHash('sha256').update(`${line.stream}/${line.order}`).digest('hex').slice(0, 56),
  }));
  return { events, searchedLogStreams: [], ...(end < found.length && { nextToken: String(end) }) };
}

function readOffset(token = '0'): number {
  if (!/^\d+$/.test(token))
    throw new AwsError('InvalidParameterException', 'The specified nextToken is invalid.');
  return Number(token);
}

/** DescribeLogStreams by name or by the time of the last line. */
export function describeLogStreams(world: LogsWorld, input: unknown): unknown {
  const query = parseInput(describeStreamsSchema, input);
  const group = findGroup(world, query);
  const byTime = query.orderBy === 'LastEventTime';
  if (byTime && query.logStreamNamePrefix !== undefined) {
    throw new AwsError(
      'InvalidParameterException',
      'Cannot order by LastEventTime with a logStreamNamePrefix.',
    );
  }
  const streams = [...group.streams.values()]
    .filter(({ name }) => name.startsWith(query.logStreamNamePrefix ?? ''))
    .sort((one, other) => (byTime ? lastTime(one) - lastTime(other) : compareText(one.name, other.name)));
  if (query.descending === true) streams.reverse();
  const from = Number(query.nextToken ?? 0);
  const end = from + limitOf(query.limit, MOST_STREAMS);
  const logStreams = streams.slice(from, end).map((stream) => describeStream(group, stream));
  return { logStreams, ...(end < streams.length && { nextToken: String(end) }) };
}

function describeStream(group: LogGroup, stream: LogStream): Record<string, unknown> {
  const last = stream.lines.at(-1);
  return {
    logStreamName: stream.name,
    creationTime: stream.createdAt,
    ...(last !== undefined && {
      firstEventTimestamp: stream.lines[0]?.timestamp,
      lastEventTimestamp: last.timestamp,
      lastIngestionTime: last.ingestionTime,
    }),
    arn: `${group.arn}:log-stream:${stream.name}`,
  };
}

function lastTime(stream: LogStream): Instant {
  return stream.lines.at(-1)?.timestamp ?? 0;
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
