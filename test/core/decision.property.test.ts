import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CEILING_REACHED } from '../../lib/core/ceiling.ts';
import { needsRoom } from '../../lib/core/hold-for-room.ts';
import { nextAction } from '../../lib/core/next-action.ts';
import { derivePodStatus, diffPodStatus } from '../../lib/core/pod-status.ts';
import type { View } from '../../lib/core/view.ts';
import { deepFreeze } from '../memory/memory-objects.ts';
import { refusalOf } from '../memory/merge-status.ts';
import { READY, aView, holder, NOW, patched, showing } from '../support/vocabulary.ts';
import { anyCaller, anyLivePod, anyNoRoom, anyPod, anyRecord } from './arbitrary-views.ts';
import { fold, type Luck, type World } from './model-world.ts';

const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });
const anyView: fc.Arbitrary<View> = fc
  .record({
    pod: maybe(anyPod),
    record: maybe(anyRecord),
    claimHeld: fc.boolean(),
    nothingFoundAt: maybe(fc.constant(NOW)),
    describedAt: maybe(fc.constant(NOW)),
    isShown: fc.boolean(),
    noRoom: maybe(anyNoRoom),
  })
  .map(({ pod, nothingFoundAt, describedAt, isShown, noRoom, ...words }) =>
    aView({
      ...words,
      pod: pod !== undefined && isShown ? showing(pod, words.record) : pod,
      ...(nothingFoundAt !== undefined && { nothingFoundAt }),
      ...(describedAt !== undefined && { describedAt }),
      ...(noRoom !== undefined && { noRoom }),
    }),
  );
const anyLuck: fc.Arbitrary<Luck[]> = fc.array(
  fc.constantFrom<Luck>(
    'well',
    'lost',
    'dropped',
    'refused',
    'capacity',
    'throttled',
    'transient',
    'internal',
  ),
  { maxLength: 16 },
);
const RUNS = { numRuns: 1000 };
const RANK: Record<string, number> = { Pending: 0, Running: 1, Succeeded: 2, Failed: 2 };

describe('the decision for any view', () => {
  it('is total, the same when asked again, and changes nothing that it is given', () => {
    fc.assert(
      fc.property(anyView, anyCaller, (view, caller) => {
        deepFreeze(view);
        expect(nextAction(view, NOW, caller)).toEqual(nextAction(view, NOW, caller));
      }),
      RUNS,
    );
  });

  it('never waits for a moment that has passed: a timer for it would spin', () => {
    fc.assert(
      fc.property(anyView, anyCaller, (view, caller) => {
        const action = nextAction(view, NOW, caller);
        if (action.kind === 'wait' && action.until !== undefined) expect(action.until).toBeGreaterThan(NOW);
      }),
      RUNS,
    );
  });

  it('never stops the task of a live pod that nobody deleted, that has no deadline, on a node that stays', () => {
    fc.assert(
      fc.property(anyLivePod, anyRecord, (pod, { stop: _none, ...record }) => {
        expect(nextAction(aView({ pod, record }), NOW, holder).kind).not.toBe('stop');
      }),
      RUNS,
    );
  });

  it('begins no launch without room, and says so once', () => {
    fc.assert(
      fc.property(anyView, anyNoRoom, anyCaller, (before, noRoom, caller) => {
        const view = { ...before, noRoom };
        const action = nextAction(view, NOW, caller);
        expect(needsRoom(action, view)).toBe(false);
        if (action.kind !== 'hold' || action.reason !== CEILING_REACHED) return;
        const { noRoom: _, ...told } = { ...view, pod: patched(view.pod!, action.patch) };
        expect(nextAction({ ...told, noRoom }, NOW, caller).kind).toBe('wait');
        expect(needsRoom(nextAction(told, NOW, caller), told)).toBe(true);
      }),
      RUNS,
    );
  });

  it('asks the provider, starts and stops only for who may', () => {
    fc.assert(
      fc.property(anyView, anyCaller, (view, caller) => {
        const { kind } = nextAction(view, NOW, caller);
        if (['claim', 'renewClaim', 'launch', 'moveTry'].includes(kind)) expect(caller.mayLaunch).toBe(true);
        if (['stop', 'describeTask'].includes(kind)) expect(caller.mayUseProvider).toBe(true);
      }),
      RUNS,
    );
  });
});

