import { describe, expect, it } from 'vitest';
import type { ContainerState, ContainerStatus, Pod } from '../../lib/core/kubernetes.ts';
import { derivePodStatus } from '../../lib/core/pod-status.ts';
import type { PodRecord } from '../../lib/core/record.ts';
import { wordsOfState } from '../support/vocabulary-status.ts';
import {
  READY,
  aClaim,
  ago,
  aLaunch,
  aPendingTask,
  aPod,
  aStoppedTask,
  aTask,
  exited,
  NOW,
  patched,
  seen,
  showing,
} from '../support/vocabulary.ts';

const mainOf = (pod: Pod, record: PodRecord | undefined): ContainerStatus | undefined =>
  derivePodStatus(pod, record, NOW, READY).containerStatuses[0];
const wordsOf = (pod: Pod, record: PodRecord | undefined): string => wordsOfState(mainOf(pod, record)?.state);

/** A pod of that restart policy whose container is shown in that state. */
const shownAs = (restartPolicy: 'Never' | 'OnFailure' | 'Always', state: ContainerState): Pod =>
  patched(aPod({ spec: { restartPolicy } }), {
    phase: 'Running',
    containerStatuses: [
      { name: 'main', image: 'app:1', imageID: '', ready: false, restartCount: 0, state, lastState: {} },
    ],
  });

describe('a container that is shown as terminated', () => {
  const failed: ContainerState = { terminated: { exitCode: 1, reason: 'Error' } };
  const done: ContainerState = { terminated: { exitCode: 0, reason: 'Completed' } };
  const unknown: ContainerState = { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown' } };
  const running = aLaunch(aTask());

  it('stays so under Never, although an older record says that it runs', () => {
    expect(wordsOf(shownAs('Never', failed), running)).toBe('terminated Error 1');
    expect(wordsOf(shownAs('Never', done), running)).toBe('terminated Completed 0');
  });

  it('is the only one that stays: under Never too what waited runs in the end', () => {
    const waiting: ContainerState = { waiting: { reason: 'ContainerCreating' } };
    expect(wordsOf(shownAs('Never', waiting), running)).toBe('running');
    expect(wordsOf(shownAs('Never', { running: {} }), aLaunch(aPendingTask()))).toBe(
      'waiting ContainerCreating',
    );
  });

  it('is shown under Never as it really ended once that is known', () => {
    expect(wordsOf(shownAs('Never', unknown), aLaunch(aStoppedTask(3)))).toBe('terminated Error 3');
  });

  it('stays so under OnFailure only when it exited with 0', () => {
    expect(wordsOf(shownAs('OnFailure', done), running)).toBe('terminated Completed 0');
    expect(wordsOf(shownAs('OnFailure', failed), running)).toBe('running');
  });

  it('never stays so under Always', () => {
    expect(wordsOf(shownAs('Always', done), running)).toBe('running');
    expect(wordsOf(shownAs('Always', failed), running)).toBe('running');
  });
});

describe('the image of a container whose pod was edited', () => {
  const before = showing(aPod(), aLaunch());
  const edited: Pod = { ...before, spec: { ...before.spec, containers: [{ name: 'main', image: 'app:2' }] } };
  const old = 'registry.invalid/main:1';

  it('is the one that runs', () => {
    expect(mainOf(edited, aLaunch())).toMatchObject({ image: old, containerID: 'ecs://run-main' });
  });

  it('is the new one in the next attempt', () => {
    const next = aLaunch(aTask({ containers: [seen('main', { runtimeId: 'run-2' })] }));
    expect(mainOf(edited, next)).toMatchObject({ image: 'app:2', containerID: 'ecs://run-2' });
  });

  it('is the new one while nothing runs', () => {
    const waiting = showing(aPod(), aLaunch(aPendingTask()));
    const pod: Pod = { ...waiting, spec: edited.spec };
    expect(mainOf(waiting, aLaunch(aPendingTask()))?.image).toBe(old);
    expect(mainOf(pod, aLaunch(aPendingTask()))?.image).toBe('app:2');
  });
});

describe('the image of a container whose edit was told', () => {
  const record = aLaunch(aTask(), { edit: { kind: 'spec', message: 'it keeps its images', attempt: 1 } });
  const spec = { containers: [{ name: 'main', image: 'app:2' }] };

  it('is the one that is shown, even of a runtime that was not seen before', () => {
    const shown = patched(showing(aPod(), aLaunch()), {
      containerStatuses: [{ ...mainOf(aPod(), aLaunch())!, containerID: 'ecs://older' }],
    });
    const edited: Pod = { ...shown, spec: { ...shown.spec, ...spec } };
    expect(mainOf(edited, record)?.image).toBe('registry.invalid/main:1');
    expect(mainOf(edited, aLaunch())?.image).toBe('app:2');
    expect(mainOf(edited, { ...record, attempt: 2 })?.image, 'the next attempt follows the edit').toBe(
      'app:2',
    );
  });

  it('is that of the spec where none is shown', () => {
    expect(mainOf(aPod({ spec }), record)?.image).toBe('app:2');
  });
});

describe('the words of a container that waits', () => {
  const refusal = {
    kind: 'capacity',
    message: 'no room.',
    at: ago(5),
    tries: 1,
    retry: true,
    podReason: 'FargateCapacityUnavailable',
  } as const;

  it('are those of the last refusal while no task is known', () => {
    expect(mainOf(aPod(), aClaim({ refusal }))?.state?.waiting).toEqual({
      reason: 'FargateCapacityUnavailable',
      message: 'no room.',
    });
  });

  it('name the next try', () => {
    const claim = aClaim({ refusal, nextTryAt: NOW + 15_000 });
    expect(mainOf(aPod(), claim)?.state?.waiting?.message).toBe('no room. Next try at 2026-01-01T12:00:15Z.');
  });

  it('forget a refusal once there is a task', () => {
    const pending = aLaunch(aPendingTask(), { refusal });
    expect(mainOf(aPod(), pending)?.state?.waiting).toEqual({ reason: 'ContainerCreating' });
  });
});

describe('a container that has ended without an exit code', () => {
  it('did not start only if its reason begins with that', () => {
    const end = exited('main', 0, {
      exitCode: undefined as never,
      reason: 'after CannotStartContainerError',
    });
    const pod = aPod({ spec: { restartPolicy: 'Never' } });
    expect(wordsOf(pod, aLaunch(aStoppedTask(0, { containers: [end] })))).toBe(
      'terminated ContainerStatusUnknown 137',
    );
  });
});
