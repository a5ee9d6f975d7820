// The words that tests of core are written in: a pod, its record, its task, and who asks. Everything has a default, so that a
// test names only what it is about.
import {
  toTime,
  type Container,
  type Instant,
  type Pod,
  type PodSpec,
  type PodStatus,
} from '../../lib/core/kubernetes.ts';
import { derivePodStatus } from '../../lib/core/pod-status.ts';
import type { NodeSettings } from '../../lib/core/node-settings.ts';
import type { PodRecord, Refusal } from '../../lib/core/record.ts';
import type { ObservedContainer, ObservedTask } from '../../lib/core/task.ts';
import type { Caller, ReadyRules, View } from '../../lib/core/view.ts';
import { mergePodStatus } from '../memory/merge-status.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

/** The moment at which tables of tests take place. */
export const NOW: Instant = Date.parse('2026-01-01T12:00:00Z');

/** The moment that many seconds before {@link NOW}. */
export const ago = (seconds: number): Instant => NOW - seconds * SECOND;

export const UID = 'aaaaaaaa-0000-4000-8000-000000000001';
export const KEY = { uid: UID, namespace: 'default', name: 'web' } as const;
export const ARN = 'arn:aws:ecs:eu-west-1:111122223333:task/demo/0001';
export const HASH = '1:abc';

/** What a pod may differ in from the plain one. */
export interface PodWords {
  readonly spec?: Partial<PodSpec>;
  readonly status?: Partial<PodStatus>;
  readonly metadata?: Partial<Pod['metadata']>;
  /** Container names; default `main`. */
  readonly containers?: readonly string[];
}

/** A container of an image that nobody pulls. */
const aContainer = (name: string): Container => ({ name, image: `registry.invalid/${name}:1` });

/** A pod bound to node-1 a minute ago, as the API server gives it back. */
export function aPod({ spec, status, metadata, containers = ['main'] }: PodWords = {}): Pod {
  const conditions = [{ type: 'PodScheduled', status: 'True', lastTransitionTime: toTime(ago(60)) }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...KEY, resourceVersion: '1', creationTimestamp: toTime(ago(60)), ...metadata },
    spec: {
      restartPolicy: 'Always',
      nodeName: 'node-1',
      terminationGracePeriodSeconds: 30,
      containers: containers.map(aContainer),
      ...spec,
    },
    status: mergePodStatus({ phase: 'Pending', conditions }, status ?? {}),
  };
}

/** The same pod once its deletion was asked for. */
export function deleted(pod: Pod, graceSeconds = 30): Pod {
  const deletionTimestamp = toTime(NOW + graceSeconds * SECOND);
  return {
    ...pod,
    metadata: { ...pod.metadata, deletionTimestamp, deletionGracePeriodSeconds: graceSeconds },
  };
}

/** The same pod with a status as the API server would give it back after that patch. */
export function patched(pod: Pod, status: Partial<PodStatus>): Pod {
  return { ...pod, status: mergePodStatus(pod.status, status) };
}

/** The same pod once everything that the record says is published. */
export function showing(pod: Pod, record: PodRecord | undefined, podsReady = true): Pod {
  return patched(pod, derivePodStatus(pod, record, NOW, { podsReady, networkProbes: false }));
}

/** A claim made just now, not sent yet. */
export function aClaim(words: Partial<PodRecord> = {}): PodRecord {
  return {
    ...KEY,
    node: 'node-1',
    state: 'claimed',
    specHash: HASH,
    attempt: 1,
    try: 0,
    claimer: 'somebody',
    launchBefore: NOW + 60 * SECOND,
    firstSentAt: NOW,
    replayed: false,
    restarts: {},
    backOffCount: 0,
    ...words,
  };
}

/** The record of a task; `null`: nothing was told of it yet. */
export function aLaunch(task: ObservedTask | null = aTask(), words: Partial<PodRecord> = {}): PodRecord {
  return {
    ...aClaim({ launchBefore: ago(0), firstSentAt: ago(60) }),
    state: 'launched',
    taskArn: ARN,
    launchedAt: ago(30),
    ...(task !== null && { task }),
    ...words,
  };
}

