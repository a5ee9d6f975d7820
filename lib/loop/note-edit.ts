import type { Action } from '../core/action.ts';
import type { View } from '../core/view.ts';
import type { PodDeps } from './deps.ts';
import type { Executed } from './execute-action.ts';
import { executedWrite, podIn, recordIn, stillAt, writeRecord } from './write-record.ts';

/** Tells what a running task cannot follow, then remembers that it was told. A crash between the two repeats the event, which only counts up. */
export async function noteEdit(
  view: View,
  { generation, specHash, edit }: Action & { kind: 'noteEdit' },
  deps: PodDeps,
): Promise<Executed> {
  if (edit !== undefined) {
    const { namespace, name, uid } = podIn(view).metadata;
    const reason = edit.kind === 'resize' ? 'ResizeInfeasible' : 'UpdateNotSupported';
    const about = { kind: 'Pod', namespace, name, uid } as const;
    const event = { type: 'Warning', reason, message: edit.message, about } as const;
    await deps.events.publish(event, view.node, deps.clock.now());
  }
  const change = { generation, edit, ...(specHash !== undefined && { specHash }) };
  const outcome = await writeRecord(view, change, stillAt(recordIn(view)), deps);
  return executedWrite(view, outcome);
}
