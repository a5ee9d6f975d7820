/** Names of every metric that the product emits: the dashboard and its test read this list. */
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
] as const;
export type MetricName = (typeof METRICS)[number];
