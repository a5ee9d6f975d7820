import type { Instant } from '../core/kubernetes.ts';
import type { TaskName } from './provider.ts';

/** What a container has used up to an instant. */
export interface ContainerUse {
  readonly container: string;
  /** When it was measured. */
  readonly at: Instant;
  /** Since the container started, as far as it was measured: never less than what was told before, never 0. */
  readonly cpuSeconds: number;
  /** vCPU on average over the last measurement. */
  readonly cpuCores: number;
  /** Memory that cannot be reclaimed, at that instant: never 0. */
  readonly workingSetBytes: number;
}

/** A task whose use is wanted, and since when its containers run. */
export interface UsedTask {
  readonly task: TaskName;
  readonly startedAt: Instant;
}

/** What the tasks of a node have used. */
export interface NodeUse {
  /**
   * The CPU of every task that the node was ever asked for, those that are gone included: never less than what was told before.
   * Absent: nothing was measured yet.
   */
  readonly node?: { readonly at: Instant; readonly cpuSeconds: number };
  /** By the position of the task that was asked for; a container of which nothing was measured yet is absent, never zero. */
  readonly tasks: readonly (readonly ContainerUse[])[];
}

/** CPU and memory of the containers of tasks. */
export interface ContainerUses {
  /**
   * The newest use of the tasks of a node, as far as it is known within about a second: what is asked of far away is there for one of
   * the next reads. Throws `FailureError` when nothing can be said of any task, and never was.
   */
  read(node: string, tasks: readonly UsedTask[]): Promise<NodeUse>;
}
