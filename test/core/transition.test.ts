import { describe, expect, it } from 'vitest';
import type { Action } from '../../lib/core/action.ts';
import { toTime, type Pod } from '../../lib/core/kubernetes.ts';
import type { PodRecord } from '../../lib/core/record.ts';
import { describeRecord, describeTransition, type TransitionDetail } from '../../lib/core/transition.ts';
import type { View } from '../../lib/core/view.ts';
import {
  ago,
  aClaim,
  aLaunch,
  aPendingTask,
  aPod,
  aRefusal,
  aStoppedTask,
  aTask,
  aView,
  deleted,
  exited,
  NOW,
  seen,
} from '../support/vocabulary.ts';

type Told = Exclude<Action, { kind: 'wait' }>;
/** What is told of an action that was carried out between two views. */
const tell = (action: Told, before: Partial<View>, after: Partial<View> = before): TransitionDetail =>
  describeTransition(action, aView(before), { view: aView(after) });
const stopOf = (container?: string): Told => ({
  kind: 'stop',
  request: { at: NOW, why: 'deleted', deadline: NOW, ...(container !== undefined && { container }) },
});
const patch: Told = { kind: 'patchStatus', patch: {} };
const NOTHING = { conditions: [], containerStatuses: [] };
const gone: Partial<View> = { pod: undefined };

describe('what is told of an action', () => {
  it('is only that somebody else was faster, when that is so', () => {
    const view = aView({ record: aClaim() });
    expect(describeTransition({ kind: 'renewClaim' }, view, { view, overtaken: true })).toEqual({
      overtaken: true,
    });
  });

  it('is what the pod is, when nothing was on record of it before', () => {
    const claim: Told = { kind: 'claim', attempt: 1, specHash: '1:abc' };
    expect(tell(claim, {}, { record: aClaim() })).toEqual({
      ...{ cause: 'bound', from: 'none', to: 'claimed', boundAt: ago(60) },
      shape: { restartPolicy: 'Always', graceSeconds: 30, containers: [{ name: 'main' }] },
    });
    expect(tell({ kind: 'findTask' }, gone)).toEqual({ cause: 'nothingFound' });
  });

  it.each<[string, Told, before: PodRecord | undefined, after: PodRecord | undefined, cause: string]>([
    [
      'the end of the task before',
      { kind: 'claim', attempt: 2, specHash: '' },
      aLaunch(aStoppedTask(1)),
      aClaim(),
      'exited',
    ],
    [
      'an end of which nothing is known',
      { kind: 'claim', attempt: 2, specHash: '' },
      aClaim(),
      aClaim(),
      'ended',
    ],
    ['a claim that ran out', { kind: 'renewClaim' }, aClaim(), aClaim(), 'claimRanOut'],
    ['a next try', { kind: 'renewClaim' }, aClaim({ refusal: aRefusal() }), aClaim(), 'retry'],
    ['a launch', { kind: 'launch' }, aClaim(), aLaunch(), 'launched'],
    ['a launch without an answer', { kind: 'launch' }, aClaim(), aClaim(), 'launched'],
    ['a look that found the task', { kind: 'findTask' }, aClaim(), aLaunch(), 'found'],
    ['a look that found none', { kind: 'findTask' }, aClaim(), undefined, 'nothingFound'],
    ['a task that is known', { kind: 'describeTask' }, aLaunch(), aLaunch(), 'known'],
    [
      'a task that is not known',
      { kind: 'describeTask' },
      aLaunch(),
      aLaunch(aTask(), { missingSince: NOW }),
      'unknown',
    ],
    ['a task given up', { kind: 'declareLost' }, aLaunch(), aLaunch(), 'lost'],
    [
      'an edit that is followed',
      { kind: 'noteEdit', generation: 2, edit: undefined },
      aLaunch(),
      aLaunch(),
      'followed',
    ],
    [
      'an edit that is not',
      { kind: 'noteEdit', generation: 2, edit: { kind: 'resize', message: '', attempt: 1 } },
      aLaunch(),
      aLaunch(),
      'resize',
    ],
    [
      'being held',
      { kind: 'hold', reason: 'DaemonSetPod', message: '', patch: {} },
      undefined,
      undefined,
      'DaemonSetPod',
    ],
    [
      'a refusal in its own word',
      { kind: 'refuse', faults: [], status: { ...NOTHING, reason: 'UnsupportedPod' } },
      undefined,
      undefined,
      'UnsupportedPod',
    ],
    [
      'a refusal without a word',
      { kind: 'refuse', faults: [], status: NOTHING },
      undefined,
      undefined,
      'refused',
    ],
    [
      'what was asked for',
      { kind: 'giveUp', request: { at: NOW, why: 'teardown', deadline: NOW } },
      aClaim(),
      aClaim(),
      'teardown',
    ],
  ])('has as its cause %s', (_, action, before, after, cause) => {
    expect(tell(action, { record: before }, { record: after }).cause).toBe(cause);
  });

  it.each([
    ['is known after all', undefined, 'known'],
    ['may be told of by an event', { missing: true, backlog: 1, nodeSince: NOW }, 'eventsWait'],
    ['is missing', { missing: true, backlog: 0, nodeSince: NOW }, 'unknown'],
  ])('has as its cause whether a task that was looked for %s', (_, loss, cause) => {
    const record = aLaunch();
    const after = { record, ...(loss !== undefined && { loss }) };
    expect(tell({ kind: 'examineLoss' }, { record }, after).cause).toBe(cause);
  });

  it('has the refusal of a launch, in the words of whoever refused', () => {
    const refused = aClaim({ refusal: aRefusal({ code: 'Capacity' }), nextTryAt: NOW });
    const { refusal, cause } = tell({ kind: 'launch' }, { record: aClaim() }, { record: refused });
    expect(cause).toBe('refused');
    expect(refusal).toEqual({
      ...{ kind: 'capacity', code: 'Capacity', message: aRefusal().message, tries: 1, nextTryAt: NOW },
    });
  });

  it.each<Told>([{ kind: 'moveTry' }, { kind: 'recover' }, { kind: 'clearFiles' }])(
    'has no cause where its name says it: $kind',
    (action) => {
      expect(tell(action, { record: aLaunch() })).toEqual({});
    },
  );
});

