import { describe, expect, it } from 'vitest';
import { chooseLog, endOf } from '../../lib/kubelet-api/logs/choose-log.ts';
import type { ContainerStatus, Pod } from '../../lib/core/kubernetes.ts';
import type { PodRecord } from '../../lib/core/record.ts';

const ENDED = { exitCode: 1, finishedAt: '2026-03-04T09:15:00Z' };
const ENDED_AT = Date.parse(ENDED.finishedAt);
const RECORD = {
  taskArn: 'arn:task/now',
  task: { arn: 'arn:task/now', containers: [{ name: 'main', state: 'running', runtimeId: 'b-1' }] },
  previous: {
    ...{ attempt: 1, taskArn: 'arn:task/before' },
    containers: [{ name: 'main', state: 'stopped', runtimeId: 'a-1' }],
  },
} as unknown as PodRecord;
const NOW = { taskArn: 'arn:task/now' };
const BEFORE = { taskArn: 'arn:task/before' };

function podWith(status: Partial<ContainerStatus> | undefined, uid = 'uid'): Pod {
  return {
    metadata: { namespace: 'shop', name: 'web', uid, resourceVersion: '1' },
    spec: { containers: [{ name: 'main' }], initContainers: [{ name: 'setup' }] },
    status: {
      containerStatuses:
        status === undefined
          ? []
          : [{ name: 'main', image: '', imageID: '', ready: false, restartCount: 0, ...status }],
    },
  };
}

describe('which log is meant', () => {
  const running = { state: { running: {} }, containerID: 'ecs://b-1' };
  const before = { terminated: { ...ENDED, containerID: 'ecs://a-1' } };

  it.each<[string, Partial<ContainerStatus>, boolean, object]>([
    ['the one that runs', { ...running, lastState: before }, false, { task: NOW }],
    [
      'the one that ended, with when it did',
      { state: { terminated: { ...ENDED, containerID: 'ecs://b-1' } } },
      false,
      { task: NOW, endedAt: ENDED_AT },
    ],
    [
      'the one that ended last, while the next one waits',
      { state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: before },
      false,
      { task: BEFORE, endedAt: ENDED_AT },
    ],
    ['the one before', { ...running, lastState: before }, true, { task: BEFORE, endedAt: ENDED_AT }],
    [
      'the one before the next start',
      { state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: before },
      true,
      { task: BEFORE, endedAt: ENDED_AT },
    ],
  ])('is %s', (_, status, previous, expected) => {
    const facts = { pod: podWith(status), record: RECORD };
    expect(chooseLog(facts, 'main', previous)).toEqual({ kind: 'log', ...expected });
  });

  it.each<[string, Partial<ContainerStatus>, boolean]>([
    ['runs', { state: { running: {} }, containerID: 'ecs://of-another-pod-1' }, false],
    ['ended', { state: { terminated: { ...ENDED, containerID: 'ecs://of-another-pod-1' } } }, false],
    [
      'ended before',
      { ...running, lastState: { terminated: { ...ENDED, containerID: 'ecs://of-another-pod-1' } } },
      true,
    ],
  ])(
    'is none of a task that the record does not know, whatever the status says that %s',
    (_, status, previous) => {
      const facts = { pod: podWith(status), record: RECORD };
      expect(chooseLog(facts, 'main', previous)).toMatchObject({
        kind: 'none',
        message: expect.stringMatching(/; the record of the pod knows no task in which it ran$/) as string,
      });
      expect(chooseLog({ ...facts, believesStatus: true }, 'main', previous)).toMatchObject({
        task: { runtimeId: 'of-another-pod-1' },
      });
    },
  );

  it('is none of the task in which another container had that id', () => {
    const pod = podWith({ name: 'main', ...running });
    const containers = [{ name: 'side', state: 'running' as const, runtimeId: 'b-1' }];
    const record = { ...RECORD, task: { ...RECORD.task!, containers } };
    expect(chooseLog({ pod, record }, 'main', false)).toMatchObject({ kind: 'none' });
  });

  it.each<[string, Partial<ContainerStatus>, boolean, string]>([
    ['runs', { state: { running: {} } }, false, 'arn:task/now'],
    ['ended', { state: { terminated: ENDED } }, false, 'arn:task/now'],
    ['ended before', { ...running, lastState: { terminated: ENDED } }, true, 'arn:task/before'],
    [
      'ended, and waits',
      { state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated: ENDED } },
      true,
      'arn:task/now',
    ],
  ])('is that of the record where the status names no container that %s', (_, status, previous, taskArn) => {
    const pod = podWith(status);
    expect(chooseLog({ pod, record: RECORD }, 'main', previous)).toMatchObject({ task: { taskArn } });
    expect(chooseLog({ pod }, 'main', previous)).toMatchObject({ kind: 'none', isUnnamed: true });
  });
});

describe('where there is no log, the words are those of the kubelet', () => {
  const waiting = (reason: string) => ({ state: { waiting: { reason } } });
  it.each<[string, boolean, Partial<ContainerStatus> | undefined, string]>([
    ['other', false, {}, 'container other is not valid for pod web'],
    ['main', false, undefined, 'container "main" in pod "web" is not available'],
    [
      'main',
      false,
      waiting('ContainerCreating'),
      'container "main" in pod "web" is waiting to start: ContainerCreating',
    ],
    [
      'main',
      false,
      waiting('ErrImagePull'),
      `container "main" in pod "web" is waiting to start: image can't be pulled`,
    ],
    [
      'main',
      false,
      waiting('ImagePullBackOff'),
      'container "main" in pod "web" is waiting to start: trying and failing to pull image',
    ],
    ['main', false, {}, 'container "main" in pod "web" is waiting to start - no logs yet'],
    [
      'main',
      true,
      { state: { running: {} }, containerID: 'ecs://b-1' },
      'previous terminated container "main" in pod "web" not found',
    ],
    [
      'main',
      false,
      { state: { terminated: ENDED } },
      'container "main" in pod "web" is terminated; no record of the pod says in which task it ran',
    ],
    [
      'main',
      false,
      { state: { running: {} }, containerID: 'containerd://b-1' },
      'container "main" in pod "web" is not available; no record of the pod says in which task it ran',
    ],
  ])('of %s (previous: %s)', (container, previous, status, message) => {
    expect(chooseLog({ pod: podWith(status) }, container, previous)).toMatchObject({ kind: 'none', message });
  });
});

describe('the end of a run that was seen running', () => {
  const then = podWith({ state: { running: {} }, containerID: 'ecs://a-1' });
  it.each<[string, Pod | undefined, number | undefined]>([
    ['has not come while it runs', then, undefined],
    ['is that of its status', podWith({ state: { terminated: ENDED }, containerID: 'ecs://a-1' }), ENDED_AT],
    [
      'is that of the run before where another one runs',
      podWith({ state: { running: {} }, containerID: 'ecs://b-1', lastState: { terminated: ENDED } }),
      ENDED_AT,
    ],
    ['is now where the pod is gone', undefined, 7],
    ['is now where the pod is another of the same name', podWith({ state: { running: {} } }, 'other'), 7],
    ['is now where nobody says when', podWith({ state: { waiting: {} } }), 7],
  ])('%s', (_, pod, expected) => {
    expect(endOf(then, pod, 'main', 7)).toBe(expected);
  });
});
