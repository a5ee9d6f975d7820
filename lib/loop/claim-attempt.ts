import type { Action } from '../core/action.ts';
import { isDeleting, type Instant, type Pod } from '../core/kubernetes.ts';
import { LAUNCH, type PodRecord } from '../core/record.ts';
import { carryOver } from '../core/restart.ts';
import type { View } from '../core/view.ts';
import type { RecordChange } from '../ports/records.ts';
import type { PodDeps } from './deps.ts';
import type { Executed } from './execute-action.ts';
import { observePod } from './observe-pod.ts';
import { announceWarnings } from './publish-status.ts';
import {
  executedWrite,
  podIn,
  recordIn,
  stillAt,
  stillClaimed,
  withRecord,
  writeRecord,
} from './write-record.ts';

/** Reserves an attempt. Only with the permission to launch in hand: a claim must not grow old while it waits. */
export async function claimAttempt(
  view: View,
  action: Action & { kind: 'claim' },
  deps: PodDeps,
  claimer: string,
): Promise<Executed> {
  const newer = await newerThan(view, deps);
  if (newer !== undefined) return { view: newer, overtaken: true };
  const now = deps.clock.now();
  const change =
    view.record === undefined
      ? firstClaim(view, podIn(view), action)
      : { ...nextClaim(withPublishedRestarts(view.record, podIn(view))), ...attemptOf(action) };
  const guard = view.record === undefined ? ({ kind: 'absent' } as const) : stillAt(view.record);
  const { generation } = podIn(view).metadata;
  const next = { ...view.key, node: view.node, attempt: action.attempt, try: 0 };
  const use = deps.provider.useOf(podIn(view), next);
  const claim = { ...change, ...freshClaim(now, claimer), generation, use };
  const outcome = await writeRecord(view, claim, guard, deps);
  if (outcome.kind === 'conflict')
    return { view: await observePod(deps, view.node, view.key), overtaken: true };
  if (view.record === undefined) await announceWarnings(view, deps);
  return { view: { ...withRecord(view, outcome.record), claimHeld: true } };
}

/**
 * A record that has ended says that its pod went, and the pod of this view may be as it was before that: it is looked at by name
 * before anything is started. Returns the newer view if it tells something else.
 */
async function newerThan(view: View, deps: PodDeps): Promise<View | undefined> {
  if (view.record?.state !== 'ended') return undefined;
  const fresh = await observePod(deps, view.node, view.key);
  const same = fresh.pod !== undefined && !isDeleting(fresh.pod) && fresh.record?.state === 'ended';
  return same ? undefined : fresh;
}

/** What the decision says of the attempt: its number may be more than one above that of a record that was behind its pod. */
function attemptOf({ attempt, specHash }: Action & { kind: 'claim' }): RecordChange {
  return { attempt, specHash };
}

function freshClaim(now: Instant, claimer: string): RecordChange {
  return {
    state: 'claimed',
    claimer,
    launchBefore: now + LAUNCH.claimMs,
    firstSentAt: now,
    replayed: false,
  };
}

function firstClaim({ key }: View, pod: Pod, action: Action & { kind: 'claim' }): RecordChange {
  return {
    namespace: key.namespace,
    name: key.name,
    specHash: action.specHash,
    attempt: action.attempt,
    try: 0,
    restarts: publishedRestarts(pod),
    backOffCount: 0,
  };
}

function publishedRestarts(pod: Pod): Record<string, number> {
  return Object.fromEntries(
    (pod.status?.containerStatuses ?? []).map(({ name, restartCount }) => [name, restartCount]),
  );
}

/** A record that was rebuilt from the provider knows no restarts, but the pod does: the count goes on from the higher. */
function withPublishedRestarts(record: PodRecord, pod: Pod): PodRecord {
  const published = Object.entries(publishedRestarts(pod));
  const most = published.map(([name, count]) => [name, Math.max(count, record.restarts[name] ?? 0)] as const);
  return { ...record, restarts: { ...record.restarts, ...Object.fromEntries(most) } };
}

function nextClaim(record: PodRecord): RecordChange {
  return {
    ...carryOver(record),
    try: 0,
    taskArn: undefined,
    launchedAt: undefined,
    task: undefined,
    stop: undefined,
    refusal: undefined,
    nextTryAt: undefined,
    missingSince: undefined,
    edit: undefined,
    files: undefined,
    annotations: undefined,
    probes: undefined,
    expiresAt: undefined,
  };
}

/** Takes up a claim whose sender is gone or gave up. The same token is sent again, so an earlier send does no harm. */
export async function renewClaim(view: View, deps: PodDeps, claimer: string): Promise<Executed> {
  const record = recordIn(view);
  const now = deps.clock.now();
  const change: RecordChange = {
    claimer,
    launchBefore: now + LAUNCH.claimMs,
    firstSentAt: record.firstSentAt ?? now,
    replayed: record.firstSentAt !== undefined,
    nextTryAt: undefined,
    // A token that may have been sent stands for what was asked for then.
    ...(record.firstSentAt === undefined && { use: deps.provider.useOf(podIn(view), record) }),
  };
  const outcome = await writeRecord(view, change, stillClaimed(record), deps);
  // Whoever was faster may have seen the pod go: it is looked at again before anything is decided.
  if (outcome.kind === 'conflict')
    return { view: await observePod(deps, view.node, view.key), overtaken: true };
  return { view: { ...withRecord(view, outcome.record), claimHeld: true } };
}

/** A new token, after a look proved that the old one started nothing. */
export async function moveTry(view: View, deps: PodDeps): Promise<Executed> {
  const record = recordIn(view);
  const change: RecordChange = { try: record.try + 1, firstSentAt: undefined, replayed: false };
  const outcome = await writeRecord(view, change, stillClaimed(record), deps);
  return executedWrite(view, outcome);
}
