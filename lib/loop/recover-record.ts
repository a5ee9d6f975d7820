import { attemptAfter } from '../core/is-behind.ts';
import { fromTime, type Instant } from '../core/kubernetes.ts';
import { isNeverLaunched } from '../core/never-launched.ts';
import { LAUNCH, type PodRecord } from '../core/record.ts';
import { shownTime } from '../core/shown-time.ts';
import type { View } from '../core/view.ts';
import { repairOf, type PodDeps, type RepairDeps } from './deps.ts';
import type { Executed } from './execute-action.ts';
import {
  recordAllTasks,
  recordTask,
  rebuiltFrom,
  type OwnedTask,
  type RebuildDeps,
} from './rebuild-records.ts';
import { executedWrite, podIn, stillAt, writeRecord } from './write-record.ts';

/**
 * A table that was lost, or is as it was some time ago: a launch claimed just before may still be sent, and the provider may not tell
 * of it for a while. Only after this do its answers prove that a pod has no task.
 */
const SETTLED_MS = LAUNCH.claimMs + LAUNCH.settleMs;

/** A task that a pod shows and the provider does not know yet is asked for again after this. */
const AGAIN_MS = 15_000;

/** How old a shared look may be. */
const FRESH_MS = 10_000;

/** A look at every task of the provider, shared by all who ask while it is under way or fresh. */
export function shareRecovery(deps: RebuildDeps): RepairDeps['recover'] {
  let latest: { readonly begun: Instant; readonly look: Promise<void> } | undefined;
  return () => {
    const now = deps.clock.now();
    if (latest !== undefined && now - latest.begun <= FRESH_MS) return latest.look;
    const look = recordAllTasks(deps);
    const mine = { begun: now, look };
    latest = mine;
    look.catch(() => {
      if (latest === mine) latest = undefined;
    });
    return look;
  };
}

/**
 * Whether a pod without a record that shows nothing may have had one all the same: it is older than its table, and the provider's lists
 * prove nothing yet.
 */
export async function mayHaveLost(view: View, { marks, clock }: PodDeps): Promise<boolean> {
  if (view.recoveredAt !== undefined || isNeverLaunched(view, podIn(view))) return false;
  const rebuiltAt = await marks.rebuiltAt();
  if (rebuiltAt === undefined) return true;
  const createdAt = fromTime(podIn(view).metadata.creationTimestamp) ?? -Infinity;
  return createdAt <= rebuiltAt && clock.now() < rebuiltAt + SETTLED_MS;
}

/**
 * Finds the task of a pod that was taken up before and has no record, and records it. `recoveredAt` is set in the view when a
 * complete look, late enough to prove it, found none.
 */
export async function recoverRecord(view: View, deps: PodDeps): Promise<Executed> {
  if (view.record !== undefined) return catchUp(view, view.record, deps);
  const { records, marks, clock } = deps;
  const { recover } = repairOf(deps);
  const markedAt = await marks.rebuiltAt();
  await recover();
  const rebuiltAt = markedAt ?? clock.now();
  if (markedAt === undefined) await marks.setRebuilt(rebuiltAt);
  const settledAt = settledTime(view, rebuiltAt);
  await recordShownTask(view, deps);
  const record = await records.get(view.node, view.key.uid);
  if (record !== undefined) return { view: { ...view, record } };
  const now = clock.now();
  return now < settledAt ? { view, pauseUntil: settledAt } : { view: { ...view, recoveredAt: now } };
}

/** A table that was restored has the mark of its own past: what the pod shows of its task may be younger. */
function settledTime(view: View, rebuiltAt: Instant): Instant {
  return Math.max(rebuiltAt, shownTime(podIn(view))) + SETTLED_MS;
}

/** The record may be of an attempt before the pod's last: that one's task takes its place, once the provider tells of it. */
async function catchUp(view: View, record: PodRecord, deps: PodDeps): Promise<Executed> {
  const now = deps.clock.now();
  const settledAt = settledTime(view, (await deps.marks.rebuiltAt()) ?? now);
  const later = await findLaterTask(view, record, deps);
  if (later === undefined)
    return now < settledAt
      ? { view, pauseUntil: Math.min(settledAt, now + AGAIN_MS) }
      : { view: { ...view, recoveredAt: now } };
  const outcome = await writeRecord(view, rebuiltFrom(later, now), stillAt(record), deps);
  return executedWrite(view, outcome);
}

/**
 * The task of the pod's last attempt, if that comes after what the record says: what the pod shows of its attempts may be behind too,
 * so that each one found is followed by a look for the next.
 */
async function findLaterTask(view: View, record: PodRecord, deps: PodDeps): Promise<OwnedTask | undefined> {
  let latest: OwnedTask | undefined;
  let next = await findFirstLater(view, record, deps);
  while (next !== undefined) {
    latest = next;
    next = await findAttempt(record.uid, latest.owner.attempt + 1, deps);
  }
  return latest;
}

/** The task that the pod shows; else that of the claim or the next attempt; else one started since the pod's last end was published. */
async function findFirstLater(view: View, record: PodRecord, deps: PodDeps): Promise<OwnedTask | undefined> {
  const { uid, attempt, state } = record;
  // The task of a claim is not known yet.
  const first = state === 'claimed' ? attempt : attempt + 1;
  const shown = await findShownTask(view, deps);
  if (shown !== undefined && shown.owner.attempt >= first) return shown;
  for (const later of new Set([first, attempt + 1, attemptAfter(podIn(view), record)])) {
    const found = await findAttempt(uid, later, deps);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function findAttempt(uid: string, attempt: number, deps: PodDeps): Promise<OwnedTask | undefined> {
  const found = await deps.provider.find(uid, attempt);
  const owner = found?.owner;
  return found === undefined || owner === undefined ? undefined : { ...found, owner };
}

async function recordShownTask(view: View, deps: PodDeps): Promise<void> {
  if ((await deps.records.get(view.node, view.key.uid)) !== undefined) return;
  const shown = await findShownTask(view, deps);
  if (shown !== undefined) await recordTask(shown, deps);
}

/** The pod's own status names the task that it last ran in: it is asked for by name, whatever the lists say. */
async function findShownTask({ pod, key }: View, deps: PodDeps): Promise<OwnedTask | undefined> {
  for (const { containerID } of pod?.status?.containerStatuses ?? []) {
    const runtimeId = containerID?.split('://')[1];
    const found = runtimeId === undefined ? undefined : await deps.provider.findByContainer(runtimeId);
    const owner = found?.owner;
    if (found !== undefined && owner?.uid === key.uid) return { ...found, owner };
  }
  return undefined;
}
