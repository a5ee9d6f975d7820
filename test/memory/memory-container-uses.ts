import { FailureError, type Failure } from '../../lib/core/failure.ts';
import type { ContainerUse, ContainerUses, NodeUse } from '../../lib/ports/container-use.ts';
import type { TaskName } from '../../lib/ports/provider.ts';

/** Uses that are told. */
export interface MemoryContainerUses extends ContainerUses {
  /** A measurement of a container of a task; its CPU is added to what it used before. */
  measure(taskId: string, of: Omit<ContainerUse, 'cpuSeconds'> & { readonly seconds: number }): void;
  /** From now on nothing can be said of any task; `undefined`: it can again. */
  fail(failure: Failure | undefined): void;
}

/** Nothing was measured at first. Obeys the contract suite `containerUsesContract`. */
export function createMemoryContainerUses(): MemoryContainerUses {
  const uses = new Map<string, Map<string, ContainerUse>>();
  const nodes = new Map<string, Set<string>>();
  let fault: Failure | undefined;
  const nodeOf = (node: string): NodeUse['node'] => {
    const all = [...(nodes.get(node) ?? [])].flatMap((id) => [...(uses.get(id)?.values() ?? [])]);
    if (all.length === 0) return undefined;
    const cpuSeconds = all.reduce((sum, one) => sum + one.cpuSeconds, 0);
    return { at: Math.max(...all.map(({ at }) => at)), cpuSeconds };
  };
  return {
    measure: (taskId, { seconds, ...use }) => {
      const task = uses.get(taskId) ?? new Map<string, ContainerUse>();
      uses.set(taskId, task);
      const before = task.get(use.container)?.cpuSeconds ?? 0;
      task.set(use.container, { ...use, cpuSeconds: before + seconds });
    },
    fail: (failure) => void (fault = failure),
    read: (name, tasks) =>
      Promise.resolve().then(() => {
        if (fault !== undefined) throw new FailureError(fault);
        const known = nodes.get(name) ?? new Set();
        nodes.set(name, known);
        for (const { task } of tasks) known.add(idOf(task));
        const node = nodeOf(name);
        const found = tasks.map(({ task }) => [...(uses.get(idOf(task))?.values() ?? [])]);
        return { tasks: found, ...(node !== undefined && { node }) };
      }),
  };
}

function idOf(task: TaskName): string {
  return 'taskArn' in task ? task.taskArn.replace(/^.*\//, '') : task.runtimeId.replace(/-\d+$/, '');
}
