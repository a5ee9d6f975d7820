import type { MetricName } from '../../lib/core/metrics.ts';
import type { FunctionName } from '../names.ts';

/** A statistic of CloudWatch over one period. */
export type Statistic = 'Maximum' | 'Sum' | 'SampleCount' | 'p50' | 'p99';

/** What is common to all lines of a chart. */
interface Drawn {
  readonly statistic: Statistic;
  /** For the legend; the name of the node or the function comes before it where there are several. */
  readonly label: string;
  /** Default 1. A metric that comes less often than its period has gaps. */
  readonly periodMinutes?: number;
}

/** A metric of ours: one line for each node, or one for the cluster, as its scope says. */
export interface OwnLine extends Drawn {
  readonly of: 'lambdalet';
  readonly metric: MetricName;
}

/** A metric of Lambda: one line for each of the functions. */
export interface FunctionLine extends Drawn {
  readonly of: 'functions';
  readonly metric: 'Errors' | 'Throttles' | 'Duration';
  readonly functions: readonly FunctionName[];
}

/** A metric of the queue of task events, or of its dead letters. */
export interface QueueLine extends Drawn {
  readonly of: 'queue';
  readonly queue: 'taskEvents' | 'deadLetters';
  readonly metric:
    | 'ApproximateAgeOfOldestMessage'
    | 'ApproximateNumberOfMessagesVisible'
    | 'ApproximateNumberOfMessagesNotVisible';
}

/**
 * vCPU on Fargate of the whole account in the Region, and the quota that they count against (`quota`). AWS publishes the usage and
 * the metric math function SERVICE_QUOTA gives the quota: neither is billed as a custom metric.
 */
export interface UsageLine extends Drawn {
  readonly of: 'usage';
  readonly class: 'Standard/OnDemand' | 'Standard/Spot';
  readonly quota: boolean;
}

export type Line = OwnLine | FunctionLine | QueueLine | UsageLine;

/** What the values of a chart are; each has its word on the axes. */
export type ChartUnit = 'count' | 'milliseconds' | 'seconds' | 'vCPU' | 'USD an hour';

/** Curves over time. */
export interface Chart {
  readonly kind: 'chart';
  readonly title: string;
  /** What a person should make of it. */
  readonly about: string;
  readonly unit: ChartUnit;
  /** Of 24. */
  readonly width: number;
  readonly lines: readonly Line[];
  /** Values that mean something, drawn as horizontal lines. */
  readonly limits?: readonly { readonly value: number; readonly label: string }[];
}

/** The answer of a query over the logs of functions, as a table. Logs Insights bills what it scans, when someone looks. */
export interface LogTable {
  readonly kind: 'log';
  readonly title: string;
  readonly about: string;
  readonly width: number;
  readonly functions: readonly FunctionName[];
  /** The commands of the query, joined by pipes. */
  readonly query: readonly string[];
}

/** A part of the dashboard that answers one question. */
export interface Section {
  readonly title: string;
  readonly panels: readonly (Chart | LogTable)[];
}
