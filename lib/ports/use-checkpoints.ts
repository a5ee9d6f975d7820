import type { Instant } from '../core/kubernetes.ts';

/** A task whose use is counted: it is counted only once this is kept, so that whoever counts next counts it too. */
export interface CountedTask {
  readonly taskId: string;
  readonly node: string;
  readonly startedAt: Instant;
}

/** CPU in microseconds of one vCPU: whole numbers, so that no order of adding them makes a difference. */
export type CpuMicros = number;

/** What the containers of a task have used by the samples of up to `through`; those after it are not in it. */
export interface TaskCheckpoint extends CountedTask {
  readonly through: Instant;
  readonly micros: Readonly<Record<string, CpuMicros>>;
}

/** The same of all tasks of a node together. */
export interface NodeCheckpoint {
  readonly node: string;
  readonly through: Instant;
  readonly micros: CpuMicros;
}

/** Everything that is kept. */
export interface KeptUse {
  /** What came up to this instant is in the checkpoints, or too late; absent: nobody has counted yet. */
  readonly through?: Instant;
  readonly tasks: readonly TaskCheckpoint[];
  readonly nodes: readonly NodeCheckpoint[];
}

/**
 * What was counted of the use of tasks, for whoever counts on. Each checkpoint stands for itself and says how far it goes, so that any
 * of them may be missing or older than the others. A task is forgotten a week after it was saved last, a node after a quarter.
 * Throws `FailureError`.
 */
export interface UseCheckpoints {
  /** Consistent and complete. What cannot be understood of it (a newer version wrote it) is left out. */
  load(): Promise<KeptUse>;
  /** Begins to count a task; one that is kept already stays as it is. */
  begin(task: CountedTask, now: Instant): Promise<void>;
  /** Keeps the checkpoint unless one is kept that goes as far or further. */
  saveTask(checkpoint: TaskCheckpoint, now: Instant): Promise<void>;
  saveNode(checkpoint: NodeCheckpoint, now: Instant): Promise<void>;
  /** After every task and node was saved that far. */
  saveThrough(through: Instant): Promise<void>;
}
