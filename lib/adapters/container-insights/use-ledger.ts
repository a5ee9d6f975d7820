import type { Instant } from '../../core/kubernetes.ts';
import type { ContainerUse } from '../../ports/container-use.ts';
import type {
  CountedTask,
  CpuMicros,
  KeptUse,
  NodeCheckpoint,
  TaskCheckpoint,
} from '../../ports/use-checkpoints.ts';
import type { Sample } from './read-sample.ts';

/** One container: what is settled, and the samples after that by their times. */
interface ContainerAccount {
  settled: CpuMicros;
  readonly pending: Map<Instant, CpuMicros>;
  newest: Sample | undefined;
}

interface TaskAccount extends CountedTask {
  through: Instant;
  readonly containers: Map<string, ContainerAccount>;
  lastSampleAt: Instant;
  lastAskedAt: Instant;
  isSaved: boolean;
}

interface NodeAccount {
  readonly node: string;
  through: Instant;
  settled: CpuMicros;
  lastSampleAt: Instant | undefined;
  isSaved: boolean;
}

/** A container that runs has used some CPU: what is below the resolution of the source counts as one millisecond. */
const LEAST_MICROS: CpuMicros = 1_000;
const LONG_AGO: Instant = Number.NEGATIVE_INFINITY;

/**
 * Adds samples up to counters. The order in which samples come, how often, and in which process, makes no difference: a counter is the
 * sum over the samples, each of which counts once by its time, so that it never falls. Only tasks that were begun are counted.
 *
 * A sample stands for the `periodMs` before it, or for less when its task started within them. A time without a sample counts nothing.
 */
export class UseLedger {
  readonly #periodMs: number;
  readonly #tasks = new Map<string, TaskAccount>();
  readonly #nodes = new Map<string, NodeAccount>();

  constructor(periodMs: number) {
    this.#periodMs = periodMs;
  }

  /** How many tasks are held. */
  get size(): number {
    return this.#tasks.size;
  }

  /** Goes on from what was kept. */
  restore({ tasks, nodes }: KeptUse, now: Instant): void {
    for (const { micros, through, ...task } of tasks) {
      const account = this.#open(task, now);
      account.through = through;
      for (const [name, settled] of Object.entries(micros))
        account.containers.set(name, { settled, pending: new Map(), newest: undefined });
    }
    for (const { node, through, micros } of nodes)
      this.#nodes.set(node, { node, through, settled: micros, lastSampleAt: through, isSaved: true });
  }

