import type { PodKey } from '../core/kubernetes.ts';
import { keepTimes } from '../core/keep-times.ts';
import type { FoundTask } from '../core/task.ts';
import { describeRecord } from '../core/transition.ts';
import type { View } from '../core/view.ts';
import type { RecordChange, RecordGuard } from '../ports/records.ts';
import type { PodDeps } from './deps.ts';
import { tellTransition } from './tell-transition.ts';
import { newerLook, stillAt } from './write-record.ts';

type RefreshDeps = Pick<PodDeps, 'provider' | 'records' | 'telemetry'>;

/** What is kept of a pod whose task should be alive, until the provider is asked about it. */
export interface LiveTask {
  readonly key: PodKey;
  readonly node: string;
  readonly arn: string;
  readonly version: number;
  readonly attempt: number;
  readonly taskDefinition: string | undefined;
  readonly missing: boolean;
  readonly guard: RecordGuard;
}

/** What the provider told about the tasks on record. */
export interface Refreshed {
  /** Pods whose records say something new now. */
  readonly changed: readonly PodKey[];
  /** Tasks that the provider says it does not know. */
  readonly missing: readonly LiveTask[];
}

/** The provider is asked about so many tasks at once. */
const ASKED_AT_ONCE = 100;

/** The part of a view that {@link refreshTasks} needs; `undefined` when no task of it should be alive. */
export function liveTaskOf({ key, node, record }: View): LiveTask | undefined {
  if (record?.state !== 'launched' || record.taskArn === undefined || record.task?.state === 'stopped')
    return undefined;
  return {
    key,
    node,
    arn: record.taskArn,
    version: record.task?.version ?? -1,
    attempt: record.attempt,
    taskDefinition: record.taskDefinition,
    missing: record.missingSince !== undefined,
    guard: stillAt(record),
  };
}

/**
 * Asks the provider, a hundred tasks a call, how these tasks are, and writes down what is newer: an event may have been lost, or
 * nobody handles events any more. What is missing is only told: absence needs more than one look.
 */
export async function refreshTasks(tasks: readonly LiveTask[], deps: RefreshDeps): Promise<Refreshed> {
  const changed: PodKey[] = [];
  const missing: LiveTask[] = [];
  for (let start = 0; start < tasks.length; start += ASKED_AT_ONCE) {
    const some = tasks.slice(start, start + ASKED_AT_ONCE);
    const found = await deps.provider.describe(some.map(({ arn }) => arn));
    for (const live of some) {
      const seen = found.get(live.arn);
      if (seen === undefined) missing.push(live);
      else if (await writeLook(live, seen, deps)) changed.push(live.key);
    }
  }
  return { changed, missing };
}

async function writeLook(live: LiveTask, { task }: FoundTask, deps: RefreshDeps): Promise<boolean> {
  const isNewer = task.version > live.version;
  if (!isNewer && !live.missing) return false;
  const before = isNewer ? await deps.records.get(live.node, live.key.uid) : undefined;
  const change: RecordChange = {
    ...(isNewer && { task: keepTimes(before?.task, task) }),
    missingSince: undefined,
  };
  const guard = isNewer ? newerLook(live, task) : live.guard;
  const { key, node } = live;
  const { kind, record } = await deps.records.write({ ...key, node }, change, guard);
  if (kind === 'written') {
    const cause = live.missing && !isNewer ? 'knownAgain' : 'look';
    const detail = { cause, ...(isNewer && describeRecord(before, record)) };
    tellTransition(deps.telemetry, { key, node, record }, 'taskSeen', detail);
  }
  return true;
}
