import { FailureError } from '../core/failure.ts';
import type { Pod } from '../core/kubernetes.ts';
import type { PodRecord } from '../core/record.ts';
import type { ObservedTask } from '../core/task.ts';
import type { View } from '../core/view.ts';
import type { RecordChange, RecordGuard, WriteOutcome } from '../ports/records.ts';
import type { PodDeps } from './deps.ts';
import type { Executed } from './execute-action.ts';

/** The record of a view whose action needs one; its absence is a fault of ours. */
export function recordIn(view: View): PodRecord {
  if (view.record === undefined)
    throw new FailureError({ kind: 'internal', message: 'This action needs a record.' });
  return view.record;
}

/** The pod of a view whose action needs one; its absence is a fault of ours. */
export function podIn(view: View): Pod {
  if (view.pod === undefined)
    throw new FailureError({ kind: 'internal', message: 'This action needs a pod.' });
  return view.pod;
}

/** The guard that the record is still where this view saw it. */
export function stillAt(record: PodRecord): RecordGuard & { readonly kind: 'at' } {
  return {
    kind: 'at',
    attempt: record.attempt,
    try: record.try,
    state: record.state,
    ...(record.taskArn !== undefined && { taskArn: record.taskArn }),
  };
}

/** The guard that the very claim that this view saw still stands: nobody has renewed it. */
export function stillClaimed(record: PodRecord): RecordGuard {
  return { ...stillAt(record), launchBefore: record.launchBefore };
}

/** The guard that this look at the record's task, or the first at a claim's, is newer than what is stored. */
export function newerLook({ attempt }: Pick<PodRecord, 'attempt'>, task: ObservedTask): RecordGuard {
  return { kind: 'older', attempt, taskArn: task.arn, version: task.version };
}

/** Writes named attributes of the view's record under a guard. */
export function writeRecord(
  view: View,
  change: RecordChange,
  guard: RecordGuard,
  deps: Pick<PodDeps, 'records'>,
): Promise<WriteOutcome> {
  return deps.records.write({ ...view.key, node: view.node }, change, guard);
}

/** What came of a write: the view with the record as it stands, and whether somebody else was faster. */
export function executedWrite(view: View, { kind, record }: WriteOutcome): Executed {
  return { view: withRecord(view, record), ...(kind === 'conflict' && { overtaken: true }) };
}

/** The view with the record as it stands after a write, whoever won; what this fold held in memory about a claim is gone. */
export function withRecord(view: View, record: PodRecord | undefined): View {
  return { ...view, record, claimHeld: false };
}
