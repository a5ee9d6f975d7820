import { describe, expect, it } from 'vitest';
import { toTime, type ContainerStatus, type Pod } from '../../lib/core/kubernetes.ts';
import { deriveHeldStatus, derivePodStatus, deriveRefusedStatus } from '../../lib/core/pod-status.ts';
import type { PodRecord, StopRequest } from '../../lib/core/record.ts';
import { conditionsOf, lineOf } from '../support/vocabulary-status.ts';
import { READY, aClaim, ago, aLaunch, aPod, aRefusal, deleted, NOW, showing } from '../support/vocabulary.ts';

const words = { reason: 'Because', message: 'it is so' };
const started = aPod({ status: { startTime: toTime(ago(500)) } });
const statusOf = (pod: Pod, record: PodRecord | undefined) => derivePodStatus(pod, record, NOW, READY);
const stopFor = (why: StopRequest['why']): StopRequest => ({ why, at: ago(60), deadline: ago(60) });
const ended = (why: StopRequest['why']) => aClaim({ state: 'ended', stop: stopFor(why) });
const creating = 'Pending; main: waiting ContainerCreating';

/** A container that nothing was started of. */
const idle = (state: NonNullable<ContainerStatus['state']>): ContainerStatus => ({
  name: 'main',
  image: 'registry.invalid/main:1',
  imageID: '',
  state,
  lastState: {},
  ready: false,
  started: false,
  restartCount: 0,
});

describe('the status of a pod that can never run here', () => {
  it('is Failed, in the words of the refusal, and nothing of it ran', () => {
    const status = deriveRefusedStatus(aPod(), words, NOW);
    expect(status).toMatchObject({ phase: 'Failed', ...words, startTime: toTime(NOW) });
    expect(status.containerStatuses).toEqual([idle({ waiting: { reason: 'ContainerCreating' } })]);
    expect(conditionsOf(status)).toEqual({
      PodScheduled: 'True',
      PodReadyToStartContainers: 'False',
      Initialized: 'True',
      ContainersReady: 'False PodFailed',
      Ready: 'False PodFailed',
    });
  });

  it('keeps its start time', () => {
    expect(deriveRefusedStatus(started, words, NOW).startTime).toBe(toTime(ago(500)));
    const bare: Pod = { ...aPod(), status: undefined as never };
    expect(deriveRefusedStatus(bare, words, NOW).startTime).toBe(toTime(NOW));
  });
});

describe('the status of a pod that is left Pending on purpose', () => {
  it('says why on every container', () => {
    const status = deriveHeldStatus(aPod({ containers: ['main', 'side'] }), words, NOW);
    expect(status).toMatchObject({ phase: 'Pending', startTime: toTime(NOW) });
    expect(status.containerStatuses.map(({ name, state }) => ({ name, state }))).toEqual([
      { name: 'main', state: { waiting: words } },
      { name: 'side', state: { waiting: words } },
    ]);
    expect(status.containerStatuses[0]).toEqual(idle({ waiting: words }));
    expect(conditionsOf(status)).toEqual({
      PodScheduled: 'True',
      PodReadyToStartContainers: 'False',
      Initialized: 'True',
      ContainersReady: 'False ContainersNotReady',
      Ready: 'False ContainersNotReady',
    });
  });

  it('keeps its start time', () => {
    expect(deriveHeldStatus(started, words, NOW).startTime).toBe(toTime(ago(500)));
    const bare: Pod = { ...aPod(), status: undefined as never };
    expect(deriveHeldStatus(bare, words, NOW).startTime).toBe(toTime(NOW));
  });
});

describe('the status of a pod whose record has no task', () => {
  it.each([
    {
      when: 'given up at its deadline',
      pod: aPod(),
      record: ended('deadlineExceeded'),
      shows: 'Failed DeadlineExceeded; main: waiting ContainerCreating',
    },
    {
      when: 'given up at its deadline, and the claim may still have been sent',
      pod: aPod(),
      record: aClaim({ stop: stopFor('deadlineExceeded') }),
      shows: creating,
    },
    {
      when: 'given up for another reason, but lives',
      pod: aPod(),
      record: ended('deleted'),
      shows: creating,
    },
    { when: 'nothing known against it', pod: aPod(), record: aClaim({ state: 'ended' }), shows: creating },
    {
      when: 'deleted, and its task may run',
      pod: deleted(aPod()),
      record: aLaunch(null),
      shows: creating,
    },
    {
      when: 'deleted, and the record has ended',
      pod: deleted(aPod()),
      record: ended('deleted'),
      shows: 'Failed; main: waiting ContainerCreating',
    },
    {
      when: 'refused for now',
      pod: aPod(),
      record: aClaim({ refusal: aRefusal() }),
      shows: 'Pending; main: waiting FargateCapacityUnavailable',
    },
  ])('$when: $shows', ({ pod, record, shows }) => {
    expect(lineOf(statusOf(pod, record))).toBe(shows);
  });

  it.each([
    { shown: 'nothing', words: {}, says: 'before it was started' },
    { shown: 'no end', words: { lastState: {} }, says: 'before it was started' },
    { shown: 'a restart', words: { restartCount: 1 }, says: 'while it waited to be started again' },
    {
      shown: 'how it ended before',
      words: { lastState: { terminated: { exitCode: 1 } } },
      says: 'while it waited to be started again',
    },
  ])('says that a pod whose container shows $shown was deleted $says', ({ words: more, says }) => {
    const main = { ...idle({ waiting: { reason: 'CrashLoopBackOff' } }), ...more };
    const side = { ...idle({ waiting: {} }), name: 'side' };
    const status = { containerStatuses: [side, main] };
    const pod = deleted(aPod({ containers: ['side', 'main'], status }));
    expect(statusOf(pod, ended('deleted')).message).toBe(`The pod was deleted ${says}.`);
  });

  it('says how long it was allowed to be active', () => {
    expect(statusOf(aPod(), ended('deadlineExceeded')).message).toBe(
      'Pod was active on the node longer than the specified deadline',
    );
  });
});

describe('the containers of a pod that went before it was started', () => {
  const remembered = aClaim({ state: 'ended', attempt: 0 });

  it('end unknown if they were shown to run: the record remembers nothing of them', () => {
    const status = statusOf(deleted(showing(aPod(), aLaunch())), remembered);
    expect(lineOf(status)).toBe('Failed; main: terminated ContainerStatusUnknown 137');
    expect(status.containerStatuses[0]).toMatchObject({ ready: false, started: false });
  });

  it('are created by the first attempt otherwise', () => {
    expect(lineOf(statusOf(aPod(), remembered))).toBe(creating);
  });
});
