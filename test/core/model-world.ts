// A world of one pod as plain values: what the API server, the table and the provider hold, and what each action makes of them.
// It stands in for the loop in property tests of core, so that a property fails because of a decision and not because of I/O.
import type { Action } from '../../lib/core/action.ts';
import { decisionOf, retryDelay, type FailureKind } from '../../lib/core/failure.ts';
import type { Instant, Pod, PodStatus } from '../../lib/core/kubernetes.ts';
import { nextAction } from '../../lib/core/next-action.ts';
import { LAUNCH, launchToken, type PodRecord } from '../../lib/core/record.ts';
import { carryOver } from '../../lib/core/restart.ts';
import type { ObservedTask } from '../../lib/core/task.ts';
import type { Caller, View } from '../../lib/core/view.ts';
import { withoutUndefined } from '../../lib/core/without-undefined.ts';
import { refusalOf } from '../memory/merge-status.ts';
import { HASH, KEY, patched } from '../support/vocabulary.ts';

/** What becomes of one send of a launch. `lost`: carried out, but the answer did not come; `dropped`: neither. */
export type Luck = 'well' | 'lost' | 'dropped' | FailureKind;

/** A task with what it belongs to. */
export interface ModelTask {
  readonly token: string;
  readonly attempt: number;
  readonly task: ObservedTask;
}

export interface World {
  readonly now: Instant;
  readonly pod: Pod | undefined;
  readonly record: PodRecord | undefined;
  readonly tasks: readonly ModelTask[];
  /** Every status that the API server showed, oldest first. */
  readonly shown: readonly Partial<PodStatus>[];
}

/** What one fold did and when it wants to look again. */
export interface Fold {
  readonly world: World;
  readonly actions: readonly Action[];
  readonly until: Instant | undefined;
}

/** The steps after which a fold counts as endless: the loop's own limit. */
const FOLD_LIMIT = 16;

/** What only lives as long as the fold. */
type Memory = Pick<View, 'claimHeld' | 'nothingFoundAt' | 'describedAt' | 'recoveredAt' | 'loss'>;

const viewOf = ({ pod, record }: World, memory: Memory = {}): View => ({
  key: KEY,
  node: 'node-1',
  pod,
  record,
  ...(record === undefined && { assessment: { kind: 'runnable', specHash: HASH, warnings: [] } as const }),
  ...memory,
});

/** Acts until the pod has to wait; `crashAfter` ends the fold after that many actions, as a dead invocation would. */
export function fold(start: World, caller: Caller, luck: readonly Luck[], crashAfter = Infinity): Fold {
  let world = start;
  let memory: Memory = {};
  const actions: Action[] = [];
  for (let step = 0; step < Math.min(FOLD_LIMIT, crashAfter); step += 1) {
    const action = nextAction(viewOf(world, memory), world.now, caller);
    if (action.kind === 'wait') return { world, actions, until: action.until };
    actions.push(action);
    ({ world, memory } = act(world, memory, action, luck[step] ?? 'well'));
  }
  if (crashAfter < FOLD_LIMIT) return { world, actions, until: world.now };
  throw new Error(`the fold did not end: ${actions.map(({ kind }) => kind).join(', ')}`);
}

interface Acted {
  readonly world: World;
  readonly memory: Memory;
}

