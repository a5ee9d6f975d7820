import { CLOCKS_MS } from './court.ts';
import type { Pod } from '../../lib/core/kubernetes.ts';
import type { Court } from './court.ts';
import type { PodFile } from './pod-files.ts';
import { isForgotten, isLive, type TrueTask } from './true-tasks.ts';

const TAKEN_AWAY = ['SpotInterruption', 'TerminationNotice', 'InfrastructureHealth'];

/** Judges a terminal phase that has just been published: is it over, and did it end like that? */
export function judgeEnd(court: Court, file: PodFile, pod: Pod): void {
  const tasks = court.tasks.of(file.uid);
  const living = tasks.find(isLive);
  const phase = pod.status?.phase ?? '';
  const lie = (why: string): void =>
    court.accuse(
      'a terminal phase is not true',
      `${file.label} is shown ${phase} (${pod.status?.reason ?? 'no reason'}), but ${why}`,
    );
  if (living !== undefined) {
    lie(`its task is ${living.status}`);
    return;
  }
  const last = tasks.at(-1);
  if (phase === 'Succeeded') {
    if (last === undefined || !allExitedZero(pod, tasks)) lie('not all of its containers exited with 0');
    return;
  }
  if (!mayFail(court, pod, tasks)) lie(tellEnd(pod, last));
}

/** Under OnFailure what has succeeded once need not do so again. */
function allExitedZero({ spec }: Pod, tasks: readonly TrueTask[]): boolean {
  const counted = spec.restartPolicy === 'OnFailure' ? tasks : tasks.slice(-1);
  return spec.containers.every(({ name }) =>
    counted.some((task) => task.containers.get(name)?.exitCode === 0),
  );
}

/** A deleted pod may have waited for its next attempt: then what it shows decides, not how an attempt before ended. */
function allShownZero({ spec, status }: Pod): boolean {
  const codes = (status?.containerStatuses ?? []).map(({ state }) => state?.terminated?.exitCode);
  return codes.length === spec.containers.length && codes.every((code) => code === 0);
}

function mayFail(court: Court, pod: Pod, tasks: readonly TrueTask[]): boolean {
  const last = tasks.at(-1);
  const { spec, status, metadata } = pod;
  const now = court.now();
  if (spec.hostNetwork === true || court.isClosing()) return true;
  const deadline = Date.parse(status?.startTime ?? '') + (spec.activeDeadlineSeconds ?? NaN) * 1000;
  if (now >= deadline - CLOCKS_MS) return true;
  // A launch that was never answered, and that nobody can tell of any more.
  if (last === undefined) return metadata.deletionTimestamp !== undefined || status?.reason === 'NodeLost';
  if (isForgotten(last, now) || TAKEN_AWAY.includes(last.stopCode ?? '')) return true;
  if (metadata.deletionTimestamp !== undefined) return !allShownZero(pod);
  return spec.restartPolicy === 'Never' && hasFailed(pod, tasks, last);
}

function hasFailed(pod: Pod, tasks: readonly TrueTask[], last: TrueTask): boolean {
  return isCutOff(pod, last) || !allExitedZero(pod, tasks);
}

/** What was stopped for another container's sake has not done its work, whatever its exit code. */
function isCutOff({ spec }: Pod, { failures }: TrueTask): boolean {
  return spec.containers.length > 1 && failures.liveness > 0;
}

function tellEnd({ spec, metadata }: Pod, last: TrueTask | undefined): string {
  const codes = [...(last?.containers.values() ?? [])].map(
    ({ name, exitCode }) => `${name}: ${exitCode ?? 'none'}`,
  );
  const deleted = metadata.deletionTimestamp === undefined ? 'not deleted' : 'deleted';
  if (last === undefined) return `it is ${deleted} and nothing was ever started for it`;
  return `its last task ended with exit codes ${codes.join(', ')} (${last.stopCode ?? 'no stop code'}), its restartPolicy is ${spec.restartPolicy ?? 'Always'}, and it is ${deleted}`;
}
