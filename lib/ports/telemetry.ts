import type { Measurement, TroubleKind } from '../core/metrics.ts';

/** Key/values of one log line. Never a secret, never request overrides. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * Structured log and metrics. Messages are constant; what varies goes into the fields. A line whose field `failure` is of the kind
 * `auth` tells of trouble, whoever writes it at whatever level.
 */
export interface Telemetry {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** An error that needs a person: counted as `Trouble`, its line has the kind in the field `trouble`. */
  trouble(kind: TroubleKind, message: string, fields?: Fields): void;
  /** One value of a metric. */
  count(...measurement: Measurement): void;
  /** Writes what is buffered: call at the end of an invocation. */
  flush(): void;
}
