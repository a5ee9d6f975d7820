import { describe, expect, it } from 'vitest';
import { type Pod } from '../../lib/core/kubernetes.ts';
import { derivePodStatus, diffPodStatus } from '../../lib/core/pod-status.ts';
import type { PodRecord } from '../../lib/core/record.ts';
import { conditionsOf, lineOf } from '../support/vocabulary-status.ts';
import {
  READY,
  aClaim,
  aLaunch,
  aPendingTask,
  aPod,
  aStoppedTask,
  aTask,
  aTaskThatNeverRan,
  exited,
  NOW,
  seen,
  showing,
} from '../support/vocabulary.ts';

const always = aPod();
const onFailure = aPod({ spec: { restartPolicy: 'OnFailure' } });
const never = aPod({ spec: { restartPolicy: 'Never' } });
const two = (restartPolicy: string): Pod => aPod({ containers: ['main', 'side'], spec: { restartPolicy } });

const statusOf = (pod: Pod, record: PodRecord | undefined) => derivePodStatus(pod, record, NOW, READY);

const creating = 'Pending; main: waiting ContainerCreating';
const unready = { ContainersReady: 'False ContainersNotReady', Ready: 'False ContainersNotReady' };
const ready = { ContainersReady: 'True', Ready: 'True' };
const failed = { ContainersReady: 'False PodFailed', Ready: 'False PodFailed' };
const completed = {
  Initialized: 'True PodCompleted',
  ContainersReady: 'False PodCompleted',
  Ready: 'False PodCompleted',
};

interface Row {
  readonly task: string;
  readonly pod?: Pod;
  readonly record: PodRecord | undefined;
  readonly shows: string;
  readonly conditions?: Record<string, string>;
}

const pull = aTaskThatNeverRan('imagePull', 'CannotPullContainerError: not found');
const noSecret = aTaskThatNeverRan('configuration', 'ResourceInitializationError: no secret');
const noAddress = aTaskThatNeverRan('capacity', 'Timeout waiting for network interface provisioning');
const notStarted = {
  ...aTaskThatNeverRan('containerStart', 'Essential container in task exited'),
  containers: [
    { name: 'main', state: 'stopped', reason: 'CannotStartContainerError: no such file' } as const,
  ],
};
const outOfMemory = aStoppedTask(137, {
  containers: [exited('main', 137, { outOfMemory: true, reason: 'OutOfMemoryError: killed' })],
});
const spot = (containers = [exited('main', 143)]) =>
  aStoppedTask(143, { cause: 'disruption', reason: 'Your Spot Task was interrupted.', containers });
const lost = aTaskThatNeverRan('lost', 'unknown to the provider');

const probed = aPod({
  spec: { containers: [{ name: 'main', readinessProbe: { exec: { command: ['true'] } } }] },
});
const notReady = { attempt: 1, containers: { main: { readiness: { ok: false, against: 0, at: NOW } } } };

