import { describe, expect, it } from 'vitest';
import type { Action } from '../../lib/core/action.ts';
import type { Pod } from '../../lib/core/kubernetes.ts';
import { toTime } from '../../lib/core/kubernetes.ts';
import { nextAction } from '../../lib/core/next-action.ts';
import type { PodRecord } from '../../lib/core/record.ts';
import type { View } from '../../lib/core/view.ts';
import { decides, nothing } from '../support/vocabulary-decision.ts';
import { having } from '../support/vocabulary-expect.ts';
import {
  ago,
  aLaunch,
  aPod,
  aStoppedTask,
  aTask,
  aTaskThatNeverRan,
  aView,
  deleted,
  eventFunction,
  holder,
  NOW,
  patched,
  SECOND,
  showing,
  teardown,
} from '../support/vocabulary.ts';

const lookAgain = { kind: 'wait', until: NOW + 15 * SECOND } as const;
/** The pod shows everything that the record says. */
const settled = (record: PodRecord, pod: Pod = aPod(), more: Partial<View> = {}): View =>
  aView({ pod: showing(pod, record), record, ...more });
const withDeadline = (seconds: number) =>
  aPod({ spec: { activeDeadlineSeconds: seconds }, status: { startTime: toTime(ago(60)) } });

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
      then: { kind: 'giveUp', request: { why: 'deadlineExceeded', at: NOW, deadline: NOW } },
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
      then: { kind: 'giveUp', request: having({ why: 'teardown' }) },
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
    {
      when: 'over and shown: the record ends, and is kept for as long as the pod is there',
      view: settled(done, never),
      then: { kind: 'endRecord', keep: true },
    },
    {
      when: 'the same while the node goes away: nobody will look at the pod, so that it may expire',
      view: settled(done, never),
      caller: teardown,
      then: { kind: 'endRecord', keep: false },
    },
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
  const over = { ...ended, expiresAt: NOW + 60 * 60 * SECOND };
  const finished = showing(aPod({ spec: { restartPolicy: 'Never' } }), ended);
  decides([
    { when: 'finished pod: nothing to do', view: aView({ pod: finished, record: ended }), then: nothing },
    {
      when: 'no pod any more: the record that was kept for it may expire',
      view: aView({ pod: undefined, record: ended }),
      then: { kind: 'endRecord', keep: false },
    },
    {
      when: 'no pod, and it expires: nothing to do',
      view: aView({ pod: undefined, record: over }),
      then: nothing,
    },
    {
      when: 'finished pod, and it expires (the pod was taken for gone, or an older version ended it): kept',
      view: aView({ pod: finished, record: over }),
      then: { kind: 'endRecord', keep: true },
    },
    {
      when: 'finished pod, and the node goes away: it may expire',
      view: aView({ pod: finished, record: ended }),
      caller: teardown,
      then: { kind: 'endRecord', keep: false },
    },
    {
      when: 'finished pod that goes, and it expires: nothing to keep',
      view: aView({ pod: deleted(finished, 0), record: over }),
      then: nothing,
    },
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
      when: 'deleted pod whose task was never told to have ended, all shown: the object goes',
      view: aView({
        pod: showing(deleted(aPod()), aLaunch()),
        record: aLaunch(aTask(), { state: 'ended' }),
      }),
      then: { kind: 'removePod' },
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
    expect(nextAction(view, NOW, holder)).toEqual({ kind: 'endRecord', keep: false });
    view = { ...view, record: { ...view.record!, state: 'ended', expiresAt: NOW } };
    expect(nextAction(view, NOW, holder)).toEqual(nothing);
  });
});
