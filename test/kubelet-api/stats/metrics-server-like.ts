/**
 * What metrics-server makes of `/metrics/resource`, restated from its source (v0.8: `pkg/scraper/client/resource/decode.go`,
 * `pkg/storage/{pod,node,types}.go`): which samples it takes, which it drops, and how it comes to a usage.
 */

/** A point of a node or container. */
export interface Point {
  readonly startMs: number;
  readonly atMs: number;
  readonly cpuNanos: number;
  readonly memory: number;
}

/** One scrape. */
export interface Batch {
  readonly node?: Point;
  /** By `namespace/name`, then by container. */
  readonly pods: ReadonlyMap<string, ReadonlyMap<string, Point>>;
}

/** What it would serve as `metrics.k8s.io`. */
export interface Usage {
  readonly cpuNanos: number;
  readonly memory: number;
  readonly atMs: number;
  readonly windowMs: number;
}

const NO_POINT: Point = { startMs: 0, atMs: 0, cpuNanos: 0, memory: 0 };
/** A container that is younger than this is compared with its own start. */
const FRESH_MS = 10_000;

/** `name{labels} value [milliseconds]`. */
const SERIES = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: (-?\d+))?$/;

/** Decodes a scrape as metrics-server does; times that are not told are those of the scrape. */
export function decodeBatch(text: string, scrapedAt: number): Batch {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the text must end with a line feed');
  let node = NO_POINT;
  const pods = new Map<string, Map<string, Point>>();
  for (const line of text.split('\n').filter((one) => one !== '' && !one.startsWith('#'))) {
    const { name, labels, value, atMs } = readSeries(line, scrapedAt);
    const change = changeOf(name, value, atMs);
    if (change === undefined) continue;
    if (name.startsWith('node_')) {
      node = { ...node, ...change };
      continue;
    }
    const label = (of: string): string => new RegExp(`${of}="([^"]*)"`).exec(labels)?.[1] ?? '';
    const pod = `${label('namespace')}/${label('pod')}`;
    const containers = pods.get(pod) ?? new Map<string, Point>();
    pods.set(pod, containers);
    containers.set(label('container'), { ...(containers.get(label('container')) ?? NO_POINT), ...change });
  }
  const complete = [...pods].filter(([, containers]) => [...containers.values()].every(isComplete));
  return { pods: new Map(complete), ...(isComplete(node) && node.atMs !== 0 && { node }) };
}

function changeOf(name: string, value: number, atMs: number): Partial<Point> | undefined {
  if (/^(node|container)_cpu_usage_seconds_total$/.test(name))
    return { cpuNanos: Math.trunc(value * 1e9), atMs };
  if (/^(node|container)_memory_working_set_bytes$/.test(name)) return { memory: Math.trunc(value), atMs };
  return name === 'container_start_time_seconds' ? { startMs: value * 1e3 } : undefined;
}

/** A line that is no comment. Throws where the parser of Prometheus would. */
function readSeries(line: string, scrapedAt: number) {
  const [, name, labels = '', digits = '', time] = SERIES.exec(line) ?? [];
  if (name === undefined || Number.isNaN(Number(digits))) throw new Error(`cannot be parsed: ${line}`);
  return { name, labels, value: Number(digits), atMs: time === undefined ? scrapedAt : Number(time) };
}

/** "drop metrics when CumulativeCpuUsed or MemoryUsage is zero": of a pod all containers go with the one. */
function isComplete({ cpuNanos, memory }: Point): boolean {
  return cpuNanos !== 0 && memory !== 0;
}

/** Its memory of the last two points of everything. */
export interface MetricsServerLike {
  scrape(text: string, at: number): void;
  nodeUsage(): Usage | undefined;
  /** By container; `undefined`: it has no metrics of the pod. */
  podUsage(pod: string): ReadonlyMap<string, Usage> | undefined;
  readonly pods: readonly string[];
}

/** One of `--metric-resolution`, which is 15 s in its manifests. */
export function createMetricsServerLike(resolutionMs = 15_000): MetricsServerLike {
  let last: Batch = { pods: new Map() };
  let previous: Batch = { pods: new Map() };
  return {
    scrape: (text, at) => {
      const batch = decodeBatch(text, at);
      const pods = [...batch.pods].map(([pod, containers]) => {
        const before = [...containers].flatMap(([name, point]) => {
          const older = previousOf(point, last.pods.get(pod)?.get(name), {
            ...{ stored: previous.pods.get(pod)?.get(name), resolutionMs },
          });
          return older === undefined ? [] : [[name, older] as const];
        });
        return [pod, new Map(before)] as const;
      });
      const older = batch.node && previousOfNode(batch.node, last.node, previous.node);
      previous = { pods: new Map(pods.filter(([, { size }]) => size > 0)), ...(older && { node: older }) };
      last = batch;
    },
    nodeUsage: () => usageOf(last.node, previous.node),
    podUsage: (pod) => {
      const [points, older] = [last.pods.get(pod), previous.pods.get(pod)];
      if (points === undefined || older === undefined) return undefined;
      const usages = [...points].flatMap(([name, point]) => {
        const usage = usageOf(point, older.get(name));
        return usage === undefined ? [] : [[name, usage] as const];
      });
      return new Map(usages);
    },
    get pods() {
      return [...last.pods.keys()];
    },
  };
}

function previousOf(
  point: Point,
  last: Point | undefined,
  { stored, resolutionMs }: { readonly stored: Point | undefined; readonly resolutionMs: number },
): Point | undefined {
  const age = point.atMs - point.startMs;
  if (age > 0 && age < resolutionMs && age >= FRESH_MS) return { ...point, atMs: point.startMs, cpuNanos: 0 };
  if (last === undefined || point.startMs >= last.atMs) return undefined;
  if (point.atMs > last.atMs) return last;
  return stored !== undefined && stored.atMs < point.atMs ? stored : undefined;
}

function previousOfNode(point: Point, last?: Point, stored?: Point): Point | undefined {
  if (last === undefined) return undefined;
  if (point.atMs > last.atMs) return last;
  return stored !== undefined && stored.atMs < point.atMs ? stored : undefined;
}

/** "unexpected decrease" of the start or of the counter: no usage. */
function usageOf(last?: Point, previous?: Point): Usage | undefined {
  if (last === undefined || previous === undefined) return undefined;
  if (last.startMs < previous.startMs || last.cpuNanos < previous.cpuNanos) return undefined;
  const windowMs = last.atMs - previous.atMs;
  const cpuNanos = Math.trunc(((last.cpuNanos - previous.cpuNanos) * 1e3) / windowMs);
  return { cpuNanos, memory: last.memory, atMs: last.atMs, windowMs };
}
