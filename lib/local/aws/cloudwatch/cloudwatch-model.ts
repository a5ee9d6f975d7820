import * as z from 'zod';
import type { Instant } from '../../../core/kubernetes.ts';
import { AwsError, epochSeconds, unknownOperation } from '../aws-model.ts';
import type { AwsModel } from '../aws-model.ts';
import type { VcpuUse } from '../ecs/measure-use.ts';
import { parseInput } from '../parse-input.ts';
import { FaultPlan } from '../plan-faults.ts';

/** The emulated CloudWatch, as far as metrics are read. */
export interface CloudWatchModel extends AwsModel {
  /** The next call of an operation fails. */
  failNext(operation: string, error: AwsError): void;
  /** How many calls of an operation arrived, also those that failed. */
  callCount(operation: string): number;
}

/** What the model measures. */
export interface CloudWatchOptions {
  /** What the tasks of the account used at any time of a span. */
  readonly use: (from: Instant, to: Instant) => VcpuUse;
}

const MINUTE = 60_000;
/** A minute is published when it has been over for two. */
const LATE_MS = 2 * MINUTE;
const MOST_POINTS = 1_440;
const STATISTICS = ['Average', 'Maximum', 'Minimum', 'SampleCount', 'Sum'] as const;

const schema = z.object({
  Namespace: z.string(),
  MetricName: z.string(),
  Dimensions: z.array(z.object({ Name: z.string(), Value: z.string() })).default([]),
  StartTime: z.number(),
  EndTime: z.number(),
  Period: z.int(),
  Statistics: z.array(z.enum(STATISTICS)).default([]),
});
type Query = z.infer<typeof schema>;

/**
 * CloudWatch as a pure model: GetMetricStatistics of Fargate's usage metrics, a value a minute, two minutes late. A minute in which nothing
 * ran has none, which is the worst that AWS leaves open. Every other metric is one that nobody published.
 */
export function createCloudWatchModel({ use }: CloudWatchOptions): CloudWatchModel {
  const faults = new FaultPlan();
  const calls = new Map<string, number>();
  return {
    failNext: (operation, error) => faults.failNext(operation, error),
    callCount: (operation) => calls.get(operation) ?? 0,
    handle: (name, input, now) => {
      calls.set(name, (calls.get(name) ?? 0) + 1);
      if (name !== 'GetMetricStatistics') throw unknownOperation(name);
      return faults.around(name, () => getMetricStatistics(parseInput(schema, input), use, now));
    },
    advance: () => undefined,
    nextDue: () => undefined,
  };
}

function getMetricStatistics(query: Query, use: CloudWatchOptions['use'], now: Instant): unknown {
  demandSound(query);
  const { MetricName: Label, StartTime, EndTime, Period, Statistics } = query;
  const read = readerOf(query);
  if (read === undefined) return { Label, Datapoints: [] };
  const periodMs = Period * 1000;
  const Datapoints: unknown[] = [];
  // CloudWatch rounds the start down to the period.
  for (let from = floor(StartTime * 1000, periodMs); from < EndTime * 1000; from += periodMs) {
    const values = minutesOf(from, from + periodMs)
      .filter((minute) => minute + MINUTE + LATE_MS <= now)
      .map((minute) => read(use(minute, minute + MINUTE)))
      .filter((value) => value > 0);
    if (values.length > 0)
      Datapoints.push({ Timestamp: epochSeconds(from), Unit: 'None', ...summary(values, Statistics) });
  }
  // In no order, as CloudWatch says; the oldest is surely not the first.
  return { Label, Datapoints: [...Datapoints.slice(1), ...Datapoints.slice(0, 1)] };
}

function demandSound({ StartTime, EndTime, Period, Statistics }: Query): void {
  if (Period < 60 || Period % 60 !== 0)
    throw new AwsError('InvalidParameterValueException', 'The parameter Period must be a multiple of 60');
  if (StartTime >= EndTime)
    throw new AwsError(
      'InvalidParameterValueException',
      'The parameter StartTime must be less than the parameter EndTime.',
    );
  if (Statistics.length === 0)
    throw new AwsError(
      'InvalidParameterCombinationException',
      'At least one of the parameters Statistics and ExtendedStatistics must be specified.',
    );
  const points = Math.ceil((EndTime - StartTime) / Period);
  if (points > MOST_POINTS)
    throw new AwsError(
      'InvalidParameterCombinationException',
      `You have requested up to ${points} datapoints, which exceeds the limit of ${MOST_POINTS}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
    );
}

/** What of the use the metric is; dimensions are matched exactly, as CloudWatch does. */
function readerOf({ Namespace, MetricName, Dimensions }: Query): ((use: VcpuUse) => number) | undefined {
  const by: Readonly<Record<string, string>> = Object.fromEntries(
    Dimensions.map(({ Name, Value }) => [Name, Value]),
  );
  const isUsage =
    Namespace === 'AWS/Usage' &&
    MetricName === 'ResourceCount' &&
    Dimensions.length === 4 &&
    by['Service'] === 'Fargate' &&
    by['Type'] === 'Resource' &&
    by['Resource'] === 'vCPU';
  if (!isUsage) return undefined;
  if (by['Class'] === 'Standard/OnDemand') return (use) => use.onDemand;
  return by['Class'] === 'Standard/Spot' ? (use) => use.spot : undefined;
}

function minutesOf(from: Instant, to: Instant): readonly Instant[] {
  return Array.from({ length: (to - from) / MINUTE }, (_, nth) => from + nth * MINUTE);
}

function summary(
  values: readonly number[],
  statistics: Query['Statistics'],
): Readonly<Record<string, number>> {
  const Sum = values.reduce((sum, value) => sum + value, 0);
  const all = {
    Sum,
    SampleCount: values.length,
    Average: Sum / values.length,
    Maximum: Math.max(...values),
    Minimum: Math.min(...values),
  };
  return Object.fromEntries(statistics.map((name) => [name, all[name]]));
}

function floor(at: Instant, stepMs: number): Instant {
  return Math.floor(at / stepMs) * stepMs;
}
