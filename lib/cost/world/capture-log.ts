/** What the functions write to CloudWatch Logs. */
export interface LogVolume {
  readonly lines: number;
  readonly bytes: number;
  /** Each custom metric, as CloudWatch counts them: name and dimensions. */
  readonly metrics: readonly string[];
}

/** The log of this process while it plays the functions. */
export interface LogCapture {
  read(): LogVolume;
  /** Counts from zero again. */
  reset(): void;
  /** Gives the standard output back. */
  stop(): void;
}

type Write = typeof process.stdout.write;

/** Takes over standard output and error, where the functions log, until it is stopped; the lines are counted and dropped. */
export function captureLog(): LogCapture {
  let lines: string[] = [];
  const streams = [process.stdout, process.stderr];
  const originals = streams.map((stream): Write => stream.write.bind(stream));
  const write = ((chunk: string | Uint8Array): boolean => {
    lines.push(
      ...String(chunk)
        .split('\n')
        .filter((line) => line !== ''),
    );
    return true;
  }) as Write;
  for (const stream of streams) stream.write = write;
  return {
    read: () => volumeOf(lines),
    reset: () => {
      lines = [];
    },
    stop: () => {
      streams.forEach((stream, nth) => {
        const original = originals[nth];
        if (original !== undefined) stream.write = original;
      });
    },
  };
}

function volumeOf(lines: readonly string[]): LogVolume {
  const metrics = new Set<string>();
  let bytes = 0;
  for (const line of lines) {
    bytes += Buffer.byteLength(line);
    for (const metric of metricsIn(parse(line))) metrics.add(metric);
  }
  return { lines: lines.length, bytes, metrics: [...metrics].sort() };
}

function parse(line: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(line)) as Record<string, unknown>;
  } catch {
    return {};
  }
}

interface EmbeddedMetrics {
  readonly CloudWatchMetrics: readonly {
    readonly Dimensions: readonly (readonly string[])[];
    readonly Metrics: readonly { readonly Name: string }[];
  }[];
}

/** CloudWatch makes a metric of each name with each set of dimension values (embedded metric format specification). */
function metricsIn(line: Record<string, unknown>): readonly string[] {
  if (!('_aws' in line)) return [];
  const { CloudWatchMetrics } = line['_aws'] as EmbeddedMetrics;
  return CloudWatchMetrics.flatMap(({ Dimensions, Metrics }) =>
    Metrics.flatMap(({ Name }) =>
      Dimensions.map((names) => `${Name}{${names.map((name) => `${name}=${String(line[name])}`).join(',')}}`),
    ),
  );
}
