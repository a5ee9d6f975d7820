/**
 * Names of every metric that the product emits: the dashboard and its test read this list. At most 15, because CloudWatch bills
 * each of them for each node; what is worth no alarm and no chart is a line of the log.
 */
export const METRICS = [
  'HeartbeatAge',
  'TakeOvers',
  'PodsSeen',
  'BindToLaunch',
  'LaunchToRunning',
  'EventToPatch',
  'Launches',
  'LaunchFailures',
  'LaunchThrottles',
  'PassDuration',
  'FoldLimitReached',
  'IdentityMismatch',
  /** 1 with every sweep while the breaker of the node holds. */
  'BreakerHolds',
  'TasksLost',
  'OrphansStopped',
] as const;
export type MetricName = (typeof METRICS)[number];
