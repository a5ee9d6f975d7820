import { failureOf } from '../../core/failure.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ContainerUses } from '../../ports/container-use.ts';
import type { Pods } from '../../ports/pods.ts';
import type { Records } from '../../ports/records.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import { textAnswer, type ApiOutcome, type ApiRequest } from '../exchange.ts';
import { createRunningLister } from './list-running.ts';
import { METRICS_TYPE, renderMetrics } from './render-metrics.ts';
import { renderSummary } from './render-summary.ts';
import { summariseNode, type NodeStats } from './summarise-node.ts';

/** What the use of nodes is served from. */
export interface ServeStatsDeps {
  readonly pods: Pick<Pods, 'list'>;
  readonly records: Pick<Records, 'getMany'>;
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
  const listRunning = createRunningLister({ pods, records });
  return async (node) => {
    const running = await listRunning(node);
    const tasks = running.flatMap(({ used }) => used ?? []);
    const use = (await uses?.read(node, tasks)) ?? { tasks: [] };
    const usesOf = new Map(tasks.map((task, index) => [task, use.tasks[index] ?? []]));
    const measured = running.map(({ pod, used }) => ({
      pod,
      uses: used === undefined ? [] : (usesOf.get(used) ?? []),
    }));
    return summariseNode({ name: node, startedAt }, measured, use);
  };
}
