import { describe, expect, it } from 'vitest';
import { toTime, type Pod } from '../../lib/core/kubernetes.ts';
import { derivePodStatus, diffPodStatus } from '../../lib/core/pod-status.ts';
import type { PodRecord } from '../../lib/core/record.ts';
import { conditionsOf, lineOf, statesOf } from '../support/vocabulary-status.ts';
import {
  READY,
  aClaim,
  ago,
  aLaunch,
  aPendingTask,
  aPod,
  aRefusal,
  aStoppedTask,
  aTask,
  deleted,
  NOW,
  patched,
  showing,
} from '../support/vocabulary.ts';

const always = aPod();
const statusOf = (pod: Pod, record: PodRecord | undefined) => derivePodStatus(pod, record, NOW, READY);
const creating = 'Pending; main: waiting ContainerCreating';
const failed = { ContainersReady: 'False PodFailed', Ready: 'False PodFailed' };

describe('the status of a pod that we stopped', () => {
  const stopped = (why: NonNullable<PodRecord['stop']>['why'], exitCode = 143): PodRecord =>
    aLaunch(aStoppedTask(exitCode, { cause: 'requested' }), { stop: { why, at: ago(20), deadline: NOW } });

  it.each([
    {
      because: 'it was deleted',
      pod: deleted(always),
      record: stopped('deleted', 0),
      shows: 'Succeeded; main: terminated Completed 0',
    },
    {
      because: 'it was deleted, and did not end well',
      pod: deleted(always),
      record: stopped('deleted'),
      shows: 'Failed; main: terminated Error 143',
    },
    {
      because: 'it was deleted while it ran down by itself',
      pod: deleted(always),
      record: aLaunch(aStoppedTask(0)),
      shows: 'Succeeded; main: terminated Completed 0',
    },
    {
      because: 'its deadline passed',
      pod: always,
      record: stopped('deadlineExceeded', 0),
      shows: 'Failed DeadlineExceeded; main: terminated Completed 0',
    },
    {
      because: 'the node is removed',
      pod: always,
      record: stopped('teardown', 0),
      shows: 'Failed Shutdown; main: terminated Completed 0',
    },
    {
      because: 'someone else had ended it',
      pod: aPod({ status: { phase: 'Failed', reason: 'Evicted' } }),
      record: stopped('orphan', 0),
      shows: 'Failed; main: terminated Completed 0',
    },
  ])('$because', ({ pod, record, shows }) => {
    expect(lineOf(statusOf(pod, record))).toBe(shows);
  });

  it('says to a Job that the removal of the node is no fault of the pod', () => {
    expect(conditionsOf(statusOf(always, stopped('teardown')))).toMatchObject({
      DisruptionTarget: 'True TerminationByKubelet',
    });
  });
});

describe('the status of a pod that someone else ended', () => {
  const evicted = aPod({ status: { phase: 'Failed', reason: 'Evicted', message: 'out of budget' } });

  it.each([
    { task: 'runs still', record: aLaunch() },
    { task: 'has crashed', record: aLaunch(aStoppedTask(3)) },
    { task: 'has ended well', record: aLaunch(aStoppedTask(0)) },
  ])('keeps its phase and words and is never ready while its task $task', ({ record }) => {
    const status = statusOf(evicted, record);
    expect(status.phase).toBe('Failed');
    expect(conditionsOf(status)).toMatchObject(failed);
    const shown = showing(evicted, record);
    expect(shown.status).toMatchObject({ phase: 'Failed', reason: 'Evicted', message: 'out of budget' });
  });

  it('shows how the containers ended, not that they wait for another attempt', () => {
    expect(statesOf(statusOf(evicted, aLaunch(aStoppedTask(3))))).toEqual({ main: 'terminated Error 3' });
  });
});

