import { describe, expect, it } from 'vitest';
import { toTime, type ContainerStatus } from '../../lib/core/kubernetes.ts';
import { attemptAfter, isBehind } from '../../lib/core/is-behind.ts';
import { decides } from '../support/vocabulary-decision.ts';
import {
  aClaim,
  aLaunch,
  aPod,
  aStoppedTask,
  aTask,
  aView,
  deleted,
  eventFunction,
  exited,
  NOW,
  SECOND,
  seen,
} from '../support/vocabulary.ts';

const restarted = (
  restartCount: number,
  list: 'containerStatuses' | 'initContainerStatuses' = 'containerStatuses',
) => aPod({ status: { [list]: [{ name: 'main', restartCount }] } });
const rebuilt = aLaunch(aStoppedTask(1), { claimer: 'rebuild', attempt: 2 });
/** As a backup of some hours ago has it. */
const restored = aLaunch(aTask(), { attempt: 2 });

/** The end of the very container that the record takes for running. */
const showingEnd = aPod({
  status: {
    containerStatuses: [
      {
        ...{ name: 'main', ready: false, restartCount: 0, image: 'i', imageID: 'i' },
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { exitCode: 1, containerID: 'ecs://run-main' } },
      },
    ],
  },
});

const shows = (id: string, restartCount: number, state: ContainerStatus['state']): ContainerStatus => ({
  ...{ name: 'main', ready: false, image: 'i', imageID: 'i', restartCount },
  containerID: `ecs://run-${id}`,
  ...(state && { state }),
});
const runs = (id: string, restarts: number) => shows(id, restarts, { running: { startedAt: toTime(NOW) } });
const waits = (id: string, restarts: number) =>
  shows(id, restarts, { waiting: { reason: 'CrashLoopBackOff' } });
const secondClaim = aClaim({
  attempt: 2,
  previous: { attempt: 1, taskArn: 'before', containers: [exited('main', 1, { runtimeId: 'run-old' })] },
});

describe('a record that is older than its pod', () => {
  it.each([
    { when: 'as many restarts as attempts', pod: restarted(2), behind: true },
    { when: 'restarts of an init container', pod: restarted(2, 'initContainerStatuses'), behind: true },
    { when: 'one restart less than attempts', pod: restarted(1), behind: false },
    { when: 'nothing shown', pod: { ...aPod(), status: undefined as never }, behind: false },
  ])('may be behind its pod: $when: $behind', ({ pod, behind }) => {
    expect(isBehind(pod, rebuilt)).toBe(behind);
  });

  decides([
    {
      when: 'is not published before a later task was looked for',
      view: aView({ pod: restarted(2), record: rebuilt }),
      then: { kind: 'recover' },
    },
    {
      when: 'of a task that ran then is doubted before anything is stopped',
      view: aView({ pod: deleted(restarted(2)), record: restored }),
      then: { kind: 'recover' },
    },
    {
      when: 'of a task that the provider does not know is doubted before it is lost',
      view: aView({ pod: restarted(2), record: { ...restored, missingSince: NOW - 600 * SECOND } }),
      then: { kind: 'recover' },
    },
    {
      when: 'of a task that ran then is compared with the provider when no later task was found',
      view: aView({ pod: restarted(2), record: restored, recoveredAt: NOW }),
      then: { kind: 'describeTask' },
    },
    {
      when: 'of a task that ran then and still runs is not published over what the pod shows of a later one',
      view: aView({ pod: restarted(2), record: restored, recoveredAt: NOW, describedAt: NOW }),
      then: { kind: 'wait' },
    },
    {
      when: 'of a claim whose task the pod shows is not sent again',
      view: aView({
        pod: aPod({ status: { containerStatuses: [runs('new', 1)] } }),
        record: { ...secondClaim, launchBefore: NOW - 600 * SECOND, firstSentAt: NOW - 660 * SECOND },
      }),
      then: { kind: 'recover' },
    },
    {
      when: 'of a container that has ended since is compared with the provider',
      view: aView({ pod: showingEnd, record: aLaunch() }),
      then: { kind: 'describeTask' },
    },
    {
      when: 'of two containers, one of which has ended since, is compared with the provider',
      view: aView({ pod: showingEnd, record: aLaunch(aTask({ containers: [seen('other'), seen()] })) }),
      then: { kind: 'describeTask' },
    },
    {
      when: 'of a container that has ended since is not published over its end',
      view: aView({ pod: showingEnd, record: aLaunch(), describedAt: NOW }),
      then: { kind: 'wait' },
    },
    {
      when: 'of a container that has ended since is left to the holder by the event function',
      view: aView({ pod: showingEnd, record: aLaunch() }),
      caller: eventFunction,
      then: { kind: 'wait' },
    },
    {
      when: 'of a task that neither it nor the provider knows more of is examined',
      view: aView({
        pod: restarted(2),
        record: { ...restored, missingSince: NOW - 600 * SECOND },
        recoveredAt: NOW,
      }),
      then: { kind: 'examineLoss' },
    },
    {
      when: 'is left to the holder by the event function',
      view: aView({ pod: restarted(2), record: rebuilt }),
      caller: eventFunction,
      then: { kind: 'wait', until: NOW + 15 * SECOND },
    },
    {
      when: 'is believed when no later task was found in time',
      view: aView({ pod: restarted(2), record: rebuilt, recoveredAt: NOW }),
      then: { kind: 'patchStatus' },
    },
  ]);

  it.each([
    { when: 'a container of the attempt runs', shown: runs('new', 1), behind: true },
    { when: 'a container runs that never was restarted before', shown: runs('new', 0), behind: true },
    { when: 'a container of the attempt has ended', shown: waits('new', 1), behind: true },
    { when: 'a container of an attempt before it has ended', shown: waits('old', 1), behind: false },
    { when: 'nothing of the attempt is shown', shown: waits('old', 0), behind: false },
    { when: 'something older than the last attempt is shown', shown: waits('older', 0), behind: false },
  ])('that is only a claim is behind its pod when $when: $behind', ({ shown, behind }) => {
    expect(isBehind(aPod({ status: { containerStatuses: [shown] } }), secondClaim)).toBe(behind);
  });

  it.each([
    { when: 'of a record that is not behind is the next one', restarts: 1, attempt: 3 },
    { when: 'of one that is behind is one that no earlier task can carry', restarts: 7, attempt: 9 },
  ])('attempt after that $when', ({ restarts, attempt }) => {
    expect(attemptAfter(restarted(restarts), restored)).toBe(attempt);
  });
});
