import type { Instant } from '../../../core/kubernetes.ts';
import { AwsError, unknownOperation } from '../aws-model.ts';
import type { AwsModel, Place } from '../aws-model.ts';
import type { LogSink } from '../ecs/ecs-state.ts';
import { parseInput } from '../parse-input.ts';
import { FaultPlan } from '../plan-faults.ts';
import {
  describeGroupsSchema,
  groupSchema,
  putEventsSchema,
  retentionSchema,
  streamSchema,
} from './logs-inputs.ts';
import { addGroup, appendLine, findGroup, findStream, openStream } from './logs-state.ts';
import type { LogsWorld } from './logs-state.ts';
import { describeLogStreams, filterLogEvents, getLogEvents } from './read-logs.ts';

/** The emulated CloudWatch Logs; also the place where simulated containers log to. */
export interface LogsModel extends AwsModel {
  readonly sink: LogSink;
  /** The next call of an operation fails. */
  failNext(operation: string, error: AwsError): void;
}

/** The retention times that CloudWatch Logs has: the PutRetentionPolicy reference. */
const RETENTIONS = new Set([
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]);

/** CloudWatch Logs as a pure model: groups, streams, lines. It plans nothing. */
export function createLogsModel({
  place,
  linesKept = 10_000,
}: {
  readonly place: Place;
  readonly linesKept?: number;
}): LogsModel {
  const world: LogsWorld = { place, linesKept, groups: new Map() };
  const operations = createOperations(world);
  const faults = new FaultPlan();
  return {
    sink: createSink(world),
    failNext: (operation, error) => faults.failNext(operation, error),
    handle: (name, input, now) => {
      const operation = operations[name];
      if (operation === undefined) throw unknownOperation(name);
      return faults.around(name, () => operation(input, now));
    },
    advance: () => undefined,
    nextDue: () => undefined,
  };
}

function createSink(world: LogsWorld): LogSink {
  return {
    openGroup: (group, create, at) => {
      if (create) addGroup(world, group, at);
      return world.groups.has(group);
    },
    write: ({ group: name, stream: streamName, text, at, ingestedAt = at }) => {
      const group = world.groups.get(name);
      // An event has a character at least (PutLogEvents, InputLogEvent): the log driver drops empty lines.
      if (group === undefined || text === '') return;
      appendLine(world, openStream(group, streamName, ingestedAt), {
        timestamp: at,
        ingestionTime: ingestedAt,
        message: text,
      });
    },
  };
}

function createOperations(
  world: LogsWorld,
): Readonly<Record<string, (input: unknown, now: Instant) => unknown>> {
  return {
    CreateLogGroup: (input, now) => {
      const { logGroupName = '' } = parseInput(groupSchema, input);
      if (addGroup(world, logGroupName, now) === undefined) throw exists('log group');
      return {};
    },
    DescribeLogGroups: (input) => describeLogGroups(world, input),
    CreateLogStream: (input, now) => {
      const query = parseInput(streamSchema, input);
      const group = findGroup(world, query);
      if (group.streams.has(query.logStreamName)) throw exists('log stream');
      openStream(group, query.logStreamName, now);
      return {};
    },
    PutLogEvents: (input, now) => {
      const query = parseInput(putEventsSchema, input);
      const stream = findStream(findGroup(world, query), query.logStreamName);
      for (const line of query.logEvents) appendLine(world, stream, { ...line, ingestionTime: now });
      return {};
    },
    PutRetentionPolicy: (input) => {
      const query = parseInput(retentionSchema, input);
      if (!RETENTIONS.has(query.retentionInDays)) {
        throw new AwsError(
          'InvalidParameterException',
          `retentionInDays ${query.retentionInDays} is not one of the allowed values.`,
        );
      }
      findGroup(world, query).retentionInDays = query.retentionInDays;
      return {};
    },
    DescribeLogStreams: (input) => describeLogStreams(world, input),
    GetLogEvents: (input, now) => getLogEvents(world, input, now),
    FilterLogEvents: (input, now) => filterLogEvents(world, input, now),
  };
}

function describeLogGroups(world: LogsWorld, input: unknown): unknown {
  const { logGroupNamePrefix: prefix = '' } = parseInput(describeGroupsSchema, input);
  const logGroups = [...world.groups.values()]
    .filter(({ name }) => name.startsWith(prefix))
    .map(({ name, arn, createdAt, retentionInDays }) => ({
      ...{ logGroupName: name, logGroupArn: arn, arn: `${arn}:*`, creationTime: createdAt },
      ...(retentionInDays !== undefined && { retentionInDays }),
    }));
  return { logGroups };
}

function exists(what: string): AwsError {
  return new AwsError('ResourceAlreadyExistsException', `The specified ${what} already exists`);
}
