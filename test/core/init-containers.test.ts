import { describe, expect, it } from 'vitest';
import type { Pod, PodStatus } from '../../lib/core/kubernetes.ts';
import { derivePodStatus, diffPodStatus } from '../../lib/core/pod-status.ts';
import type { PodRecord, StopRequest } from '../../lib/core/record.ts';
import { carryOver } from '../../lib/core/restart.ts';
import type { ObservedContainer, ObservedTask } from '../../lib/core/task.ts';
import { withoutUndefined } from '../../lib/core/without-undefined.ts';
import { decides, nothing } from '../support/vocabulary-decision.ts';
import {
  ago,
  aLaunch,
  aPendingTask,
  aPod,
  aStoppedTask,
  aTask,
  aView,
  deleted,
  eventFunction,
  exited,
  NOW,
  patched,
  READY,
  SECOND,
  seen,
  showing,
} from '../support/vocabulary.ts';

const image = 'registry.invalid/init:1';
/** Two init containers and a native sidecar between them. */
const spec = {
  initContainers: [
    { name: 'migrate', image },
    { name: 'proxy', image, restartPolicy: 'Always' },
    { name: 'warm', image },
  ],
};
const podWith = (restartPolicy: string, status?: Partial<PodStatus>): Pod =>
  aPod({ spec: { ...spec, restartPolicy }, ...(status && { status }) });
const pod = podWith('Always');

const waiting = (name: string): ObservedContainer => ({ name, state: 'pending' });
const initializing = (...containers: readonly ObservedContainer[]): ObservedTask =>
  aPendingTask({ podIP: '10.0.0.1', containers });

const lineOf = ({ initContainerStatuses = [], containerStatuses }: Partial<PodStatus>): string =>
  [...initContainerStatuses, ...(containerStatuses ?? [])]
    .map(({ name, state }) => {
      const what = state?.waiting ?? state?.terminated;
      return `${name}: ${what?.reason ?? 'running'}`;
    })
    .join('; ');
const statusOf = (of: Pod, record?: PodRecord) => derivePodStatus(of, record, NOW, READY);
const conditionOf = (of: Pod, record: PodRecord | undefined, type: string) =>
  statusOf(of, record).conditions.find((condition) => condition.type === type);

const stopped = (containers: readonly ObservedContainer[]): ObservedTask =>
  aStoppedTask(0, { cause: 'requested', startedAt: undefined as never, containers });
const initFailed: StopRequest = { why: 'initFailed', container: 'migrate', at: ago(5), deadline: NOW };

