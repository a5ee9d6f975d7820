import { LOOP_FUNCTIONS } from './dashboard-rows.ts';
import type { Line } from './row-types.ts';

/** An alarm. A line of several metrics counts their sum. */
export interface AlarmRow {
  /** Also the heading of its paragraph in docs/operations.md. */
  readonly name: string;
  /** How many there are of it. CloudWatch bills an alarm for each metric that it looks at. */
  readonly per: 'node' | 'cluster';
  /** What is so when it rings, in one sentence. */
  readonly means: string;
  /** What users of the cluster notice. */
  readonly users: string;
  readonly line: Exclude<Line, { readonly of: 'usage' }>;
  /** Rings when the value of `periods` periods in a row is above, or below, this. */
  readonly threshold: { readonly above: number } | { readonly below: number };
  readonly periods: number;
  /** `fault`: no value is as bad as a bad one. `rest`: no value means that nothing happens. */
  readonly silence: 'fault' | 'rest';
}

/** The alarms, the worst first: each says that a person is needed. */
export const ALARMS: readonly AlarmRow[] = [
  {
    name: 'Heartbeat age',
    per: 'node',
    means: 'The lease of the node gets older than 25 s, or nothing renews it',
    users:
      'At 40 s the node is NotReady: its pods leave their Services, and five minutes later they are evicted',
    line: { of: 'lambdalet', metric: 'HeartbeatAge', statistic: 'Maximum', label: 'age' },
    threshold: { above: 25 },
    // One outage of 45 s makes one bad minute, and has taken the pods out of their Services.
    periods: 1,
    silence: 'fault',
  },
  {
    name: 'PodSyncStalled',
    per: 'node',
    means: 'No pass over the pods of the node was completed for 15 minutes',
    users: 'Running pods go on; new ones stay Pending, deleted ones stay Terminating',
    // Each pass tells how many pods there are; silence is the fault itself.
    line: {
      ...{ of: 'lambdalet', metric: 'PodsPending', statistic: 'SampleCount', label: 'passes' },
      periodMinutes: 5,
    },
    threshold: { below: 1 },
    periods: 3,
    silence: 'fault',
  },
  {
    name: 'Trouble',
    per: 'cluster',
    means: 'Log lines within a quarter of an hour tell of what does not mend itself',
    users: 'Between nothing and everything: the kind of the trouble says it',
    // A quarter of an hour, because a breaker that holds is told by sweeps, five minutes apart; more than one line, because one alone
    // may be a token that was just replaced, or one lost task that its owner has replaced already. Launches that fail are told each minute.
    line: { of: 'lambdalet', metric: 'Trouble', statistic: 'Sum', label: 'lines', periodMinutes: 15 },
    threshold: { above: 1 },
    periods: 1,
    silence: 'rest',
  },
  {
    name: 'No capacity',
    per: 'node',
    means: 'For half an hour launches have found no Fargate capacity, or a quota used up',
    users: 'Pods stay Pending and say why; what runs goes on',
    // A pod that waits is tried again at least every 15 minutes.
    line: {
      ...{ of: 'lambdalet', metric: 'LaunchesWithoutCapacity', statistic: 'Sum', label: 'launches' },
      periodMinutes: 15,
    },
    threshold: { above: 0 },
    periods: 2,
    silence: 'rest',
  },
  {
    name: 'Event queue age',
    per: 'cluster',
    means: 'A task event has been waiting for more than a minute',
    users: 'kubectl shows what tasks did minutes later than usual',
    line: {
      ...{ of: 'queue', queue: 'taskEvents', metric: 'ApproximateAgeOfOldestMessage' },
      ...{ statistic: 'Maximum', label: 'age' },
    },
    threshold: { above: 60 },
    periods: 3,
    silence: 'rest',
  },
  {
    name: 'Dead letters',
    per: 'cluster',
    means: 'A task event could not be delivered or handled, by the sweeps of twenty minutes either',
    users: 'Nothing: sweeps publish what the events would have said',
    // A sweep takes letters up each five minutes, and hides them for one: only what outlasts that is for a person.
    line: {
      ...{ of: 'queue', queue: 'deadLetters', metric: 'ApproximateNumberOfMessagesVisible' },
      ...{ statistic: 'Maximum', label: 'dead letters', periodMinutes: 5 },
    },
    threshold: { above: 0 },
    periods: 4,
    silence: 'rest',
  },
  {
    name: 'Function errors',
    per: 'cluster',
    means: 'Functions of the control loop crashed or timed out more than once in five minutes',
    users: 'Changes show late; nothing is lost',
    line: {
      ...{ of: 'functions', metric: 'Errors', functions: LOOP_FUNCTIONS },
      ...{ statistic: 'Sum', label: 'errors', periodMinutes: 5 },
    },
    threshold: { above: 1 },
    periods: 1,
    silence: 'rest',
  },
];
