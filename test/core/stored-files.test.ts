import { describe } from 'vitest';
import type { PodRecord } from '../../lib/core/record.ts';
import { decides, nothing } from '../support/vocabulary-decision.ts';
import {
  ago,
  aClaim,
  aLaunch,
  aPendingTask,
  aPod,
  aStoppedTask,
  aTask,
  aView,
  deleted,
  eventFunction,
  NOW,
  SECOND,
  showing,
} from '../support/vocabulary.ts';

const never = aPod({ spec: { restartPolicy: 'Never' } });
const settled = (record: PodRecord, pod = aPod()) => aView({ pod: showing(pod, record), record });
const clear = { kind: 'clearFiles' } as const;
const files = { files: true } as const;
const unsent = { ...files, firstSentAt: undefined as never };

describe('what is stored for an attempt', () => {
  decides([
    { when: 'is removed once its containers run', view: settled(aLaunch(aTask(), files)), then: clear },
    {
      when: 'stays while one of them may not have read it',
      view: settled(aLaunch(aPendingTask(), files)),
      then: { kind: 'wait', until: NOW + 15 * SECOND },
    },
    {
      when: 'stays while nothing is told of the task',
      view: settled(aLaunch(null, files)),
      then: { kind: 'wait' },
    },
    {
      when: 'is left to the holder by the event function',
      view: settled(aLaunch(aTask(), files)),
      caller: eventFunction,
      then: nothing,
    },
    {
      when: 'is removed after the status is published, never before',
      view: aView({ record: aLaunch(aTask(), files) }),
      then: { kind: 'patchStatus' },
    },
    {
      when: 'is removed while the pod waits for its next attempt',
      view: settled(aLaunch(aStoppedTask(1), files)),
      then: clear,
    },
    {
      when: 'is removed before the next attempt is claimed, whose record knows nothing of it',
      view: settled(aLaunch(aStoppedTask(1, { stoppedAt: ago(60) }), files)),
      then: clear,
    },
    {
      when: 'is removed before the record of a pod that is over ends',
      view: settled(aLaunch(aStoppedTask(0), files), never),
      then: clear,
    },
    {
      when: 'keeps the record from its end by the event function, which cannot remove it',
      view: settled(aLaunch(aStoppedTask(0), files), never),
      caller: eventFunction,
      then: { kind: 'wait', until: NOW + 15 * SECOND },
    },
    {
      when: 'is removed when the pod has gone',
      view: aView({ pod: undefined, record: aLaunch(aStoppedTask(0), files) }),
      then: clear,
    },
    {
      when: 'is none once it is removed: the record of a pod that has gone ends',
      view: aView({ pod: undefined, record: aLaunch(aStoppedTask(0)) }),
      then: { kind: 'endRecord' },
    },
    {
      when: 'is removed although the record has ended: the answer to the launch came after the end of the pod',
      view: aView({ pod: undefined, record: aLaunch(aStoppedTask(0), { ...files, state: 'ended' }) }),
      then: clear,
    },
    {
      when: 'is left to the holder then too',
      view: aView({ pod: undefined, record: aLaunch(aStoppedTask(0), { ...files, state: 'ended' }) }),
      caller: eventFunction,
      then: nothing,
    },
    {
      when: 'is removed with a claim that started nothing',
      view: aView({ pod: deleted(aPod()), record: aClaim(unsent) }),
      then: clear,
    },
    {
      when: 'is not removed as long as a launch may have been sent',
      view: aView({ pod: deleted(aPod()), record: aClaim(files) }),
      then: { kind: 'wait' },
    },
    {
      when: 'of a claim is none once it is removed: the record ends',
      view: aView({ pod: deleted(aPod()), record: aClaim({ firstSentAt: undefined as never }) }),
      then: { kind: 'endRecord' },
    },
  ]);
});

const told = { annotations: { 'lambdalet.dev/task-size': '0.25 vCPU, 0.5 GiB' } };
const interfaced = aTask({ annotations: { 'vpc.amazonaws.com/pod-eni': '[]' } });
const shows = (record: PodRecord, annotations: Record<string, string>) => {
  const pod = showing(aPod(), record);
  return aView({ pod: { ...pod, metadata: { ...pod.metadata, annotations } }, record });
};

describe('what a pod is told of its task as annotations', () => {
  decides([
    {
      when: 'goes with the next status',
      view: aView({ record: aLaunch(interfaced, told) }),
      then: {
        kind: 'patchStatus',
        annotations: { ...told.annotations, 'vpc.amazonaws.com/pod-eni': '[]' },
      },
    },
    {
      when: 'costs no request of its own while the task starts: a status comes soon',
      view: settled(aLaunch(aPendingTask(), told)),
      then: { kind: 'wait' },
    },
    {
      when: 'is written by itself when the task runs and the pod does not have it',
      view: shows(aLaunch(aTask(), told), { note: 'of someone else' }),
      then: { kind: 'patchStatus', patch: {}, annotations: told.annotations },
    },
    {
      when: 'is not written again',
      view: shows(aLaunch(aTask(), told), { ...told.annotations, note: 'of someone else' }),
      then: nothing,
    },
  ]);
});