const rows: readonly Row[] = [
  { task: 'no task yet', record: undefined, shows: creating, conditions: unready },
  { task: 'claimed', record: aClaim(), shows: creating },
  { task: 'launched, nothing told', record: aLaunch(null), shows: creating },
  {
    task: 'PROVISIONING',
    record: aLaunch(aPendingTask()),
    shows: creating,
    conditions: { PodScheduled: 'True', PodReadyToStartContainers: 'False', Initialized: 'True', ...unready },
  },
  {
    task: 'PENDING with an address',
    record: aLaunch(aPendingTask({ podIP: '10.0.0.1' })),
    shows: creating,
    conditions: { PodReadyToStartContainers: 'True', ...unready },
  },
  {
    task: 'RUNNING',
    record: aLaunch(),
    shows: 'Running; main: running',
    conditions: { PodReadyToStartContainers: 'True', Initialized: 'True', ...ready },
  },
  {
    task: 'RUNNING, unhealthy',
    pod: probed,
    record: aLaunch(aTask(), { probes: notReady }),
    shows: 'Running; main: running',
    conditions: unready,
  },
  {
    task: 'RUNNING, a container that may stop has stopped',
    pod: two('Always'),
    record: aLaunch(aTask({ containers: [seen(), exited('side', 0)] })),
    shows: 'Running; main: running; side: terminated Completed 0',
    conditions: unready,
  },
  {
    task: 'RUNNING, a container has not started',
    pod: two('Always'),
    record: aLaunch(aTask({ containers: [seen(), { name: 'side', state: 'pending' }] })),
    shows: 'Running; main: running; side: waiting ContainerCreating',
    conditions: unready,
  },
  {
    task: 'STOPPING',
    record: aLaunch(aTask({ state: 'stopping' })),
    shows: 'Running; main: running',
    conditions: ready,
  },
  {
    task: 'DEPROVISIONING, exit codes known',
    record: aLaunch(aTask({ state: 'stopping', containers: [exited('main', 143)] })),
    shows: 'Running; main: terminated Error 143',
    conditions: unready,
  },
  {
    task: 'STOPPED, image not pulled',
    record: aLaunch(pull),
    shows: 'Pending; main: waiting ErrImagePull',
    conditions: { PodReadyToStartContainers: 'False', ...unready },
  },
  {
    task: 'STOPPED, image not pulled, under Never: pulled again for ever all the same',
    pod: never,
    record: aLaunch(pull),
    shows: 'Pending; main: waiting ErrImagePull',
  },
  {
    task: 'STOPPED, image of a later attempt not pulled: the phase does not go back',
    pod: aPod({ status: { phase: 'Running' } }),
    record: aLaunch(pull, { attempt: 2, backOffCount: 1 }),
    shows: 'Running; main: waiting ImagePullBackOff',
  },
  {
    task: 'STOPPED, secret or log group missing',
    record: aLaunch(noSecret),
    shows: 'Pending; main: waiting CreateContainerConfigError',
  },
  {
    task: 'STOPPED, no interface or address or room',
    record: aLaunch(noAddress),
    shows: creating,
  },
  {
    task: 'STOPPED, container could not be started',
    record: aLaunch(notStarted),
    shows: 'Pending; main: waiting CrashLoopBackOff',
  },
  {
    task: 'STOPPED, container could not be started, under Never',
    pod: never,
    record: aLaunch(notStarted),
    shows: 'Failed; main: terminated StartError 128',
    conditions: failed,
  },
  {
    task: 'STOPPED by exit 0, under Never',
    pod: never,
    record: aLaunch(aStoppedTask(0)),
    shows: 'Succeeded; main: terminated Completed 0',
    conditions: { ...completed, PodReadyToStartContainers: 'False' },
  },
  {
    task: 'STOPPED by exit 0, under OnFailure',
    pod: onFailure,
    record: aLaunch(aStoppedTask(0)),
    shows: 'Succeeded; main: terminated Completed 0',
    conditions: completed,
  },
  {
    task: 'STOPPED by exit 0, under Always: it runs again',
    record: aLaunch(aStoppedTask(0)),
    shows: 'Running; main: waiting CrashLoopBackOff',
    conditions: unready,
  },
  {
    task: 'STOPPED by exit 3, under Never',
    pod: never,
    record: aLaunch(aStoppedTask(3)),
    shows: 'Failed; main: terminated Error 3',
    conditions: failed,
  },
  {
    task: 'STOPPED by exit 3, under OnFailure: it runs again',
    pod: onFailure,
    record: aLaunch(aStoppedTask(3)),
    shows: 'Running; main: waiting CrashLoopBackOff',
  },
  {
    task: 'STOPPED by exit 3, no policy named: as under Always',
    pod: aPod({ spec: { restartPolicy: undefined as never } }),
    record: aLaunch(aStoppedTask(3)),
    shows: 'Running; main: waiting CrashLoopBackOff',
  },
  {
    task: 'STOPPED out of memory, under Never',
    pod: never,
    record: aLaunch(outOfMemory),
    shows: 'Failed; main: terminated OOMKilled 137',
  },
  {
    task: 'STOPPED, one of two containers failed, under Never',
    pod: two('Never'),
    record: aLaunch(aStoppedTask(1, { containers: [exited('main', 0), exited('side', 1)] })),
    shows: 'Failed; main: terminated Completed 0; side: terminated Error 1',
  },
  {
    task: 'STOPPED, one of two failed, under OnFailure: the one that is done stays done',
    pod: two('OnFailure'),
    record: aLaunch(aStoppedTask(1, { containers: [exited('main', 0), exited('side', 1)] })),
    shows: 'Running; main: terminated Completed 0; side: waiting CrashLoopBackOff',
  },
  {
    task: 'STOPPED by someone else, under Never, no exit code told',
    pod: never,
    record: aLaunch(
      aStoppedTask(0, { cause: 'requested', containers: [seen('main', { state: 'stopped' })] }),
    ),
    shows: 'Failed; main: terminated ContainerStatusUnknown 137',
  },
  {
    task: 'STOPPED without any cause told, under Never',
    pod: never,
    record: aLaunch({ ...aStoppedTask(0), cause: undefined as never }),
    shows: 'Succeeded; main: terminated Completed 0',
  },
  {
    task: 'STOPPED by a Spot reclaim, under Always: failed, for a controller to replace',
    record: aLaunch(spot()),
    shows: 'Failed Shutdown; main: terminated Error 143',
    conditions: { ...failed, DisruptionTarget: 'True TerminationByKubelet' },
  },
  {
    task: 'STOPPED by a Spot reclaim, nothing told of the container',
    record: aLaunch(spot([])),
    shows: 'Failed Shutdown; main: terminated ContainerStatusUnknown 137',
  },
  {
    task: 'STOPPED by the host, no words',
    record: aLaunch({ ...spot(), reason: undefined as never }),
    shows: 'Failed Shutdown; main: terminated Error 143',
  },
  {
    task: 'MISSING and never seen STOPPED',
    record: aLaunch(lost),
    shows: 'Failed NodeLost; main: terminated ContainerStatusUnknown 137',
    conditions: failed,
  },
  {
    task: 'MISSING, no words',
    record: aLaunch({ ...lost, reason: undefined as never }),
    shows: 'Failed NodeLost; main: terminated ContainerStatusUnknown 137',
  },
];

describe('the status of a pod by what became of its task', () => {
  it.each(rows)('$task', ({ pod = always, record, shows, conditions = {} }) => {
    const status = statusOf(pod, record);
    expect(lineOf(status)).toBe(shows);
    expect(conditionsOf(status)).toMatchObject(conditions);
  });

  it.each(rows)('$task: writing it leaves nothing to write', ({ pod = always, record }) => {
    const shown = showing(pod, record);
    expect(diffPodStatus(shown, statusOf(shown, record))).toBeUndefined();
  });
});