const rows: readonly { when: string; of?: Pod; record?: PodRecord; shows: string; initialized: string }[] = [
  {
    when: 'nothing is known yet',
    shows: 'migrate: PodInitializing; proxy: PodInitializing; warm: PodInitializing; main: PodInitializing',
    initialized: 'False',
  },
  {
    when: 'the first init container runs',
    record: aLaunch(initializing(seen('migrate'), waiting('proxy'), waiting('warm'), waiting('main'))),
    shows: 'migrate: running; proxy: PodInitializing; warm: PodInitializing; main: PodInitializing',
    initialized: 'False',
  },
  {
    when: 'the last init container runs beside the sidecar',
    record: aLaunch(initializing(exited('migrate', 0), seen('proxy'), seen('warm'), waiting('main'))),
    shows: 'migrate: Completed; proxy: running; warm: running; main: PodInitializing',
    initialized: 'False',
  },
  {
    when: 'all init containers succeeded and the app is about to start',
    record: aLaunch(initializing(exited('migrate', 0), seen('proxy'), exited('warm', 0), waiting('main'))),
    shows: 'migrate: Completed; proxy: running; warm: Completed; main: PodInitializing',
    initialized: 'True',
  },
  {
    when: 'the app runs',
    record: aLaunch(
      aTask({ containers: [exited('migrate', 0), seen('proxy'), exited('warm', 0), seen('main')] }),
    ),
    shows: 'migrate: Completed; proxy: running; warm: Completed; main: running',
    initialized: 'True',
  },
  {
    when: 'the first init container failed and its task was stopped, to be started again',
    record: aLaunch(stopped([exited('migrate', 1)]), { stop: initFailed }),
    shows: 'migrate: CrashLoopBackOff; proxy: PodInitializing; warm: PodInitializing; main: PodInitializing',
    initialized: 'False',
  },
  {
    when: 'the same, when ECS calls the containers behind it stopped',
    record: aLaunch(
      stopped([exited('migrate', 1), { name: 'main', state: 'stopped' }, { name: 'warm', state: 'stopped' }]),
      { stop: initFailed },
    ),
    shows: 'migrate: CrashLoopBackOff; proxy: PodInitializing; warm: PodInitializing; main: PodInitializing',
    initialized: 'False',
  },
  {
    when: 'the same, while the task is still stopping',
    record: aLaunch(
      initializing(exited('migrate', 1), waiting('proxy'), waiting('warm'), {
        name: 'main',
        state: 'stopped',
      }),
      { stop: initFailed },
    ),
    shows: 'migrate: Error; proxy: PodInitializing; warm: PodInitializing; main: PodInitializing',
    initialized: 'False',
  },
  {
    when: 'an init container failed under Never: the pod is over',
    of: podWith('Never'),
    record: aLaunch(stopped([exited('migrate', 1)]), { stop: initFailed }),
    shows: 'migrate: Error; proxy: PodInitializing; warm: PodInitializing; main: PodInitializing',
    initialized: 'False',
  },
  {
    when: 'the writer failed: everything waits for it, whatever the policy',
    of: podWith('Never'),
    record: aLaunch(stopped([exited('lambdalet-writer', 2)]), {
      stop: { ...initFailed, container: 'lambdalet-writer' },
    }),
    shows:
      'migrate: CreateContainerConfigError; proxy: CreateContainerConfigError; warm: CreateContainerConfigError; main: CreateContainerConfigError',
    initialized: 'False',
  },
  {
    when: 'the writer failed in a pod without init containers, and its task is still stopping',
    of: aPod({ spec: { restartPolicy: 'Never' } }),
    record: aLaunch(
      aPendingTask({
        state: 'stopping',
        containers: [exited('lambdalet-writer', 1), { name: 'main', state: 'stopped' }],
      }),
      { stop: { ...initFailed, container: 'lambdalet-writer' } },
    ),
    shows: 'main: ContainerCreating',
    initialized: 'True',
  },
  {
    when: 'the app crashed and waits: its init containers stay as they ended',
    record: aLaunch(
      aStoppedTask(3, {
        containers: [exited('migrate', 0), exited('proxy', 0), exited('warm', 0), exited('main', 3)],
      }),
    ),
    shows: 'migrate: Completed; proxy: CrashLoopBackOff; warm: Completed; main: CrashLoopBackOff',
    initialized: 'True',
  },
  {
    when: 'the app was stopped before an init container of it had run',
    record: aLaunch(aStoppedTask(1, { containers: [exited('main', 1)] })),
    shows: 'migrate: PodInitializing; proxy: CrashLoopBackOff; warm: PodInitializing; main: CrashLoopBackOff',
    initialized: 'True',
  },
];

