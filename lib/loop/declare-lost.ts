import { fromTime, type Instant } from '../core/kubernetes.ts';
import type { PodRecord } from '../core/record.ts';
import type { ObservedTask } from '../core/task.ts';
import type { View } from '../core/view.ts';
import { repairOf, type PodDeps } from './deps.ts';
import type { Executed } from './execute-action.ts';
import { podFields } from './pod-fields.ts';
import { executedWrite, newerLook, recordIn, stillAt, writeRecord } from './write-record.ts';

/** A Node that is younger was made anew: what happened meanwhile is not known well enough. */
const YOUNG_NODE_MS = 10 * 60_000;

/**
 * Gathers what it takes to believe that a task is lost: unhandled events, the age of the Node, and if these allow it the
 * provider's word once more. Whoever looks at the pod is told what is known.
 */
export async function examineLoss(view: View, deps: PodDeps): Promise<Executed> {
  const { nodes, eventQueue } = repairOf(deps);
  const nodeSince = fromTime((await nodes.get(view.node))?.metadata.creationTimestamp);
  const backlog = await eventQueue.backlog();
  const inDoubt = backlog > 0 || nodeSince === undefined || deps.clock.now() - nodeSince < YOUNG_NODE_MS;
  if (inDoubt) {
    await tellUnknown(view, deps);
    return { view: { ...view, loss: { missing: true, backlog, nodeSince } } };
  }
  const arn = recordIn(view).taskArn ?? '';
  const found = (await deps.provider.describe([arn])).get(arn);
  if (found === undefined) return { view: { ...view, loss: { missing: true, backlog, nodeSince } } };
  const record = recordIn(view);
  const isNewer = found.task.version > (record.task?.version ?? -1);
  const change = { ...(isNewer && { task: found.task }), missingSince: undefined };
  const guard = isNewer ? newerLook(record, found.task) : stillAt(record);
  const outcome = await writeRecord(view, change, guard, deps);
  return executedWrite(view, outcome);
}

async function tellUnknown({ key, node }: View, { events, clock }: PodDeps): Promise<void> {
  const { namespace, name, uid } = key;
  const message =
    'ECS does not know the task of this pod. It is not declared lost while events wait to be handled or the Node is younger than ten minutes.';
  const about = { kind: 'Pod', namespace, name, uid } as const;
  await events.publish({ type: 'Warning', reason: 'TaskUnknown', message, about }, node, clock.now());
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
  const executed = executedWrite(view, outcome);
  if (outcome.kind === 'written')
    deps.telemetry.trouble('lostTask', 'Task is lost', podFields(executed.view));
  return executed;
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
