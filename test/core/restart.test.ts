import { describe, expect, it } from 'vitest';
import { toTime, type Pod } from '../../lib/core/kubernetes.ts';
import type { PodRecord } from '../../lib/core/record.ts';
import {
  activeDeadline,
  backOffDelay,
  carryOver,
  endingOf,
  everRan,
  firstAttempt,
} from '../../lib/core/restart.ts';
import type { ObservedTask } from '../../lib/core/task.ts';
import {
  ago,
  aLaunch,
  aPendingTask,
  aPod,
  aStoppedTask,
  aTaskThatNeverRan,
  exited,
  MINUTE,
  NOW,
  seen,
  SECOND,
} from '../support/vocabulary.ts';

const endOf = (task: ObservedTask, words: Partial<PodRecord> = {}, pod: Pod = aPod()) =>
  endingOf(pod, aLaunch(task, words), task);
const crash = (words: Partial<ObservedTask> = {}) => aStoppedTask(3, words);

describe('the back-off', () => {
  it('doubles from 10 s to 5 min', () => {
    const delays = [0, 1, 2, 3, 4, 5, 6, 60].map((count) => backOffDelay(count) / SECOND);
    expect(delays).toEqual([10, 20, 40, 80, 160, 300, 300, 300]);
  });

  it('is an absolute time, counted from when the task stopped', () => {
    expect(endOf(crash({ stoppedAt: ago(7) }))).toEqual({
      kind: 'again',
      at: ago(7) + 10 * SECOND,
      reason: 'CrashLoopBackOff',
      message: expect.stringContaining(
        'back-off 10s restarting failed containers of pod default/web',
      ) as string,
    });
  });

  it('counts the failures in a row', () => {
    expect(endOf(crash(), { backOffCount: 3 })).toMatchObject({ at: NOW + 80 * SECOND });
  });

  it('is forgotten after ten minutes up', () => {
    const up = (ms: number) => endOf(crash({ startedAt: NOW - ms }), { backOffCount: 5 });
    expect(up(10 * MINUTE - 1)).toMatchObject({ at: NOW + 300 * SECOND });
    expect(up(10 * MINUTE)).toMatchObject({ at: NOW + 10 * SECOND });
  });

  it.each([
    { told: 'when it stopped', task: { stoppedAt: ago(1) }, from: ago(1) },
    { told: 'only when it began to stop', task: { stoppedAt: undefined, stoppingAt: ago(2) }, from: ago(2) },
    {
      told: 'nothing: from its launch',
      task: { stoppedAt: undefined, stoppingAt: undefined },
      from: ago(30),
    },
  ])('counts from what was told: $told', ({ task, from }) => {
    expect(endOf(crash(task as never))).toMatchObject({ at: from + 10 * SECOND });
  });

  it('counts from the claim when not even the launch is known', () => {
    const task = crash({ stoppedAt: undefined as never, stoppingAt: undefined as never });
    expect(endOf(task, { launchedAt: undefined as never, launchBefore: ago(3) })).toMatchObject({
      at: ago(3) + 10 * SECOND,
    });
  });

  it('of a task that never ran for want of capacity doubles from 15 s to 15 min, as for a refused launch', () => {
    const delays = [0, 1, 2, 5, 6, 60].map((backOffCount) => {
      const ending = endOf(aTaskThatNeverRan('capacity', 'x'), { backOffCount });
      return ending.kind === 'again' && (ending.at - NOW) / SECOND;
    });
    expect(delays).toEqual([15, 30, 60, 480, 900, 900]);
  });

  it('of a task that ran, or never ran for another cause, is that of a crash', () => {
    const after = (task: ObservedTask) => endOf(task, { backOffCount: 6 });
    expect(after(crash({ cause: 'capacity' }))).toMatchObject({ at: NOW + 300 * SECOND });
    expect(after(aTaskThatNeverRan('imagePull', 'x'))).toMatchObject({ at: NOW + 300 * SECOND });
  });

  it('tells pod and delay', () => {
    expect(endOf(crash(), { backOffCount: 1 })).toMatchObject({
      message:
        'back-off 20s restarting failed containers of pod default/web(aaaaaaaa-0000-4000-8000-000000000001)',
    });
  });

  it('names a first failed pull an error, and the later ones a back-off', () => {
    const reasons = [0, 1, 2].map((backOffCount) =>
      endOf(aTaskThatNeverRan('imagePull', 'x'), { backOffCount }),
    );
    expect(reasons).toMatchObject([
      { reason: 'ErrImagePull' },
      { reason: 'ImagePullBackOff' },
      { reason: 'ImagePullBackOff' },
    ]);
  });

  it.each([
    { cause: 'imagePull', reason: 'ErrImagePull', seconds: 10 },
    { cause: 'configuration', reason: 'CreateContainerConfigError', seconds: 10 },
    { cause: 'capacity', reason: 'ContainerCreating', seconds: 15 },
  ] as const)(
    'says $reason of a task that never ran for $cause, in the words of the provider',
    ({ cause, reason, seconds }) => {
      expect(endOf(aTaskThatNeverRan(cause, 'its words'))).toMatchObject({
        kind: 'again',
        reason,
        message: `its words. Next try at 2026-01-01T12:00:${seconds}Z.`,
      });
      expect(endOf(aTaskThatNeverRan(cause, 'Its words.'))).toMatchObject({
        message: `Its words. Next try at 2026-01-01T12:00:${seconds}Z.`,
      });
      expect(endOf({ ...aTaskThatNeverRan(cause, ''), reason: undefined as never })).toMatchObject({
        message: `The task could not be started. Next try at 2026-01-01T12:00:${seconds}Z.`,
      });
      expect(endOf(crash({ cause }))).toMatchObject({ reason: 'CrashLoopBackOff' });
    },
  );
});