/** A container as the provider tells of it; default: it runs for ten seconds. */
export function seen(name = 'main', words: Partial<ObservedContainer> = {}): ObservedContainer {
  return { name, state: 'running', startedAt: ago(10), runtimeId: `run-${name}`, ...words };
}

/** A container that exited with this code just now. */
export const exited = (
  name: string,
  exitCode: number,
  words: Partial<ObservedContainer> = {},
): ObservedContainer => seen(name, { state: 'stopped', exitCode, finishedAt: ago(0), ...words });

/** A running task. */
export function aTask(words: Partial<ObservedTask> = {}): ObservedTask {
  return {
    arn: ARN,
    version: 3,
    state: 'running',
    containers: [seen()],
    podIP: '10.0.0.1',
    createdAt: ago(30),
    startedAt: ago(10),
    ...words,
  };
}

/** A task that is starting: nothing of it runs yet. */
export function aPendingTask(words: Partial<ObservedTask> = {}): ObservedTask {
  return {
    arn: ARN,
    version: 1,
    state: 'pending',
    containers: [{ name: 'main', state: 'pending' }],
    createdAt: ago(30),
    ...words,
  };
}

/** A task that ended just now, by its container's exit. */
export function aStoppedTask(exitCode: number, words: Partial<ObservedTask> = {}): ObservedTask {
  return aTask({
    version: 5,
    state: 'stopped',
    cause: 'exited',
    stoppingAt: ago(0),
    stoppedAt: ago(0),
    containers: [exited('main', exitCode)],
    ...words,
  });
}

/** A task that never ran, with the provider's words on why. */
export function aTaskThatNeverRan(cause: NonNullable<ObservedTask['cause']>, reason: string): ObservedTask {
  return { arn: ARN, version: 4, state: 'stopped', containers: [], stoppedAt: ago(0), cause, reason };
}

/** A refusal of a launch, ten seconds ago. */
export function aRefusal(words: Partial<Refusal> = {}): Refusal {
  return {
    kind: 'capacity',
    message: 'Capacity is unavailable at this time.',
    at: ago(10),
    tries: 1,
    retry: true,
    podReason: 'FargateCapacityUnavailable',
    ...words,
  };
}

/** Pods become ready, and nobody runs network probes. */
export const READY: ReadyRules = { podsReady: true, networkProbes: false };

/** Who asks: by default the holder, who may do everything. */
export const holder: Caller = {
  id: 'me',
  mayLaunch: true,
  mayUseProvider: true,
  closing: false,
  breakerHolds: false,
  podsReady: true,
  networkProbes: false,
};
/** The function that handles task events: it never talks to the provider. */
export const eventFunction: Caller = { ...holder, mayLaunch: false, mayUseProvider: false };
/** The teardown of the node. */
export const teardown: Caller = { ...holder, mayLaunch: false, closing: true };

/** A view; by default of a new pod that can run here. */
export function aView(words: Partial<View> = {}): View {
  const pod = 'pod' in words ? words.pod : aPod();
  const isNew = words.record === undefined && pod !== undefined;
  return {
    key: KEY,
    node: 'node-1',
    pod,
    record: undefined,
    ...(isNew && { assessment: { kind: 'runnable', specHash: HASH, warnings: [] } as const }),
    ...words,
  };
}

/** The settings of one node. */
export function aNodeSettings(words: Partial<NodeSettings> = {}): NodeSettings {
  return {
    name: 'node-1',
    architecture: 'amd64',
    capacity: { cpu: '40', memory: '160Gi', pods: '100', 'ephemeral-storage': '1Ti' },
    labels: {},
    taints: [],
    subnets: ['subnet-1'],
    securityGroups: [],
    assignPublicIp: false,
    capacityType: 'on-demand',
    region: 'eu-west-1',
    podsReady: true,
    ...words,
  };
}
