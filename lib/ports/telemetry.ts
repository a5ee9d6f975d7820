import type { MetricName } from '../core/metrics.ts';

/** Key/values of one log line. Never a secret, never request overrides. */
export type Fields = Readonly<Record<string, unknown>>;

export type MetricUnit = 'Count' | 'Milliseconds' | 'Seconds';

/** Structured log and metrics. Messages are constant; what varies goes into the fields. */
export interface Telemetry {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** One metric value of a node. */
  count(name: MetricName, value: number, unit: MetricUnit, node: string): void;
  /** Writes what is buffered: call at the end of an invocation. */
  flush(): void;
}
