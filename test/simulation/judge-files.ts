import type { Court } from './court.ts';
import type { Sandbox } from './sandbox.ts';
import type { FileOwner } from './storage.ts';
import { isHelper, isLive, type TrueTask } from './true-tasks.ts';

/** Judges the removal of a file: nobody may need it any more. */
export function judgeRemoval(court: Court, { uid, attempt }: FileOwner, key: string): void {
  const reader = court.tasks.of(uid).find((task) => task.attempt === attempt && isWaiting(task));
  if (reader === undefined || isLeaving(court, uid)) return;
  court.accuse(
    'a file was removed too early',
    `${nameOf(key)} of ${court.files.labelOf(uid)} is removed while its task is ${reader.status}`,
  );
}

/** A task without any container that has started: the agent has not fetched what it starts with, as far as anybody was told. */
function isWaiting(task: TrueTask): boolean {
  if (!isLive(task) || task.desired === 'STOPPED' || task.startedAt !== undefined) return false;
  return [...task.containers.values()].every(({ lastStatus }) => lastStatus === 'PENDING');
}

/** Judges an agent that found no file: it must have been somebody else's doing. */
export function judgeMissing(court: Court, { uid, attempt }: FileOwner, key: string): void {
  const task = court.tasks.of(uid).find((one) => one.attempt === attempt && isLive(one));
  if (task === undefined || isLeaving(court, uid)) return;
  const emptiedAt = court.emptiedAt();
  // Whoever stores a file and launches an instant later may be overtaken.
  if (emptiedAt !== undefined && task.createdAt - emptiedAt < STORE_MS) return;
  court.accuse(
    'a task was started without its files',
    `${nameOf(key)} of ${court.files.labelOf(uid)} is not there when its task (attempt ${attempt}) starts`,
  );
}

/** From storing a file to its launch: the end of a claim. */
const STORE_MS = 70_000;

function isLeaving(court: Court, uid: string): boolean {
  const file = court.files.of(uid);
  const { status, metadata } = file?.pod ?? {};
  return (
    file === undefined ||
    file.goneAt !== undefined ||
    metadata?.deletionTimestamp !== undefined ||
    status?.phase === 'Failed' ||
    status?.phase === 'Succeeded'
  );
}

function nameOf(key: string): string {
  return key.split('/').slice(3).join('/');
}

/** Who stored what, and when. */
export type Stores = Map<string, { readonly sandbox: Sandbox; readonly at: number }[]>;

/**
 * The files that are left when everything has settled. Only who was struck after he had stored one (or who died, or whose record was
 * lost) may leave it behind, for the bucket's lifecycle.
 */
export function leftFiles(
  court: Court,
  stores: Stores,
  keys: readonly string[],
): { readonly excused: number; readonly left: string | undefined } {
  const isExcused = (key: string): boolean =>
    (stores.get(key) ?? []).some(
      ({ sandbox, at }) => sandbox.dead || sandbox.struckAt >= at || (court.clearedAt() ?? 0) >= at,
    );
  const left = keys.find((key) => !isExcused(key));
  const [, , uid] = left?.split('/') ?? [];
  return {
    excused: keys.filter(isExcused).length,
    left: left === undefined ? undefined : `${nameOf(left)} of ${court.files.labelOf(uid)}`,
  };
}

/** Names of containers that have failed although others wait for their success. */
export function failedInits(court: Court, task: TrueTask): readonly string[] {
  const spec = court.files.of(task.uid ?? '')?.pod.spec;
  const inits = (spec?.initContainers ?? []).flatMap(({ name, restartPolicy }) =>
    restartPolicy === 'Always' ? [] : [name],
  );
  return [...task.containers.values()]
    .filter(
      ({ name, exitCode }) =>
        exitCode !== undefined && exitCode !== 0 && (inits.includes(name) || isHelper(name)),
    )
    .map(({ name }) => name);
}
