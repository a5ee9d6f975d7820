import { createHash } from 'node:crypto';
import type { Instant } from '../../../core/kubernetes.ts';
import { AwsError } from '../aws-model.ts';
import { parseInput } from '../parse-input.ts';
import { describeStreamsSchema, filterEventsSchema, getEventsSchema } from './logs-inputs.ts';
import { findGroup, findStream } from './logs-state.ts';
import type { LogGroup, LogLine, LogStream, LogsWorld } from './logs-state.ts';

const DAY_MS = 86_400_000;
const MOST_EVENTS = 10_000;
const MOST_STREAMS = 50;

/**
 * GetLogEvents: the newest lines (or the oldest, with `startFromHead`), in the order of time. The tokens go on in either
 * direction; at the end the forward token that was given comes back, as the API reference says.
 */
export function getLogEvents(world: LogsWorld, input: unknown, now: Instant): unknown {
  const query = parseInput(getEventsSchema, input);
  const group = findGroup(world, query);
  const stream = findStream(group, query.logStreamName);
  const lines = linesBetween(group, stream, query, now);
  const limit = limitOf(query.limit, MOST_EVENTS);
  const page = pageOf(lines, query, limit);
  const first = page[0]?.order ?? positionOf(query.nextToken) ?? stream.written;
  const next =
    page.length > 0 ? (page.at(-1)?.order ?? 0) + 1 : (positionOf(query.nextToken) ?? stream.written);
  return {
    events: page.map(({ timestamp, message, ingestionTime }) => ({ timestamp, message, ingestionTime })),
    nextForwardToken: `f/${next}`,
    nextBackwardToken: `b/${first}`,
  };
}

function pageOf(
  lines: readonly LogLine[],
  query: { readonly nextToken?: string | undefined; readonly startFromHead?: boolean | undefined },
  limit: number,
): readonly LogLine[] {
  const position = positionOf(query.nextToken);
  if (position === undefined)
    return query.startFromHead === true ? lines.slice(0, limit) : lines.slice(-limit);
  if (query.nextToken?.startsWith('b') === true)
    return lines.filter(({ order }) => order < position).slice(-limit);
  return lines.filter(({ order }) => order >= position).slice(0, limit);
}

function positionOf(token: string | undefined): number | undefined {
  if (token === undefined) return undefined;
  const [, position] = /^[fb]\/(\d+)$/.exec(token) ?? [];
  if (position === undefined)
    throw new AwsError('InvalidParameterException', 'The specified nextToken is invalid.');
  return Number(position);
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

/** FilterLogEvents over streams of a group, in the order of time. A pattern is taken as plain text (quotes dropped). */
export function filterLogEvents(world: LogsWorld, input: unknown, now: Instant): unknown {
  const query = parseInput(filterEventsSchema, input);
  const group = findGroup(world, query);
  const text = (query.filterPattern ?? '').replace(/^"(.*)"$/, '$1');
  const found = [...group.streams.values()]
    .filter(
      ({ name }) => query.logStreamNames?.includes(name) ?? name.startsWith(query.logStreamNamePrefix ?? ''),
    )
    .flatMap((stream) =>
      linesBetween(group, stream, query, now).map((line) => ({ ...line, stream: stream.name })),
    )
    .filter(({ message }) => message.includes(text))
    .sort((one, other) => one.timestamp - other.timestamp);
  const from = Number(query.nextToken ?? 0);
  const end = from + limitOf(query.limit, MOST_EVENTS);
  const events = found.slice(from, end).map((line) => ({
    logStreamName: line.stream,
    timestamp: line.timestamp,
    message: line.message,
    ingestionTime: line.ingestionTime,
    eventId: createHash('sha256').update(`${line.stream}/${line.order}`).digest('hex').slice(0, 56),
  }));
  return { events, searchedLogStreams: [], ...(end < found.length && { nextToken: String(end) }) };
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
