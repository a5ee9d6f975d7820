import { FailureError, type Failure } from '../../lib/core/failure.ts';
import type { Instant } from '../../lib/core/kubernetes.ts';
import type { NodeCheckpoint, TaskCheckpoint, UseCheckpoints } from '../../lib/ports/use-checkpoints.ts';

/** Checkpoints in memory. */
export interface MemoryUseCheckpoints extends UseCheckpoints {
  /** How many writes there were. */
  readonly writes: number;
  /** The next call fails. */
  failNext(failure: Failure): void;
  /** Every call fails from the one after so many writes on, as if whoever writes were cut off; `undefined`: none. */
  cutAfter(writes: number | undefined): void;
}

/** Nothing was counted at first. Obeys the contract suite `useCheckpointsContract`. */
export function createMemoryUseCheckpoints(): MemoryUseCheckpoints {
  const tasks = new Map<string, TaskCheckpoint & { readonly expiresAt: Instant }>();
  const nodes = new Map<string, NodeCheckpoint>();
  let through: Instant | undefined;
  let writes = 0;
  let most: number | undefined;
  let fault: Failure | undefined;
  const check = (): void => {
    const failure = fault ?? (most !== undefined && writes >= most ? CUT_OFF : undefined);
    fault = undefined;
    if (failure !== undefined) throw new FailureError(failure);
  };
  const write = (work: () => void): Promise<void> =>
    Promise.resolve().then(() => {
      check();
      writes += 1;
      work();
    });
  return {
    get writes() {
      return writes;
    },
    failNext: (failure) => void (fault = failure),
    cutAfter: (more) => void (most = more === undefined ? undefined : writes + more),
    load: () =>
      Promise.resolve().then(() => {
        check();
        const kept = [...tasks.values()].map(({ expiresAt: _, ...task }) => structuredClone(task));
        return { tasks: kept, nodes: [...nodes.values()], ...(through !== undefined && { through }) };
      }),
    begin: (task, now) =>
      write(() => {
        if (!tasks.has(task.taskId))
          tasks.set(task.taskId, { ...task, through: task.startedAt, micros: {}, expiresAt: now });
      }),
    saveTask: (task, now) =>
      write(() => {
        const kept = tasks.get(task.taskId);
        if (kept === undefined || kept.through < task.through)
          tasks.set(task.taskId, structuredClone({ ...task, expiresAt: now }));
      }),
    saveNode: (node) =>
      write(() => {
        if ((nodes.get(node.node)?.through ?? Number.NEGATIVE_INFINITY) < node.through)
          nodes.set(node.node, { ...node });
      }),
    saveThrough: (to) => write(() => void (through = Math.max(through ?? to, to))),
  };
}

const CUT_OFF: Failure = { kind: 'transient', message: 'cut off' };
