import type { PodNotice } from '../../../events/pod-notice.ts';
import { alignColumns } from './format-table.ts';

const UNKNOWN = '-';

/**
 * Where the time of each pod's first attempt went, from what the functions published about it: bound to a node, RunTask
 * answered, RUNNING at ECS, Running in the cluster. A pod's binding is known in whole seconds only.
 */
export function tellTimes(notices: readonly PodNotice[], names: readonly string[]): readonly string[] {
  const rows = names.map((name) => {
    const own = notices.filter(({ pod }) => pod.name === name);
    const latencies: PodNotice['latenciesMs'] = {
      ...own.find(({ kind }) => kind === 'launched')?.latenciesMs,
      ...own.find(({ kind }) => kind === 'running')?.latenciesMs,
    };
    const { boundToLaunched, launchedToRunning, runningToPatched } = latencies;
    return [name, exact(boundToLaunched), exact(launchedToRunning), exact(runningToPatched)];
  });
  return alignColumns([
    ['POD', 'BOUND -> TASK (+-1 s)', 'TASK -> RUNNING', 'RUNNING -> STATUS PATCHED'],
    ...rows,
  ]);
}

function exact(ms: number | undefined): string {
  return ms === undefined ? UNKNOWN : `${ms} ms`;
}
