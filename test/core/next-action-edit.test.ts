import { describe } from 'vitest';
import type { PodRecord } from '../../lib/core/record.ts';
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
  patched,
  showing,
} from '../support/vocabulary.ts';

const NEW_HASH = '1:new';
const runnable = (specHash: string) => ({ kind: 'runnable', specHash, warnings: [] }) as const;
const unsupported = { kind: 'unsupported', faults: [{ path: 'spec', note: 'no' }] } as const;

/** A running pod of that generation; what runs was compared at generation 1. */
const running = (generation: number, words: Partial<View> = {}, record: Partial<PodRecord> = {}): View => {
  const launched = aLaunch(aTask(), { generation: 1, ...record });
  const pod = showing(aPod({ metadata: { generation } }), launched);
  return aView({ pod, record: launched, ...words });
};

describe('an edit of a running pod', () => {
  decides([
    { when: 'same generation: nothing was edited', view: running(1), then: nothing },
    {
      when: 'another generation that nobody judged: nothing is said of it',
      view: running(2),
      then: nothing,
    },
    {
      when: 'another generation, but the same task would be made of it: only noted',
      view: running(2, { assessment: runnable(HASH) }),
      then: { kind: 'noteEdit', generation: 2, specHash: HASH, edit: undefined },
    },
    {
      when: 'another task would be made of it: told, and what was compared is noted',
      view: running(2, { assessment: runnable(NEW_HASH) }),
      then: { kind: 'noteEdit', generation: 2, specHash: NEW_HASH, edit: having({ kind: 'resize' }) },
    },
    {
      when: 'it could not run here any more: the task runs on, and keeps its hash',
      view: running(2, { assessment: unsupported }),
      then: { kind: 'noteEdit', generation: 2, specHash: HASH, edit: undefined },
    },
    {
      when: 'record that knows no generation (an older version wrote it): noted, nothing is told',
      view: running(2, { assessment: runnable(NEW_HASH) }, { generation: undefined as never }),
      then: { kind: 'noteEdit', generation: 2, specHash: NEW_HASH, edit: undefined },
    },
    {
      when: 'cluster without generations of pods: nothing to compare',
      view: aView({
        pod: showing(aPod(), aLaunch()),
        record: aLaunch(),
        assessment: runnable(NEW_HASH),
      }),
      then: nothing,
    },
    {
      when: 'edited and deleted: the stop comes first',
      view: running(2, {
        assessment: runnable(NEW_HASH),
        pod: deleted(running(2).pod!),
      }),
      then: { kind: 'stop' },
    },
    {
      when: 'seen by the event function: noted too',
      view: running(2, { assessment: runnable(NEW_HASH) }),
      caller: eventFunction,
      then: { kind: 'noteEdit' },
    },
    {
      when: 'edited after its task stopped: nothing to tell, the next attempt follows the edit',
      view: running(2, {
        assessment: runnable(NEW_HASH),
        record: aLaunch(aStoppedTask(1), { generation: 1 }),
      }),
      then: { kind: 'patchStatus' },
    },
  ]);

  decides([
    {
      when: 'noted before its status is published: the status shows what was told',
      view: running(2, {
        assessment: runnable(NEW_HASH),
        pod: patched(aPod({ metadata: { generation: 2 } }), { phase: 'Pending' }),
      }),
      caller: holder,
      then: { kind: 'noteEdit', generation: 2 },
    },
  ]);

  decides([
    {
      when: 'taken back: compared with the edit before it, it differs again',
      view: running(3, { assessment: runnable(HASH) }, { generation: 2, specHash: NEW_HASH }),
      then: { kind: 'noteEdit', generation: 3, specHash: HASH },
    },
  ]);
});