describe('folding from any pod and record', () => {
  const begin = (pod: World['pod'], record: World['record']): World => ({
    now: NOW,
    pod,
    record,
    tasks: [],
    shown: [],
  });

  it('ends within 16 actions, and then there is nothing to do', () => {
    fc.assert(
      fc.property(maybe(anyPod), maybe(anyRecord), anyCaller, anyLuck, (pod, record, caller, luck) => {
        const { world, until } = fold(begin(pod, record), caller, luck);
        const after = fold(world, caller, []);
        // A pod that was taken up and has no record is looked for by every fold: that changes nothing.
        const changes = after.actions.filter(({ kind }) => kind !== 'recover');
        if (until === undefined) expect(changes).toEqual([]);
      }),
      RUNS,
    );
  });
});

describe('the status that any pod and record give', () => {
  it('leaves nothing to write once it is written', () => {
    fc.assert(
      fc.property(anyPod, maybe(anyRecord), fc.boolean(), (pod, record, podsReady) => {
        const shown = patched(
          pod,
          diffPodStatus(pod, derivePodStatus(pod, record, NOW, { podsReady, networkProbes: false })) ?? {},
        );
        expect(
          diffPodStatus(
            shown,
            derivePodStatus(shown, record, NOW + 5000, { podsReady, networkProbes: false }),
          ),
        ).toBeUndefined();
      }),
      RUNS,
    );
  });

  it('never takes a phase or a restart back', () => {
    fc.assert(
      fc.property(anyPod, maybe(anyRecord), (pod, record) => {
        const status = derivePodStatus(pod, record, NOW, READY);
        const before = pod.status?.phase ?? 'Pending';
        expect(RANK[status.phase ?? '']).toBeGreaterThanOrEqual(RANK[before] ?? 0);
        if (RANK[before] === 2) expect(status.phase).toBe(before);
        for (const { name, restartCount } of status.containerStatuses) {
          const old = pod.status?.containerStatuses?.find((one) => one.name === name);
          expect(restartCount).toBeGreaterThanOrEqual(old?.restartCount ?? 0);
        }
      }),
      RUNS,
    );
  });

  it('shows no exit code but those of the task, and 128 and 137 under the names that Kubernetes has for them', () => {
    fc.assert(
      fc.property(anyRecord, fc.constantFrom('Always', 'Never'), (record, restartPolicy) => {
        const pod = aView({}).pod!;
        const status = derivePodStatus({ ...pod, spec: { ...pod.spec, restartPolicy } }, record, NOW, READY);
        for (const { name, state, lastState } of status.containerStatuses) {
          const told = [record.task, record.previous].flatMap((from) =>
            (from?.containers ?? []).filter((one) => one.name === name).map(({ exitCode }) => exitCode),
          );
          for (const end of [state?.terminated, lastState?.terminated]) {
            if (end?.reason === 'StartError') expect(end.exitCode).toBe(128);
            else if (end?.reason === 'ContainerStatusUnknown') expect(end.exitCode).toBe(137);
            else if (end !== undefined) expect(told).toContain(end.exitCode);
          }
        }
      }),
      RUNS,
    );
  });

  it('tells no end of a run that never was', () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        const status = derivePodStatus(aView({}).pod!, record, NOW, READY);
        for (const { name, lastState } of status.containerStatuses) {
          if (lastState?.terminated?.reason !== 'ContainerStatusUnknown') continue;
          const ran = [record.task, record.previous].some(
            (from) =>
              from?.startedAt !== undefined ||
              from?.containers.some((one) => one.name === name && one.startedAt !== undefined),
          );
          expect(ran).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it('brings no container back that is done under OnFailure: the API server would refuse the whole status', () => {
    fc.assert(
      fc.property(anyLivePod, anyRecord, (pod, record) => {
        fc.pre(pod.spec.restartPolicy === 'OnFailure');
        const next = patched(pod, derivePodStatus(pod, record, NOW, READY));
        expect(refusalOf(pod, next.status!)).toBeUndefined();
      }),
      RUNS,
    );
  });

  it('is never Ready when the pod is over', () => {
    fc.assert(
      fc.property(anyPod, maybe(anyRecord), (pod, record) => {
        const { phase, conditions } = derivePodStatus(pod, record, NOW, READY);
        fc.pre(RANK[phase ?? ''] === 2);
        expect(conditions.find(({ type }) => type === 'Ready')?.status).toBe('False');
      }),
      RUNS,
    );
  });
});
