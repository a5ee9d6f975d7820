import { describe, expect, it } from 'vitest';
import type { Action } from '../../lib/core/action.ts';
import type { Pod } from '../../lib/core/kubernetes.ts';
import { toTime } from '../../lib/core/kubernetes.ts';
import { nextAction } from '../../lib/core/next-action.ts';
import type { PodRecord, StopRequest } from '../../lib/core/record.ts';
import type { Caller, View } from '../../lib/core/view.ts';
import { having } from '../support/vocabulary-expect.ts';
import {
  ago,
  aLaunch,
  aPendingTask,
  aPod,
  aStoppedTask,
  aTask,
  aTaskThatNeverRan,
  aView,
  deleted,
  eventFunction,
  holder,
  MINUTE,
  NOW,
  patched,
  SECOND,
  showing,
  teardown,
} from '../support/vocabulary.ts';

interface Row {
  readonly when: string;
  readonly view: View;
  readonly caller?: Caller;
  readonly then: Partial<Action>;
}

function decides(rows: readonly Row[]): void {
  it.each(rows)('$when', ({ view, caller = holder, then }) => {
    expect(nextAction(view, NOW, caller)).toMatchObject(then);
  });
}

const nothing = { kind: 'wait', until: undefined } as const;
const lookAgain = { kind: 'wait', until: NOW + 15 * SECOND } as const;
const stopFor = (why: StopRequest['why'], graceSeconds = 30) => ({
  kind: 'stop' as const,
  request: { why, at: NOW, deadline: NOW + (graceSeconds + 90) * SECOND },
});
/** The pod shows everything that the record says. */
const settled = (record: PodRecord, pod: Pod = aPod(), more: Partial<View> = {}): View =>
  aView({ pod: showing(pod, record), record, ...more });
const withDeadline = (seconds: number) =>
  aPod({ spec: { activeDeadlineSeconds: seconds }, status: { startTime: toTime(ago(60)) } });
const stopping = (words: Partial<StopRequest> = {}) =>
  aLaunch(aTask(), { stop: { at: ago(5), why: 'deleted', deadline: NOW + 115 * SECOND, ...words } });

describe('a pod whose task is known', () => {
  decides([
    { when: 'running and shown so: nothing to do', view: settled(aLaunch()), then: nothing },
    {
      when: 'running, not shown yet: published',
      view: aView({ record: aLaunch() }),
      then: { kind: 'patchStatus', patch: having({ phase: 'Running' }) },
    },
    {
      when: 'running, not shown yet: published by the event function too',
      view: aView({ record: aLaunch() }),
      caller: eventFunction,
      then: { kind: 'patchStatus' },
    },
    {
      when: 'starting and shown so: looked at again soon',
      view: settled(aLaunch(aPendingTask())),
      then: lookAgain,
    },
    {
      when: 'launched, nothing told yet: looked at again soon',
      view: settled(aLaunch(null)),
      then: lookAgain,
    },
    {
      when: 'starting, silent for three minutes: the provider is asked',
      view: settled(aLaunch(aPendingTask(), { launchedAt: ago(180) })),
      then: { kind: 'describeTask' },
    },
    {
      when: 'silent, asked just now: not asked again at once',
      view: settled(aLaunch(aPendingTask(), { launchedAt: ago(180) }), aPod(), { describedAt: NOW }),
      then: lookAgain,
    },
    {
      when: 'silent, seen by the event function: never asks the provider',
      view: settled(aLaunch(aPendingTask(), { launchedAt: ago(180) })),
      caller: eventFunction,
      then: lookAgain,
    },
    {
      when: 'silent without a known launch time: asked',
      view: settled(aLaunch(null, { launchedAt: undefined as never })),
      then: { kind: 'describeTask' },
    },
    {
      when: 'a running task is not asked about however long it is silent',
      view: settled(aLaunch(aTask({ startedAt: ago(86_400) }), { launchedAt: ago(86_400) })),
      then: nothing,
    },
  ]);
});

