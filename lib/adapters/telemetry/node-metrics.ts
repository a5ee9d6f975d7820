import { Metrics } from '@aws-lambda-powertools/metrics';
import type { Fields, Telemetry } from '../../ports/telemetry.ts';

/** The CloudWatch namespace of every metric; the dashboard reads it too. */
export const METRIC_NAMESPACE = 'Lambdalet';

/**
 * Metrics with the single dimension `node`. EMF has one set of dimension values a line, so that each node has its own buffer;
 * a flush writes one line for each node that has values (and a hundredth value of one metric writes the node's line early).
 */
export function createNodeMetrics(
  onRefused: (error: unknown, fields: Fields) => void,
): Pick<Telemetry, 'count' | 'flush'> {
  const buffers = new Map<string, Metrics>();
  const bufferOf = (node: string): Metrics => {
    const known = buffers.get(node);
    if (known !== undefined) return known;
    const made = new Metrics({ namespace: METRIC_NAMESPACE });
    // The library adds a `service` dimension of its own, which would hide the metric from a query by node alone.
    made.clearDefaultDimensions();
    made.setDefaultDimensions({ node });
    buffers.set(node, made);
    return made;
  };
  return {
    count: (name, value, unit, node) => {
      try {
        // The library takes NaN and writes it as null, for which CloudWatch drops the whole line.
        if (!Number.isFinite(value)) throw new RangeError(`${value} is not a finite number`);
        bufferOf(node).addMetric(name, unit, value);
      } catch (error) {
        onRefused(error, { name, value, unit, node });
      }
    },
    flush: () => {
      for (const buffer of buffers.values()) if (buffer.hasStoredMetrics()) buffer.publishStoredMetrics();
    },
  };
}
