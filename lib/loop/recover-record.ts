import type { Instant } from '../core/kubernetes.ts';
import { LAUNCH, type PodRecord } from '../core/record.ts';
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
import { stillAt, withRecord, writeRecord } from './write-record.ts';

/**
 * A table that was lost: a launch claimed just before may still be sent, and the provider's lists may miss it for a while. Only
 * after this do they prove that a pod has no task.
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
  const settledAt = rebuiltAt + SETTLED_MS;
  await recordShownTask(view, deps);
  const record = await records.get(view.node, view.key.uid);
  if (record !== undefined) return { view: { ...view, record } };
  const now = clock.now();
  return now < settledAt ? { view, pauseUntil: settledAt } : { view: { ...view, recoveredAt: now } };
}

/** The record may be of an attempt before the pod's last: that one's task takes its place, once the provider tells of it. */
async function catchUp(view: View, record: PodRecord, deps: PodDeps): Promise<Executed> {
  const now = deps.clock.now();
  const settledAt = ((await deps.marks.rebuiltAt()) ?? now) + SETTLED_MS;
  const later = await findLaterTask(view, record, deps);
  if (later === undefined)
    return now < settledAt
      ? { view, pauseUntil: Math.min(settledAt, now + AGAIN_MS) }
      : { view: { ...view, recoveredAt: now } };
  const outcome = await writeRecord(view, rebuiltFrom(later, now), stillAt(record), deps);
  return { view: withRecord(view, outcome.record) };
}

async function findLaterTask(
  view: View,
  { uid, attempt }: PodRecord,
  deps: PodDeps,
): Promise<OwnedTask | undefined> {
  const shown = await findShownTask(view, deps);
  if (shown !== undefined && shown.owner.attempt > attempt) return shown;
  const next = await deps.provider.find(uid, attempt + 1);
  const owner = next?.owner;
  return next === undefined || owner === undefined ? undefined : { ...next, owner };
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
