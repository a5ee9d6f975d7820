import { describe, expect, it } from 'vitest';
import { toTime, type ContainerStatus, type Pod } from '../../lib/core/kubernetes.ts';
import { derivePodStatus } from '../../lib/core/pod-status.ts';
import type { PodRecord } from '../../lib/core/record.ts';
import { carryOver } from '../../lib/core/restart.ts';
import { refusalOf } from '../memory/merge-status.ts';
import { statesOf, wordsOfState } from '../support/vocabulary-status.ts';
import {
  READY,
  ago,
  aLaunch,
  aPendingTask,
  aPod,
  aStoppedTask,
  aTask,
  aTaskThatNeverRan,
  deleted,
  exited,
  NOW,
  patched,
  seen,
  showing,
} from '../support/vocabulary.ts';

const statusesOf = (pod: Pod, record: PodRecord | undefined, podsReady = true): ContainerStatus[] =>
  derivePodStatus(pod, record, NOW, { podsReady, networkProbes: false }).containerStatuses;
const mainOf = (pod: Pod, record: PodRecord | undefined, podsReady = true): ContainerStatus =>
  statusesOf(pod, record, podsReady)[0]!;

/** The record of the attempt after this one, its task as given. */
const nextAttempt = (record: PodRecord, task: PodRecord['task']): PodRecord => {
  const { previous, ...carried } = carryOver(record);
  return { ...record, ...carried, ...(previous && { previous }), task: task as never };
};

describe('one container', () => {
  it('shows a running one whole', () => {
    const task = aTask({ containers: [seen('main', { imageDigest: 'sha256:d1' })] });
    expect(mainOf(aPod(), aLaunch(task))).toEqual({
      name: 'main',
      image: 'registry.invalid/main:1',
      imageID: 'registry.invalid/main:1@sha256:d1',
      containerID: 'ecs://run-main',
      state: { running: { startedAt: toTime(ago(10)) } },
      lastState: {},
      ready: true,
      started: true,
      restartCount: 0,
    });
  });

  it('names an image that is pinned by digest once', () => {
    const pod = aPod({ spec: { containers: [{ name: 'main', image: 'app@sha256:old' }] } });
    const task = aTask({ containers: [seen('main', { imageDigest: 'sha256:d1' })] });
    expect(mainOf(pod, aLaunch(task)).imageID).toBe('app@sha256:d1');
  });

  it('names no image where the spec names none', () => {
    const pod = aPod({ spec: { containers: [{ name: 'main' }] } });
    expect(mainOf(pod, aLaunch())).toMatchObject({ image: '', imageID: '' });
  });

  it('is running since its task started when it has no time of its own', () => {
    const bare = { name: 'main', state: 'running' } as const;
    expect(mainOf(aPod(), aLaunch(aTask({ containers: [bare] }))).state).toEqual({
      running: { startedAt: toTime(ago(10)) },
    });
    const timeless = { ...aTask({ containers: [bare] }), startedAt: undefined as never };
    expect(mainOf(aPod(), aLaunch(timeless)).state).toEqual({ running: {} });
  });

  it('is never ready on a node whose pods must not be', () => {
    expect(mainOf(aPod(), aLaunch(), false)).toMatchObject({ ready: false, started: true });
  });

  it('is matched by name, so that a container which AWS added is not shown', () => {
    const task = aTask({ containers: [seen('aws-guardduty-agent-1'), seen('main')] });
    expect(statesOf(derivePodStatus(aPod(), aLaunch(task), NOW, READY))).toEqual({ main: 'running' });
  });

  it('tells when and why it ended', () => {
    const end = exited('main', 1, { reason: 'it said no' });
    const pod = aPod({ spec: { restartPolicy: 'Never' } });
    expect(mainOf(pod, aLaunch(aStoppedTask(1, { containers: [end] }))).state?.terminated).toEqual({
      exitCode: 1,
      reason: 'Error',
      message: 'it said no',
      startedAt: toTime(ago(10)),
      finishedAt: toTime(NOW),
      containerID: 'ecs://run-main',
    });
  });

  it('takes the times of the task where it has none', () => {
    const end = { name: 'main', state: 'stopped', exitCode: 0 } as const;
    const pod = aPod({ spec: { restartPolicy: 'Never' } });
    expect(mainOf(pod, aLaunch(aStoppedTask(0, { containers: [end] }))).state?.terminated).toEqual({
      exitCode: 0,
      reason: 'Completed',
      startedAt: toTime(ago(10)),
      finishedAt: toTime(NOW),
    });
  });

  it('invents no exit code for another reason than a start that failed', () => {
    const pod = aPod({ spec: { restartPolicy: 'Never' } });
    const reasons = ['CannotCreateContainerError: x', 'cannotstartcontainererror', 'DockerTimeoutError: x'];
    const shown = reasons.map((reason) => {
      const end = { name: 'main', state: 'stopped', reason } as const;
      return wordsOfState(mainOf(pod, aLaunch(aStoppedTask(0, { containers: [end] }))).state);
    });
    expect(shown).toEqual([
      'terminated StartError 128',
      'terminated StartError 128',
      'terminated ContainerStatusUnknown 137',
    ]);
  });
});

