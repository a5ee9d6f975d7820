import { describe, expect, it } from 'vitest';
import { failingSince, readStuckLaunch, STUCK } from '../../lib/core/stuck-launch.ts';
import type { FailureKind } from '../../lib/core/failure.ts';
import type { PodRecord } from '../../lib/core/record.ts';
import { aClaim, aLaunch, aRefusal, ago, MINUTE, NOW } from '../support/vocabulary.ts';

/** Nothing of its token was sent, or what was sent has certainly started nothing. */
function unsent(words: Partial<PodRecord>): PodRecord {
  const { firstSentAt: _, ...record } = aClaim(words);
  return record;
}
const failing = aRefusal({ kind: 'transient', at: ago(10), failingSince: ago(200) });

describe('a launch that is stuck', () => {
  it('is one whose tries fail and fail, until its next one should have been', () => {
    const record = unsent({
      refusal: failing,
      launchBefore: ago(10),
      nextTryAt: NOW + 5 * MINUTE,
    });
    expect(readStuckLaunch(record)).toEqual({ since: ago(200), until: NOW + 5 * MINUTE + STUCK.tryMs });
  });

  it('is one that may have been sent, for as long as nobody answers: it waits for no room', () => {
    const record = aClaim({ refusal: failing, firstSentAt: ago(190), launchBefore: ago(100) });
    expect(readStuckLaunch(record)).toEqual({ since: ago(200), until: Infinity });
  });

  it('is one that was claimed again and again without any answer, whatever was answered before', () => {
    const unanswered = aClaim({ firstSentAt: ago(300), replayed: true });
    expect(readStuckLaunch(unanswered)).toEqual({ since: ago(300), until: Infinity });
    const refusedBefore = { ...unanswered, refusal: aRefusal({ at: ago(310) }) };
    expect(readStuckLaunch(refusedBefore)).toEqual({ since: ago(300), until: Infinity });
  });

  it.each([
    ['has no record', undefined],
    ['is under way for the first time', aClaim({ firstSentAt: ago(300) })],
    ['was claimed again before anything was sent', unsent({ replayed: true })],
    ['waits for capacity', unsent({ refusal: aRefusal() })],
    [
      'was answered last, if not with a task',
      aClaim({ refusal: aRefusal({ at: ago(20) }), firstSentAt: ago(300), replayed: true }),
    ],
    [
      'was given up',
      aClaim({
        refusal: failing,
        stop: { at: ago(5), why: 'deadlineExceeded', deadline: ago(5) },
      }),
    ],
    ['has a task', aLaunch(undefined, { refusal: failing })],
  ])('is none that %s', (_, record) => {
    expect(readStuckLaunch(record)).toBeUndefined();
  });
});

describe('since when launches fail without another signal', () => {
  it.each<[FailureKind, since: number | undefined, after: number | undefined]>([
    ['transient', NOW, ago(200)],
    ['ambiguous', NOW, ago(200)],
    ['internal', NOW, ago(200)],
    ['throttled', undefined, ago(200)],
    ['refused', undefined, undefined],
    ['capacity', undefined, undefined],
    ['quota', undefined, undefined],
    ['auth', undefined, undefined],
    ['configuration', undefined, undefined],
  ])('is kept right by one that is %s', (kind, first, after) => {
    expect(failingSince(undefined, kind, NOW), 'as the first failure').toBe(first);
    expect(failingSince(aRefusal(), kind, NOW), 'after one with a signal of its own').toBe(first);
    expect(failingSince(failing, kind, NOW), 'after another').toBe(after);
  });
});
