import { FilterLogEventsCommand, type CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { Instant } from '../../core/kubernetes.ts';
import { classifyLogsError } from './classify-logs-error.ts';

/** A line that was found. */
export interface FoundLine {
  /** Of CloudWatch Logs: the same line twice has the same. */
  readonly id: string;
  readonly at: Instant;
  readonly text: string;
}

/** What is looked for, in all streams of a group. */
export interface LineQuery {
  readonly group: string;
  /** A filter pattern of CloudWatch Logs. */
  readonly pattern: string;
  readonly since: Instant;
}

/** Looks through a log group, page by page: a page may be empty although more follow. Throws `FailureError`. */
export type FindLines = (query: LineQuery) => AsyncIterable<readonly FoundLine[]>;

/** The lines in CloudWatch Logs. */
export function createFindLines(client: Pick<CloudWatchLogsClient, 'send'>): FindLines {
  return async function* find({ group, pattern, since }) {
    let nextToken: string | undefined;
    do {
      const input = { logGroupName: group, filterPattern: pattern, startTime: since };
      const page = await client
        .send(new FilterLogEventsCommand({ ...input, ...(nextToken !== undefined && { nextToken }) }))
        .catch((thrown: unknown) => {
          throw classifyLogsError(thrown, { group }, 'FilterLogEvents');
        });
      nextToken = page.nextToken;
      yield (page.events ?? []).map(({ eventId = '', timestamp = 0, message = '' }) => ({
        ...{ id: eventId, at: timestamp, text: message },
      }));
    } while (nextToken !== undefined);
  };
}
