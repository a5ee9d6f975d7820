import type { MetricName } from '../../../lib/core/metrics.ts';
import type { Fields, Telemetry } from '../../../lib/ports/telemetry.ts';

/** What the loop said of itself. */
export interface BenchTelemetry extends Telemetry {
  sum(metric: MetricName): number;
  /** How often each warning and error was logged, by message. */
  readonly complaints: ReadonlyMap<string, { count: number; readonly first: Fields }>;
}

/** Keeps sums, not lines: an hour of a large node logs more than memory holds. */
export function createBenchTelemetry(): BenchTelemetry {
  const sums = new Map<string, number>();
  const complaints = new Map<string, { count: number; readonly first: Fields }>();
  const complain = (message: string, fields: Fields = {}): void => {
    const known = complaints.get(message) ?? { count: 0, first: fields };
    known.count += 1;
    complaints.set(message, known);
  };
  return {
    complaints,
    sum: (metric) => sums.get(metric) ?? 0,
    debug: () => undefined,
    info: () => undefined,
    warn: complain,
    error: complain,
    trouble: (_, message, fields) => complain(message, fields),
    count: (...[name, value]) => void sums.set(name, (sums.get(name) ?? 0) + value),
    flush: () => undefined,
  };
}
