// Views as they may be found after anything: pods and records that need not fit each other.
import fc from 'fast-check';
import type { NoRoom } from '../../lib/core/ceiling.ts';
import type { FailureKind } from '../../lib/core/failure.ts';
import { toTime, type Pod } from '../../lib/core/kubernetes.ts';
import { derivePodStatus } from '../../lib/core/pod-status.ts';
import type { PodRecord, Refusal } from '../../lib/core/record.ts';
import type { ObservedContainer, ObservedTask } from '../../lib/core/task.ts';
import type { Caller } from '../../lib/core/view.ts';
import { READY, aClaim, aPod, aRefusal, ARN, deleted, NOW, patched, SECOND } from '../support/vocabulary.ts';

const NAMES = ['main', 'side'] as const;
const KINDS: readonly FailureKind[] = [
  'refused',
  'capacity',
  'quota',
  'throttled',
  'auth',
  'transient',
  'ambiguous',
  'internal',
];

/** A moment up to two hours ago, or `undefined`. */
const past = fc.integer({ min: 0, max: 7200 }).map((seconds) => NOW - seconds * SECOND);
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });
/** An object without the fields that came out as `undefined`. */
const record = <T extends object>(fields: {
  [Key in keyof T]: fc.Arbitrary<T[Key] | undefined>;
}): fc.Arbitrary<T> => fc.record<Record<string, unknown>>(fields as never).map((made) => defined(made) as T);
const defined = (made: object): object =>
  Object.fromEntries(Object.entries(made).filter(([, value]) => value !== undefined));

const container = (name: string): fc.Arbitrary<ObservedContainer> =>
  record<ObservedContainer>({
    name: fc.constant(name),
    state: fc.constantFrom('pending', 'running', 'stopped'),
    exitCode: maybe(fc.constantFrom(0, 1, 3, 137, 143)),
    reason: maybe(fc.constantFrom('CannotStartContainerError: x', 'OutOfMemoryError: x', 'x')),
    outOfMemory: maybe(fc.boolean()),
    runtimeId: maybe(fc.constant(`run-${name}`)),
    imageDigest: maybe(fc.constant('sha256:d')),
    health: maybe(fc.constantFrom('healthy', 'unhealthy', 'unknown')),
    startedAt: maybe(past),
    finishedAt: maybe(past),
  });

const containers: fc.Arbitrary<readonly ObservedContainer[]> = fc
  .subarray([...NAMES])
  .chain((names) => fc.tuple(...names.map(container)));

/** Any task as a provider may tell of it. */
const anyTask: fc.Arbitrary<ObservedTask> = record<ObservedTask>({
  arn: fc.constant(ARN),
  version: fc.integer({ min: 0, max: 9 }),
  state: fc.constantFrom('pending', 'running', 'stopping', 'stopped'),
  containers,
  podIP: maybe(fc.constantFrom('10.0.0.1', '10.0.0.2')),
  createdAt: maybe(past),
  startedAt: maybe(past),
  stoppingAt: maybe(past),
  stoppedAt: maybe(past),
  cause: maybe(
    fc.constantFrom(
      'exited',
      'imagePull',
      'configuration',
      'capacity',
      'containerStart',
      'requested',
      'disruption',
      'lost',
    ),
  ),
  reason: maybe(fc.constant('words')),
  disruption: maybe(fc.constant('a warning')),
});

const anyRefusal: fc.Arbitrary<Refusal> = fc
  .record({
    kind: fc.constantFrom(...KINDS),
    at: past,
    tries: fc.integer({ min: 1, max: 20 }),
    retry: fc.boolean(),
  })
  .map(aRefusal);

const anyStop = fc.record({
  at: past,
  why: fc.constantFrom('deleted', 'deadlineExceeded', 'teardown', 'orphan'),
  deadline: fc.integer({ min: -600, max: 600 }).map((seconds) => NOW + seconds * SECOND),
});

const anyRestarts = fc.record({ main: fc.nat(4), side: fc.nat(4) }, { requiredKeys: [] });

/** Each restart began another attempt, so that no record counts as many restarts as attempts. */
const within = (restarts: PodRecord['restarts'], attempt: number): PodRecord['restarts'] =>
  Object.fromEntries(Object.entries(restarts).map(([name, count]) => [name, Math.min(count, attempt - 1)]));

