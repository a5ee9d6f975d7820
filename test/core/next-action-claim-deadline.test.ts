import { describe } from 'vitest';
import { toTime } from '../../lib/core/kubernetes.ts';
import { decides } from '../support/vocabulary-decision.ts';
import {
  aClaim,
  ago,
  aPod,
  aRefusal,
  aView,
  eventFunction,
  NOW,
  SECOND,
  showing,
} from '../support/vocabulary.ts';

/** A pod that started a minute ago and may be active for that many seconds. */
const withDeadline = (seconds: number) =>
  aPod({ spec: { activeDeadlineSeconds: seconds }, status: { startTime: toTime(ago(60)) } });

describe('a pod whose deadline passes while it is only claimed', () => {
  const givenUp = { why: 'deadlineExceeded', at: NOW, deadline: NOW } as const;

  const refused = aClaim({
    launchBefore: ago(10),
    firstSentAt: undefined as never,
    refusal: aRefusal(),
    nextTryAt: NOW + 60 * SECOND,
  });

  decides([
    {
      when: 'deadline passed: the reason is remembered, whatever becomes of the claim',
      view: aView({ pod: withDeadline(60), record: aClaim(), claimHeld: true }),
      then: { kind: 'giveUp', request: givenUp },
    },
    {
      when: 'deadline passed, seen by the event function: left to the holder',
      view: aView({ pod: withDeadline(60), record: aClaim() }),
      caller: eventFunction,
      then: { kind: 'wait', until: NOW + 15 * SECOND },
    },
    {
      when: 'deadline ahead, claim of another: looked at by the deadline',
      view: aView({ pod: withDeadline(64), record: aClaim() }),
      then: { kind: 'wait', until: NOW + 4 * SECOND },
    },
    {
      when: 'deadline ahead of the next try of a refused launch: looked at by the deadline',
      view: aView({ pod: showing(withDeadline(64), refused), record: refused }),
      then: { kind: 'wait', until: NOW + 4 * SECOND },
    },
    {
      when: 'deadline ahead: sent like any other',
      view: aView({ pod: withDeadline(61), record: aClaim(), claimHeld: true }),
      then: { kind: 'launch' },
    },
    {
      when: 'given up: not sent any more, its last send is waited out',
      view: aView({ pod: withDeadline(60), record: aClaim({ stop: givenUp }), claimHeld: true }),
      then: { kind: 'wait', until: NOW + 15 * SECOND },
    },
    {
      when: 'given up and waited out: looked for',
      view: aView({
        pod: withDeadline(60),
        record: aClaim({ launchBefore: ago(30), firstSentAt: ago(90), stop: givenUp }),
      }),
      then: { kind: 'findTask' },
    },
  ]);
});
