import { Metrics } from '@aws-lambda-powertools/metrics';
import { METRIC_NAMESPACE, METRICS, type Measurement } from '../../core/metrics.ts';
import type { Fields, Telemetry } from '../../ports/telemetry.ts';

/**
 * Metrics as EMF lines on stdout. A line has one set of dimension values, so that each node and the cluster have a buffer each; a
 * flush writes one line for each buffer that has values. A metric keeps all its values; a hundredth, the most that EMF takes in a
 * line, writes the line early.
 */
export function emitMetrics(
  cluster: string,
  onRefused: (error: unknown, fields: Fields) => void,
): Pick<Telemetry, 'count' | 'flush'> {
  const buffers = new Map<string | undefined, Metrics>();
  const bufferOf = (node: string | undefined): Metrics => {
    const known = buffers.get(node);
    if (known !== undefined) return known;
    const made = new Metrics({ namespace: METRIC_NAMESPACE });
    // The library adds a `service` dimension of its own, which would hide the metric from a query by ours alone.
    made.clearDefaultDimensions();
    made.setDefaultDimensions({ cluster, ...(node !== undefined && { node }) });
    buffers.set(node, made);
    return made;
  };
  const count = (...[name, value, node]: Measurement): void => {
    try {
      // The library takes NaN and writes it as null, for which CloudWatch drops the whole line.
      if (!Number.isFinite(value)) throw new RangeError(`${value} is not a finite number`);
      bufferOf(node).addMetric(name, METRICS[name].unit, value);
    } catch (error) {
      onRefused(error, { name, value, node });
    }
  };
  return {
    count,
    flush: () => {
      for (const buffer of buffers.values()) if (buffer.hasStoredMetrics()) buffer.publishStoredMetrics();
    },
  };
}
