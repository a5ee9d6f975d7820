import { describe, expect, it } from 'vitest';
import { LAUNCH } from '../../lib/core/record.ts';
import { nextAction } from '../../lib/core/next-action.ts';
import type { View } from '../../lib/core/view.ts';
import { decides } from '../support/vocabulary-decision.ts';
import { having } from '../support/vocabulary-expect.ts';
import {
  aClaim,
  ago,
  aPod,
  aRefusal,
  aView,
  deleted,
  eventFunction,
  holder,
  MINUTE,
  NOW,
  SECOND,
  showing,
  teardown,
} from '../support/vocabulary.ts';

/** The claim is over and nobody may send it any more; it was sent five minutes ago. */
const lapsed = { launchBefore: ago(240), firstSentAt: ago(300) } as const;

describe('a claimed pod', () => {
  decides([
    {
      when: 'claim of another invocation: nothing to do but to look again',
      view: aView({ record: aClaim() }),
      then: { kind: 'wait', until: NOW + 15 * SECOND },
    },
    {
      when: 'claim of another that ends sooner: looked at when it ends',
      view: aView({ record: aClaim({ launchBefore: NOW + 4 * SECOND }) }),
      then: { kind: 'wait', until: NOW + 4 * SECOND },
    },
    {
      when: 'claim held in this fold: sent',
      view: aView({ record: aClaim(), claimHeld: true }),
      then: { kind: 'launch' },
    },
    {
      when: 'claim held, but too late to send: not sent',
      view: aView({ record: aClaim({ launchBefore: NOW + LAUNCH.sendMarginMs }), claimHeld: true }),
      then: { kind: 'wait', until: NOW + 15 * SECOND },
    },
    {
      when: 'claim held, but nothing may be launched any more: not sent',
      view: aView({ record: aClaim(), claimHeld: true }),
      caller: { ...holder, mayLaunch: false },
      then: { kind: 'wait' },
    },
    {
      when: 'claim lapsed: renewed, with the same token',
      view: aView({ record: aClaim(lapsed) }),
      then: { kind: 'renewClaim' },
    },
    {
      when: 'claim that ends now: renewed',
      view: aView({ record: aClaim({ launchBefore: NOW, firstSentAt: ago(60) }) }),
      then: { kind: 'renewClaim' },
    },
    {
      when: 'claim lapsed, seen by the event function: looked at again',
      view: aView({ record: aClaim(lapsed) }),
      caller: eventFunction,
      then: { kind: 'wait', until: NOW + 15 * SECOND },
    },
    {
      when: 'claim lapsed whose token was never claimed for sending: renewed at any age',
      view: aView({ record: aClaim({ launchBefore: ago(7200), firstSentAt: undefined as never }) }),
      then: { kind: 'renewClaim' },
    },
    {
      when: 'token of 49 minutes: still replayed',
      view: aView({ record: aClaim({ launchBefore: ago(240), firstSentAt: NOW - 49 * MINUTE }) }),
      then: { kind: 'renewClaim' },
    },
    {
      when: 'token of 50 minutes: never replayed, the task is looked for',
      view: aView({ record: aClaim({ launchBefore: ago(240), firstSentAt: NOW - 50 * MINUTE }) }),
      then: { kind: 'findTask' },
    },
    {
      when: 'token of 50 minutes, sent just now: the look waits until lists must show the task',
      view: aView({ record: aClaim({ launchBefore: ago(50), firstSentAt: NOW - 50 * MINUTE }) }),
      then: { kind: 'wait', until: NOW + 10 * SECOND },
    },
    {
      when: 'nothing found while the provider still remembers: a new token',
      view: aView({
        record: aClaim({ launchBefore: ago(240), firstSentAt: NOW - 50 * MINUTE }),
        nothingFoundAt: NOW,
      }),
      then: { kind: 'moveTry' },
    },
    {
      when: 'nothing found when the provider may have forgotten: lost',
      view: aView({
        record: aClaim({ launchBefore: ago(240), firstSentAt: NOW - 58 * MINUTE }),
        nothingFoundAt: NOW,
      }),
      then: { kind: 'declareLost' },
    },
  ]);
});

