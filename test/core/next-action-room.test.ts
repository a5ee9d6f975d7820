// A launch that is due and has no room: what is decided, what the pod shows, and that it goes on showing it.
import { describe, expect, it } from 'vitest';
import { describeLack, type Lack, type NoRoom } from '../../lib/core/ceiling.ts';
import { launchDueSince, needsRoom, shownLack } from '../../lib/core/hold-for-room.ts';
import { fromTime, toTime, type Pod } from '../../lib/core/kubernetes.ts';
import { nextAction } from '../../lib/core/next-action.ts';
import { derivePodStatus, diffPodStatus } from '../../lib/core/pod-status.ts';
import type { PodRecord } from '../../lib/core/record.ts';
import type { View } from '../../lib/core/view.ts';
import { decides, nothing } from '../support/vocabulary-decision.ts';
import { statesOf } from '../support/vocabulary-status.ts';
import {
  aClaim,
  ago,
  aLaunch,
  aPod,
  aRefusal,
  aStoppedTask,
  aView,
  deleted,
  exited,
  eventFunction,
  holder,
  MINUTE,
  NOW,
  patched,
  READY,
  SECOND,
  showing,
} from '../support/vocabulary.ts';

const lack: Lack = {
  ...{ owner: { kind: 'node', name: 'node-1' }, unit: 'vcpu', ceiling: 4, inUse: 3.5, need: 1 },
  isKept: false,
};
const noRoom: NoRoom = { kind: 'lacking', lack };
const message = describeLack(lack);
const held = { kind: 'hold', reason: 'CeilingReached', message } as const;

/** The pod as it shows that it waits for room. */
function waiting(view: View): Pod {
  const action = nextAction(view, NOW, holder);
  if (action.kind !== 'hold' || view.pod === undefined) throw new Error(`it is not held, but ${action.kind}`);
  return patched(view.pod, action.patch);
}
const unsent = ({ firstSentAt: _, ...claim }: PodRecord): PodRecord => claim;
/** Its first container ended a minute ago; its back-off is over. */
const crashed = aLaunch(
  aStoppedTask(3, { stoppedAt: ago(60), containers: [exited('main', 3, { finishedAt: ago(60) })] }),
);
/** Its launch was refused for capacity; the next try is due. */
const refused = unsent(aClaim({ launchBefore: ago(15), nextTryAt: ago(1), refusal: aRefusal(), try: 1 }));
const crashedPod = showing(aPod(), crashed);
const refusedPod = showing(aPod(), refused);
const heldPod = waiting(aView({ noRoom }));
/** It shows how its only container ended, and nothing else is remembered of it. */
const endedPod = showing(
  showing(aPod(), aLaunch(aStoppedTask(3, { containers: [exited('main', 3)], state: 'stopping' }))),
  undefined,
);

describe('a launch that is due', () => {
  decides([
    { when: 'new pod, room: claimed', view: aView(), then: { kind: 'claim' } },
    { when: 'new pod, no room: held, with the reason', view: aView({ noRoom }), then: held },
    {
      when: 'new pod, not known yet what is in use: waits for whoever finds out, and says nothing',
      view: aView({ noRoom: { kind: 'unknown' } }),
      then: nothing,
    },
    { when: 'held pod, still no room: nothing to do', view: aView({ pod: heldPod, noRoom }), then: nothing },
    {
      when: 'held pod, something else in use meanwhile: not told again',
      view: aView({ pod: heldPod, noRoom: { kind: 'lacking', lack: { ...lack, inUse: 4 } } }),
      then: nothing,
    },
    {
      when: 'held pod, another ceiling is in the way: told',
      view: aView({ pod: heldPod, noRoom: { kind: 'lacking', lack: { ...lack, ceiling: 5, inUse: 5 } } }),
      then: { kind: 'hold' },
    },
    {
      when: 'held pod, room: claimed as attempt 1',
      view: aView({ pod: heldPod }),
      then: { kind: 'claim', attempt: 1 },
    },
    {
      when: 'held pod, seen by the event function: left to the holder',
      view: aView({ pod: heldPod }),
      caller: eventFunction,
      then: { kind: 'wait' },
    },
    {
      when: 'held pod that is deleted: it goes, nobody looks for a task of it',
      view: aView({ pod: deleted(heldPod) }),
      then: { kind: 'recordEnd' },
    },
    {
      when: 'held pod that shows that it ran before: its task is looked for, as without the ceiling',
      view: aView({
        pod: patched(heldPod, {
          containerStatuses: (heldPod.status?.containerStatuses ?? []).map((one) => ({
            ...one,
            restartCount: 1,
          })),
        }),
      }),
      then: { kind: 'recover' },
    },
    {
      when: 'held pod that has a start time: somebody took it up, its task is looked for',
      view: aView({ pod: patched(heldPod, { startTime: toTime(ago(60)) }) }),
      then: { kind: 'recover' },
    },
    {
      when: 'restart without a record, whose container is shown as it ended: there is nothing to say it on',
      view: aView({ pod: endedPod, recoveredAt: NOW, noRoom }),
      then: nothing,
    },
    {
      when: 'restart, no room: held',
      view: aView({ pod: crashedPod, record: crashed, noRoom }),
      then: held,
    },
    {
      when: 'restart of a pod with a deadline, no room, told: waits for the deadline',
      view: aView({
        pod: waiting(
          aView({
            pod: patched(
              { ...crashedPod, spec: { ...crashedPod.spec, activeDeadlineSeconds: 600 } },
              { startTime: toTime(ago(120)) },
            ),
            record: crashed,
            noRoom,
          }),
        ),
        record: crashed,
        noRoom,
      }),
      then: { kind: 'wait', until: NOW + 480 * SECOND },
    },
    {
      when: 'refused launch, next try due, no room: held',
      view: aView({ pod: refusedPod, record: refused, noRoom }),
      then: held,
    },
    {
      when: 'launch that may have been sent: sent again whatever the room, its task may be there',
      view: aView({
        pod: showing(aPod(), undefined),
        record: aClaim({ launchBefore: ago(1), firstSentAt: ago(61) }),
        noRoom,
      }),
      then: { kind: 'renewClaim' },
    },
    {
      when: 'record that has ended without a task, live pod, no room: held',
      view: aView({ record: aClaim({ state: 'ended' }), noRoom }),
      then: held,
    },
  ]);
});

