import type { Instant } from '../core/kubernetes.ts';
import type { TaskOwner, FoundTask } from '../core/task.ts';
import { describeRecord } from '../core/transition.ts';
import type { RecordChange } from '../ports/records.ts';
import type { PodDeps } from './deps.ts';
import { tellTransition } from './tell-transition.ts';

/** Who claims a record that was made of a task that the provider listed. */
const REBUILDER = 'rebuild';

type RecordTaskDeps = Pick<PodDeps, 'records' | 'clock' | 'telemetry'>;
/** What it takes to make records of the provider's tasks. */
export type RebuildDeps = RecordTaskDeps & Pick<PodDeps, 'marks' | 'provider' | 'settings'>;

/**
 * With a new or lost table, turns every task that the provider still knows into a record before anything is claimed; else does
 * nothing. Complete or it throws: half a rebuild would start second tasks. Existing records are left alone.
 */
export async function rebuildRecords(deps: RebuildDeps): Promise<void> {
  if ((await deps.marks.rebuiltAt()) !== undefined) return;
  await recordAllTasks(deps);
  await deps.marks.setRebuilt(deps.clock.now());
}

/** Turns every task of this cluster that the provider still knows and that has no record into one. Complete or it throws. */
export async function recordAllTasks(deps: RebuildDeps): Promise<void> {
  const found = await deps.provider.listAll();
  const latest = latestAttempts(found.filter(({ owner }) => owner !== undefined && isOurs(owner, deps)));
  for (const task of latest) await recordTask(task, deps);
  deps.telemetry.info('Records were rebuilt from the provider', {
    tasks: found.length,
    records: latest.length,
  });
}

/** A task that names its owner. */
export type OwnedTask = FoundTask & { readonly owner: TaskOwner };

function isOurs(owner: TaskOwner, { settings }: RebuildDeps): boolean {
  return owner.cluster === settings.cluster;
}

/** One task a pod: that of the highest attempt, and of several the one that lives. */
function latestAttempts(found: readonly FoundTask[]): OwnedTask[] {
  const latest = new Map<string, OwnedTask>();
  for (const { owner, ...task } of found) {
    if (owner === undefined) continue;
    const before = latest.get(owner.uid);
    if (before === undefined || isNewer({ ...task, owner }, before))
      latest.set(owner.uid, { ...task, owner });
  }
  return [...latest.values()];
}

function isNewer(task: OwnedTask, before: OwnedTask): boolean {
  if (task.owner.attempt !== before.owner.attempt) return task.owner.attempt > before.owner.attempt;
  return before.task.state === 'stopped' && task.task.state !== 'stopped';
}

/** Makes the record of a task that has none; an existing record is left alone. */
export async function recordTask(found: OwnedTask, deps: RecordTaskDeps): Promise<void> {
  const { task, owner } = found;
  const { uid, node, namespace, name } = owner;
  if (namespace === undefined || name === undefined) {
    deps.telemetry.warn('Task names no pod and gets no record', { task: task.arn, uid, node });
    return;
  }
  const change = { namespace, name, ...rebuiltFrom(found, deps.clock.now()) };
  const key = { uid, namespace, name };
  const outcome = await deps.records.write({ ...key, node }, change, { kind: 'absent' });
  if (outcome.kind === 'conflict') return;
  const { record } = outcome;
  const detail = { cause: 'noRecord', ...describeRecord(undefined, record) };
  tellTransition(deps.telemetry, { key, node, record }, 'taskRecorded', detail);
}

/** What a record says that is made of a task alone. */
export function rebuiltFrom({ task, owner, taskDefinition, use }: OwnedTask, now: Instant): RecordChange {
  return {
    state: 'launched',
    specHash: 'rebuilt',
    attempt: owner.attempt,
    try: 0,
    claimer: REBUILDER,
    launchBefore: now,
    replayed: false,
    taskArn: task.arn,
    taskDefinition,
    launchedAt: task.createdAt ?? now,
    task,
    use,
    restarts: {},
    backOffCount: 0,
  };
}
