import { describe, expect, it } from 'vitest';
import { isBehind } from '../../lib/core/is-behind.ts';
import { decides } from '../support/vocabulary-decision.ts';
import { aLaunch, aPod, aStoppedTask, aView, eventFunction, NOW, SECOND } from '../support/vocabulary.ts';

const restarted = (
  restartCount: number,
  list: 'containerStatuses' | 'initContainerStatuses' = 'containerStatuses',
) => aPod({ status: { [list]: [{ name: 'main', restartCount }] } });
const rebuilt = aLaunch(aStoppedTask(1), { claimer: 'rebuild', attempt: 2 });

describe('a record that was rebuilt from the provider', () => {
  it.each([
    { when: 'as many restarts as attempts', pod: restarted(2), behind: true },
    { when: 'restarts of an init container', pod: restarted(2, 'initContainerStatuses'), behind: true },
    { when: 'one restart less than attempts', pod: restarted(1), behind: false },
    { when: 'nothing shown', pod: { ...aPod(), status: undefined as never }, behind: false },
  ])('may be behind its pod: $when: $behind', ({ pod, behind }) => {
    expect(isBehind(pod, rebuilt)).toBe(behind);
  });

  it('is not doubted once someone has claimed an attempt', () => {
    expect(isBehind(restarted(2), { ...rebuilt, claimer: 'me' })).toBe(false);
  });

  decides([
    {
      when: 'is not published before a later task was looked for',
      view: aView({ pod: restarted(2), record: rebuilt }),
      then: { kind: 'recover' },
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
});