describe('the status of a pod that never had a task', () => {
  it('is Failed when it was deleted before it was started', () => {
    const status = statusOf(deleted(always), undefined);
    expect(lineOf(status)).toBe('Failed; main: waiting ContainerCreating');
    expect(status.message).toBe('The pod was deleted before it was started.');
  });

  it('waits while a deleted pod may still turn out to have been started', () => {
    expect(lineOf(statusOf(deleted(always), aClaim()))).toBe(creating);
  });

  it('says why the provider refuses it for ever', () => {
    const refusal = aRefusal({
      kind: 'refused',
      retry: false,
      podReason: 'ProviderFailed',
      message: 'No such role.',
    });
    const status = statusOf(always, aClaim({ refusal }));
    expect(lineOf(status)).toBe('Failed ProviderFailed; main: waiting ProviderFailed');
    expect(status.message).toBe('No such role.');
  });

  it('says why it waits, and until when if that is known', () => {
    const waiting = (words: Partial<PodRecord>) =>
      statusOf(always, aClaim({ refusal: aRefusal(), ...words })).containerStatuses[0]?.state?.waiting;
    expect(waiting({ nextTryAt: NOW })).toEqual({
      reason: 'FargateCapacityUnavailable',
      message: 'Capacity is unavailable at this time. Next try at 2026-01-01T12:00:00Z.',
    });
    expect(waiting({})).toMatchObject({ message: 'Capacity is unavailable at this time.' });
  });
});

describe('times and addresses', () => {
  it('sets the start time once', () => {
    expect(statusOf(always, undefined).startTime).toBe(toTime(NOW));
    const started = aPod({ status: { startTime: toTime(ago(500)) } });
    expect(statusOf(started, undefined).startTime).toBe(toTime(ago(500)));
    expect(diffPodStatus(started, statusOf(started, undefined))).not.toHaveProperty('startTime');
  });

  it('gives the address twice, as the API server keeps it', () => {
    expect(statusOf(always, aLaunch())).toMatchObject({ podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }] });
  });

  it('writes the address only when it changed, and both fields then', () => {
    const shown = showing(always, aLaunch());
    const moved = aLaunch(aTask({ podIP: '10.0.0.2' }));
    expect(diffPodStatus(shown, statusOf(shown, moved))).toEqual({
      podIP: '10.0.0.2',
      podIPs: [{ ip: '10.0.0.2' }],
    });
  });

  it('leaves the address of an attempt before until there is a new one', () => {
    const shown = showing(always, aLaunch());
    expect(diffPodStatus(shown, statusOf(shown, aLaunch(aPendingTask())))).not.toHaveProperty('podIP');
  });
});

describe('the difference', () => {
  it('is only what differs', () => {
    const pod = showing(always, aLaunch(aPendingTask({ podIP: '10.0.0.1' })));
    const patch = diffPodStatus(pod, statusOf(pod, aLaunch()));
    expect(Object.keys(patch ?? {}).sort()).toEqual(['conditions', 'containerStatuses', 'phase']);
    expect(Object.keys(conditionsOf(patch))).toEqual(['ContainersReady', 'Ready']);
  });

  it('counts everything of a pod without any status', () => {
    const bare: Pod = { ...always, status: undefined as never };
    const patch = diffPodStatus(bare, statusOf(bare, aLaunch()));
    expect(lineOf(patch)).toBe('Running; main: running');
    expect(lineOf(patched(bare, patch ?? {}).status)).toBe('Running; main: running');
  });

  it('is not made by what API servers add to container statuses', () => {
    const shown = showing(always, aLaunch());
    const containerStatuses = shown.status!.containerStatuses!.map((status) => ({
      ...status,
      resources: { limits: { cpu: '1' } },
      allocatedResources: { cpu: '1' },
    }));
    const dressed = patched(shown, { containerStatuses });
    expect(diffPodStatus(dressed, statusOf(dressed, aLaunch()))).toBeUndefined();
  });

  it('is not made by a container status without a last state', () => {
    const shown = showing(always, aLaunch());
    const [status] = shown.status!.containerStatuses!;
    const { lastState: _none, ...bare } = status!;
    const pod: Pod = { ...shown, status: { ...shown.status, containerStatuses: [bare] } };
    expect(diffPodStatus(pod, statusOf(pod, aLaunch()))).toBeUndefined();
  });
});