function act(world: World, memory: Memory, action: Action, luck: Luck): Acted {
  const withRecord = (change: Partial<PodRecord> | object, held = false): Acted => ({
    world: { ...world, record: withoutUndefined({ ...world.record, ...change }) as PodRecord },
    memory: { ...memory, claimHeld: held },
  });
  const record = world.record as PodRecord;
  switch (action.kind) {
    case 'wait':
      return { world, memory };
    case 'refuse':
      return { world: show(world, action.status), memory };
    case 'hold':
      return { world: show(world, action.patch), memory };
    case 'patchStatus':
      return { world: annotated(show(world, action.patch), action), memory };
    case 'clearFiles':
      return withRecord({ files: undefined });
    case 'claim':
      return withRecord(claimOf(world, action), true);
    case 'renewClaim':
      return withRecord(renewalOf(record, world.now), true);
    case 'launch':
      return launch(world, memory, luck);
    case 'findTask': {
      const found = world.tasks.find(
        ({ attempt, task }) => attempt === record.attempt && isListed(task, world),
      );
      if (found === undefined) return { world, memory: { ...memory, nothingFoundAt: world.now } };
      return withRecord(adoption(found.task, world.now));
    }
    case 'moveTry':
      return withRecord({ try: record.try + 1, firstSentAt: undefined, replayed: false });
    case 'declareLost': {
      const arn = `unknown:${record.attempt}`;
      const task = { arn, version: 0, state: 'stopped', containers: [], stoppedAt: world.now, cause: 'lost' };
      return withRecord({ state: 'launched', taskArn: arn, task });
    }
    case 'recover':
      return { world, memory: { ...memory, recoveredAt: world.now } };
    case 'examineLoss': {
      const missing = !world.tasks.some(({ task }) => task.arn === record.taskArn);
      return { world, memory: { ...memory, loss: { missing, backlog: 0, nodeSince: 0 } } };
    }
    case 'recordEnd':
      return withRecord({
        ...claimOf(world, { kind: 'claim', attempt: 0, specHash: 'none' }),
        state: 'ended',
        firstSentAt: undefined,
      });
    case 'giveUp':
      return withRecord({ stop: action.request });
    case 'noteEdit':
      return withRecord({
        generation: action.generation,
        edit: action.edit,
        specHash: action.specHash ?? record.specHash,
      });
    case 'stop':
      return {
        ...withRecord({ stop: action.request }),
        world: { ...stopped(world), record: { ...record, stop: action.request } },
      };
    case 'describeTask': {
      const known = world.tasks.find(({ task }) => task.arn === record.taskArn);
      const { world: after, memory: kept } = withRecord(known === undefined ? {} : { task: known.task });
      return { world: after, memory: { ...kept, describedAt: world.now } };
    }
    case 'removePod':
      return { world: { ...world, pod: undefined }, memory };
    case 'endRecord':
      return withRecord({ state: 'ended', expiresAt: action.keep ? undefined : world.now + 60 * 60_000 });
  }
}

/** The provider's lists are behind by up to a minute: here always by a whole one. */
function isListed({ createdAt = 0 }: ObservedTask, { now }: World): boolean {
  return now - createdAt >= LAUNCH.settleMs;
}

/** Writes a status as the API server takes it; what it would refuse is a fault of the decision. */
function show(world: World, patch: Partial<PodStatus>): World {
  const pod = patched(world.pod!, patch);
  const refusal = refusalOf(world.pod!, pod.status!);
  if (refusal !== undefined) throw new Error(refusal);
  return { ...world, pod, shown: [...world.shown, pod.status!] };
}

function annotated(world: World, { annotations }: Action & { kind: 'patchStatus' }): World {
  const { pod } = world;
  if (pod === undefined || annotations === undefined) return world;
  const metadata = { ...pod.metadata, annotations: { ...pod.metadata.annotations, ...annotations } };
  return { ...world, pod: { ...pod, metadata } };
}

function claimOf({ record, pod, now }: World, action: Action & { kind: 'claim' }): object {
  const claim = {
    state: 'claimed',
    claimer: 'me',
    launchBefore: now + LAUNCH.claimMs,
    firstSentAt: now,
    replayed: false,
    try: 0,
  };
  if (record === undefined) {
    const restarts = (pod?.status?.containerStatuses ?? []).map(({ name, restartCount }) => [
      name,
      restartCount,
    ]);
    return {
      ...KEY,
      node: 'node-1',
      specHash: action.specHash,
      attempt: action.attempt,
      restarts: Object.fromEntries(restarts) as object,
      backOffCount: 0,
      ...claim,
    };
  }
  const gone = {
    taskArn: undefined,
    launchedAt: undefined,
    task: undefined,
    stop: undefined,
    refusal: undefined,
    nextTryAt: undefined,
  };
  return { ...carryOver(record), ...gone, ...claim };
}

