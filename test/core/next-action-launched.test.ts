import { describe } from 'vitest';
import type { Pod } from '../../lib/core/kubernetes.ts';
import { toTime } from '../../lib/core/kubernetes.ts';
import type { PodRecord, StopRequest } from '../../lib/core/record.ts';
import type { View } from '../../lib/core/view.ts';
import { decides, nothing } from '../support/vocabulary-decision.ts';
import { having } from '../support/vocabulary-expect.ts';
import {
  ago,
  aLaunch,
  aPendingTask,
  aPod,
  aTask,
  aView,
  deleted,
  eventFunction,
  MINUTE,
  NOW,
  SECOND,
  showing,
  teardown,
} from '../support/vocabulary.ts';

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
      when: 'starting, silent for less: not asked',
      view: settled(aLaunch(aPendingTask(), { launchedAt: NOW - 180 * SECOND + 1 })),
      then: lookAgain,
    },
    {
      when: 'it stops by itself and was seen to start a minute ago: not silent',
      view: settled(aLaunch(aTask({ state: 'stopping', startedAt: ago(60) }), { launchedAt: ago(600) })),
      then: lookAgain,
    },
    {
      when: 'starting, with a deadline before the next look: looked at by then',
      view: settled(aLaunch(aPendingTask()), withDeadline(64)),
      then: { kind: 'wait', until: NOW + 4 * SECOND },
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
      when: 'stop of a task of days asked for just now: not silent',
      view: settled(
        {
          ...stopping(),
          task: aTask({ state: 'stopping', startedAt: ago(86_400) }),
          launchedAt: ago(86_400),
        },
        deleted(aPod()),
      ),
      then: lookAgain,
    },
    {
      when: 'no sign of stopping 15 s later: asked again (the call may never have been made), its deadline stays',
      view: settled(stopping({ at: ago(15) }), deleted(aPod())),
      then: { kind: 'stop', request: { why: 'deleted', at: NOW, deadline: NOW + 115 * SECOND } },
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
      then: stopFor('deleted'),
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
