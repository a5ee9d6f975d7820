import type { Pod } from '../../lib/core/kubernetes.ts';
import { LAG_MS, type Court } from './court.ts';
import { failedInits } from './judge-files.ts';
import type { PodFile } from './pod-files.ts';
import { FAILURES, type Ailment } from './sickness.ts';
import { isLive, type TrueTask } from './true-tasks.ts';

const MINUTE = 60_000;
/** A pod whose inputs came is looked at within a minute, then there is a pass, and a launch with its registration. */
const LAUNCH_MS = 4 * MINUTE;
/** The stop of a deleted pod that sleeps: a pass after the sleep, and the same again if its call was lost. */
const STOP_MS = 3 * MINUTE;

/** Judges what must have happened by now, however long it may take. */
export function judgePatience(court: Court): void {
  if (court.isClosing()) return;
  const keeper = court.permitKeeper();
  if (keeper !== undefined)
    court.accuse(
      'a waiting pod kept its permission to launch',
      `${keeper} did not give back what it had not used`,
    );
  for (const file of court.files.all()) {
    if (file.goneAt !== undefined || isOver(file.pod)) continue;
    const task = court.tasks.of(file.uid).findLast(isLive);
    if (task !== undefined) judgeTask(court, file, task);
    else judgeWaiting(court, file);
  }
}

function judgeTask(court: Court, file: PodFile, task: TrueTask): void {
  if (task.desired === 'STOPPED') return;
  const late = (since: number, most: number): boolean =>
    court.now() - Math.max(since, court.disturbedUntil()) > most;
  const { metadata } = file.pod;
  if (metadata.deletionTimestamp !== undefined) {
    if (late(Date.parse(metadata.deletionTimestamp), STOP_MS))
      court.accuse(
        'a stop came after the grace',
        `the grace of ${file.label} is over, but nobody has asked its task to stop`,
      );
    return;
  }
  const [failed] = failedInits(court, task);
  if (
    failed !== undefined &&
    task.startedAt === undefined &&
    late(task.containers.get(failed)?.endedAt ?? 0, LAG_MS)
  )
    court.accuse(
      'a failed init container was not stopped for',
      `${failed} of ${file.label} has failed, but its task is ${task.status}`,
    );
  if (task.status === 'RUNNING') judgeProbes(court, file, { task, late });
}

function judgeProbes(
  court: Court,
  { pod, label }: PodFile,
  { task, late }: { readonly task: TrueTask; readonly late: (since: number, most: number) => boolean },
): void {
  const isLate = (ailment: Ailment): boolean => {
    const since = court.isProbed(pod, ailment) ? court.sickSince(pod, ailment) : undefined;
    return since !== undefined && late(Math.max(since, task.changedAt), LAG_MS);
  };
  if (isLate('liveness'))
    court.accuse(
      'an unhealthy task was not stopped',
      `${label} fails its liveness probe, but its task goes on`,
    );
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  if (isLate('readiness') && ready === 'True')
    court.accuse('Ready does not follow the probe', `${label} is Ready although its readiness probe fails`);
}

/** A pod without a task. */
function judgeWaiting(court: Court, file: PodFile): void {
  const { pod, label } = file;
  if (pod.metadata.deletionTimestamp !== undefined || pod.spec.hostNetwork === true) return;
  const last = court.tasks.of(file.uid).at(-1);
  const lately = Math.max(
    court.disturbedUntil(),
    court.inputsChangedAt(pod),
    last?.changedAt ?? 0,
    Date.parse(pod.metadata.creationTimestamp ?? ''),
  );
  const waits = reasonsOf(pod).some((reason) =>
    /^(CreateContainerConfigError|ContainerCreating|PodInitializing)$/.test(reason),
  );
  if (court.lackingSince(pod) !== undefined) {
    if (court.now() - lately > LAG_MS && !waits)
      court.accuse(
        'a pod does not say what it waits for',
        `${label} lacks something, but says ${reasonsOf(pod).join(', ')}`,
      );
    return;
  }
  // A task that could not start has its back-off.
  const most = last === undefined ? LAUNCH_MS : LAG_MS;
  if (court.now() - lately > most && reasonsOf(pod).includes('CreateContainerConfigError'))
    court.accuse(
      'a pod waits although all is there',
      `${label} has had everything for ${Math.round((court.now() - lately) / MINUTE)} minutes`,
    );
}

function reasonsOf({ status }: Pod): readonly string[] {
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].flatMap(
    ({ state }) => state?.waiting?.reason ?? [],
  );
}

function isOver({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

/** Whether a stop for the sake of one container has its reason. */
export function hasReason(court: Court, task: TrueTask, why: string | undefined): boolean {
  if (why === 'initFailed') return failedInits(court, task).length > 0;
  if (why === 'sidecarEnded') return hasEndedSidecar(court, task);
  return why === 'unhealthy' && task.failures.liveness >= FAILURES;
}

function hasEndedSidecar(court: Court, task: TrueTask): boolean {
  const { initContainers = [] } = court.files.of(task.uid ?? '')?.pod.spec ?? {};
  return initContainers.some(
    ({ name, restartPolicy }) =>
      restartPolicy === 'Always' && task.containers.get(name)?.exitCode !== undefined,
  );
}

/** Whether a stop comes before the sleep of the pod's preStop hook is over, as far as anybody knew that the task ran. */
export function comesTooEarly(court: Court, { metadata, spec }: Pod, task: TrueTask): boolean {
  const record = court.table.records().stored(metadata.uid);
  if (record?.stop?.why !== 'deleted' || record.task?.state !== 'running' || task.status !== 'RUNNING')
    return false;
  // It was decided while no container ran yet: there was nothing whose sleep was to be waited for.
  if (record.stop.at < task.changedAt) return false;
  const grace = metadata.deletionGracePeriodSeconds ?? 0;
  const sleep = Math.max(
    0,
    ...spec.containers.map(({ lifecycle }) => lifecycle?.preStop?.sleep?.seconds ?? 0),
  );
  const from = Date.parse(metadata.deletionTimestamp ?? '') - grace * 1000;
  return court.now() < from + Math.min(sleep, grace) * 1000 - 2000;
}