function renewalOf(record: PodRecord, now: Instant): Partial<PodRecord> | object {
  return {
    launchBefore: now + LAUNCH.claimMs,
    firstSentAt: record.firstSentAt ?? now,
    replayed: record.firstSentAt !== undefined,
    nextTryAt: undefined,
  };
}

function adoption(task: ObservedTask, now: Instant): object {
  return {
    state: 'launched',
    taskArn: task.arn,
    launchedAt: now,
    task,
    refusal: undefined,
    nextTryAt: undefined,
  };
}

function launch(world: World, memory: Memory, luck: Luck): Acted {
  const record = world.record as PodRecord;
  const after = { ...memory, claimHeld: false };
  if (luck === 'dropped' || luck === 'ambiguous') return { world, memory: after };
  if (luck !== 'well' && luck !== 'lost')
    return { world: { ...world, record: refused(record, luck, world.now) }, memory: after };
  const started = start(world, record);
  if (luck === 'lost') return { world: started, memory: after };
  const { task } = started.tasks.find(({ token }) => token === launchToken(record))!;
  const next = withoutUndefined({ ...record, ...adoption(task, world.now) }) as PodRecord;
  return { world: { ...started, record: next }, memory: after };
}

/** The provider starts a task for a token that it does not know; the same token gives the same task. */
function start(world: World, record: PodRecord): World {
  const token = launchToken(record);
  if (world.tasks.some((known) => known.token === token)) return world;
  const task: ObservedTask = {
    arn: `arn:${token}`,
    version: 1,
    state: 'pending',
    containers: (world.pod?.spec.containers ?? []).map(({ name }) => ({ name, state: 'pending' })),
    createdAt: world.now,
  };
  return { ...world, tasks: [...world.tasks, { token, attempt: record.attempt, task }] };
}

function refused(record: PodRecord, kind: FailureKind, now: Instant): PodRecord {
  const decision = decisionOf(kind);
  const tries = (record.refusal?.tries ?? 0) + 1;
  const proven = decision.definitive && !record.replayed;
  const { podReason } = decision;
  return withoutUndefined({
    ...record,
    refusal: { kind, message: `it is ${kind}`, at: now, tries, retry: decision.retry || !proven, podReason },
    nextTryAt: now + retryDelay(kind, tries - 1),
    launchBefore: now,
    ...(proven && { try: record.try + 1, firstSentAt: undefined, replayed: false }),
  });
}

function stopped(world: World): World {
  return changeTasks(
    world,
    ({ task }) => task.arn === world.record?.taskArn && task.state !== 'stopped',
    (task) => ({
      ...task,
      state: 'stopping',
      version: task.version + 1,
      stoppingAt: task.stoppingAt ?? world.now,
    }),
  );
}

/** Changes those of the provider's tasks that `which` names. */
export function changeTasks(
  world: World,
  which: (known: ModelTask) => boolean,
  change: (task: ObservedTask) => ObservedTask,
): World {
  return {
    ...world,
    tasks: world.tasks.map((known) => (which(known) ? { ...known, task: change(known.task) } : known)),
  };
}

/** What task-events makes of an event about that task: only the record's own attempt and task, only a newer version. */
export function deliver(world: World, { attempt, task }: ModelTask): World {
  const { record } = world;
  if (record === undefined || record.attempt !== attempt) return world;
  if ((record.taskArn ?? task.arn) !== task.arn || (record.task?.version ?? -1) >= task.version) return world;
  const adopted = record.state === 'claimed' ? adoption(task, world.now) : {};
  return { ...world, record: withoutUndefined({ ...record, ...adopted, task }) };
}