describe('a claim that was refused', () => {
  const capacity = aRefusal();
  const next = { launchBefore: ago(10), nextTryAt: NOW + 5 * SECOND } as const;
  const proven = aClaim({ ...next, refusal: capacity, try: 1, firstSentAt: undefined as never });
  const replayed = aClaim({ ...next, refusal: capacity, firstSentAt: ago(100), replayed: true });
  const throttled = aClaim({
    ...next,
    refusal: aRefusal({ kind: 'throttled', podReason: 'ContainerCreating', message: 'Rate exceeded' }),
    firstSentAt: ago(20),
  });
  const shown = (record: typeof proven) => aView({ pod: showing(aPod(), record), record });
  const due = { nextTryAt: ago(1) } as const;

  decides([
    {
      when: 'reason shown and next try not due: nothing to do before it',
      view: shown(proven),
      then: { kind: 'wait', until: NOW + 5 * SECOND },
    },
    {
      when: 'refused without any send that may be under way: left alone until the next try, however long',
      view: shown({ ...proven, nextTryAt: NOW + 60 * SECOND }),
      then: { kind: 'wait', until: NOW + 60 * SECOND },
    },
    {
      when: 'refused, but a send may be under way: looked at again before the next try',
      view: shown({ ...throttled, nextTryAt: NOW + 60 * SECOND }),
      then: { kind: 'wait', until: NOW + 15 * SECOND },
    },
    {
      when: 'never sent and never refused: looked at again before the claim is over',
      view: aView({ record: aClaim({ firstSentAt: undefined as never }) }),
      then: { kind: 'wait', until: NOW + 15 * SECOND },
    },
    {
      when: 'next try due now: sent again',
      view: shown({ ...proven, nextTryAt: NOW }),
      then: { kind: 'renewClaim' },
    },
    {
      when: 'reason not shown yet: it is published, with the next try',
      view: aView({ record: proven }),
      then: {
        kind: 'patchStatus',
        patch: having({
          containerStatuses: [
            having({
              state: {
                waiting: {
                  reason: 'FargateCapacityUnavailable',
                  message: 'Capacity is unavailable at this time. Next try at 2026-01-01T12:00:05Z.',
                },
              },
            }),
          ],
        }),
      },
    },
    {
      when: 'next try due, token moved: sent again',
      view: shown({ ...proven, ...due }),
      then: { kind: 'renewClaim' },
    },
    {
      when: 'throttled: the same token again, without any look',
      view: shown({ ...throttled, ...due }),
      then: { kind: 'renewClaim' },
    },
    {
      when: 'refused after a replay: an earlier send may have worked, so the look waits a minute',
      view: shown({ ...replayed, ...due }),
      then: { kind: 'wait', until: NOW + 15 * SECOND },
    },
    {
      when: 'refused after a replay, a minute later: look',
      view: shown({ ...replayed, ...due, launchBefore: ago(60) }),
      then: { kind: 'findTask' },
    },
    {
      when: 'refused after a replay, nothing found: a new token',
      view: { ...shown({ ...replayed, ...due, launchBefore: ago(60) }), nothingFoundAt: NOW },
      then: { kind: 'moveTry' },
    },
    {
      when: 'refused after a replay, in the millisecond of its first claim: the same look',
      view: shown({ ...replayed, ...due, launchBefore: ago(60), firstSentAt: capacity.at }),
      then: { kind: 'findTask' },
    },
    {
      when: 'an old refusal says nothing about a later send',
      view: shown({ ...replayed, ...due, firstSentAt: ago(5) }),
      then: { kind: 'renewClaim' },
    },
  ]);

  it('is final when the request itself is wrong: published, then the record ends', () => {
    const record = aClaim({
      ...next,
      refusal: aRefusal({
        kind: 'refused',
        retry: false,
        podReason: 'ProviderFailed',
        message: 'No such role.',
      }),
    });
    const first = nextAction(aView({ record }), NOW, holder);
    expect(first).toMatchObject({
      kind: 'patchStatus',
      patch: { phase: 'Failed', reason: 'ProviderFailed', message: 'No such role.' },
    });
    expect(nextAction(shown(record), NOW, holder)).toEqual({ kind: 'endRecord', keep: true });
    expect(nextAction(aView({ pod: undefined, record }), NOW, holder)).toEqual({
      kind: 'endRecord',
      keep: false,
    });
  });
});

describe('a pod that goes away while only claimed', () => {
  const gone = (words: Parameters<typeof aClaim>[0], view: Partial<View> = {}) =>
    aView({ pod: deleted(aPod()), record: aClaim(words), ...view });
  const certain = { launchBefore: ago(30), firstSentAt: ago(90) } as const;

  decides([
    {
      when: 'nothing was ever sent: the record ends',
      view: gone({ firstSentAt: undefined as never }),
      then: { kind: 'endRecord' },
    },
    {
      when: 'a send may be under way: it is waited out',
      view: gone({ launchBefore: NOW - 20 * SECOND }),
      then: { kind: 'wait', until: NOW + 10 * SECOND },
    },
    {
      when: 'a held claim is not sent any more',
      view: gone({}, { claimHeld: true }),
      then: { kind: 'wait', until: NOW + 15 * SECOND },
    },
    { when: 'launchBefore and 30 s have passed: look', view: gone(certain), then: { kind: 'findTask' } },
    {
      when: 'the event function does not look: the holder will',
      view: gone(certain),
      caller: eventFunction,
      then: { kind: 'wait', until: NOW + 15 * SECOND },
    },
    {
      when: 'nothing found: the record ends',
      view: gone(certain, { nothingFoundAt: NOW }),
      then: { kind: 'endRecord' },
    },
    {
      when: 'the pod is gone altogether: the same look',
      view: gone(certain, { pod: undefined }),
      then: { kind: 'findTask' },
    },
    {
      when: 'someone else ended the pod: the same look',
      view: gone(certain, { pod: aPod({ status: { phase: 'Failed' } }) }),
      then: { kind: 'findTask' },
    },
    {
      when: 'the node is removed: the same look',
      view: gone(certain, { pod: aPod() }),
      caller: teardown,
      then: { kind: 'findTask' },
    },
  ]);
});
