import type { Pod } from '../../lib/core/kubernetes.ts';
import { LAUNCH, type PodRecord } from '../../lib/core/record.ts';
import { CLOCKS_MS, LAG_MS } from './court.ts';
import { comesTooEarly, hasReason } from './judge-patience.ts';
import type { Court } from './court.ts';
import { ordinal } from './story.ts';
import { hasRun, isForgotten, isLive, type TrueTask } from './true-tasks.ts';

/** 10 min of grace for young orphans, the next sweep, and a minute to do it. */
const ORPHAN_MS = (10 + 5 + 1) * 60_000;

/** Judges a task that ECS has just accepted. */
export function judgeNewTask(court: Court, task: TrueTask): void {
  if (task.uid === undefined) return;
  const label = court.files.labelOf(task.uid);
  for (const other of court.tasks.of(task.uid)) {
    if (other === task) continue;
    const both = `${label}: its ${ordinal(task.nth)} task (attempt ${task.attempt}) was accepted while the ${ordinal(other.nth)} (attempt ${other.attempt})`;
    if (isStray(court, other)) continue;
    if (isLive(other)) court.accuse('two live tasks for one pod', `${both} is ${other.status}`);
    if (other.attempt === task.attempt && !isExcused(court, other, task))
      court.accuse('two tasks for one attempt', `${both} was ${other.status}`);
    const policy = court.files.of(task.uid)?.pod.spec.restartPolicy;
    if (policy === 'Never' && hasRun(other) && !isExcused(court, other, task))
      court.accuse('a pod that runs once ran twice', `${both} had run; its restartPolicy is Never`);
  }
  judgeOverlap(court, task, label);
}

/**
 * A launch that was under way when the table became another one, whose claims have other tokens: it is stopped as soon as its answer
 * is back.
 */
function isStray(court: Court, { createdAt, desired }: TrueTask): boolean {
  const since = createdAt - (court.replacedAt() ?? Infinity);
  return desired === 'STOPPED' && since >= 0 && since <= LAUNCH.claimMs;
}

/** Nobody can know of a task that both the table and ECS have forgotten, or that ECS forgot together with its launch token. */
function isExcused(court: Court, other: TrueTask, task: TrueTask): boolean {
  if (other.forgottenAt !== undefined && other.attempt === task.attempt) return true;
  const clearedAt = court.clearedAt();
  return clearedAt !== undefined && other.createdAt <= clearedAt && isForgotten(other, court.now());
}

/** Two pods of one name never run at once, unless a user took the first away by force. */
function judgeOverlap(court: Court, task: TrueTask, label: string): void {
  for (const other of court.tasks.all()) {
    if (other.pod !== task.pod || other.uid === task.uid || other.uid === undefined || !isLive(other))
      continue;
    const isForced = [task.uid, other.uid].some((uid) => court.files.of(uid ?? '')?.goneBy === 'world');
    if (isForced) continue;
    court.accuse(
      'pods of one name overlap',
      `a task of ${label} was accepted while one of ${court.files.labelOf(other.uid)} is ${other.status}`,
    );
  }
}

/** Judges how long tasks have outlived their pods. */
export function judgeOrphans(court: Court): void {
  for (const task of court.tasks.all()) {
    if (task.uid === undefined || !isLive(task) || task.desired === 'STOPPED') continue;
    const file = court.files.of(task.uid);
    if (file !== undefined && file.goneAt === undefined) continue;
    const since = Math.max(file?.goneAt ?? 0, task.createdAt, court.disturbedUntil());
    if (court.now() - since > ORPHAN_MS)
      court.accuse(
        'a task without a pod lives too long',
        `${court.files.labelOf(task.uid)} is gone, but ${Math.round((court.now() - since) / 60_000)} minutes later its task is ${task.status}`,
      );
  }
}

/** Judges how far what is shown is behind what is true, whatever became of the events. */
export function judgeLag(court: Court): void {
  for (const { uid, pod, label, goneAt } of court.files.all()) {
    const task = court.tasks.of(uid).at(-1);
    if (goneAt !== undefined || task === undefined || isForgotten(task, court.now())) continue;
    const since = Math.max(task.changedAt, court.disturbedUntil());
    if (court.now() - since <= LAG_MS || court.isClosing()) continue;
    const shown = pod.status?.containerStatuses?.filter(({ state }) => state?.running !== undefined) ?? [];
    const isBehind =
      task.status === 'STOPPED'
        ? shown.some(({ containerID }) => isOf(task, containerID))
        : isStuck(task, pod);
    if (isBehind)
      court.accuse(
        'a status is behind the truth for too long',
        `the task of ${label} is ${task.status} for ${Math.round((court.now() - task.changedAt) / 60_000)} minutes, but the pod is shown ${pod.status?.phase ?? ''}`,
      );
  }
}

function isOf({ containers }: TrueTask, id: string | undefined): boolean {
  return [...containers.values()].some(({ runtimeId }) => `ecs://${runtimeId ?? ''}` === id);
}

/** It runs and nobody wants it to stop, but the pod does not say so. */
function isStuck({ status, desired }: TrueTask, pod: Pod): boolean {
  return status === 'RUNNING' && desired === 'RUNNING' && pod.status?.phase === 'Pending';
}

/** Judges a StopTask of the product. */
export function judgeStop(court: Court, arn: string): void {
  const task = court.tasks.get(arn);
  if (task === undefined || !isLive(task) || task.desired === 'STOPPED') return;
  if (task.uid === undefined) {
    court.accuse("a stranger's task was stopped", `${arn} does not belong to this product`);
    return;
  }
  const { isClosing, files, now } = court;
  const file = files.of(task.uid);
  if (!isClosing() && file !== undefined && file.goneAt === undefined && comesTooEarly(court, file.pod, task))
    court.accuse(
      'a stop came before the preStop sleep was over',
      `${file.label} sleeps before it stops, but its task was stopped`,
    );
  if (isClosing() || file === undefined || file.goneAt !== undefined || mayStop(court, task, file.pod, now()))
    return;
  court.accuse(
    'the task of a living pod was stopped',
    `${file.label} lives, but its ${ordinal(task.nth)} task, which is ${task.status}, was stopped`,
  );
}

function mayStop(court: Court, task: TrueTask, pod: Pod, now: number): boolean {
  const { metadata, status, spec } = pod;
  if (metadata.deletionTimestamp !== undefined || status?.phase === 'Failed' || status?.phase === 'Succeeded')
    return true;
  const deadline = Date.parse(status?.startTime ?? '') + (spec.activeDeadlineSeconds ?? NaN) * 1000;
  if (now >= deadline - CLOCKS_MS) return true;
  // A task that lost its claim to another one of the same pod is not the pod's.
  const record = court.table.records().stored(metadata.uid);
  return record !== undefined && (hasReason(court, task, record.stop?.why) || isNotOf(court, task, record));
}

function isNotOf(court: Court, { attempt, arn }: TrueTask, record: PodRecord): boolean {
  // A launch that was under way when the table became another: the new table's claim has another token.
  const isCrossing = court.now() - (court.replacedAt() ?? 0) <= LAUNCH.claimMs;
  if (record.state === 'claimed' && isCrossing) return true;
  return record.attempt !== attempt || (record.taskArn !== undefined && record.taskArn !== arn);
}
