import { describe, expect, it } from 'vitest';
import type { ContainerState, Pod } from '../../lib/core/kubernetes.ts';
import type { PodRecord, StopRequest } from '../../lib/core/record.ts';
import { endingOf, isDone } from '../../lib/core/restart.ts';
import type { ObservedTask } from '../../lib/core/task.ts';
import {
  ago,
  aLaunch,
  aPod,
  aStoppedTask,
  aTask,
  aTaskThatNeverRan,
  deleted,
  exited,
  NOW,
  patched,
} from '../support/vocabulary.ts';

const endOf = (task: ObservedTask, words: Partial<PodRecord> = {}, pod: Pod = aPod()) =>
  endingOf(pod, aLaunch(task, words), task);
const stopFor = (why: StopRequest['why']) => ({ stop: { why, at: ago(20), deadline: NOW } });
const never = aPod({ spec: { restartPolicy: 'Never' } });
const failed = { kind: 'terminal', phase: 'Failed' } as const;
const succeeded = { kind: 'terminal', phase: 'Succeeded' } as const;

/** The pod, its containers published in these states. */
const shownAs = (pod: Pod, states: Readonly<Record<string, ContainerState>>): Pod =>
  patched(pod, {
    containerStatuses: Object.entries(states).map(([name, state]) => ({
      name,
      image: 'i',
      imageID: '',
      ready: false,
      restartCount: 0,
      state,
    })),
  });
const exitedWith = (exitCode: number): ContainerState => ({ terminated: { exitCode } });

describe('a task that was taken away', () => {
  const taken = (cause: 'disruption' | 'lost', reason?: string): ObservedTask => ({
    ...aStoppedTask(143),
    cause,
    reason: reason as never,
  });

  it.each([
    { cause: 'disruption', reason: 'Shutdown', message: 'The provider took the task away.' },
    {
      cause: 'lost',
      reason: 'NodeLost',
      message: 'The task is unknown to the provider and was never seen to stop.',
    },
  ] as const)('is Failed with $reason for $cause, and no fault of the pod', ({ cause, reason, message }) => {
    const inItsWords = { ...failed, reason, message: 'its words', disruption: 'its words' };
    expect(endOf(taken(cause, 'its words'))).toEqual(inItsWords);
    expect(endOf(taken(cause))).toEqual({ ...failed, reason, message, disruption: message });
  });
});

describe('a task that we stopped', () => {
  it.each(['deleted', 'orphan'] as const)('because its pod is %s ends the pod by its exit codes', (why) => {
    expect(endOf(aStoppedTask(0), stopFor(why))).toEqual(succeeded);
    expect(endOf(aStoppedTask(3), stopFor(why))).toEqual(failed);
  });

  it('because the deadline passed ends the pod in the words of the kubelet', () => {
    expect(endOf(aStoppedTask(0), stopFor('deadlineExceeded'))).toEqual({
      ...failed,
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    });
  });

  it('because the node was removed fails the pod, which is no fault of it', () => {
    const message = 'The virtual node was removed.';
    const shutdown = { ...failed, reason: 'Shutdown', message, disruption: message };
    expect(endOf(aStoppedTask(0), stopFor('teardown'))).toEqual(shutdown);
    expect(endOf(aStoppedTask(143), stopFor('teardown'))).toEqual(shutdown);
  });
});

describe('a task that stopped by itself', () => {
  it('is judged by its policy whatever it could not start, like any other', () => {
    const again = { kind: 'again', reason: 'CrashLoopBackOff' };
    expect(endOf(aTask({ cause: 'containerStart' }))).toMatchObject(again);
    expect(endOf(aTaskThatNeverRan('containerStart', 'x'))).toMatchObject(again);
    expect(endOf(aStoppedTask(0, { cause: 'requested' }))).toMatchObject(again);
  });

  it.each(['imagePull', 'configuration', 'capacity'] as const)(
    'after it ran is judged by its policy even if %s is told for it',
    (cause) => {
      expect(endOf(aStoppedTask(3, { cause }), {}, never)).toEqual(failed);
    },
  );

  it.each([
    { pod: never, exitCode: 0, ending: succeeded },
    { pod: never, exitCode: 3, ending: failed },
    { pod: aPod({ spec: { restartPolicy: 'OnFailure' } }), exitCode: 0, ending: succeeded },
    { pod: aPod({ spec: { restartPolicy: 'OnFailure' } }), exitCode: 3, ending: { kind: 'again' } },
    { pod: aPod(), exitCode: 0, ending: { kind: 'again' } },
    { pod: deleted(aPod()), exitCode: 0, ending: succeeded },
    { pod: aPod({ status: { phase: 'Failed' } }), exitCode: 3, ending: failed },
  ])('under $pod.spec.restartPolicy with exit code $exitCode: $ending.kind', ({ pod, exitCode, ending }) => {
    expect(endOf(aStoppedTask(exitCode), {}, pod)).toMatchObject(ending);
  });

  it('succeeds only if every container of the pod did, by its name', () => {
    const two = aPod({ containers: ['main', 'side'], spec: { restartPolicy: 'Never' } });
    const ends = (main: number, side: number) =>
      endOf(aStoppedTask(0, { containers: [exited('side', side), exited('main', main)] }), {}, two);
    expect([ends(0, 0), ends(0, 1), ends(1, 0)]).toEqual([succeeded, failed, failed]);
    expect(endOf(aStoppedTask(0, { containers: [exited('main', 0)] }), {}, two)).toEqual(failed);
  });
});

describe('a container that is done', () => {
  const onFailure = aPod({ containers: ['main', 'side'], spec: { restartPolicy: 'OnFailure' } });
  const half = shownAs(onFailure, { main: exitedWith(0), side: exitedWith(1) });

  it('exited with 0 under OnFailure, and was shown so', () => {
    expect(isDone(half, 'main')).toBe(true);
    expect(isDone(half, 'side')).toBe(false);
    expect(isDone(half, 'other')).toBe(false);
    expect(isDone(shownAs(onFailure, { main: { running: {} } }), 'main')).toBe(false);
    expect(isDone(onFailure, 'main')).toBe(false);
  });

  it('is there under no other policy', () => {
    for (const restartPolicy of ['Always', 'Never'])
      expect(isDone({ ...half, spec: { ...half.spec, restartPolicy } }, 'main')).toBe(false);
  });

  it('counts as succeeded in an attempt that failed it because the others needed it', () => {
    const task = aStoppedTask(0, { containers: [exited('main', 9), exited('side', 0)] });
    expect(endOf(task, {}, half)).toEqual(succeeded);
    const ran = shownAs(onFailure, { main: exitedWith(2), side: exitedWith(1) });
    expect(endOf(task, {}, ran)).toMatchObject({ kind: 'again' });
  });
});
