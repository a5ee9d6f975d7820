import { kindOf } from '../../kinds/kind-table.ts';
import { isFinished } from '../../kinds/pod/pod-rules.ts';
import type { World } from '../../kinds/kind-row.ts';
import {
  finalizersOf,
  isTerminating,
  namespaceOf,
  timeAt,
  toTime,
  withMetadata,
} from '../../objects/api-object.ts';
import type { ApiObject } from '../../objects/api-object.ts';
import { conditionStatus, withCondition } from '../../objects/conditions.ts';
import { numberAt, objectAt, textAt, withoutNulls, withValue } from '../../objects/json.ts';
import { isDeepStrictEqual } from 'node:util';
import type { StoreEvent } from '../../storage/object-store.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { recordEvent } from '../record-event.ts';
import {
  activeOf,
  createPodFor,
  deletePodOf,
  isPodReady,
  objectAtKey,
  ownedBy,
  ownerKeys,
} from './owned-pods.ts';
import type { PodMaker } from './owned-pods.ts';

const TRACKING = 'batch.kubernetes.io/job-tracking';
const BACKOFF_MS = 10_000;
const LONGEST_BACKOFF_MS = 600_000;

/** Runs the pods of each Job to completion: counts what ended (a finalizer keeps pods until then), tries again with back-off. */
export function createJobController({ world }: ControllerContext): Controller {
  const maker: PodMaker = { world, row: kindOf('jobs', 'batch'), component: 'job-controller' };
  const due = new Map<string, number>();
  return {
    observe: (event) => {
      for (const key of keysOf(event)) due.set(key, -Infinity);
    },
    run: (now) => {
      const keys = [...due].filter(([, at]) => at <= now).map(([key]) => key);
      for (const key of keys) {
        due.delete(key);
        const again = reconcile(maker, key, now);
        // A change that the reconciliation itself made has put the key back already.
        if (again !== undefined && !due.has(key)) due.set(key, again);
      }
    },
    nextDue: () => (due.size === 0 ? undefined : Math.min(...due.values())),
  };
}

function keysOf(event: StoreEvent): readonly string[] {
  return event.storage === 'jobs' || event.storage === 'pods'
    ? ownerKeys(event, { storage: 'jobs', kind: 'Job' })
    : [];
}

function reconcile(maker: PodMaker, key: string, now: number): number | undefined {
  const job = objectAtKey(maker.world, 'jobs', key);
  if (job === undefined) {
    releaseStrays(maker.world, key);
    return undefined;
  }
  const counted = countEnded(maker.world, job, now);
  if (isOver(counted) || isTerminating(counted)) return undefined;
  const verdict = verdictOf(counted);
  if (verdict !== undefined) {
    end(maker, counted, verdict, now);
    return undefined;
  }
  return fill(maker, counted, now);
}

// Pods whose job is gone would keep their finalizer for ever.
function releaseStrays(world: World, key: string): void {
  const [namespace = '', name = ''] = key.split('/');
  for (const pod of world.store.list('pods')) {
    const isStray =
      namespaceOf(pod) === namespace &&
      finalizersOf(pod).includes(TRACKING) &&
      pod.metadata['ownerReferences'] !== undefined;
    if (
      isStray &&
      ownerKeys(
        { revision: 0, storage: 'pods', type: 'MODIFIED', object: pod },
        { storage: 'jobs', kind: 'Job' },
      ).includes(`${namespace}/${name}`)
    )
      release(world, pod);
  }
}

function release(world: World, pod: ApiObject): void {
  const kept = finalizersOf(pod).filter((one) => one !== TRACKING);
  const released = withMetadata(pod, { finalizers: kept.length === 0 ? undefined : kept });
  const isGone =
    isTerminating(pod) &&
    kept.length === 0 &&
    (numberAt(pod.metadata, 'deletionGracePeriodSeconds') ?? 0) === 0;
  if (isGone) world.store.remove('pods', released);
  else world.store.put('pods', released);
}

const isOver = (job: ApiObject): boolean =>
  conditionStatus(job, 'Complete') === 'True' || conditionStatus(job, 'Failed') === 'True';

