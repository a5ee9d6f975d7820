import { failureOf } from '../../core/failure.ts';
import { isTerminal, type Pod } from '../../core/kubernetes.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ContainerUses } from '../../ports/container-use.ts';
import type { Pods } from '../../ports/pods.ts';
import type { Records } from '../../ports/records.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import { textAnswer, type ApiOutcome, type ApiRequest } from '../exchange.ts';
import { METRICS_TYPE, renderMetrics } from './render-metrics.ts';
import { renderSummary } from './render-summary.ts';
import { runningTask, type RunningTask } from './running-task.ts';
import { summariseNode, type NodeStats } from './summarise-node.ts';

/** What the use of nodes is served from. */
export interface ServeStatsDeps {
  readonly pods: Pick<Pods, 'list'>;
  readonly records: Pick<Records, 'get'>;
  /** Absent: nothing measures the tasks, and nothing has a number. */
  readonly uses?: ContainerUses | undefined;
  readonly clock: Pick<Clock, 'now'>;
  readonly telemetry: Pick<Telemetry, 'warn'>;
}

type Handler = (request: ApiRequest) => Promise<ApiOutcome>;

/**
 * `/stats/summary`, as the kubelet answers it. Of what is there without `only_cpu_and_memory` (disks, networks) nothing is measured, so
 * that both answers are the same.
 */
export function createStatsSummaryHandler(deps: ServeStatsDeps): Handler {
  const readStats = createStatsReader(deps);
  return async ({ node }) => {
    try {
      const body = renderSummary(await readStats(node));
      return { kind: 'answer', status: 200, contentType: 'application/json', body };
    } catch (error) {
      const failure = failureOf(error);
      deps.telemetry.warn('The use of a node cannot be told', { node, failure });
      return textAnswer(500, `Internal Error: ${failure.message}`);
    }
  };
}

/** `/metrics/resource`, as the kubelet answers it: an error is a metric of its own. */
export function createMetricsResourceHandler(deps: ServeStatsDeps): Handler {
  const readStats = createStatsReader(deps);
  return async ({ node }) => {
    const stats = await readStats(node).catch((error: unknown) => {
      deps.telemetry.warn('The use of a node cannot be told', { node, failure: failureOf(error) });
      return undefined;
    });
    return { kind: 'answer', status: 200, contentType: METRICS_TYPE, body: renderMetrics(stats) };
  };
}

function createStatsReader({
  pods,
  records,
  uses,
  clock,
}: ServeStatsDeps): (node: string) => Promise<NodeStats> {
  const startedAt = clock.now();
  return async (node) => {
    const running = await listRunning({ pods, records }, node);
    const tasks = running.flatMap(({ task }) => (task.kind === 'task' ? [task.used] : []));
    const use = (await uses?.read(node, tasks)) ?? { tasks: [] };
    const usesOf = new Map(tasks.map((task, index) => [task, use.tasks[index] ?? []]));
    const measured = running.map(({ pod, task }) => ({
      pod,
      uses: task.kind === 'task' ? (usesOf.get(task.used) ?? []) : [],
    }));
    return summariseNode({ name: node, startedAt }, measured, use);
  };
}

interface RunningPod {
  readonly pod: Pod;
  readonly task: RunningTask;
}

/** The pods of the node that are not over, and the tasks of those of which something runs. */
async function listRunning(
  { pods, records }: Pick<ServeStatsDeps, 'pods' | 'records'>,
  node: string,
): Promise<readonly RunningPod[]> {
  const found: RunningPod[] = [];
  for await (const page of pods.list(node)) {
    const alive = page.pods.filter((pod) => !isTerminal(pod));
    found.push(...(await Promise.all(alive.map((pod) => findTask(records, node, pod)))));
  }
  return found;
}

async function findTask(records: Pick<Records, 'get'>, node: string, pod: Pod): Promise<RunningPod> {
  const task = runningTask(pod);
  if (task.kind !== 'unnamed') return { pod, task };
  return { pod, task: runningTask(pod, await records.get(node, pod.metadata.uid)) };
}
