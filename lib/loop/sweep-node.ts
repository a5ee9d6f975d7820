import { failureOf } from '../core/failure.ts';
import { judgeStray } from '../core/judge-stray.ts';
import type { Instant, PodKey } from '../core/kubernetes.ts';
import { nextBreaker, type Breaker } from '../core/breaker.ts';
import { sameJson } from '../core/same-json.ts';
import type { PodRecord } from '../core/record.ts';
import type { FoundTask } from '../core/task.ts';
import { describeRecord } from '../core/transition.ts';
import type { SyncDeps } from './deps.ts';
import { recordTask, type OwnedTask } from './rebuild-records.ts';
import { refreshTasks, type LiveTask } from './refresh-tasks.ts';
import type { StraySearch } from './search-strays.ts';
import { tellTransition } from './tell-transition.ts';
import { demandCluster } from './verify-cluster.ts';
import { newerLook } from './write-record.ts';

/** What a look at a node has found, as far as the sweep needs it. */
export interface SweptNode {
  readonly node: string;
  readonly live: readonly LiveTask[];
  /** Pods that live although the list left them out. */
  readonly missedPods: number;
  readonly knownPods: number;
  readonly breaker: Breaker | undefined;
  readonly search: StraySearch;
  /** Called as soon as the record of a pod says something new. */
  readonly onChanged: (key: PodKey) => void;
}

/** The words that go with the stop of a task that no pod needs. */
const ORPHAN_REASON = 'lambdalet: no pod needs this task';

/**
 * Compares records and provider in both directions: every task on record is asked about, and every task that runs is looked up
 * on record. Nothing is believed when too much is absent at once (the breaker); a task without a pod is stopped only when it is
 * ten minutes old, its record and its pod were looked at by name, and the breaker is released. Returns the breaker.
 */
export async function sweepNode(deps: SyncDeps, swept: SweptNode): Promise<Breaker | undefined> {
  const { clock, marks, telemetry } = deps;
  const { node, live, breaker: before, onChanged } = swept;
  const { changed, missing } = await refreshTasks(live, deps);
  changed.forEach(onChanged);
  const absences = [
    { kind: 'tasks', known: live.length, absent: missing.length },
    { kind: 'pods', known: swept.knownPods, absent: swept.missedPods },
  ] as const;
  const breaker = nextBreaker(before, absences, clock.now());
  if (!sameJson(before, breaker)) await marks.setBreaker(node, breaker);
  if (breaker !== undefined) {
    const message = 'Too much is absent at once: nothing is stopped because of it';
    telemetry.trouble('breaker', message, { node, ...breaker });
    return breaker;
  }
  await noteMissing(deps, missing, onChanged);
  await resolveStrays(deps, swept);
  return undefined;
}

/** The first look that misses a task: the second one comes a minute later, by whoever looks then. */
async function noteMissing(
  deps: SyncDeps,
  missing: readonly LiveTask[],
  onChanged: SweptNode['onChanged'],
): Promise<void> {
  for (const { key, node, arn, attempt, guard, missing: isKnown } of missing) {
    if (isKnown) continue;
    deps.telemetry.warn('Task is unknown to the provider', { ...key, node, attempt, task: arn });
    const outcome = await deps.records.write({ ...key, node }, { missingSince: deps.clock.now() }, guard);
    if (outcome.kind === 'written')
      tellTransition(deps.telemetry, { key, node, record: outcome.record }, 'taskMissing', { cause: 'look' });
    onChanged(key);
  }
}

/** One task that cannot be judged now must not keep the others from being judged. */
async function resolveStrays(deps: SyncDeps, { node, live, search, onChanged }: SweptNode): Promise<void> {
  const known = live.map(({ arn }) => arn);
  for (const found of await search.strays(node, known)) {
    try {
      const key = await resolveStray(deps, node, found);
      if (key !== undefined) onChanged(key);
    } catch (thrown) {
      const failure = failureOf(thrown);
      deps.telemetry.warn('Task could not be judged', { node, task: found.task.arn, failure });
    }
  }
}

/** Adopts, stops or leaves one task; returns the pod whose record it changed. */
async function resolveStray(deps: SyncDeps, node: string, found: FoundTask): Promise<PodKey | undefined> {
  const { owner, task } = found;
  if (owner?.cluster !== deps.settings.cluster) {
    deps.telemetry.info('Task in our ECS cluster is a stranger and is left alone', { task: task.arn });
    return undefined;
  }
  const record = await deps.records.get(node, owner.uid);
  const { namespace, name } = record ?? owner;
  if (namespace === undefined || name === undefined) {
    deps.telemetry.warn('Task names no pod and is left alone', { task: task.arn, uid: owner.uid, node });
    return undefined;
  }
  const key: PodKey = { uid: owner.uid, namespace, name };
  const pod = await deps.pods.get(namespace, name, node);
  const podLives = pod?.metadata.uid === owner.uid;
  const verdict = judgeStray({ task, attempt: owner.attempt, record, podLives }, deps.clock.now());
  switch (verdict) {
    case 'leave':
      return undefined;
    case 'record':
      await recordTask({ ...found, owner } satisfies OwnedTask, deps);
      return key;
    case 'adopt':
      await adoptTask(deps, { node, key }, found, record);
      return key;
    case 'stop':
      // Credentials are read anew while an invocation runs: a 404 of another cluster says nothing of our pods.
      await demandCluster(deps);
      return stopStray(deps, { node, key }, found, record);
  }
}

interface Place {
  readonly node: string;
  readonly key: PodKey;
}

/** The claim's launch was answered to nobody: the task goes into its record, as an event would have brought it. */
async function adoptTask(
  deps: SyncDeps,
  { node, key }: Place,
  found: FoundTask,
  before: PodRecord | undefined,
): Promise<void> {
  const { task, owner, taskDefinition } = found;
  const launchedAt: Instant = task.createdAt ?? deps.clock.now();
  const change = {
    state: 'launched',
    taskArn: task.arn,
    taskDefinition,
    launchedAt,
    task,
    refusal: undefined,
    nextTryAt: undefined,
  } as const;
  const guard = newerLook({ attempt: owner?.attempt ?? 0 }, task);
  const outcome = await deps.records.write({ ...key, node }, change, guard);
  if (outcome.kind === 'conflict') return;
  const { record } = outcome;
  const detail = { cause: 'look', ...describeRecord(before, record) };
  tellTransition(deps.telemetry, { key, node, record }, 'taskAdopted', detail);
}

async function stopStray(
  deps: SyncDeps,
  { node, key }: Place,
  { task, owner }: FoundTask,
  record: PodRecord | undefined,
): Promise<undefined> {
  deps.telemetry.warn('Task without a pod is stopped', {
    ...key,
    node,
    attempt: owner?.attempt,
    task: task.arn,
  });
  await deps.provider.stop(task.arn, ORPHAN_REASON);
  tellTransition(deps.telemetry, { key, node, record }, 'strayStopped', { cause: 'noPod' });
  return undefined;
}
