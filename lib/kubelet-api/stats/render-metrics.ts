import type { Instant } from '../../core/kubernetes.ts';
import type { NodeStats } from './summarise-node.ts';

/** Prometheus text, version 0.0.4. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

type Labels = readonly (readonly [name: string, value: string])[];

interface Sample {
  readonly labels: Labels;
  readonly value: number;
  readonly at?: Instant;
}

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly samples: readonly Sample[];
}

const ERROR_HELP = '[STABLE] 1 if there was an error while getting container metrics, 0 otherwise';

/**
 * The resource metrics of the kubelet (`pkg/kubelet/metrics/collectors/resource_metrics.go`, Kubernetes 1.36), with its names, help,
 * order of labels and times; `scrape_error`, which 1.29 deprecated, is hidden there. `undefined`: they could not be got, which alone is
 * told then.
 */
export function renderMetrics(node: NodeStats | undefined): string {
  const families =
    node === undefined ? [] : [...containerFamilies(node), ...podFamilies(node), ...nodeFamilies(node)];
  const error = [{ labels: [], value: node === undefined ? 1 : 0 }];
  return [...families, gauge('resource_scrape_error', ERROR_HELP, error)]
    .filter(({ samples }) => samples.length > 0)
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map(renderFamily)
    .join('');
}

function containerFamilies({ pods }: NodeStats): readonly Family[] {
  const containers = pods.flatMap(({ name, namespace, containers: all }) =>
    all.map((stats) => ({ stats, labels: labelsOf({ container: stats.name, pod: name, namespace }) })),
  );
  return [
    counter(
      'container_cpu_usage_seconds_total',
      'Cumulative cpu time consumed by the container in core-seconds',
      containers.flatMap(({ stats: { cpu }, labels }) =>
        cpu === undefined ? [] : [{ labels, value: cpu.seconds, at: cpu.at }],
      ),
    ),
    gauge(
      'container_memory_working_set_bytes',
      '[STABLE] Current working set of the container in bytes',
      containers.flatMap(({ stats: { memory }, labels }) =>
        memory === undefined ? [] : [{ labels, value: memory.workingSetBytes, at: memory.at }],
      ),
    ),
    gauge(
      'container_start_time_seconds',
      '[STABLE] Start time of the container since unix epoch in seconds',
      // Alone it would be a container without CPU to metrics-server, which drops the whole pod for that.
      containers.flatMap(({ stats: { startedAt, cpu }, labels }) =>
        startedAt === undefined || cpu === undefined ? [] : [{ labels, value: startedAt / 1000 }],
      ),
    ),
  ];
}

function podFamilies({ pods }: NodeStats): readonly Family[] {
  const all = pods.map((stats) => ({
    stats,
    // The acceptance suite of virtual-kubelet knows the pod by the second label, also here.
    labels: labelsOf({ namespace: stats.namespace, pod: stats.name }),
  }));
  return [
    counter(
      'pod_cpu_usage_seconds_total',
      'Cumulative cpu time consumed by the pod in core-seconds',
      all.flatMap(({ stats: { cpu }, labels }) =>
        cpu === undefined ? [] : [{ labels, value: cpu.seconds, at: cpu.at }],
      ),
    ),
    gauge(
      'pod_memory_working_set_bytes',
      '[STABLE] Current working set of the pod in bytes',
      all.flatMap(({ stats: { memory }, labels }) =>
        memory === undefined ? [] : [{ labels, value: memory.workingSetBytes, at: memory.at }],
      ),
    ),
  ];
}

function nodeFamilies({ cpu, memory }: NodeStats): readonly Family[] {
  return [
    counter(
      'node_cpu_usage_seconds_total',
      'Cumulative cpu time consumed by the node in core-seconds',
      cpu === undefined ? [] : [{ labels: [], value: cpu.seconds, at: cpu.at }],
    ),
    gauge(
      'node_memory_working_set_bytes',
      '[STABLE] Current working set of the node in bytes',
      memory === undefined ? [] : [{ labels: [], value: memory.workingSetBytes, at: memory.at }],
    ),
  ];
}

function counter(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, help: `[STABLE] ${help}`, type: 'counter', samples };
}

function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, help, type: 'gauge', samples };
}

function labelsOf(labels: Readonly<Record<string, string>>): Labels {
  return Object.entries(labels);
}

function renderFamily({ name, help, type, samples }: Family): string {
  const lines = samples.map(({ labels, value, at }) => {
    const time = at === undefined ? '' : ` ${Math.round(at)}`;
    return `${name}${renderLabels(labels)} ${value}${time}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function renderLabels(labels: Labels): string {
  if (labels.length === 0) return '';
  return `{${labels.map(([name, value]) => `${name}="${escapeLabel(value)}"`).join(',')}}`;
}

/** "label_value can be any sequence of UTF-8 characters, but the backslash, double-quote, and line feed characters have to be escaped." */
function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