describe('what is told of a pod that goes', () => {
  const record = aLaunch();

  it.each<Told>([
    stopOf(),
    { kind: 'recordEnd' },
    { kind: 'removePod' },
    { kind: 'endRecord', keep: true },
    { kind: 'giveUp', request: { at: NOW, why: 'deleted', deadline: NOW } },
  ])('is when it was asked to, and the grace it was given: $kind', (action) => {
    const told = tell(action, { record, pod: deleted(aPod(), 20) });
    expect(told).toMatchObject({ graceSeconds: 20, deletedAt: NOW });
  });

  it('is nothing of that while nobody asked it to, or once it is away', () => {
    expect(tell({ kind: 'endRecord', keep: true }, { record })).toEqual({});
    expect(tell(stopOf('side'), { ...gone, record })).toEqual({ cause: 'deleted', container: 'side' });
    expect(tell(stopOf('side'), { record })).toEqual({ cause: 'deleted', container: 'side' });
  });

  it('is a grace of none where the API server names none, and no time that cannot be read', () => {
    const pod = aPod({ metadata: { deletionTimestamp: toTime(NOW) } });
    expect(tell({ kind: 'endRecord', keep: true }, { record, pod })).toEqual({
      graceSeconds: 0,
      deletedAt: NOW,
    });
    const odd = aPod({ metadata: { deletionTimestamp: 'soon' } });
    expect(tell({ kind: 'endRecord', keep: true }, { record, pod: odd })).toEqual({ graceSeconds: 0 });
  });
});