/** Any record as the table may hold it: what a state demands is there. */
export const anyRecord: fc.Arbitrary<PodRecord> = fc
  .record({
    state: fc.constantFrom('claimed', 'launched', 'ended'),
    attempt: fc.integer({ min: 1, max: 5 }),
    try: fc.nat(2),
    launchBefore: fc.integer({ min: -7200, max: 60 }).map((seconds) => NOW + seconds * SECOND),
    firstSentAt: maybe(past),
    replayed: fc.boolean(),
    task: maybe(anyTask),
    launchedAt: maybe(past),
    refusal: maybe(anyRefusal),
    nextTryAt: maybe(fc.integer({ min: -600, max: 600 }).map((seconds) => NOW + seconds * SECOND)),
    stop: maybe(anyStop),
    restarts: anyRestarts,
    backOffCount: fc.nat(12),
    previous: maybe(
      record<NonNullable<PodRecord['previous']>>({
        attempt: fc.constant(1),
        taskArn: fc.constant('old'),
        containers,
        startedAt: maybe(past),
        stoppedAt: maybe(past),
      }),
    ),
  })
  .map(({ task, launchedAt, stop, restarts, ...rest }) => {
    const told = rest.state === 'claimed' ? {} : { taskArn: ARN, task, launchedAt, stop };
    const made = aClaim({ ...rest, ...told, restarts: within(restarts, rest.attempt) } as Partial<PodRecord>);
    return defined(made) as PodRecord;
  });

const policy = fc.constantFrom('Always', 'OnFailure', 'Never');

/** A live pod that nobody deleted and that has no deadline: it may have any status that some record once gave it. */
export const anyLivePod: fc.Arbitrary<Pod> = fc
  .record({
    restartPolicy: policy,
    names: fc.constantFrom(['main'], ['main', 'side']),
    before: maybe(anyRecord),
  })
  .map(({ restartPolicy, names, before }) => {
    const pod = aPod({ containers: names, spec: { restartPolicy } });
    return before === undefined ? pod : patched(pod, derivePodStatus(pod, before, NOW - 60 * SECOND, READY));
  })
  .filter((pod) => pod.status?.phase === 'Pending' || pod.status?.phase === 'Running');

/** Any pod: live, ended, being deleted or with a deadline. */
export const anyPod: fc.Arbitrary<Pod> = fc
  .record({
    pod: anyLivePod,
    phase: maybe(fc.constantFrom('Succeeded', 'Failed')),
    grace: maybe(fc.constantFrom(0, 30)),
    activeDeadlineSeconds: maybe(fc.constantFrom(1, 100_000)),
    ofDaemonSet: fc.integer({ min: 0, max: 9 }).map((die) => die === 0),
  })
  .map(({ pod, phase, grace, activeDeadlineSeconds, ofDaemonSet }) => {
    const spec = { ...pod.spec, ...(activeDeadlineSeconds !== undefined && { activeDeadlineSeconds }) };
    const status = {
      ...pod.status,
      startTime: toTime(NOW - 60 * SECOND),
      ...(phase !== undefined && { phase }),
    };
    const owner = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'd', uid: 'd', controller: true };
    const metadata = { ...pod.metadata, ...(ofDaemonSet && { ownerReferences: [owner] }) };
    const made: Pod = { ...pod, spec, status, metadata };
    return grace === undefined ? made : deleted(made, grace);
  });

/** What the holder may find when it looks for room. */
export const anyNoRoom: fc.Arbitrary<NoRoom> = fc.oneof(
  fc.constant<NoRoom>({ kind: 'unknown' }),
  fc
    .record({
      owner: fc.record({ kind: fc.constantFrom('node', 'namespace'), name: fc.constant('x') }),
      unit: fc.constantFrom('vcpu', 'usdPerHour'),
      ceiling: fc.constantFrom(1, 2),
      inUse: fc.constantFrom(0, 1.5),
      need: fc.constantFrom(0.25, 4),
      isKept: fc.boolean(),
    })
    .map((lack): NoRoom => ({ kind: 'lacking', lack })),
);

/** Anyone who may ask. */
export const anyCaller: fc.Arbitrary<Caller> = fc.record({
  id: fc.constant('me'),
  mayLaunch: fc.boolean(),
  mayUseProvider: fc.boolean(),
  closing: fc.boolean(),
  breakerHolds: fc.boolean(),
  podsReady: fc.boolean(),
  networkProbes: fc.boolean(),
});
