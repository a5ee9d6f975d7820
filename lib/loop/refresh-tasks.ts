import type { View } from '../core/view.ts';
import type { PodDeps } from './deps.ts';
import { newerLook, writeRecord } from './write-record.ts';

type RefreshDeps = Pick<PodDeps, 'provider' | 'records'>;

/**
 * Asks the provider, a hundred tasks a call, how the tasks of these views are, and writes down what is newer: an event may have
 * been lost, or nobody handles events any more. A task that the provider does not name is left as it is, because absence needs
 * more than one look.
 */
export async function refreshTasks(views: readonly View[], deps: RefreshDeps): Promise<View[]> {
  const arns = views.flatMap(({ record }) =>
    record?.state !== 'launched' || record.taskArn === undefined || record.task?.state === 'stopped'
      ? []
      : [record.taskArn],
  );
  if (arns.length === 0) return [...views];
  const found = await deps.provider.describe(arns);
  const fresh: View[] = [];
  for (const view of views) {
    const { record } = view;
    const task = found.get(record?.taskArn ?? '')?.task;
    if (record === undefined || task === undefined || task.version <= (record.task?.version ?? -1)) {
      fresh.push(view);
      continue;
    }
    const outcome = await writeRecord(view, { task }, newerLook(record, task), deps);
    fresh.push({ ...view, record: outcome.record });
  }
  return fresh;
}
