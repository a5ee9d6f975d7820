import { describe, expect, it } from 'vitest';
import { nextAction } from '../../lib/core/next-action.ts';
import type { PodEdit, PodRecord } from '../../lib/core/record.ts';
import type { View } from '../../lib/core/view.ts';
import { decides, nothing } from '../support/vocabulary-decision.ts';
import { having } from '../support/vocabulary-expect.ts';
import {
  aLaunch,
  aPod,
  aStoppedTask,
  aTask,
  aView,
  deleted,
  eventFunction,
  HASH,
  holder,
  NOW,
  showing,
} from '../support/vocabulary.ts';

const runnable = (specHash: string) => ({ kind: 'runnable', specHash, warnings: [] }) as const;
const edited = runnable('1:edited');
const unsupported = { kind: 'unsupported', faults: [{ path: 'spec', note: 'no' }] } as const;
const resize: PodEdit = { kind: 'resize', message: 'it cannot be resized', attempt: 1 };

/** A running pod of that generation, published; what runs was compared at generation 1. */
const running = (generation: number, words: Partial<View> = {}, record: Partial<PodRecord> = {}): View => {
  const launched = aLaunch(aTask(), { generation: 1, ...record });
  const pod = showing(aPod({ metadata: { generation } }), launched);
  return aView({ pod, record: launched, ...words });
};

describe('an edit of a running pod', () => {
  decides([
    { when: 'same generation: nothing was edited', view: running(1), then: nothing },
    { when: 'another generation that nobody judged: nothing is said of it', view: running(2), then: nothing },
    {
      when: 'another generation, but the same task would be made of it: only noted',
      view: running(2, { assessment: runnable(HASH) }),
      then: { kind: 'noteEdit', generation: 2, edit: undefined },
    },
    {
      when: 'another task would be made of it: told, of the attempt that cannot follow',
      view: running(2, { assessment: edited }, { attempt: 2 }),
      then: { kind: 'noteEdit', generation: 2, edit: having({ kind: 'resize', attempt: 2 }) },
    },
    {
      when: 'told before: not told again',
      view: running(2, { assessment: edited }, { generation: 2, edit: resize }),
      then: nothing,
    },
    {
      when: 'taken back: what was told is forgotten',
      view: running(3, { assessment: runnable(HASH) }, { generation: 2, edit: resize }),
      then: { kind: 'noteEdit', generation: 3, edit: undefined },
    },
    {
      when: 'it could not run here any more: the task runs on, and the edit is told',
      view: running(2, { assessment: unsupported }),
      then: { kind: 'noteEdit', generation: 2, edit: having({ kind: 'resize' }) },
    },
    {
      when: 'record that knows no generation (an older version wrote it): noted, nothing is told',
      view: running(2, { assessment: edited }, { generation: undefined as never }),
      then: { kind: 'noteEdit', generation: 2, edit: undefined },
    },
    {
      when: 'the same: what the pod is made of by now is remembered, to compare the next edit with',
      view: running(2, { assessment: edited }, { generation: undefined as never }),
      then: { specHash: '1:edited' },
    },
    {
      when: 'hash of another rule: no edit can be told from it, the new hash is remembered',
      view: running(2, { assessment: runnable('2:abc') }),
      then: { kind: 'noteEdit', generation: 2, edit: undefined, specHash: '2:abc' },
    },
    {
      when: 'hash of a rule whose number only begins the same: neither',
      view: running(2, { assessment: runnable('10:abc') }),
      then: { kind: 'noteEdit', generation: 2, edit: undefined, specHash: '10:abc' },
    },
    {
      when: 'deleted, seen by the event function: the deletion moved the generation, nothing is noted',
      view: running(2, { assessment: edited, pod: deleted(running(2).pod!) }),
      caller: eventFunction,
      then: nothing,
    },
    {
      when: 'cluster without generations of pods: nothing to compare',
      view: aView({ pod: showing(aPod(), aLaunch()), record: aLaunch(), assessment: edited }),
      then: nothing,
    },
    {
      when: 'cluster that lost its generations of pods: nothing to compare either',
      view: aView({
        pod: showing(aPod(), aLaunch()),
        record: aLaunch(aTask(), { generation: 1 }),
        assessment: edited,
      }),
      then: nothing,
    },
    {
      when: 'edited and deleted: the stop comes first',
      view: running(2, { assessment: edited, pod: deleted(running(2).pod!) }),
      then: { kind: 'stop' },
    },
    {
      when: 'seen by the event function: noted too',
      view: running(2, { assessment: edited }),
      caller: eventFunction,
      then: { kind: 'noteEdit' },
    },
    {
      when: 'noted before its status is published, which shows what was told',
      view: running(2, { assessment: edited, pod: aPod({ metadata: { generation: 2 } }) }),
      then: { kind: 'noteEdit' },
    },
  ]);
});

describe('the note of an edit', () => {
  it('names no hash where the remembered one still holds, or none is known', () => {
    const views = [
      running(2, { assessment: edited }),
      running(2, { assessment: unsupported }),
      running(2, { assessment: unsupported }, { generation: undefined as never }),
    ];
    for (const view of views) expect(nextAction(view, NOW, holder)).not.toHaveProperty('specHash');
  });
});

describe('an edit of a pod that waits for its next attempt', () => {
  const stopped = aLaunch(aStoppedTask(1, { stoppedAt: 0 }), { generation: 1 });
  const waiting = (words: Partial<View>): View =>
    aView({ pod: showing(aPod({ metadata: { generation: 2 } }), stopped), record: stopped, ...words });

  decides([
    {
      when: 'edited: the next attempt is made of what the pod is by now',
      view: waiting({ assessment: edited }),
      then: { kind: 'claim', attempt: 2, specHash: '1:edited' },
    },
    {
      when: 'not judged: made of what the last one was',
      view: waiting({}),
      then: { kind: 'claim', attempt: 2, specHash: HASH },
    },
    {
      when: 'it could not run here any more: tried all the same, the provider has the last word',
      view: waiting({ assessment: unsupported }),
      then: { kind: 'claim', attempt: 2, specHash: HASH },
    },
  ]);
});