describe('a container over its restarts', () => {
  const crashed = aLaunch(aStoppedTask(3));

  it('shows the end of this attempt as its last state while it waits', () => {
    const status = mainOf(aPod(), crashed);
    expect(wordsOfState(status.state)).toBe('waiting CrashLoopBackOff');
    expect(wordsOfState(status.lastState)).toBe('terminated Error 3');
    expect(status.restartCount).toBe(0);
  });

  it('keeps that last state, and counts one restart, in the next attempt', () => {
    const status = mainOf(aPod(), nextAttempt(crashed, aTask()));
    expect(wordsOfState(status.state)).toBe('running');
    expect(wordsOfState(status.lastState)).toBe('terminated Error 3');
    expect(status.restartCount).toBe(1);
  });

  it('shows the container that ran last while the next one does not exist', () => {
    const claim = nextAttempt(crashed, undefined);
    expect(mainOf(aPod(), claim).containerID).toBe('ecs://run-main');
  });

  it('keeps the last state over an attempt that never ran', () => {
    const vain = nextAttempt(crashed, aTaskThatNeverRan('imagePull', 'no'));
    const status = mainOf(aPod(), vain);
    expect(wordsOfState(status.state)).toBe('waiting ImagePullBackOff');
    expect(wordsOfState(status.lastState)).toBe('terminated Error 3');
  });

  it('never shows fewer restarts than were published', () => {
    const published = showing(aPod(), nextAttempt(crashed, aTask()));
    expect(mainOf(published, aLaunch()).restartCount).toBe(1);
  });

  it('has no last state for a container that the attempt before did not have', () => {
    const added = aPod({ containers: ['main', 'new'] });
    expect(statusesOf(added, nextAttempt(crashed, aTask()))[1]?.lastState).toEqual({});
  });
});

describe('a container that exited with 0 under OnFailure', () => {
  const pod = aPod({ containers: ['main', 'side'], spec: { restartPolicy: 'OnFailure' } });
  const half = aLaunch(aStoppedTask(1, { containers: [exited('main', 0), exited('side', 1)] }));

  it('stays terminated while the other waits, without a last state of the same end', () => {
    const [main, side] = statusesOf(pod, half);
    expect([main, side].map((status) => wordsOfState(status?.state))).toEqual([
      'terminated Completed 0',
      'waiting CrashLoopBackOff',
    ]);
    expect(main?.lastState).toEqual({});
    expect(wordsOfState(side?.lastState)).toBe('terminated Error 1');
  });

  it.each([
    { attempt: 'starts', task: aPendingTask() },
    { attempt: 'runs', task: aTask({ containers: [seen('main'), seen('side')] }) },
    { attempt: 'fails', task: aStoppedTask(1, { containers: [exited('main', 2), exited('side', 1)] }) },
  ])('stays so while the next attempt $attempt, because the API server takes nothing else', ({ task }) => {
    const shown = showing(pod, half);
    const status = derivePodStatus(shown, nextAttempt(half, task), NOW, READY);
    expect(statesOf(status)['main']).toBe('terminated Completed 0');
    expect(status.containerStatuses[0]?.restartCount).toBe(0);
    expect(refusalOf(shown, patched(shown, status).status!)).toBeUndefined();
  });
});

describe('the containers of a pod of which nothing is remembered', () => {
  const containerStatuses: ContainerStatus[] = [
    { ...mainOf(aPod(), aLaunch()), name: 'main', restartCount: 2 },
    {
      ...mainOf(aPod(), aLaunch()),
      name: 'side',
      state: { terminated: { exitCode: 0, reason: 'Completed' } },
    },
  ];
  const pod = deleted(
    aPod({
      containers: ['main', 'side', 'third'],
      spec: { restartPolicy: 'Never' },
      status: { phase: 'Running', containerStatuses },
    }),
  );

  it('end unknown if they ran, and stay as they ended otherwise', () => {
    const status = derivePodStatus(pod, undefined, NOW, READY);
    expect(statesOf(status)).toEqual({
      main: 'terminated ContainerStatusUnknown 137',
      side: 'terminated Completed 0',
      third: 'waiting ContainerCreating',
    });
    expect(status.containerStatuses[0]).toMatchObject({
      restartCount: 2,
      ready: false,
      containerID: 'ecs://run-main',
      state: { terminated: { startedAt: toTime(ago(10)) } },
    });
    expect(refusalOf(pod, patched(pod, status).status!)).toBeUndefined();
  });
});