function countEnded(world: World, job: ApiObject, now: number): ApiObject {
  const pods = ownedBy(world, 'pods', job);
  const ended = pods.filter(
    (pod) => finalizersOf(pod).includes(TRACKING) && (isFinished(pod) || isTerminating(job)),
  );
  const succeeded = ended.filter((pod) => textAt(pod, 'status', 'phase') === 'Succeeded').length;
  const failed = ended.filter((pod) => textAt(pod, 'status', 'phase') === 'Failed').length;
  const active = activeOf(pods);
  const before = objectAt(job, 'status');
  const orNull = (number: number): number | null => (number === 0 ? null : number);
  const status = withoutNulls({
    ...before,
    startTime: before['startTime'] ?? toTime(now),
    active: isOver(job) ? null : orNull(active.length),
    ready: active.filter(isPodReady).length,
    terminating: pods.filter((pod) => isTerminating(pod) && !isFinished(pod)).length,
    succeeded: orNull((numberAt(before, 'succeeded') ?? 0) + succeeded),
    failed: orNull((numberAt(before, 'failed') ?? 0) + failed),
    uncountedTerminatedPods: {},
  });
  const counted = isDeepStrictEqual(status, before) ? job : world.store.put('jobs', { ...job, status });
  for (const pod of ended) release(world, pod);
  return counted;
}

interface Verdict {
  readonly type: 'Complete' | 'Failed';
  readonly reason: string;
  readonly message: string;
}

function verdictOf(job: ApiObject): Verdict | undefined {
  const completions = numberAt(job, 'spec', 'completions') ?? 1;
  if ((numberAt(job, 'status', 'succeeded') ?? 0) >= completions) {
    return {
      type: 'Complete',
      reason: 'CompletionsReached',
      message: 'Reached expected number of succeeded pods',
    };
  }
  if ((numberAt(job, 'status', 'failed') ?? 0) <= (numberAt(job, 'spec', 'backoffLimit') ?? 6))
    return undefined;
  return {
    type: 'Failed',
    reason: 'BackoffLimitExceeded',
    message: 'Job has reached the specified backoff limit',
  };
}

function end(maker: PodMaker, job: ApiObject, verdict: Verdict, now: number): void {
  for (const pod of activeOf(ownedBy(maker.world, 'pods', job))) deletePodOf(maker, job, pod, now);
  const isComplete = verdict.type === 'Complete';
  const target = {
    ...verdict,
    type: isComplete ? 'SuccessCriteriaMet' : 'FailureTarget',
    status: 'True',
    lastProbeTime: toTime(now),
  };
  const final = { ...verdict, status: 'True', lastProbeTime: toTime(now) };
  let ended = withCondition(withCondition(job, target, now), final, now);
  if (isComplete) ended = withValue(ended, ['status', 'completionTime'], toTime(now));
  maker.world.store.put('jobs', withValue(ended, ['status', 'active'], undefined));
  const about = { about: job, kind: 'Job', component: maker.component };
  if (isComplete)
    recordEvent(
      maker.world,
      { ...about, type: 'Normal', reason: 'Completed', message: 'Job completed' },
      now,
    );
  else
    recordEvent(
      maker.world,
      { ...about, type: 'Warning', reason: verdict.reason, message: verdict.message },
      now,
    );
}

// Returns when to look again, if a failed pod makes the next one wait.
function fill(maker: PodMaker, job: ApiObject, now: number): number | undefined {
  if (objectAt(job, 'spec')['suspend'] === true) return undefined;
  const active = activeOf(ownedBy(maker.world, 'pods', job)).length;
  const remaining = (numberAt(job, 'spec', 'completions') ?? 1) - (numberAt(job, 'status', 'succeeded') ?? 0);
  const missing = Math.min(numberAt(job, 'spec', 'parallelism') ?? 1, remaining) - active;
  if (missing <= 0) return undefined;
  const notBefore = backoffEnd(maker.world, job);
  if (notBefore > now) return notBefore;
  for (let count = 0; count < missing; count += 1) {
    if (!createPodFor(maker, job, [TRACKING], now)) break;
  }
  return undefined;
}

function backoffEnd(world: World, job: ApiObject): number {
  const failed = numberAt(job, 'status', 'failed') ?? 0;
  if (failed === 0) return -Infinity;
  const ends = ownedBy(world, 'pods', job)
    .filter((pod) => textAt(pod, 'status', 'phase') === 'Failed')
    .map(endOf);
  return Math.max(0, ...ends) + Math.min(LONGEST_BACKOFF_MS, BACKOFF_MS * 2 ** (failed - 1));
}

function endOf(pod: ApiObject): number {
  const statuses = objectAt(pod, 'status')['containerStatuses'];
  const times = Array.isArray(statuses)
    ? (statuses as readonly ApiObject[]).map((one) => timeAt(one, 'state', 'terminated', 'finishedAt') ?? 0)
    : [];
  return Math.max(timeAt(pod.metadata, 'creationTimestamp') ?? 0, ...times);
}