describe('what needs room', () => {
  const claim = { kind: 'claim', attempt: 1, specHash: '1:a' } as const;
  const renew = { kind: 'renewClaim' } as const;
  it.each([
    ['a claim', claim, undefined, true],
    ['a renewal of what was never sent', renew, refused, true],
    ['no renewal of what may have been sent', renew, aClaim(), false],
    ['nothing else', { kind: 'launch' } as const, aClaim(), false],
  ])('is %s', (_, action, record, expected) => {
    expect(needsRoom(action, aView({ record }))).toBe(expected);
  });
});

describe('a pod that waits for room', () => {
  it('is Pending with the reason on its containers, and its deadline has not begun', () => {
    expect(statesOf(heldPod.status)).toEqual({ main: 'waiting CeilingReached' });
    expect(heldPod.status).toMatchObject({ phase: 'Pending' });
    expect(heldPod.status?.startTime).toBeUndefined();
    expect(heldPod.status?.containerStatuses?.[0]?.state?.waiting?.message).toBe(message);
  });

  it('says it on init containers, too', () => {
    const init = { name: 'init', image: 'registry.invalid/init:1' };
    const pod = waiting(aView({ pod: aPod({ spec: { initContainers: [init] } }), noRoom }));
    expect(pod.status?.initContainerStatuses?.[0]?.state?.waiting).toEqual({
      reason: 'CeilingReached',
      message,
    });
  });

  it('keeps what it shows of its last attempt, and what has ended for good', () => {
    const record = aLaunch(
      aStoppedTask(0, {
        stoppedAt: ago(60),
        containers: [exited('main', 3), exited('side', 0)],
      }),
      { attempt: 2, restarts: { main: 1 } },
    );
    const pod = showing(aPod({ spec: { restartPolicy: 'OnFailure' }, containers: ['main', 'side'] }), record);
    const { status } = waiting(aView({ pod, record, noRoom }));
    expect(statesOf(status)).toEqual({ main: 'waiting CeilingReached', side: 'terminated Completed 0' });
    expect(status?.containerStatuses?.[0]).toMatchObject({
      restartCount: 1,
      lastState: { terminated: { exitCode: 3 } },
    });
    expect(status?.phase).toBe('Running');
  });

  it.each([
    ['a restart', crashedPod, crashed],
    ['a refused launch', refusedPod, refused],
  ])('goes on saying so, whoever derives the status of %s', (_, pod, record) => {
    const shown = waiting(aView({ pod, record, noRoom }));
    expect(diffPodStatus(shown, derivePodStatus(shown, record, NOW + MINUTE, READY))).toBeUndefined();
    expect(nextAction(aView({ pod: shown, record, noRoom }), NOW + MINUTE, holder)).toEqual(nothing);
  });

  it.each([
    ['claimed', aClaim({ attempt: 2, restarts: { main: 1 } })],
    ['refused again', unsent(aClaim({ launchBefore: NOW, nextTryAt: NOW + MINUTE, refusal: aRefusal() }))],
    ['ended again, and backs off', aLaunch(aStoppedTask(3), { attempt: 2 })],
  ])('says so no longer when its attempt is %s', (_, record) => {
    const shown = waiting(aView({ pod: crashedPod, record: crashed, noRoom }));
    expect(statesOf(derivePodStatus(shown, record, NOW, READY))['main']).not.toBe('waiting CeilingReached');
  });

  it('of which nobody knows what it waits for shows nothing of it', () => {
    expect(shownLack(aPod())).toBeUndefined();
    expect(shownLack(crashedPod)).toBeUndefined();
  });
});

describe('the time since when a launch is due', () => {
  it.each([
    ['of a new pod: since it was bound', aView(), ago(60)],
    ['of a restart: since its back-off is over', aView({ pod: crashedPod, record: crashed }), ago(50)],
    ['of a refused launch: since its next try', aView({ record: refused }), ago(1)],
    [
      'of a claim whose sender is gone: since it ran out',
      aView({ record: aClaim({ launchBefore: ago(9) }) }),
      ago(9),
    ],
    [
      'of a pod that was created with its node: since its creation',
      aView({ pod: { ...aPod(), status: {} } }),
      fromTime(aPod().metadata.creationTimestamp),
    ],
    ['of nothing: now', aView({ pod: undefined }), NOW],
  ])('%s', (_, view, expected) => {
    expect(launchDueSince(view, NOW)).toBe(expected);
  });
});
