import type { Failure } from './failure.ts';

/** The CloudWatch namespace of every metric. */
export const METRIC_NAMESPACE = 'Lambdalet';

interface MetricRow {
  /** `node`: the dimensions are `cluster` and `node`. `cluster`: the only dimension is `cluster`. */
  readonly scope: 'node' | 'cluster';
  /** A unit of CloudWatch. */
  readonly unit: 'Count' | 'Milliseconds' | 'Seconds' | 'None';
}

/**
 * Every metric that the product emits, each with one set of dimensions: 11 for each node and 4 for each cluster, because CloudWatch
 * bills every combination of name and dimensions. Two clusters of one account may have nodes of the same name, so that a node is
 * named by both. What is worth neither a chart nor an alarm is a line of the log.
 */
export const METRICS = {
  /** How old the lease was when it was looked at to be renewed. */
  HeartbeatAge: { scope: 'node', unit: 'Seconds' },
  PodsPending: { scope: 'node', unit: 'Count' },
  PodsRunning: { scope: 'node', unit: 'Count' },
  /** From the binding of a pod (known in whole seconds) to the answer of RunTask, for its first attempt. */
  BindToLaunch: { scope: 'node', unit: 'Milliseconds' },
  /** From the answer of RunTask to RUNNING at the provider. */
  LaunchToRunning: { scope: 'node', unit: 'Milliseconds' },
  /** From the time of a task event to the end of its handling: the pod shows what it says. */
  EventToPatch: { scope: 'node', unit: 'Milliseconds' },
  LaunchThrottles: { scope: 'node', unit: 'Count' },
  /** Launches that found no capacity, or a quota used up. */
  LaunchesWithoutCapacity: { scope: 'node', unit: 'Count' },
  /** Launches that were refused for any other reason: the pod as it is, rights, or something that it refers to is missing. */
  LaunchesRefused: { scope: 'node', unit: 'Count' },
  VcpuInUse: { scope: 'node', unit: 'Count' },
  /** List price of the tasks that run, in USD an hour. */
  CostPerHour: { scope: 'node', unit: 'None' },
  /** How often an invocation of pod-sync took the slot. */
  TakeOvers: { scope: 'cluster', unit: 'Count' },
  /** From a request to the API server to its answer; watches are left out. */
  ApiLatency: { scope: 'cluster', unit: 'Milliseconds' },
  /** Requests to the API server that were answered by 429 or 5xx, or not at all. */
  ApiErrors: { scope: 'cluster', unit: 'Count' },
  /** What needs a person, whatever its kind: see {@link TroubleKind}. */
  Trouble: { scope: 'cluster', unit: 'Count' },
} as const satisfies Record<string, MetricRow>;

export type MetricName = keyof typeof METRICS;
/** The metrics of one scope. */
export type MetricOf<Scope extends MetricRow['scope']> = {
  [Name in MetricName]: (typeof METRICS)[Name]['scope'] extends Scope ? Name : never;
}[MetricName];

/** One value in the unit of its metric: that of a node names the node, that of the cluster names none. */
export type Measurement =
  | readonly [name: MetricOf<'node'>, value: number, node: string]
  | readonly [name: MetricOf<'cluster'>, value: number];

/** What counts as `Trouble`. Each kind has its paragraph among the runbooks of docs/operations.md. */
export const TROUBLE_KINDS = ['auth', 'identity', 'breaker', 'launch', 'lostTask', 'foldLimit'] as const;
export type TroubleKind = (typeof TROUBLE_KINDS)[number];

/** The trouble that a log line tells of without saying so: its failure is of the kind `auth`. */
export function troubleIn({ failure }: { readonly failure?: unknown }): TroubleKind | undefined {
  const { kind } = (failure ?? {}) as Partial<Failure>;
  return kind === 'auth' ? 'auth' : undefined;
}
