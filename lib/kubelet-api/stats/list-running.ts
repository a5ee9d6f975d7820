import { isTerminal, type Pod } from '../../core/kubernetes.ts';
import type { UsedTask } from '../../ports/container-use.ts';
import type { Pods } from '../../ports/pods.ts';
import type { TaskName } from '../../ports/provider.ts';
import type { Records } from '../../ports/records.ts';
import { isOwnRecord } from '../own-record.ts';
import { runningPod, taskOfRunning, type RunningPod } from './running-task.ts';

/** A pod that is not over, and the task in which it runs. */
export interface UsingPod {
  readonly pod: Pod;
  /** Absent: nothing of it runs, or its record does not know where. */
  readonly used?: UsedTask;
}

/** A run that a record has confirmed. */
interface KnownRun {
  readonly shown: string;
  readonly task: TaskName;
}

/** The pods of a node that are not over, and the tasks of those of which something runs. Throws `FailureError`. */
export type ListRunning = (node: string) => Promise<readonly UsingPod[]>;

interface ListDeps {
  readonly pods: Pick<Pods, 'list'>;
  readonly records: Pick<Records, 'getMany'>;
}

/**
 * A lister that has seen nothing yet. Tasks are those of the records, because whoever may patch a pod can write any task into its status. A
 * run keeps its task: a record is read once for as long as the status names the same containers, not once for each scrape.
 */
export function createRunningLister({ pods, records }: ListDeps): ListRunning {
  const knownOf = new Map<string, ReadonlyMap<string, KnownRun>>();
  return async (node) => {
    const before = knownOf.get(node);
    const known = new Map<string, KnownRun>();
    const found: UsingPod[] = [];
    for await (const page of pods.list(node)) {
      const alive = page.pods
        .filter((pod) => !isTerminal(pod))
        .map((pod) => ({ pod, running: runningPod(pod) }));
      for (const { pod, running } of alive) {
        const run = before?.get(pod.metadata.uid);
        if (run !== undefined && run.shown === keyOf(running)) known.set(pod.metadata.uid, run);
      }
      const unknown = alive.filter(
        ({ pod, running }) => running !== undefined && !known.has(pod.metadata.uid),
      );
      const read = await readTasks(records, node, unknown);
      for (const { pod, running } of alive) {
        const { uid } = pod.metadata;
        const task = known.get(uid)?.task ?? read.get(uid);
        const shown = keyOf(running);
        if (task !== undefined && shown !== undefined) known.set(uid, { shown, task });
        const isUsed = running !== undefined && task !== undefined;
        found.push({ pod, ...(isUsed && { used: { task, startedAt: running.startedAt } }) });
      }
    }
    knownOf.set(node, known);
    return found;
  };
}

/** What tells a run from the next one; `undefined`: nothing does. */
function keyOf(running: RunningPod | undefined): string | undefined {
  return running === undefined || running.shown.length === 0 ? undefined : running.shown.join(' ');
}

interface Candidate {
  readonly pod: Pod;
  readonly running: RunningPod | undefined;
}

/** By UID. A record of another pod, and one that cannot be read, gives no task: then the pod has no numbers. */
async function readTasks(
  records: Pick<Records, 'getMany'>,
  node: string,
  of: readonly Candidate[],
): Promise<ReadonlyMap<string, TaskName>> {
  const tasks = new Map<string, TaskName>();
  if (of.length === 0) return tasks;
  const uids = of.map(({ pod }) => pod.metadata.uid);
  const found = new Map((await records.getMany(node, uids)).records.map((record) => [record.uid, record]));
  for (const { pod, running } of of) {
    const record = found.get(pod.metadata.uid);
    if (record === undefined || running === undefined || !isOwnRecord(record, node, pod)) continue;
    const task = taskOfRunning(running, record);
    if (task !== undefined) tasks.set(pod.metadata.uid, task);
  }
  return tasks;
}
