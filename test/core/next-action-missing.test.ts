import { describe } from 'vitest';
import type { PodRecord } from '../../lib/core/record.ts';
import type { LossLook, View } from '../../lib/core/view.ts';
import { decides, nothing } from '../support/vocabulary-decision.ts';
import {
  ago,
  aLaunch,
  aPendingTask,
  aPod,
  aTask,
  aView,
  deleted,
  eventFunction,
  holder,
  MINUTE,
  NOW,
  SECOND,
  showing,
} from '../support/vocabulary.ts';

/** The record of a running task that the provider says it does not know, since so many seconds. */
const missing = (seconds: number, words: Partial<PodRecord> = {}): PodRecord =>
  aLaunch(aTask(), { missingSince: ago(seconds), ...words });
const settled = (record: PodRecord, words: Partial<View> = {}): View =>
  aView({ pod: showing(aPod(), record), record, ...words });
/** A look that would do to declare the task lost. */
const loss: LossLook = { missing: true, backlog: 0, nodeSince: NOW - 10 * MINUTE };
const examined = (words: Partial<LossLook>): View => settled(missing(60), { loss: { ...loss, ...words } });

const lookAgain = { kind: 'wait', until: NOW + 15 * SECOND } as const;
const examineAgain = { kind: 'wait', until: NOW + MINUTE } as const;
const broken = { ...holder, breakerHolds: true };

describe('a task that the provider does not know', () => {
  decides([
    { when: 'missed just now: nothing is believed yet', view: settled(missing(0)), then: lookAgain },
    {
      when: 'missed 50 s ago: examined in ten seconds, not sooner and not later',
      view: settled(missing(50)),
      then: { kind: 'wait', until: NOW + 10 * SECOND },
    },
    { when: 'missed a minute ago: examined', view: settled(missing(60)), then: { kind: 'examineLoss' } },
    {
      when: 'missed a minute ago while it was starting: examined too',
      view: settled(aLaunch(aPendingTask(), { missingSince: ago(60) })),
      then: { kind: 'examineLoss' },
    },
    {
      when: 'missed and silent: not described again, the examination does that',
      view: settled(aLaunch(aPendingTask(), { missingSince: ago(30), launchedAt: ago(600) })),
      then: lookAgain,
    },
    {
      when: 'missed, while the breaker holds: left as it is',
      view: settled(missing(600)),
      caller: broken,
      then: lookAgain,
    },
    {
      when: 'missed, seen by the event function: left to the holder',
      view: settled(missing(600)),
      caller: eventFunction,
      then: lookAgain,
    },
    { when: 'examined and still missing: lost', view: examined({}), then: { kind: 'declareLost' } },
    {
      when: 'examined while events wait: one of them may tell its end',
      view: examined({ backlog: 1 }),
      then: examineAgain,
    },
    {
      when: 'examined under a Node of less than ten minutes: what happened meanwhile is not known',
      view: examined({ nodeSince: NOW - 10 * MINUTE + 1 }),
      then: examineAgain,
    },
    {
      when: 'examined under no Node at all: the same',
      view: examined({ nodeSince: undefined }),
      then: examineAgain,
    },
    { when: 'examined and not missing this time', view: examined({ missing: false }), then: examineAgain },
    {
      when: 'examined just before the breaker tripped: not lost',
      view: examined({}),
      caller: broken,
      then: lookAgain,
    },
    {
      when: 'missed, and its pod is deleted: the stop is asked for first, as of any other',
      view: settled(missing(60), { pod: deleted(showing(aPod(), missing(60))) }),
      then: { kind: 'stop' },
    },
    {
      when: 'missed, and its status is not shown yet: published first',
      view: aView({ record: missing(60) }),
      then: { kind: 'patchStatus' },
    },
    { when: 'seen again: settled as before', view: settled(aLaunch()), then: nothing },
  ]);

  describe('of a pod with a deadline', () => {
    const timed = (activeDeadlineSeconds: number, record: PodRecord): View => {
      const pod = aPod({ spec: { activeDeadlineSeconds }, status: { startTime: '2026-01-01T11:59:00Z' } });
      return aView({ pod: showing(pod, record), record });
    };
    decides([
      {
        when: 'deadline in five seconds: the wait does not sleep through it',
        view: timed(65, missing(50)),
        then: { kind: 'wait', until: NOW + 5 * SECOND },
      },
      {
        when: 'deadline in an hour: examined as soon as any other',
        view: timed(3660, missing(50)),
        then: { kind: 'wait', until: NOW + 10 * SECOND },
      },
      {
        when: 'deadline in five seconds, missed a minute ago: examined',
        view: timed(65, missing(60)),
        then: { kind: 'examineLoss' },
      },
    ]);
  });
});

describe('while the breaker holds', () => {
  decides([
    {
      when: 'pod gone (a GET by name said so): its task is not stopped',
      view: aView({ pod: undefined, record: aLaunch() }),
      caller: broken,
      then: nothing,
    },
    {
      when: 'pod gone while its task starts: not stopped, and looked at again',
      view: aView({ pod: undefined, record: aLaunch(aPendingTask()) }),
      caller: broken,
      then: lookAgain,
    },
    {
      when: 'pod deleted with a deletionTimestamp: stopped as ever',
      view: settled(aLaunch(), { pod: deleted(showing(aPod(), aLaunch())) }),
      caller: broken,
      then: { kind: 'stop' },
    },
    {
      when: 'pod ended by someone else: stopped as ever',
      view: settled(aLaunch(), { pod: aPod({ status: { phase: 'Failed' } }) }),
      caller: broken,
      then: { kind: 'stop' },
    },
    {
      when: 'pod gone, stop asked for before it tripped: not asked again',
      view: aView({
        pod: undefined,
        record: aLaunch(aTask(), { stop: { why: 'deleted', at: ago(60), deadline: ago(1) } }),
      }),
      caller: broken,
      then: lookAgain,
    },
    { when: 'new pod: started as ever', view: aView(), caller: broken, then: { kind: 'claim' } },
  ]);
});
