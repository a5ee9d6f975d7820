import type { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { createContainerUses } from '../../../lib/adapters/container-insights/create-container-uses.ts';
import type { Instant } from '../../../lib/core/kubernetes.ts';
import type { ContainerUses, UsedTask } from '../../../lib/ports/container-use.ts';
import { createManualClock, type ManualClock } from '../../memory/manual-clock.ts';
import { createMemoryTelemetry } from '../../memory/memory-telemetry.ts';
import {
  createMemoryUseCheckpoints,
  type MemoryUseCheckpoints,
} from '../../memory/memory-use-checkpoints.ts';

export const T0 = Date.UTC(2026, 2, 4, 9, 0);
export const MINUTE_MS = 60_000;

/** A sample, and when it can be read. */
export interface ToldSample {
  readonly task: string;
  readonly at: Instant;
  readonly cores: number;
  readonly container?: string;
  readonly seenAt?: Instant;
}

/** The adapter over a log group that is only told of. */
export interface InsightsBench {
  readonly clock: ManualClock;
  readonly checkpoints: MemoryUseCheckpoints;
  readonly tell: (...samples: readonly ToldSample[]) => void;
  /** Every FilterLogEvents so far. */
  readonly calls: readonly { readonly at: Instant; readonly after: Instant }[];
  /** The next calls fail so, one each. */
  readonly failNext: (...errors: readonly Error[]) => void;
  /** From now on no call is answered. */
  readonly hang: () => void;
  /** Another process that counts. */
  readonly start: () => ContainerUses;
}

interface StoredEvent {
  readonly timestamp: Instant;
  readonly seenAt: Instant;
  readonly message: string;
}

export function openInsights({ pageEvents = 10_000 } = {}): InsightsBench {
  const clock = createManualClock(T0);
  const checkpoints = createMemoryUseCheckpoints();
  const events: StoredEvent[] = [];
  const calls: { readonly at: Instant; readonly after: Instant }[] = [];
  const errors: Error[] = [];
  const hold = { isOn: false };
  const filter = ({ input }: FilterLogEventsCommand): unknown => {
    const { startTime = 0, endTime = Infinity, nextToken = '0' } = input;
    const now = clock.now();
    calls.push({ at: now, after: startTime });
    const error = errors.shift();
    if (error !== undefined) throw error;
    const found = events.filter(
      ({ timestamp, seenAt }) => timestamp >= startTime && timestamp <= endTime && seenAt <= now,
    );
    const end = Number(nextToken) + pageEvents;
    return {
      events: found.slice(Number(nextToken), end),
      ...(end < found.length && { nextToken: String(end) }),
    };
  };
  const send = (command: FilterLogEventsCommand): Promise<unknown> =>
    hold.isOn ? new Promise(() => undefined) : Promise.resolve().then(() => filter(command));
  const client = { send } as unknown as Pick<CloudWatchLogsClient, 'send'>;
  return {
    ...{ clock, checkpoints, calls },
    tell: (...samples) => {
      for (const { task, at, cores, container = 'main', seenAt = at + 80_000 } of samples) {
        const event = {
          ...{ Type: 'Container', TaskId: task, ContainerName: container, Timestamp: at },
          ...{ CpuUtilized: cores * 1024, MemoryUtilized: 64 },
        };
        events.push({ timestamp: at, seenAt, message: JSON.stringify(event) });
      }
    },
    failNext: (...more) => void errors.push(...more),
    hang: () => void (hold.isOn = true),
    start: () =>
      createContainerUses({
        ...{ client, checkpoints, clock, ecsCluster: 'pods', telemetry: createMemoryTelemetry() },
        taskIdOf: (task) => ('taskArn' in task ? task.taskArn : task.runtimeId),
      }),
  };
}

/** A task by its id that started then. */
export function usedTask(taskArn: string, startedAt: Instant = T0): UsedTask {
  return { task: { taskArn }, startedAt };
}

/** An error of the SDK. */
export function sdkError(name: string, status = 400): Error {
  return Object.assign(new Error(`${name} it is`), { name, $metadata: { httpStatusCode: status } });
}
