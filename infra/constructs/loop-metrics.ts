import type { Duration } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { MetricName } from '../../lib/core/metrics.ts';

/** Where the functions put their metrics. */
export const NAMESPACE = 'Lambdalet';

/** The charts that our own metrics share, in the order of the dashboard. */
export const CHARTS = ['Heartbeat', 'Pods', 'From bind to status', 'Launches', 'Trouble'] as const;

interface Drawn {
  readonly chart: (typeof CHARTS)[number];
  readonly statistics: readonly string[];
  readonly label: string;
}

/** How each metric is drawn. Exhaustive by construction: a new metric does not compile without a row. */
export const DRAWN: Readonly<Record<MetricName, Drawn>> = {
  HeartbeatAge: {
    chart: 'Heartbeat',
    statistics: [Stats.MAXIMUM],
    label: 'age of the lease when it is renewed (s)',
  },
  TakeOvers: { chart: 'Heartbeat', statistics: [Stats.SUM], label: 'take-overs of the slot' },
  PodsSeen: { chart: 'Pods', statistics: [Stats.MAXIMUM], label: 'pods' },
  PassDuration: { chart: 'Pods', statistics: [Stats.p(50), Stats.p(99)], label: 'pass (ms)' },
  BindToLaunch: {
    chart: 'From bind to status',
    statistics: [Stats.p(50), Stats.p(99)],
    label: 'bind to RunTask (ms)',
  },
  LaunchToRunning: {
    chart: 'From bind to status',
    statistics: [Stats.p(50), Stats.p(99)],
    label: 'RunTask to Running (ms)',
  },
  EventToPatch: {
    chart: 'From bind to status',
    statistics: [Stats.p(50), Stats.p(99)],
    label: 'event to patch (ms)',
  },
  Launches: { chart: 'Launches', statistics: [Stats.SUM], label: 'tasks started' },
  LaunchFailures: { chart: 'Launches', statistics: [Stats.SUM], label: 'launches refused' },
  LaunchThrottles: { chart: 'Launches', statistics: [Stats.SUM], label: 'launches throttled' },
  FoldLimitReached: { chart: 'Trouble', statistics: [Stats.SUM], label: 'pods that did not settle' },
  BreakerHolds: { chart: 'Trouble', statistics: [Stats.MAXIMUM], label: 'breaker holds' },
  TasksLost: { chart: 'Trouble', statistics: [Stats.SUM], label: 'tasks lost' },
  OrphansStopped: { chart: 'Trouble', statistics: [Stats.SUM], label: 'tasks stopped for having no pod' },
  IdentityMismatch: { chart: 'Trouble', statistics: [Stats.SUM], label: 'looks at another cluster' },
};

/** One of our metrics for one node. */
export function nodeMetric(
  name: MetricName,
  node: string,
  how: { readonly statistic: string; readonly period: Duration; readonly label?: string },
): Metric {
  return new Metric({
    namespace: NAMESPACE,
    metricName: name,
    dimensionsMap: { node },
    statistic: how.statistic,
    period: how.period,
    ...(how.label === undefined ? {} : { label: how.label }),
  });
}
