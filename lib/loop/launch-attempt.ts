import { boundTime } from '../core/bound-time.ts';
import { FailureError, type FailureKind } from '../core/failure.ts';
import type { MetricOf } from '../core/metrics.ts';
import type { PodRecord } from '../core/record.ts';
import type { NodeSettings } from '../core/node-settings.ts';
import type { View } from '../core/view.ts';
import type { RecordChange } from '../ports/records.ts';
import type { Objects } from '../ports/objects.ts';
import type { LaunchNote, LaunchOutcome, RefusedLaunch } from '../ports/provider.ts';
import { nodeSettings, objectsOf, type PodDeps } from './deps.ts';
import type { Executed } from './execute-action.ts';
import { judgeRefusal } from './judge-refusal.ts';
import { noticeOf } from './notice-of.ts';
import { podFields } from './pod-fields.ts';
import { readInputs } from './read-inputs.ts';
import { podIn, recordIn, stillAt, stillClaimed, withRecord, writeRecord } from './write-record.ts';

/** Sends the claim's launch once and records what came of it. */
export async function launchAttempt(view: View, deps: PodDeps): Promise<Executed> {
  const record = recordIn(view);
  // A pod that was taken up before had no record and no task: true only of a table that was complete all the while.
  if (view.recoveredAt !== undefined) await demandRebuilt(deps);
  const outcome = await readAndSend(view, record, deps);
  await tellNotes(view, outcome.notes ?? [], deps);
  switch (outcome.kind) {
    case 'launched':
      return recordLaunch(view, outcome, deps);
    case 'failed':
      return recordRefusal(view, record, outcome, deps);
  }
}

/**
 * Reads what the pod refers to, and sends the launch. A pod that lacked something the last time is asked for it first: a token for each
 * try of a pod that waits would be made in vain.
 */
async function readAndSend(view: View, record: PodRecord, deps: PodDeps): Promise<LaunchOutcome> {
  const { provider } = deps;
  const [pod, node, objects] = [podIn(view), settingsOf(view, deps), objectsOf(deps)];
  const needs = provider.needsOf(pod, view.node);
  const lacked = record.refusal?.kind === 'configuration' && needs.tokens.length > 0;
  const untold = lacked ? await readInputs(pod, node, objects, { needs, token: STAND_IN }) : undefined;
  const lack = untold && provider.lackIn(pod, record, untold);
  if (lack !== undefined) return lack;
  const inputs = await readInputs(pod, node, objects, { needs });
  return provider.launch(pod, record, record.launchBefore, inputs);
}

/** Takes the place of tokens where it is only asked whether everything else is there. */
const STAND_IN: Objects['token'] = () =>
  Promise.resolve({ kind: 'found', value: { token: '', expiresAt: Infinity } });

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
  return { view: after, overtaken: true };
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
  const boundAt = view.pod === undefined ? undefined : boundTime(view.pod);
  const boundToLaunched =
    record.attempt === 1 && boundAt !== undefined ? Math.max(0, now - boundAt) : undefined;
  if (boundToLaunched !== undefined) deps.telemetry.count('BindToLaunch', boundToLaunched, view.node);
  const kind = record.attempt === 1 ? 'launched' : 'restarted';
  const latenciesMs = boundToLaunched === undefined ? {} : { latenciesMs: { boundToLaunched } };
  await deps.notices.publish({ ...noticeOf(view, deps.settings.cluster), kind, ...latenciesMs });
}

/** Records a refusal, or that the launch was not answered, so that the reason and the next try show on the pod. */
async function recordRefusal(
  view: View,
  record: PodRecord,
  outcome: RefusedLaunch,
  deps: PodDeps,
): Promise<Executed> {
  const { failure, files } = outcome;
  const { kind } = failure;
  deps.telemetry.warn('Launch failed', { failure, ...podFields(view) });
  const metric = metricOfFailure(kind);
  if (metric !== undefined) deps.telemetry.count(metric, 1, view.node);
  const change = { ...judgeRefusal(record, outcome, deps.clock.now()), ...storedBy(files) };
  const written = await writeRecord(view, change, stillClaimed(record), deps);
  const after = await addToRecord(withRecord(view, written.record), record.attempt, storedBy(files), deps);
  return {
    view: after,
    ...(kind === 'configuration' && { unsent: true }),
    ...(written.kind === 'conflict' && { overtaken: true }),
  };
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

/** What a failed launch counts as; one that may pass by itself is a line of the log, and trouble when it goes on for minutes. */
function metricOfFailure(kind: FailureKind): MetricOf<'node'> | undefined {
  switch (kind) {
    case 'throttled':
      return 'LaunchThrottles';
    case 'capacity':
    case 'quota':
      return 'LaunchesWithoutCapacity';
    case 'refused':
    case 'auth':
    case 'configuration':
      return 'LaunchesRefused';
    case 'transient':
    case 'ambiguous':
    case 'internal':
      return undefined;
  }
}

/** Looks for a task of this attempt; one that exists is adopted as if its launch had just been answered. */
export async function findTask(view: View, deps: PodDeps): Promise<Executed> {
  const record = recordIn(view);
  const found = await deps.provider.find(record.uid, record.attempt);
  if (found === undefined) return { view: { ...view, nothingFoundAt: deps.clock.now() } };
  // Whoever sent it may have stored something for it, and is gone.
  return recordLaunch(view, { found, taskDefinition: found.taskDefinition, files: true }, deps);
}
