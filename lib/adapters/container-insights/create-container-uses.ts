import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { FailureError, failureOf, type Failure } from '../../core/failure.ts';
import type { Instant } from '../../core/kubernetes.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ContainerUses, UsedTask } from '../../ports/container-use.ts';
import type { TaskName } from '../../ports/provider.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import type { CountedTask, UseCheckpoints } from '../../ports/use-checkpoints.ts';
import { createSampleReader, type SampleReader } from './follow-samples.ts';
import { performanceGroup, readEvents } from './read-events.ts';
import { UseLedger } from './use-ledger.ts';

const MINUTE_MS = 60_000;
/** Container Insights tells of each minute. */
const PERIOD_MS = MINUTE_MS;
/** Between two checkpoints: what came after the last one is read again by whoever comes next. */
const CHECKPOINT_MS = 30 * MINUTE_MS;
/** How far back is read where nobody has counted before. */
const FIRST_LOOK_MS = 15 * MINUTE_MS;
/** A task without a sample that nobody asks for is over. */
const IDLE_MS = 60 * MINUTE_MS;
/** How long whoever asks waits for what may be new. */
const PATIENCE_MS = 1_000;
const LONGEST_PAUSE_MS = 10 * MINUTE_MS;
/** Writes to the table at a time. */
const AT_ONCE = 10;

/** What uses of containers are read from. */
export interface ContainerUsesOptions {
  /** Default: {@link createInsightsClient}. */
  readonly client?: Pick<CloudWatchLogsClient, 'send'>;
  /** The ECS cluster, by name. */
  readonly ecsCluster: string;
  /** The id of a task as Container Insights writes it. */
  readonly taskIdOf: (task: TaskName) => string;
  readonly checkpoints: UseCheckpoints;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly telemetry: Pick<Telemetry, 'warn'>;
  /** Time between two samples of a container, and between two reads: a minute, but in local mode. */
  readonly periodMs?: number;
}

/** A client that leaves pauses after throttling to whoever reads: two sends, each given up after 10 s. */
function createInsightsClient(): CloudWatchLogsClient {
  return new CloudWatchLogsClient({
    maxAttempts: 2,
    // Without throwOnRequestTimeout the SDK's handler only warns and waits on.
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
}

/**
 * Uses from the performance log events of Container Insights: one pass over the cluster's log group a minute, whoever asks and for how
 * many tasks, and none while nobody asks. Throttling and other passing faults double the pause; what is known stays known.
 */
export function createContainerUses(options: ContainerUsesOptions): ContainerUses {
  const { checkpoints, clock, telemetry, taskIdOf, periodMs = PERIOD_MS } = options;
  const { client = createInsightsClient() } = options;
  const group = performanceGroup(options.ecsCluster);
  const ledger = new UseLedger(periodMs);
  const wanted = new Map<string, CountedTask>();
  let reader: SampleReader | undefined;
  let running: Promise<void> | undefined;
  let dueAt: Instant = Number.NEGATIVE_INFINITY;
  let faults = 0;
  let fault: Failure | undefined;
  /** Before the first complete pass a counter may lack what was told by another process already. */
  let isComplete = false;
  let savedAt = clock.now();

  const open = async (): Promise<SampleReader> => {
    const now = clock.now();
    const kept = await checkpoints.load();
    const from = kept.through ?? now - FIRST_LOOK_MS;
    if (kept.through === undefined) await checkpoints.saveThrough(from);
    ledger.restore(kept, now);
    const read = (slice: Parameters<typeof readEvents>[2]): ReturnType<typeof readEvents> =>
      readEvents(client, group, slice);
    return createSampleReader({ ledger, clock, read }, from);
  };
  const begin = (): Promise<void> =>
    inTurns([...wanted.values()], async (task) => {
      if (!ledger.isCounted(task.taskId, clock.now())) {
        await checkpoints.begin(task, clock.now());
        ledger.begin(task, clock.now());
      }
      wanted.delete(task.taskId);
    });
  const save = async (through: Instant): Promise<void> => {
    const now = clock.now();
    const { tasks, nodes } = ledger.unsaved();
    await inTurns(tasks, async (task) => {
      await checkpoints.saveTask(task, now);
      ledger.saved(task);
    });
    await inTurns(nodes, async (node) => {
      await checkpoints.saveNode(node, now);
      ledger.saved(node);
    });
    await checkpoints.saveThrough(through);
    ledger.forget(now - IDLE_MS);
    savedAt = now;
  };
  const pass = async (): Promise<void> => {
    reader ??= await open();
    await begin();
    const isDone = await reader.pass();
    isComplete ||= isDone;
    if (isDone && clock.now() >= savedAt + CHECKPOINT_MS) await save(reader.through);
    dueAt = isDone ? dueAt : clock.now();
  };
  const poll = async (): Promise<void> => {
    dueAt = clock.now() + periodMs;
    try {
      await pass();
      faults = 0;
      fault = undefined;
    } catch (error) {
      fault = failureOf(error);
      telemetry.warn('The use of containers cannot be read for now', { failure: fault });
      faults += 1;
      dueAt = clock.now() + Math.min(LONGEST_PAUSE_MS, periodMs * 2 ** faults);
    }
  };
  const refresh = async (): Promise<void> => {
    if (running === undefined && clock.now() >= dueAt) running = poll().finally(() => (running = undefined));
    if (running !== undefined) await within(clock, PATIENCE_MS, running);
  };
  const want = (node: string, { task, startedAt }: UsedTask): string => {
    const taskId = taskIdOf(task);
    if (!ledger.isCounted(taskId, clock.now())) wanted.set(taskId, { taskId, node, startedAt });
    return taskId;
  };

  return {
    read: async (node, tasks) => {
      const ids = tasks.map((task) => want(node, task));
      await refresh();
      if (!isComplete) {
        if (fault !== undefined) throw new FailureError(fault);
        return { tasks: ids.map(() => []) };
      }
      const use = ledger.useOf(node);
      return { tasks: ids.map((id) => ledger.usesOf(id)), ...(use !== undefined && { node: use }) };
    },
  };
}

async function inTurns<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  for (let first = 0; first < all.length; first += AT_ONCE)
    await Promise.all(all.slice(first, first + AT_ONCE).map(work));
}

/** Waits for work that never rejects, but not for long. */
async function within(clock: Pick<Clock, 'now' | 'sleep'>, ms: number, work: Promise<void>): Promise<void> {
  const done = new AbortController();
  await Promise.race([work, clock.sleep(clock.now() + ms, done.signal)]);
  done.abort();
}