describe('a task that must stop', () => {
  decides([
    { when: 'nobody deleted the pod: no stop', view: settled(aLaunch()), then: nothing },
    {
      when: 'pod deleted: stopped by its grace',
      view: settled(aLaunch(), deleted(aPod(), 12)),
      then: stopFor('deleted', 12),
    },
    {
      when: 'pod gone (a GET by name said so): stopped by the default grace',
      view: aView({ pod: undefined, record: aLaunch() }),
      then: stopFor('deleted'),
    },
    {
      when: 'pod deleted without a grace of its own: by its spec',
      view: settled(
        aLaunch(),
        aPod({ spec: { terminationGracePeriodSeconds: 7 }, metadata: { deletionTimestamp: toTime(NOW) } }),
      ),
      then: stopFor('deleted', 7),
    },
    {
      when: 'someone else ended the pod: its task is an orphan',
      view: settled(aLaunch(), aPod({ status: { phase: 'Failed' } })),
      then: stopFor('orphan'),
    },
    {
      when: 'the node is removed: stopped',
      view: settled(aLaunch()),
      caller: teardown,
      then: stopFor('teardown'),
    },
    {
      when: 'pod gone, seen by the event function: left to the holder',
      view: aView({ pod: undefined, record: aLaunch() }),
      caller: eventFunction,
      then: nothing,
    },
    {
      when: 'the event function never stops',
      view: settled(aLaunch(), deleted(aPod())),
      caller: eventFunction,
      then: nothing,
    },
    {
      when: 'deadline ahead: waits for it',
      view: settled(aLaunch(), withDeadline(90)),
      then: { kind: 'wait', until: NOW + 30 * SECOND },
    },
    {
      when: 'deadline reached: stopped',
      view: settled(aLaunch(), withDeadline(60)),
      then: stopFor('deadlineExceeded'),
    },
    {
      when: 'deadline reached and the stop asked for: looked at again soon, never at once',
      view: settled(stopping({ why: 'deadlineExceeded' }), withDeadline(60)),
      then: lookAgain,
    },
    {
      when: 'deadline reached, seen by the event function: left to the holder',
      view: settled(aLaunch(), withDeadline(60)),
      caller: eventFunction,
      then: nothing,
    },
    {
      when: 'stop asked for just now: looked at again soon, not asked again',
      view: settled(stopping(), deleted(aPod())),
      then: lookAgain,
    },
    {
      when: 'no sign of stopping 15 s later: asked again (the call may never have been made)',
      view: settled(stopping({ at: ago(15) }), deleted(aPod())),
      then: { kind: 'stop' },
    },
    {
      when: 'it is stopping: not asked again before its deadline',
      view: settled({ ...stopping({ at: ago(60) }), task: aTask({ state: 'stopping' }) }, deleted(aPod())),
      then: lookAgain,
    },
    {
      when: 'it is stopping beyond its deadline: asked again',
      view: settled(
        { ...stopping({ at: ago(200), deadline: NOW }), task: aTask({ state: 'stopping' }) },
        deleted(aPod()),
      ),
      then: { kind: 'stop', request: having({ why: 'deleted' }) },
    },
    {
      when: 'it is stopping in silence for three minutes: the provider is asked',
      view: settled(
        {
          ...stopping({ at: ago(180), deadline: NOW + MINUTE }),
          task: aTask({ state: 'stopping', startedAt: ago(900) }),
          launchedAt: ago(900),
        },
        deleted(aPod()),
      ),
      then: { kind: 'describeTask' },
    },
  ]);
});