describe('the status of a pod with init containers', () => {
  it.each(rows)('$when', ({ of = pod, record, shows, initialized }) => {
    expect(lineOf(statusOf(of, record))).toBe(shows);
    expect(conditionOf(of, record, 'Initialized')?.status).toBe(initialized);
  });

  it('is Pending while they run, and Failed as soon as one fails under Never', () => {
    expect(statusOf(pod, aLaunch(initializing(seen('migrate')))).phase).toBe('Pending');
    const over = statusOf(podWith('Never'), aLaunch(stopped([exited('migrate', 1)]), { stop: initFailed }));
    expect(over.phase).toBe('Failed');
  });

  it('says which of them are incomplete', () => {
    expect(conditionOf(pod, aLaunch(initializing(exited('migrate', 0))), 'Initialized')).toMatchObject({
      reason: 'ContainersNotInitialized',
      message: 'containers with incomplete status: [proxy warm]',
    });
  });

  it('is ready only while its sidecars are', () => {
    const containers = [exited('migrate', 0), exited('warm', 0), seen('main')];
    const record = aLaunch(aTask({ containers: [...containers, exited('proxy', 1)] }));
    expect(conditionOf(pod, record, 'Ready')?.message).toBe('containers with unready status: [proxy]');
    const whole = aLaunch(aTask({ containers: [...containers, seen('proxy')] }));
    expect(conditionOf(pod, whole, 'Ready')?.status).toBe('True');
  });

  it('calls an init container ready once it has succeeded, as the kubelet does', () => {
    const record = aLaunch(initializing(exited('migrate', 0), seen('proxy'), seen('warm')));
    const ready = statusOf(pod, record).initContainerStatuses?.map((one) => [one.ready, one.started]);
    expect(ready).toEqual([
      [true, false],
      [true, true],
      [false, false],
    ]);
  });

  it('keeps an init container that succeeded terminated under OnFailure, although the next attempt runs it again', () => {
    const once = podWith('OnFailure');
    const before = aLaunch(initializing(exited('migrate', 0), seen('proxy'), seen('warm')));
    const shown = patched(once, statusOf(once, before));
    const again = aLaunch(initializing(seen('migrate')), { attempt: 2 });
    expect(lineOf(statusOf(shown, again))).toMatch(/^migrate: Completed/);
  });

  it('counts the restarts of init containers, and none of helpers', () => {
    const record = aLaunch(stopped([exited('lambdalet-writer', 0), exited('migrate', 1)]));
    expect(carryOver(record).restarts).toEqual({ migrate: 1 });
  });

  it('is written as soon as it differs, and not again', () => {
    const record = aLaunch(initializing(seen('migrate'), waiting('main')));
    const next = aLaunch(initializing(exited('migrate', 0), seen('proxy'), waiting('main')));
    const shown = showing(pod, record);
    expect(diffPodStatus(shown, statusOf(shown, record))).toBeUndefined();
    const names = diffPodStatus(shown, statusOf(shown, next))?.initContainerStatuses?.map(({ name }) => name);
    expect(names).toEqual(['migrate', 'proxy', 'warm']);
  });

  it('says of a helper that failed what it said, or how it ended', () => {
    const words = (containers: readonly ObservedContainer[]) => {
      const record = aLaunch(stopped(containers), { stop: { ...initFailed, container: 'lambdalet-writer' } });
      return statusOf(pod, record).containerStatuses[0]?.state?.waiting?.message;
    };
    expect(words([{ ...exited('lambdalet-writer', 1), reason: 'tar: short read' }])).toMatch(
      /^lambdalet-writer: tar: short read\. Next try at /,
    );
    expect(words([exited('lambdalet-writer', 2)])).toMatch(/^lambdalet-writer: it ended with 2\./);
    expect(words([{ name: 'lambdalet-writer', state: 'stopped' }])).toMatch(/it ended with no exit code\./);
  });

  it('has no init statuses without init containers', () => {
    expect(statusOf(aPod(), aLaunch())).not.toHaveProperty('initContainerStatuses');
  });
});

describe('the last state of a container that never ran', () => {
  const never = (name: string): ObservedContainer => ({ name, state: 'stopped' });
  const failedInit = aLaunch(stopped([exited('migrate', 1), never('proxy'), never('warm'), never('main')]), {
    stop: initFailed,
  });
  const ends = ({ initContainerStatuses = [], containerStatuses }: Partial<PodStatus>): string =>
    [...initContainerStatuses, ...(containerStatuses ?? [])]
      .map(({ name, lastState }) => `${name}: ${lastState?.terminated?.reason ?? 'none'}`)
      .join('; ');
  const nextOf = (record: PodRecord, task?: ObservedTask): PodRecord =>
    aLaunch(task ?? initializing(seen('migrate')), withoutUndefined(carryOver(record)));

  it('is none while it waits, and none in the next attempt', () => {
    const none = 'migrate: Error; proxy: none; warm: none; main: none';
    const waits = statusOf(pod, failedInit);
    expect(ends(waits)).toBe(none);
    const shown = patched(pod, waits);
    expect(ends(statusOf(shown, nextOf(failedInit)))).toBe(none);
    // Nobody has shown the attempt before.
    expect(ends(statusOf(pod, nextOf(failedInit)))).toBe(none);
  });

  it('is that of its last run, over attempts in which its turn did not come', () => {
    const crashed = aLaunch(
      aStoppedTask(3, {
        containers: [exited('migrate', 0), exited('proxy', 0), exited('warm', 0), exited('main', 3)],
      }),
    );
    const shown = patched(pod, statusOf(pod, crashed));
    const second = nextOf(crashed, failedInit.task);
    const again = patched(shown, statusOf(shown, { ...second, stop: initFailed }));
    const third = statusOf(again, nextOf({ ...second, stop: initFailed }));
    expect(ends(third)).toBe('migrate: Error; proxy: Completed; warm: Completed; main: Error');
    expect(third.containerStatuses[0]?.lastState?.terminated?.exitCode).toBe(3);
  });

  it('is a start in vain, where it was started and could not be', () => {
    const vain: ObservedContainer = { ...never('main'), reason: 'CannotStartContainerError: no such file' };
    const record = aLaunch(stopped([exited('migrate', 0), exited('warm', 0), never('proxy'), vain]));
    expect(ends(statusOf(pod, nextOf(record)))).toMatch(/main: StartError$/);
  });

  it('is none beside a container that ran, when its own image could not be pulled', () => {
    const two = aPod({ containers: ['main', 'side'] });
    const record = aLaunch(
      aStoppedTask(0, {
        ...{ cause: 'imagePull', startedAt: undefined as never },
        containers: [{ ...never('main'), reason: 'CannotPullContainerError: x' }, exited('side', 1)],
      }),
    );
    expect(ends(statusOf(two, record))).toBe('main: none; side: Error');
    expect(ends(statusOf(two, nextOf(record)))).toBe('main: none; side: Error');
  });
});

