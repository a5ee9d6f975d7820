import { decisionOf, FailureError, retryDelay, type Failure } from '../core/failure.ts';
import { fromTime, type Pod } from '../core/kubernetes.ts';
import type { PodRecord, Refusal } from '../core/record.ts';
import type { NodeSettings } from '../core/node-settings.ts';
import { cutText } from '../core/text.ts';
import type { View } from '../core/view.ts';
import type { RecordChange } from '../ports/records.ts';
import type { LaunchNote, LaunchOutcome } from '../ports/provider.ts';
import { nodeSettings, objectsOf, type PodDeps } from './deps.ts';
import type { Executed } from './execute-action.ts';
import { noticeOf } from './notice-of.ts';
import { podFields } from './pod-fields.ts';
import { readInputs } from './read-inputs.ts';
import { podIn, recordIn, stillAt, stillClaimed, withRecord, writeRecord } from './write-record.ts';

/** Sends the claim's launch once and records what came of it. */
export async function launchAttempt(view: View, deps: PodDeps): Promise<Executed> {
  const record = recordIn(view);
  // A pod that was taken up before had no record and no task: true only of a table that was complete all the while.
  if (view.recoveredAt !== undefined) await demandRebuilt(deps);
  const pod = podIn(view);
  const inputs = await readInputs(pod, settingsOf(view, deps), objectsOf(deps));
  const outcome = await deps.provider.launch(pod, record, record.launchBefore, inputs);
  await tellNotes(view, outcome.notes ?? [], deps);
  switch (outcome.kind) {
    case 'launched':
      return recordLaunch(view, outcome, deps);
    case 'failed':
      return recordRefusal(view, record, outcome, deps);
  }
}

function settingsOf({ node }: View, { settings }: PodDeps): NodeSettings {
  const found = nodeSettings(settings.nodes, node);
  if (found !== undefined) return found;
  throw new FailureError({ kind: 'internal', message: `${node} is not a node of this deployment.` });
}

/** What the launch of a pod has to tell its user. Repeated by each try: the cluster counts equal events up. */
async function tellNotes({ key, node }: View, notes: readonly LaunchNote[], deps: PodDeps): Promise<void> {
  const { namespace, name, uid } = key;
  const about = { kind: 'Pod', namespace, name, uid } as const;
  for (const note of notes) await deps.events.publish({ ...note, about }, node, deps.clock.now());
}

/** Throws `transient` when the table was lost since: the claim is taken up again by whoever has rebuilt the records. */
async function demandRebuilt({ marks }: PodDeps): Promise<void> {
  if ((await marks.rebuiltAt()) !== undefined) return;
  throw new FailureError({
    kind: 'transient',
    message: 'The table is new: its records are not rebuilt yet.',
  });
}

/**
 * Writes the task into the claim. When the claim no longer stands, the record decides: the same task is done (an event was
 * faster); another task or another attempt means that ours must not live. No record at all is written again; any other failure stops nothing.
 */
async function recordLaunch(
  view: View,
  launched: Omit<LaunchOutcome & { kind: 'launched' }, 'kind' | 'taskDefinition'> & {
    readonly taskDefinition: string | undefined;
  },
  deps: PodDeps,
): Promise<Executed> {
  const { found, taskDefinition, annotations, files } = launched;
  const record = recordIn(view);
  const now = deps.clock.now();
  const change: RecordChange = {
    state: 'launched',
    taskArn: found.task.arn,
    taskDefinition,
    launchedAt: now,
    task: found.task,
    refusal: undefined,
    nextTryAt: undefined,
    ...(annotations !== undefined && { annotations }),
    ...storedBy(files),
    ...generationSent(view, record),
  };
  const outcome = await writeRecord(view, change, stillAt(record), deps);
  const after = withRecord(view, outcome.record);
  if (outcome.kind === 'written' || outcome.record?.taskArn === found.task.arn) {
    const whole = await addToRecord(after, record.attempt, launched, deps);
    await announceLaunch(whole, deps);
    return { view: whole };
  }
  if (outcome.record === undefined) return restoreLaunch(view, { ...record, ...change } as PodRecord, deps);
  deps.telemetry.warn('Task belongs to no claim and is stopped', {
    orphan: found.task.arn,
    ...podFields(after),
  });
  await deps.provider.stop(found.task.arn, 'lambdalet: another attempt of this pod is on record');
  return { view: after };
}

/**
 * There is no record of a pod that was just claimed: the table was lost. What it held is known here, and is written again, so that
 * neither the pod is taken for one that was never started nor its task for nobody's.
 */
async function restoreLaunch(view: View, record: PodRecord, deps: PodDeps): Promise<Executed> {
  const { uid: _uid, node: _node, ...all } = record;
  const outcome = await writeRecord(view, all, { kind: 'absent' }, deps);
  deps.telemetry.error('The record of a launch was lost and is written again', podFields(view));
  return { view: withRecord(view, outcome.record) };
}

