import type { Instant } from '../../core/kubernetes.ts';

/** Values of one metric that came in one line. */
export interface Sample {
  readonly at: Instant;
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly values: readonly number[];
}

interface EmfLine {
  readonly _aws: {
    readonly Timestamp: Instant;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
  readonly [key: string]: unknown;
}

/**
 * The metrics in a line of a function's log, as CloudWatch takes them from it; none in any other line.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function readEmf(text: string): readonly Sample[] {
  const line = parseLine(text);
  if (line === undefined) return [];
  return line._aws.CloudWatchMetrics.flatMap(({ Namespace: namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) => {
      const dimensions = Object.fromEntries(names.map((name) => [name, String(line[name])]));
      return Metrics.map(({ Name: metric }) => ({
        ...{ at: line._aws.Timestamp, namespace, metric, dimensions },
        values: [line[metric]].flat() as number[],
      }));
    }),
  );
}

function parseLine(text: string): EmfLine | undefined {
  // Most lines are no metrics: they need not be read whole.
  if (!text.includes('"CloudWatchMetrics"')) return undefined;
  try {
    return JSON.parse(text) as EmfLine;
  } catch {
    return undefined;
  }
}
