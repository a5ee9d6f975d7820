import { describe, expect, it } from 'vitest';
import type { Action } from '../../lib/core/action.ts';
import { nextAction } from '../../lib/core/next-action.ts';
import { LAUNCH } from '../../lib/core/record.ts';
import type { Caller, View } from '../../lib/core/view.ts';
import { having } from '../support/vocabulary-expect.ts';
import {
  aClaim,
  ago,
  aPod,
  aRefusal,
  aView,
  deleted,
  eventFunction,
  HASH,
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
/** The claim is over and nobody may send it any more; it was sent five minutes ago. */
const lapsed = { launchBefore: ago(240), firstSentAt: ago(300) } as const;
const daemonSet = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent', uid: 'd', controller: true };
const job = { apiVersion: 'batch/v1', kind: 'Job', name: 'job', uid: 'j', controller: true };
const ranBefore = {
  phase: 'Running',
  containerStatuses: [
    { name: 'main', image: 'i', imageID: '', ready: true, restartCount: 2, containerID: 'ecs://x' },
  ],
};

describe('a pod without a record', () => {
  decides([
    {
      when: 'finished pod: nothing to do',
      view: aView({ pod: aPod({ status: { phase: 'Succeeded' } }) }),
      then: nothing,
    },
    { when: 'no pod either: nothing to do', view: aView({ pod: undefined }), then: nothing },
    {
      when: 'new pod: claimed as attempt 1',
      view: aView(),
      then: { kind: 'claim', attempt: 1, specHash: HASH },
    },
    {
      when: 'new pod of a Job: claimed like any other',
      view: aView({ pod: aPod({ metadata: { ownerReferences: [job] } }) }),
      then: { kind: 'claim' },
    },
    {
      when: 'new pod, seen by the event function: left to the holder',
      view: aView(),
      caller: eventFunction,
      then: nothing,
    },
    { when: 'new pod, node closing: not started', view: aView(), caller: teardown, then: nothing },
    {
      when: 'new pod that nobody judged: left alone',
      view: { key: aView().key, node: 'node-1', pod: aPod(), record: undefined },
      then: nothing,
    },
    {
      when: 'pod that cannot run here: refused with every fault',
      view: aView({
        assessment: {
          kind: 'unsupported',
          faults: [
            { path: 'spec.hostNetwork', note: 'no' },
            { path: 'spec.hostPID', note: 'never' },
          ],
        },
      }),
      then: {
        kind: 'refuse',
        status: having({
          phase: 'Failed',
          reason: 'UnsupportedPodField',
          message: 'spec.hostNetwork: no; spec.hostPID: never',
        }),
      },
    },
    {
      when: 'pod of a DaemonSet: held Pending with the reason',
      view: aView({ pod: aPod({ metadata: { ownerReferences: [daemonSet] } }) }),
      then: { kind: 'hold', reason: 'DaemonSetNotSupported' },
    },
    {
      when: 'pod that ran before the table knew it: an attempt that no earlier task can carry',
      view: aView({ pod: aPod({ status: ranBefore }) }),
      then: { kind: 'claim', attempt: 4 },
    },
    {
      when: 'pod that was deleted before anything was done for it: its end is published first',
      view: aView({ pod: deleted(aPod()) }),
      then: { kind: 'patchStatus', patch: having({ phase: 'Failed' }) },
    },
    {
      when: 'the same for whoever may not launch',
      view: aView({ pod: deleted(aPod()) }),
      caller: eventFunction,
      then: { kind: 'patchStatus' },
    },
    {
      when: 'its end is published: the object goes',
      view: aView({ pod: showing(deleted(aPod()), undefined) }),
      then: { kind: 'removePod' },
    },
    {
      when: 'only finalizers keep it: nothing to do',
      view: aView({ pod: deleted(showing(deleted(aPod()), undefined), 0) }),
      then: nothing,
    },
  ]);

  it('holds the pod of a DaemonSet once: when the reason shows, there is nothing to do', () => {
    const pod = aPod({ metadata: { ownerReferences: [daemonSet] } });
    const action = nextAction(aView({ pod }), NOW, holder);
    expect(action.kind).toBe('hold');
    const held = patched(pod, (action as Action & { kind: 'hold' }).patch);
    expect(nextAction(aView({ pod: held }), NOW, holder)).toEqual(nothing);
  });

  it('ends a pod of policy Never that ran before: its end is unknown, and another run is forbidden', () => {
    const pod = aPod({ spec: { restartPolicy: 'Never' }, status: ranBefore });
    const action = nextAction(aView({ pod }), NOW, holder);
    expect(action).toMatchObject({
      kind: 'patchStatus',
      patch: { phase: 'Failed', reason: 'ContainerStatusUnknown' },
    });
    const ended = patched(pod, (action as Action & { kind: 'patchStatus' }).patch);
    expect(nextAction(aView({ pod: ended }), NOW, holder)).toEqual(nothing);
  });
});

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
    expect(nextAction(shown(record), NOW, holder)).toEqual({ kind: 'endRecord' });
    expect(nextAction(aView({ pod: undefined, record }), NOW, holder)).toEqual({ kind: 'endRecord' });
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