const settled = (of: Pod, record: PodRecord) => aView({ pod: showing(of, record), record });
const failing = aLaunch(initializing(exited('migrate', 1), waiting('main')));
const stopFor = (container: string) => ({
  kind: 'stop' as const,
  request: { why: 'initFailed' as const, container, at: NOW, deadline: NOW + 120 * SECOND },
});

describe('a task whose init container fails', () => {
  decides([
    {
      when: 'is stopped, because ECS leaves it pending',
      view: settled(pod, failing),
      then: stopFor('migrate'),
    },
    {
      when: 'is stopped for a container that could not be started and has no exit code',
      view: settled(pod, aLaunch(initializing({ name: 'migrate', state: 'stopped' }))),
      then: stopFor('migrate'),
    },
    {
      when: 'is stopped for a helper that failed',
      view: settled(pod, aLaunch(initializing(exited('lambdalet-writer', 1)))),
      then: stopFor('lambdalet-writer'),
    },
    {
      when: 'is left to the holder by the event function',
      view: settled(pod, failing),
      caller: eventFunction,
      then: { kind: 'wait' },
    },
    {
      when: 'goes on while they succeed',
      view: settled(pod, aLaunch(initializing(exited('migrate', 0), seen('proxy')))),
      then: { kind: 'wait' },
    },
    {
      when: 'goes on when a sidecar ends: it has started, and nothing waits for its end',
      view: settled(pod, aLaunch(initializing(exited('migrate', 0), exited('proxy', 1)))),
      then: { kind: 'wait' },
    },
    {
      when: 'is stopped because the pod was deleted, if it was',
      view: settled(deleted(pod), failing),
      then: { kind: 'stop', request: { why: 'deleted', at: NOW, deadline: NOW + 120 * SECOND } },
    },
    {
      when: 'keeps its reason when it is asked to stop again',
      view: settled(
        pod,
        aLaunch(initializing(exited('migrate', 1)), {
          stop: { ...initFailed, at: ago(60), deadline: ago(1) },
        }),
      ),
      then: stopFor('migrate'),
    },
    {
      when: 'starts again under OnFailure when its back-off is over',
      view: settled(
        podWith('OnFailure'),
        aLaunch({ ...stopped([exited('migrate', 1)]), stoppedAt: ago(11) }, { stop: initFailed }),
      ),
      then: { kind: 'claim', attempt: 2 },
    },
    {
      when: 'ends with the pod when that is deleted before the next attempt',
      view: settled(deleted(pod), aLaunch(stopped([exited('migrate', 1)]), { stop: initFailed })),
      then: { kind: 'removePod' },
    },
    {
      when: 'starts again after a helper failed under Never: that was not the pod',
      view: settled(
        podWith('Never'),
        aLaunch(
          {
            ...stopped([{ ...exited('lambdalet-writer', 1), reason: 'tar: short read' }]),
            stoppedAt: ago(11),
          },
          { stop: { ...initFailed, container: 'lambdalet-writer' } },
        ),
      ),
      then: { kind: 'claim', attempt: 2 },
    },
    { when: 'has nothing more to do once it runs', view: settled(pod, aLaunch()), then: nothing },
  ]);
});