/** Once something is stored for an attempt, only its removal says otherwise. */
function storedBy(files: boolean | undefined): { readonly files?: true } {
  return files === true ? { files } : {};
}

/** What a first send was made of is the pod as it was seen; a replay may have found the task of an earlier send. */
function generationSent({ pod, claimHeld }: View, { replayed }: PodRecord): RecordChange {
  return claimHeld === true && !replayed ? { generation: pod?.metadata.generation } : {};
}

async function announceLaunch(view: View, deps: PodDeps): Promise<void> {
  const record = recordIn(view);
  const now = deps.clock.now();
  deps.telemetry.count('Launches', 1, 'Count', view.node);
  const boundAt = view.pod === undefined ? undefined : boundTime(view.pod);
  const boundToLaunched =
    record.attempt === 1 && boundAt !== undefined ? Math.max(0, now - boundAt) : undefined;
  if (boundToLaunched !== undefined)
    deps.telemetry.count('BindToLaunch', boundToLaunched, 'Milliseconds', view.node);
  const kind = record.attempt === 1 ? 'launched' : 'restarted';
  const latenciesMs = boundToLaunched === undefined ? {} : { latenciesMs: { boundToLaunched } };
  await deps.notices.publish({ ...noticeOf(view, deps.settings.cluster), kind, ...latenciesMs });
}

/** When the scheduler bound the pod (second precision), or its creation for a pod created with a node name. */
function boundTime(pod: Pod): number | undefined {
  const scheduled = pod.status?.conditions?.find(
    ({ type, status }) => type === 'PodScheduled' && status === 'True',
  );
  return fromTime(scheduled?.lastTransitionTime) ?? fromTime(pod.metadata.creationTimestamp);
}

/** Records a refusal, or that the launch was not answered, so that the reason and the next try show on the pod. */
async function recordRefusal(
  view: View,
  record: PodRecord,
  { failure, files }: LaunchOutcome & { kind: 'failed' },
  deps: PodDeps,
): Promise<Executed> {
  const { kind } = failure;
  deps.telemetry.warn('Launch failed', { failure, ...podFields(view) });
  deps.telemetry.count(kind === 'throttled' ? 'LaunchThrottles' : 'LaunchFailures', 1, 'Count', view.node);
  const decision = decisionOf(kind);
  const now = deps.clock.now();
  const tries = (record.refusal?.tries ?? 0) + 1;
  // A refusal of a token that may have been sent before proves nothing about the earlier send: it is never final.
  const proven = decision.definitive && !record.replayed;
  const refusal: Refusal = {
    kind,
    message: cutText(failure.message),
    ...(failure.code !== undefined && { code: failure.code }),
    at: now,
    tries,
    retry: decision.retry || !proven,
    podReason: failure.podReason ?? decision.podReason,
  };
  const change: RecordChange = {
    refusal,
    ...storedBy(files),
    // After an ambiguous send the claim runs out, and the same token is sent again: nobody may be faster.
    ...(kind !== 'ambiguous' && {
      nextTryAt: refusal.retry ? now + retryDelay(kind, tries - 1) : undefined,
      launchBefore: now,
    }),
    // What was throttled or never left has started nothing: the token is as good as new.
    ...(!record.replayed && startedNothing(kind) && { firstSentAt: undefined }),
    ...(proven && { try: record.try + 1, firstSentAt: undefined, replayed: false }),
  };
  const outcome = await writeRecord(view, change, stillClaimed(record), deps);
  const after = await addToRecord(withRecord(view, outcome.record), record.attempt, storedBy(files), deps);
  return { view: after, ...(kind === 'configuration' && { unsent: true }) };
}

/**
 * What only the sender of a launch knows is added where an event was faster and wrote the task without it: else what is stored
 * for the attempt would stay for ever.
 */
async function addToRecord(
  view: View,
  attempt: number,
  { files, annotations }: Pick<LaunchOutcome & { kind: 'launched' }, 'files' | 'annotations'>,
  deps: PodDeps,
): Promise<View> {
  const { record } = view;
  if (record?.attempt !== attempt) return view;
  const change: RecordChange = {
    ...(files === true && record.files !== true && { files }),
    ...(annotations !== undefined && record.annotations === undefined && { annotations }),
  };
  if (Object.keys(change).length === 0) return view;
  const outcome = await writeRecord(view, change, stillAt(record), deps);
  return withRecord(view, outcome.record);
}

function startedNothing(kind: Failure['kind']): boolean {
  return kind === 'throttled' || kind === 'transient';
}

/** Looks for a task of this attempt; one that exists is adopted as if its launch had just been answered. */
export async function findTask(view: View, deps: PodDeps): Promise<Executed> {
  const record = recordIn(view);
  const found = await deps.provider.find(record.uid, record.attempt);
  if (found === undefined) return { view: { ...view, nothingFoundAt: deps.clock.now() } };
  // Whoever sent it may have stored something for it, and is gone.
  return recordLaunch(view, { found, taskDefinition: found.taskDefinition, files: true }, deps);
}