describe('what is told of a record', () => {
  it('is the way between two states, where there is one', () => {
    expect(describeRecord(undefined, undefined)).toEqual({});
    expect(describeRecord(aClaim(), aClaim({ try: 1 }))).toEqual({ try: 1 });
    expect(describeRecord(aClaim(), undefined)).toEqual({ from: 'claimed', to: 'none' });
    expect(describeRecord(aClaim(), aLaunch(null))).toEqual({ from: 'claimed', to: 'launched' });
  });

  it('is the task only when it is news', () => {
    expect(describeRecord(aLaunch(aTask()), aLaunch(aTask()))).toEqual({});
    expect(describeRecord(aLaunch(aPendingTask()), aLaunch()).seen).toMatchObject({ state: 'running' });
    const another = aTask({ arn: 'another' });
    expect(describeRecord(aLaunch(), aLaunch(another)).seen).toMatchObject({ version: another.version });
  });

  it('is what decisions hang on in the task, of the containers of the pod', () => {
    const containers = [
      exited('main', 137, { outOfMemory: true, reason: 'canary', imageDigest: 'canary' }),
      seen('well', { health: 'healthy' }),
      seen('mute', { health: 'unknown' }),
      seen('lambdalet-files'),
    ];
    const task = aTask({ containers, reason: 'Told by AWS', disruption: 'spot' });
    expect(describeRecord(undefined, aLaunch(task)).seen).toEqual({
      ...{ version: 3, state: 'running', createdAt: ago(30), startedAt: ago(10) },
      ...{ reason: 'Told by AWS', disruption: 'spot' },
      containers: [
        {
          ...{ name: 'main', state: 'stopped', exitCode: 137, outOfMemory: true },
          ...{ startedAt: ago(10), finishedAt: NOW },
        },
        { name: 'well', state: 'running', startedAt: ago(10), health: 'healthy' },
        { name: 'mute', state: 'running', startedAt: ago(10) },
      ],
    });
  });
});

describe('what is told of a status', () => {
  const record = aLaunch();
  const shownBy = (pod: Pod): unknown => tell(patch, { record, pod }).shown;
  const container = { name: 'main', ready: true, restartCount: 0, image: 'i', imageID: '' };

  it('is nothing once the pod is away, or where the action writes none', () => {
    expect(tell(patch, { ...gone, record })).toEqual({});
    expect(tell({ kind: 'clearFiles' }, { record })).toEqual({});
  });

  it('is Pending while the pod has none', () => {
    const { status: _, ...bare } = aPod();
    expect(shownBy(bare)).toEqual({ phase: 'Pending', containers: {} });
    expect(shownBy({ ...bare, status: {} })).toEqual({ phase: 'Pending', containers: {} });
  });

  it('is phase, readiness, reason and each container in short', () => {
    const state = { running: { startedAt: toTime(NOW) } };
    const exit = { exitCode: 3, reason: 'Error' };
    const pod = aPod({
      status: {
        phase: 'Running',
        reason: 'Told',
        conditions: [
          { type: 'Initialized', status: 'True', lastTransitionTime: toTime(NOW) },
          { type: 'Ready', status: 'True', lastTransitionTime: toTime(NOW) },
        ],
        initContainerStatuses: [{ ...container, name: 'once', state: { terminated: exit } }],
        containerStatuses: [
          { ...container, state },
          { ...container, name: 'odd', state: { terminated: { exitCode: 1 } } },
          { ...container, name: 'slow', state: { waiting: { reason: 'CrashLoopBackOff' } } },
          { ...container, name: 'new' },
        ],
      },
    });
    expect(shownBy(pod)).toEqual({
      ...{ phase: 'Running', ready: true, reason: 'Told' },
      containers: {
        once: 'terminated Error 3',
        main: 'running',
        odd: 'terminated  1',
        slow: 'waiting CrashLoopBackOff',
        new: 'waiting',
      },
    });
  });

  it('is waiting for a container that has no state', () => {
    const pod = { ...aPod(), status: { containerStatuses: [container] } };
    expect(shownBy(pod)).toEqual({ phase: 'Pending', containers: { main: 'waiting' } });
  });

  it('is not ready while the condition says so', () => {
    const conditions = [{ type: 'Ready', status: 'False', lastTransitionTime: toTime(NOW) }];
    expect(shownBy(aPod({ status: { conditions } }))).toEqual({ phase: 'Pending', containers: {} });
  });
});
