import { describe, expect, it } from 'vitest';
import type { Action } from '../../lib/core/action.ts';
import { toTime } from '../../lib/core/kubernetes.ts';
import { nextAction } from '../../lib/core/next-action.ts';
import { decides, nothing } from '../support/vocabulary-decision.ts';
import { having } from '../support/vocabulary-expect.ts';
import {
  ago,
  aPod,
  aView,
  deleted,
  eventFunction,
  HASH,
  holder,
  SECOND,
  NOW,
  patched,
  showing,
  teardown,
} from '../support/vocabulary.ts';

const daemonSet = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent', uid: 'd', controller: true };
const job = { apiVersion: 'batch/v1', kind: 'Job', name: 'job', uid: 'j', controller: true };
const lookAgain = { kind: 'wait', until: NOW + 15 * SECOND } as const;
const unsupported = { kind: 'unsupported', faults: [{ path: 'spec.hostNetwork', note: 'no' }] } as const;
const keepOff =
  'A virtual node has no machine for a DaemonSet to look after. Keep the DaemonSet off with a nodeAffinity on the label type NotIn [virtual-kubelet].';
const waitsFor = { reason: 'DaemonSetNotSupported', message: keepOff };
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
      when: 'new pod, seen by the event function: left to the holder, and looked at again',
      view: aView(),
      caller: eventFunction,
      then: lookAgain,
    },
    { when: 'new pod, node closing: not started', view: aView(), caller: teardown, then: nothing },
    {
      when: 'new pod that nobody judged: left alone',
      view: { key: aView().key, node: 'node-1', pod: aPod(), record: undefined },
      then: lookAgain,
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
      then: {
        kind: 'hold',
        reason: 'DaemonSetNotSupported',
        message: keepOff,
        patch: having({ containerStatuses: [having({ state: { waiting: waitsFor } })] }),
      },
    },
    {
      when: 'pod that a DaemonSet owns but does not control: claimed like any other',
      view: aView({ pod: aPod({ metadata: { ownerReferences: [{ ...daemonSet, controller: false }] } }) }),
      then: { kind: 'claim' },
    },
    {
      when: 'pod that two own, one of them the DaemonSet that controls it: held',
      view: aView({
        pod: aPod({ metadata: { ownerReferences: [{ ...job, controller: false }, daemonSet] } }),
      }),
      then: { kind: 'hold' },
    },
    {
      when: 'pod whose status has no containers and no start: never taken up, so claimed',
      view: aView({ pod: aPod({ status: { containerStatuses: [] } }) }),
      then: { kind: 'claim', attempt: 1 },
    },
    {
      when: 'nothing is large enough: refused as by a kubelet without room',
      view: aView({ assessment: { ...unsupported, reason: 'OutOfcpu' } }),
      then: { kind: 'refuse', status: having({ phase: 'Failed', reason: 'OutOfcpu' }) },
    },
    {
      when: 'pod that cannot run here, was taken up and never ran: refused, there is no task to look for',
      view: aView({ pod: aPod({ status: { startTime: toTime(ago(60)) } }), assessment: unsupported }),
      then: { kind: 'refuse', faults: unsupported.faults },
    },
    {
      when: 'pod that cannot run here by now, but ran before: its task is looked for first',
      view: aView({ pod: aPod({ status: ranBefore }), assessment: unsupported }),
      then: { kind: 'recover' },
    },
    {
      when: 'pod that ran before, was ended by someone else and is deleted: the object goes',
      view: aView({ pod: deleted(aPod({ status: { ...ranBefore, phase: 'Failed' } })) }),
      then: { kind: 'removePod' },
    },
    {
      when: 'new pod of policy Never: claimed like any other',
      view: aView({ pod: aPod({ spec: { restartPolicy: 'Never' } }) }),
      then: { kind: 'claim', attempt: 1 },
    },
    {
      when: 'pod that ran before the table knew it: its task is looked for first',
      view: aView({ pod: aPod({ status: ranBefore }) }),
      then: { kind: 'recover' },
    },
    {
      when: 'the same, asked of whoever may not use the provider: waits for whoever may',
      view: aView({ pod: aPod({ status: ranBefore }) }),
      caller: eventFunction,
      then: { kind: 'wait', until: NOW + 15 * SECOND },
    },
    {
      when: 'pod that was taken up before and is deleted: nothing is published before its task was looked for',
      view: aView({ pod: deleted(aPod({ status: ranBefore })) }),
      then: { kind: 'recover' },
    },
    {
      when: 'pod that was taken up and never ran, without a record: its task is looked for too',
      view: aView({ pod: aPod({ status: { startTime: toTime(ago(60)) } }) }),
      then: { kind: 'recover' },
    },
    {
      when: 'pod that ran before and has no task: an attempt that no earlier task can carry',
      view: aView({ pod: aPod({ status: ranBefore }), recoveredAt: NOW }),
      then: { kind: 'claim', attempt: 4 },
    },
    {
      when: 'pod that was deleted before anything was done for it: that is remembered before its end is published',
      view: aView({ pod: deleted(aPod()) }),
      then: { kind: 'recordEnd' },
    },
    {
      when: 'the same for whoever cannot look whether a task of it is there: left to whoever can',
      view: aView({ pod: deleted(aPod()) }),
      caller: eventFunction,
      then: { kind: 'wait', until: NOW + 15 * SECOND },
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
    const action = nextAction(aView({ pod, recoveredAt: NOW }), NOW, holder);
    expect(action).toMatchObject({
      kind: 'patchStatus',
      patch: {
        phase: 'Failed',
        reason: 'ContainerStatusUnknown',
        message: 'The pod ran before, but neither the record nor the task of that run can be found.',
      },
    });
    const ended = patched(pod, (action as Action & { kind: 'patchStatus' }).patch);
    expect(nextAction(aView({ pod: ended }), NOW, holder)).toEqual(nothing);
  });
});
