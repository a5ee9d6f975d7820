import { describe } from 'vitest';
import { toTime } from '../../lib/core/kubernetes.ts';
import type { PodRecord, StopRequest } from '../../lib/core/record.ts';
import { decides, nothing } from '../support/vocabulary-decision.ts';
import { having } from '../support/vocabulary-expect.ts';
import {
  aClaim,
  ago,
  aLaunch,
  aPod,
  aStoppedTask,
  aTask,
  aView,
  deleted,
  eventFunction,
  HASH,
  holder,
  NOW,
  SECOND,
  showing,
  teardown,
} from '../support/vocabulary.ts';

const lookAgain = { kind: 'wait', until: NOW + 15 * SECOND } as const;
const stopFor = (why: StopRequest['why']): StopRequest => ({ why, at: ago(60), deadline: ago(60) });

/** An ended record that never had a task. */
const endedClaim = (words: Partial<PodRecord> = {}) => aClaim({ state: 'ended', attempt: 3, ...words });
/** The ended record of a task that crashed that many seconds ago. */
const endedCrash = (seconds: number) =>
  aLaunch(aStoppedTask(3, { stoppedAt: ago(seconds) }), { state: 'ended' });

describe('a live pod whose record has ended', () => {
  decides([
    {
      when: 'no task is known: the attempt after the one that it remembers, of the same spec',
      view: aView({ record: endedClaim({ stop: stopFor('deleted') }) }),
      then: { kind: 'claim', attempt: 4, specHash: HASH },
    },
    {
      when: 'went before anything was started, so that this view of its pod is old: looked at again',
      view: aView({ record: endedClaim({ attempt: 0 }) }),
      then: lookAgain,
    },
    {
      when: 'nothing may be launched: looked at again',
      view: aView({ record: endedClaim() }),
      caller: { ...holder, mayLaunch: false },
      then: lookAgain,
    },
    {
      when: 'the node closes: nothing is started',
      view: aView({ record: endedClaim({ expiresAt: NOW }) }),
      caller: { ...holder, closing: true },
      then: nothing,
    },
    {
      when: 'the node closes, and its record was kept: it may expire',
      view: aView({ record: endedClaim() }),
      caller: { ...holder, closing: true },
      then: { kind: 'endRecord', keep: false },
    },
    {
      when: 'someone else ended the pod: nothing is started',
      view: aView({ pod: aPod({ status: { phase: 'Failed' } }), record: endedClaim() }),
      then: nothing,
    },
    {
      when: 'its task runs as far as is known: looked at again, nothing is started beside it',
      view: aView({ record: aLaunch(aTask(), { state: 'ended' }) }),
      then: lookAgain,
    },
    {
      when: 'its task has stopped: its back-off is published',
      view: aView({ record: endedCrash(10) }),
      then: { kind: 'patchStatus', patch: having({ phase: 'Running' }) },
    },
    {
      when: 'its task has stopped, shown so: the next attempt after the back-off',
      view: aView({ pod: showing(aPod(), endedCrash(10)), record: endedCrash(10) }),
      then: { kind: 'claim', attempt: 2, specHash: HASH },
    },
    {
      when: 'its task has stopped, shown so: not before the back-off is over',
      view: aView({ pod: showing(aPod(), endedCrash(7)), record: endedCrash(7) }),
      then: { kind: 'wait', until: NOW + 3 * SECOND },
    },
    {
      when: 'its task has stopped, and the node closes: nothing',
      view: aView({ pod: showing(aPod(), endedCrash(10)), record: { ...endedCrash(10), expiresAt: NOW } }),
      caller: teardown,
      then: nothing,
    },
  ]);
});

describe('a pod that was given up at its deadline before it had a task', () => {
  const late = aPod({ spec: { activeDeadlineSeconds: 60 }, status: { startTime: toTime(ago(60)) } });
  const record = endedClaim({ stop: stopFor('deadlineExceeded') });
  const exceeded = {
    phase: 'Failed',
    reason: 'DeadlineExceeded',
    message: 'Pod was active on the node longer than the specified deadline',
  };

  decides([
    {
      when: 'its end is not shown: published by whoever sees it',
      view: aView({ pod: late, record }),
      caller: eventFunction,
      then: { kind: 'patchStatus', patch: having(exceeded) },
    },
    { when: 'its end is shown: nothing', view: aView({ pod: showing(late, record), record }), then: nothing },
    {
      when: 'a task became known after all: it is for the look at the task',
      view: aView({ pod: late, record: { ...record, task: aTask() } }),
      then: lookAgain,
    },
    {
      when: 'its end is shown and it is deleted: the object goes',
      view: aView({ pod: deleted(showing(late, record)), record }),
      then: { kind: 'removePod' },
    },
  ]);
});
