import {
  FilterLogEventsCommand,
  type CloudWatchLogsClient,
  type FilterLogEventsCommandOutput,
} from '@aws-sdk/client-cloudwatch-logs';
import type { Instant } from '../../core/kubernetes.ts';
import { classifyInsightsError, isGroupMissing, isTokenRefused } from './classify-insights-error.ts';
import { readSample, type Sample } from './read-sample.ts';

/** A span of time whose samples are read: after `after`, up to `until`; `token` is where in it the next page is. */
export interface Slice {
  readonly after: Instant;
  readonly until: Instant;
  readonly token?: string;
}

/** A page of samples, about 1 MB of events at most, in any order; it may be empty although more follow. */
export interface SamplePage {
  readonly samples: readonly Sample[];
  /** What to read next of the slice; `undefined`: that was all of it. */
  readonly rest?: Slice;
}

/** The group that Container Insights of ECS writes to ("Container Insights performance log events for Amazon ECS"). */
export function performanceGroup(ecsCluster: string): string {
  return `/aws/ecs/containerinsights/${ecsCluster}/performance`;
}

/**
 * The next page of a slice over all streams of the group. A group that is not there has no samples, as before the first task and where
 * Container Insights is off. Throws `FailureError`.
 */
export async function readEvents(
  client: Pick<CloudWatchLogsClient, 'send'>,
  group: string,
  slice: Slice,
): Promise<SamplePage> {
  const { after, until, token } = slice;
  try {
    // Times are inclusive (FilterLogEvents, API reference).
    const answer = await client.send(
      new FilterLogEventsCommand({
        ...{ logGroupName: group, startTime: after + 1, endTime: until },
        ...{ filterPattern: '{ $.Type = "Container" }', nextToken: token },
      }),
    );
    return toPage(answer, slice);
  } catch (error) {
    if (isGroupMissing(error)) return { samples: [] };
    if (token !== undefined && isTokenRefused(error)) return { samples: [], rest: { after, until } };
    throw classifyInsightsError(error, group);
  }
}

function toPage({ events = [], nextToken }: FilterLogEventsCommandOutput, slice: Slice): SamplePage {
  const samples = events.flatMap(({ message = '' }) => readSample(message) ?? []);
  return nextToken === undefined ? { samples } : { samples, rest: { ...slice, token: nextToken } };
}
