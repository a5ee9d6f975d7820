import type { Instant } from '../../../core/kubernetes.ts';
import { AwsError } from '../aws-model.ts';
import type { Place } from '../aws-model.ts';

/** One line of a stream; `order` counts the lines of the stream and never falls. */
export interface LogLine {
  readonly order: number;
  readonly timestamp: Instant;
  readonly ingestionTime: Instant;
  readonly message: string;
}

export interface LogStream {
  readonly name: string;
  readonly createdAt: Instant;
  readonly lines: LogLine[];
  written: number;
}

export interface LogGroup {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: Instant;
  retentionInDays: number | undefined;
  readonly streams: Map<string, LogStream>;
}

/** The state of the CloudWatch Logs model. */
export interface LogsWorld {
  readonly place: Place;
  readonly groups: Map<string, LogGroup>;
  /** How many lines of a stream are kept, so that a talkative container does not fill the memory. */
  readonly linesKept: number;
}

/** The group that a request names, by name or ARN. */
export function findGroup(
  world: LogsWorld,
  input: { readonly logGroupName?: string | undefined; readonly logGroupIdentifier?: string | undefined },
): LogGroup {
  const name =
    input.logGroupName ?? input.logGroupIdentifier?.split(':log-group:').at(-1)?.replace(/:\*$/, '') ?? '';
  const group = world.groups.get(name);
  if (group === undefined) throw notFound('log group');
  return group;
}

/** The stream of a group. */
export function findStream(group: LogGroup, name: string): LogStream {
  const stream = group.streams.get(name);
  if (stream === undefined) throw notFound('log stream');
  return stream;
}

function notFound(what: string): AwsError {
  return new AwsError('ResourceNotFoundException', `The specified ${what} does not exist.`);
}

/** Adds a group; `undefined` when the name is taken. */
export function addGroup(world: LogsWorld, name: string, at: Instant): LogGroup | undefined {
  if (world.groups.has(name)) return undefined;
  const arn = `arn:aws:logs:${world.place.region}:${world.place.account}:log-group:${name}`;
  const group: LogGroup = { name, arn, createdAt: at, retentionInDays: undefined, streams: new Map() };
  world.groups.set(name, group);
  return group;
}

/** The stream of that name, made when it is not there. */
export function openStream(group: LogGroup, name: string, at: Instant): LogStream {
  const stream = group.streams.get(name) ?? { name, createdAt: at, lines: [], written: 0 };
  group.streams.set(name, stream);
  return stream;
}

/** Appends a line. */
export function appendLine(
  world: LogsWorld,
  stream: LogStream,
  line: Pick<LogLine, 'timestamp' | 'ingestionTime' | 'message'>,
): void {
  stream.lines.push({ order: stream.written, ...line });
  stream.written += 1;
  if (stream.lines.length > world.linesKept) stream.lines.splice(0, stream.lines.length - world.linesKept);
}
