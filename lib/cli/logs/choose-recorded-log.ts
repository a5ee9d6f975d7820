import { neverRan } from '../../core/container-state.ts';
import type { PodRecord } from '../../core/record.ts';
import { isHelper, type ObservedContainer } from '../../core/task.ts';
import type { ChosenLog } from '../../kubelet-api/logs/choose-log.ts';

/**
 * The run whose log is meant, of a pod that is gone: the last one, with `previous` the one before, as far as the record knows them. It has
 * what the status of the pod had, and no word of what has never run.
 */
export function chooseRecordedLog(record: PodRecord, container: string, previous: boolean): ChosenLog {
  const { name, previous: before } = record;
  const known = recordedContainers(record);
  if (known.length > 0 && !known.includes(container))
    return none(`container ${container} is not valid for pod ${name}: it had ${known.join(', ')}`);
  const what = `container "${container}" in pod "${name}"`;
  const seen = before?.containers.find((one) => one.name === container);
  const earlier: ChosenLog | undefined =
    before === undefined || seen === undefined || neverRan(before, seen)
      ? undefined
      : {
          ...{ kind: 'log', task: { taskArn: before.taskArn } },
          endedAt: seen.finishedAt ?? before.stoppedAt ?? 0,
        };
  if (previous) return earlier ?? none(`previous terminated ${what} not found`);
  return lastRun(record, container) ?? earlier ?? none(`${what} never ran, and the pod is gone`);
}

function lastRun({ task, taskArn, state }: PodRecord, container: string): ChosenLog | undefined {
  if (taskArn === undefined) return undefined;
  const seen = task?.containers.find((one) => one.name === container);
  if (task !== undefined && neverRan(task, seen)) return undefined;
  const endedAt = seen?.finishedAt ?? task?.stoppedAt ?? (state === 'ended' ? 0 : undefined);
  return { kind: 'log', task: { taskArn }, ...(endedAt !== undefined && { endedAt }) };
}

/** The containers of the pod as its tasks had them: none where no task was ever seen. */
export function recordedContainers({ task, previous }: PodRecord): readonly string[] {
  const seen =
    task === undefined || task.containers.length === 0 ? (previous?.containers ?? []) : task.containers;
  return seen.filter((one) => !isHelper(one)).map(({ name }) => name);
}

/**
 * The container that is most likely meant where none is named: the record does not tell apps from init containers, but those had ended
 * when the task as a whole had started.
 */
export function defaultRecorded({ task, previous }: PodRecord): string | undefined {
  const { containers = [], startedAt = Number.NEGATIVE_INFINITY } = task ?? previous ?? {};
  const own = containers.filter((one) => !isHelper(one));
  const isEarly = ({ finishedAt }: ObservedContainer): boolean =>
    finishedAt !== undefined && finishedAt < startedAt;
  return (own.find((one) => !isEarly(one)) ?? own[0])?.name;
}

function none(message: string): ChosenLog {
  return { kind: 'none', message };
}