  /** Counts a task from now on. */
  begin(task: CountedTask, now: Instant): void {
    if (!this.#tasks.has(task.taskId)) this.#open(task, now);
  }

  /** Whether the task is counted; being asked for keeps it. */
  isCounted(taskId: string, now: Instant): boolean {
    const task = this.#tasks.get(taskId);
    if (task !== undefined) task.lastAskedAt = now;
    return task !== undefined;
  }

  /** Takes a sample; one that is counted already, or of before the task started, or of an unknown task, changes nothing. */
  add(sample: Sample): void {
    const task = this.#tasks.get(sample.taskId);
    if (task === undefined || sample.at <= task.startedAt) return;
    const node = this.#nodeOf(task.node);
    if (sample.at <= task.through && sample.at <= node.through) return;
    const account = containerOf(task, sample.container);
    const ms = Math.min(this.#periodMs, sample.at - task.startedAt);
    account.pending.set(sample.at, Math.round(sample.cores * ms * 1_000));
    if (account.newest === undefined || sample.at > account.newest.at) account.newest = sample;
    task.lastSampleAt = Math.max(task.lastSampleAt, sample.at);
    node.lastSampleAt = Math.max(node.lastSampleAt ?? LONG_AGO, sample.at);
  }

  /** From now on no sample of up to `through` is taken any more: those that came become one number. */
  settle(through: Instant): void {
    const added = new Map<string, CpuMicros>();
    for (const task of this.#tasks.values()) {
      const { through: before } = this.#nodeOf(task.node);
      for (const account of task.containers.values()) {
        for (const [at, micros] of account.pending) {
          if (at > through) continue;
          account.pending.delete(at);
          if (at > before) added.set(task.node, (added.get(task.node) ?? 0) + micros);
          if (at <= task.through) continue;
          account.settled += micros;
          task.isSaved = false;
        }
      }
      task.through = Math.max(task.through, through);
    }
    for (const node of this.#nodes.values()) {
      const more = added.get(node.node);
      node.settled += more ?? 0;
      if (more !== undefined) node.isSaved = false;
      node.through = Math.max(node.through, through);
    }
  }

  /** Lets go of tasks that had no sample and were not asked for since an instant; the counter of their node keeps what they used. */
  forget(since: Instant): void {
    for (const [id, { lastSampleAt, lastAskedAt }] of this.#tasks)
      if (lastSampleAt < since && lastAskedAt < since) this.#tasks.delete(id);
  }

  /** What the containers of a task have used; nothing for one that is not counted. */
  usesOf(taskId: string): readonly ContainerUse[] {
    const task = this.#tasks.get(taskId);
    if (task === undefined) return [];
    return [...task.containers].flatMap(([container, { settled, pending, newest }]) => {
      if (newest === undefined) return [];
      const micros = settled + sumAfter(pending, task.through);
      const { at, cores: cpuCores, workingSetBytes } = newest;
      return [{ container, at, cpuSeconds: toSeconds(micros), cpuCores, workingSetBytes }];
    });
  }

  /** What all tasks of a node have used, ever; `undefined` when nothing was measured. */
  useOf(name: string): { readonly at: Instant; readonly cpuSeconds: number } | undefined {
    const node = this.#nodes.get(name);
    if (node?.lastSampleAt === undefined) return undefined;
    let micros = node.settled;
    for (const task of this.#tasks.values()) {
      if (task.node !== name) continue;
      for (const { pending } of task.containers.values()) micros += sumAfter(pending, node.through);
    }
    return { at: node.lastSampleAt, cpuSeconds: toSeconds(micros) };
  }

  /** Checkpoints of what was settled since they were saved. What is pending is not in them: it is read again. */
  unsaved(): { readonly tasks: readonly TaskCheckpoint[]; readonly nodes: readonly NodeCheckpoint[] } {
    const tasks = [...this.#tasks.values()].filter(({ isSaved }) => !isSaved);
    const nodes = [...this.#nodes.values()].filter(({ isSaved }) => !isSaved);
    return {
      tasks: tasks.map(({ taskId, node, startedAt, through, containers }) => {
        const micros = [...containers].map(([name, { settled }]) => [name, settled] as const);
        return { taskId, node, startedAt, through, micros: Object.fromEntries(micros) };
      }),
      nodes: nodes.map(({ node, through, settled }) => ({ node, through, micros: settled })),
    };
  }

  /** The checkpoint of a task or node is kept, as it was told last. */
  saved(one: TaskCheckpoint | NodeCheckpoint): void {
    const account = 'taskId' in one ? this.#tasks.get(one.taskId) : this.#nodes.get(one.node);
    if (account?.through === one.through) account.isSaved = true;
  }

  #open({ taskId, node, startedAt }: CountedTask, now: Instant): TaskAccount {
    const account: TaskAccount = {
      ...{ taskId, node, startedAt, through: LONG_AGO, containers: new Map() },
      ...{ lastSampleAt: LONG_AGO, lastAskedAt: now, isSaved: true },
    };
    this.#tasks.set(taskId, account);
    return account;
  }

  #nodeOf(node: string): NodeAccount {
    const account = this.#nodes.get(node) ?? {
      ...{ node, through: LONG_AGO, settled: 0, lastSampleAt: undefined, isSaved: true },
    };
    this.#nodes.set(node, account);
    return account;
  }
}

function containerOf({ containers }: TaskAccount, name: string): ContainerAccount {
  const account = containers.get(name) ?? { settled: 0, pending: new Map(), newest: undefined };
  containers.set(name, account);
  return account;
}

function sumAfter(pending: ReadonlyMap<Instant, CpuMicros>, through: Instant): CpuMicros {
  let sum = 0;
  for (const [at, micros] of pending) if (at > through) sum += micros;
  return sum;
}

function toSeconds(micros: CpuMicros): number {
  return Math.max(micros, LEAST_MICROS) / 1e6;
}