describe('whether a task ever ran', () => {
  it.each([
    { task: aPendingTask(), ran: false },
    { task: aTaskThatNeverRan('capacity', 'x'), ran: false },
    { task: aPendingTask({ startedAt: NOW }), ran: true },
    { task: aPendingTask({ containers: [seen('main')] }), ran: true },
    { task: aPendingTask({ containers: [{ name: 'main', state: 'stopped', exitCode: 1 }] }), ran: true },
  ])('$ran', ({ task, ran }) => {
    expect(everRan(task)).toBe(ran);
  });
});

describe('what the next attempt carries over', () => {
  it('is one attempt, failure and restart more, and the end of this one', () => {
    const task = crash({ containers: [exited('main', 3), { name: 'side', state: 'pending' }] });
    expect(carryOver(aLaunch(task, { attempt: 4, backOffCount: 2, restarts: { main: 2 } }))).toEqual({
      attempt: 5,
      backOffCount: 3,
      restarts: { main: 3 },
      previous: {
        attempt: 4,
        taskArn: task.arn,
        containers: task.containers,
        cause: 'exited',
        startedAt: ago(10),
        stoppedAt: NOW,
      },
    });
  });

  it('counts a container that was seen to run although its end was not', () => {
    const { restarts } = carryOver(aLaunch(crash({ containers: [seen('main', { state: 'stopped' })] })));
    expect(restarts).toEqual({ main: 1 });
  });

  it('counts a container whose end was told although its start was not', () => {
    const end = { name: 'main', state: 'stopped', exitCode: 0 } as const;
    expect(carryOver(aLaunch(crash({ containers: [end] }))).restarts).toEqual({ main: 1 });
  });

  it('starts the count anew after ten minutes up', () => {
    const long = crash({ startedAt: NOW - 11 * MINUTE });
    expect(carryOver(aLaunch(long, { backOffCount: 9 })).backOffCount).toBe(1);
    const unknown = crash({ startedAt: NOW - 11 * MINUTE, stoppedAt: undefined as never });
    expect(carryOver(aLaunch(unknown, { backOffCount: 9 })).backOffCount).toBe(10);
  });

  it('keeps the attempt before, and all counts of restarts, when this one never ran', () => {
    const previous = { attempt: 1, taskArn: 'old', containers: [] };
    const vain = aLaunch(aTaskThatNeverRan('imagePull', 'x'), {
      previous,
      attempt: 2,
      restarts: { main: 1 },
    });
    expect(carryOver(vain)).toEqual({ attempt: 3, backOffCount: 1, restarts: { main: 1 }, previous });
    expect(carryOver(aLaunch(null, { backOffCount: 2 }))).toMatchObject({
      backOffCount: 2,
      previous: undefined,
    });
  });
});

describe('the first attempt of a pod without a record', () => {
  const status = (words: object) => ({
    containerStatuses: [{ name: 'main', image: 'i', imageID: '', ready: false, restartCount: 0, ...words }],
  });
  const several = (...counts: readonly number[]) => ({
    containerStatuses: counts.map((restartCount, index) => ({
      name: `c${index}`,
      image: 'i',
      imageID: '',
      ready: false,
      restartCount,
    })),
  });
  it.each([
    { pod: aPod(), attempt: 1, ranBefore: false },
    { pod: aPod({ status: status({}) }), attempt: 1, ranBefore: false },
    { pod: aPod({ status: status({ containerID: '' }) }), attempt: 1, ranBefore: false },
    { pod: aPod({ status: status({ containerID: 'ecs://x' }) }), attempt: 2, ranBefore: true },
    { pod: aPod({ status: status({ restartCount: 3 }) }), attempt: 5, ranBefore: true },
    { pod: { ...aPod(), status: undefined as never }, attempt: 1, ranBefore: false },
    { pod: aPod({ status: several(0, 3, 1) }), attempt: 5, ranBefore: true },
  ])('is $attempt (ran before: $ranBefore)', ({ pod, attempt, ranBefore }) => {
    expect(firstAttempt(pod)).toEqual({ attempt, ranBefore });
  });
});

describe('the active deadline', () => {
  it('counts from the start time, and needs both', () => {
    const spec = { activeDeadlineSeconds: 30 };
    expect(activeDeadline(aPod({ spec, status: { startTime: toTime(NOW) } }))).toBe(NOW + 30 * SECOND);
    expect(activeDeadline(aPod({ spec }))).toBeUndefined();
    expect(activeDeadline(aPod({ status: { startTime: toTime(NOW) } }))).toBeUndefined();
    expect(activeDeadline({ ...aPod({ spec }), status: undefined as never })).toBeUndefined();
  });
});
