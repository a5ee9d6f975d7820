import { fromTime, type Instant } from '../core/kubernetes.ts';
import type { PodRecord } from '../core/record.ts';
import type { ObservedTask } from '../core/task.ts';
import type { View } from '../core/view.ts';
import { repairOf, type PodDeps } from './deps.ts';
import type { Executed } from './execute-action.ts';
import { podFields } from './pod-fields.ts';
import { newerLook, recordIn, stillAt, withRecord, writeRecord } from './write-record.ts';

/** Gathers what it takes to believe that a task is lost: the provider's word once more, unhandled events, the age of the Node. */
export async function examineLoss(view: View, deps: PodDeps): Promise<Executed> {
  const arn = recordIn(view).taskArn ?? '';
  const found = (await deps.provider.describe([arn])).get(arn);
  if (found !== undefined) {
    const record = recordIn(view);
    const isNewer = found.task.version > (record.task?.version ?? -1);
    const change = { ...(isNewer && { task: found.task }), missingSince: undefined };
    const guard = isNewer ? newerLook(record, found.task) : stillAt(record);
    const outcome = await writeRecord(view, change, guard, deps);
    return { view: withRecord(view, outcome.record) };
  }
  const { nodes, eventQueue } = repairOf(deps);
  const node = await nodes.get(view.node);
  const nodeSince: Instant | undefined = fromTime(node?.metadata.creationTimestamp);
  return { view: { ...view, loss: { missing: true, backlog: await eventQueue.backlog(), nodeSince } } };
}

/** It can never be known what became of this attempt: its end is recorded as unknown. Nothing is invented about its containers. */
export async function declareLost(view: View, deps: PodDeps): Promise<Executed> {
  const record = recordIn(view);
  const change = {
    state: 'launched',
    ...lostTask(record, deps.clock.now()),
    missingSince: undefined,
  } as const;
  const outcome = await writeRecord(view, change, stillAt(record), deps);
  const after = withRecord(view, outcome.record);
  if (outcome.kind === 'written') {
    deps.telemetry.error('Task is lost', podFields(after));
    deps.telemetry.count('TasksLost', 1, 'Count', view.node);
  }
  return { view: after };
}

function lostTask(
  { uid, attempt, task }: PodRecord,
  now: Instant,
): { readonly taskArn: string; readonly task: ObservedTask } {
  const lost = { state: 'stopped', stoppedAt: now, cause: 'lost' } as const;
  if (task !== undefined) {
    const reason = 'The provider does not know the task any more, and it was never seen to stop.';
    return { taskArn: task.arn, task: { ...task, ...lost, reason } };
  }
  const taskArn = `unknown:${uid}/${attempt}`;
  const reason = 'The launch was never answered, and the provider no longer tells whether it started a task.';
  return { taskArn, task: { arn: taskArn, version: 0, containers: [], ...lost, reason } };
}