describe('a task that has stopped', () => {
  const done = aLaunch(aStoppedTask(0));
  const crashed = aLaunch(aStoppedTask(3));
  const never = aPod({ spec: { restartPolicy: 'Never' } });
  const later = (words: Partial<PodRecord['task']>) => aLaunch({ ...aStoppedTask(3), ...words });

  decides([
    {
      when: 'back-off not over, shown so: nothing to do before it',
      view: settled(crashed),
      then: { kind: 'wait', until: NOW + 10 * SECOND },
    },
    {
      when: 'back-off not shown yet: published',
      view: aView({ record: crashed }),
      then: { kind: 'patchStatus' },
    },
    {
      when: 'back-off over: the next attempt is claimed',
      view: settled(later({ stoppedAt: ago(10) })),
      then: { kind: 'claim', attempt: 2, specHash: '1:abc' },
    },
    {
      when: 'back-off over, but nothing may be launched: looked at again',
      view: settled(later({ stoppedAt: ago(10) })),
      caller: { ...holder, mayLaunch: false },
      then: lookAgain,
    },
    {
      when: 'the deadline comes before the back-off ends: waits for the deadline',
      view: settled(crashed, withDeadline(65)),
      then: { kind: 'wait', until: NOW + 5 * SECOND },
    },
    {
      when: 'the deadline passed in the back-off: remembered as the reason before it is published',
      view: settled(crashed, withDeadline(60)),
      then: { kind: 'stop', request: { why: 'deadlineExceeded', at: NOW, deadline: NOW } },
    },
    {
      when: 'the same, seen by the event function: left to the holder',
      view: settled(crashed, withDeadline(60)),
      caller: eventFunction,
      then: { kind: 'wait', until: NOW + 10 * SECOND },
    },
    {
      when: 'the node is removed in the back-off: remembered',
      view: settled(crashed),
      caller: teardown,
      then: { kind: 'stop', request: having({ why: 'teardown' }) },
    },
    {
      when: 'the pod is gone: the record ends',
      view: aView({ pod: undefined, record: done }),
      then: { kind: 'endRecord' },
    },
    {
      when: 'it could not be prepared: waits in back-off like any other',
      view: settled(aLaunch(aTaskThatNeverRan('imagePull', 'CannotPullContainerError: not found'))),
      then: { kind: 'wait', until: NOW + 10 * SECOND },
    },
    {
      when: 'over for good, not shown yet: published first',
      view: aView({ pod: never, record: done }),
      then: { kind: 'patchStatus', patch: having({ phase: 'Succeeded' }) },
    },
    { when: 'over and shown: the record ends', view: settled(done, never), then: { kind: 'endRecord' } },
    {
      when: 'over, shown and deleted: the object goes before the record ends',
      view: settled(done, deleted(aPod())),
      then: { kind: 'removePod' },
    },
    {
      when: 'over and shown, only finalizers keep the object: the record ends',
      view: settled(done, deleted(aPod(), 0)),
      then: { kind: 'endRecord' },
    },
    {
      when: 'over and deleted, seen by the event function: it publishes and removes too',
      view: settled(done, deleted(aPod())),
      caller: eventFunction,
      then: { kind: 'removePod' },
    },
    {
      when: 'someone else ended the pod: the record ends as soon as nothing differs',
      view: settled(crashed, aPod({ status: { phase: 'Failed', reason: 'Evicted' } })),
      then: { kind: 'endRecord' },
    },
  ]);
});

describe('an ended record', () => {
  const ended = aLaunch(aStoppedTask(0), { state: 'ended' });
  const finished = showing(aPod({ spec: { restartPolicy: 'Never' } }), ended);
  decides([
    { when: 'finished pod: nothing to do', view: aView({ pod: finished, record: ended }), then: nothing },
    { when: 'no pod: nothing to do', view: aView({ pod: undefined, record: ended }), then: nothing },
    {
      when: 'finished pod held by a finalizer, asked to go: removed',
      view: aView({ pod: deleted(finished), record: ended }),
      then: { kind: 'removePod' },
    },
    {
      when: 'only finalizers keep it: nothing to do',
      view: aView({ pod: deleted(finished, 0), record: ended }),
      then: nothing,
    },
    {
      when: 'deleted pod whose end does not show: published first',
      view: aView({ pod: deleted(aPod()), record: { ...ended, task: undefined as never } }),
      then: { kind: 'patchStatus', patch: having({ phase: 'Failed' }) },
    },
  ]);
});

describe('the order of the end of a deleted pod', () => {
  it('is: stop, terminal status, removal of the object, end of the record', () => {
    let view = settled(aLaunch(), deleted(aPod()));
    const stop = nextAction(view, NOW, holder) as Action & { kind: 'stop' };
    expect(stop.kind).toBe('stop');
    view = { ...view, record: aLaunch(aStoppedTask(0), { stop: stop.request }) };
    const publish = nextAction(view, NOW, holder) as Action & { kind: 'patchStatus' };
    expect(publish).toMatchObject({ kind: 'patchStatus', patch: { phase: 'Succeeded' } });
    view = { ...view, pod: patched(view.pod!, publish.patch) };
    expect(nextAction(view, NOW, holder)).toEqual({ kind: 'removePod' });
    view = { ...view, pod: undefined };
    expect(nextAction(view, NOW, holder)).toEqual({ kind: 'endRecord' });
    view = { ...view, record: { ...view.record!, state: 'ended' } };
    expect(nextAction(view, NOW, holder)).toEqual(nothing);
  });
});
