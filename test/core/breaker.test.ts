import { describe, expect, it } from 'vitest';
import { nextBreaker, type Absence, type Breaker } from '../../lib/core/breaker.ts';
import { ago, MINUTE, NOW } from '../support/vocabulary.ts';

const tasks = (absent: number, known: number): Absence => ({ kind: 'tasks', known, absent });
const pods = (absent: number, known: number): Absence => ({ kind: 'pods', known, absent });
const CALM: readonly Absence[] = [tasks(0, 100), pods(0, 100)];

/** A breaker that tripped an hour ago. */
const tripped: Breaker = { since: ago(3600), why: '90 of 100 tasks are absent', absent: 90 };

describe('the breaker', () => {
  it.each([
    { look: 'nothing is known and nothing absent', absent: 0, known: 0, trips: false },
    { look: 'all 20 tasks of a small node are absent', absent: 20, known: 20, trips: false },
    { look: 'all 21 tasks of a small node are absent', absent: 21, known: 21, trips: true },
    { look: '21 of 42, which is half', absent: 21, known: 42, trips: false },
    { look: '22 of 42, which is more than half', absent: 22, known: 42, trips: true },
    { look: '21 of 1000, which is few', absent: 21, known: 1000, trips: false },
    { look: '500 of 1000, which is half', absent: 500, known: 1000, trips: false },
    { look: '501 of 1000, which is more than half', absent: 501, known: 1000, trips: true },
  ])('when $look: trips is $trips', ({ absent, known, trips }) => {
    expect(nextBreaker(undefined, [tasks(absent, known)], NOW) !== undefined).toBe(trips);
    expect(nextBreaker(undefined, [pods(absent, known)], NOW) !== undefined).toBe(trips);
  });

  it('says since when and of what too much was absent', () => {
    expect(nextBreaker(undefined, [tasks(60, 100), pods(1, 100)], NOW)).toEqual({
      since: NOW,
      why: '60 of 100 tasks are absent',
      absent: 60,
    });
    expect(nextBreaker(undefined, [tasks(60, 100), pods(70, 90)], NOW)?.why).toBe(
      '60 of 100 tasks are absent, 70 of 90 pods are absent',
    );
  });

  it('judges tasks and pods each for themselves', () => {
    expect(nextBreaker(undefined, [tasks(15, 100), pods(15, 20)], NOW)).toBeUndefined();
  });

  it('stays released while nothing is in doubt', () => {
    expect(nextBreaker(undefined, CALM, NOW)).toBeUndefined();
    expect(nextBreaker(undefined, [], NOW)).toBeUndefined();
  });
});

describe('a breaker that has tripped', () => {
  it('holds since it tripped, for the newest reason, and anew when more is absent', () => {
    const agreeing = { ...tripped, agreedSince: ago(300) };
    expect(nextBreaker(agreeing, [tasks(95, 100)], NOW)).toEqual({
      since: ago(3600),
      why: '95 of 100 tasks are absent',
      absent: 95,
    });
  });

  it('is not released by one look that agrees, which it remembers', () => {
    expect(nextBreaker(tripped, CALM, NOW)).toEqual({ ...tripped, absent: 0, agreedSince: NOW });
    expect(nextBreaker(tripped, [tasks(80, 100)], NOW)).toEqual({
      since: ago(3600),
      why: '80 of 100 tasks are absent',
      absent: 80,
      agreedSince: NOW,
    });
  });

  it('is not released by a second look too soon after the first', () => {
    const agreeing = { ...tripped, absent: 0, agreedSince: NOW - 10 * MINUTE + 1 };
    expect(nextBreaker(agreeing, CALM, NOW)).toEqual(agreeing);
  });

  it('is released when looks ten minutes apart find everything again', () => {
    const agreeing = { ...tripped, absent: 0, agreedSince: NOW - 10 * MINUTE };
    expect(nextBreaker(agreeing, CALM, NOW)).toBeUndefined();
  });

  it('is released when looks ten minutes apart miss the same: then it is really gone', () => {
    const agreeing = { ...tripped, agreedSince: NOW - 10 * MINUTE };
    expect(nextBreaker(agreeing, [tasks(90, 100)], NOW)).toBeUndefined();
  });

  it('begins to wait anew when doubt comes back', () => {
    const looks = [CALM, [pods(30, 30)], CALM, CALM];
    const times = [0, 9, 10, 19].map((minutes) => NOW + minutes * MINUTE);
    const shown = times.reduce<Breaker | undefined>(
      (breaker, now, index) => nextBreaker(breaker, looks[index] ?? [], now),
      tripped,
    );
    expect(shown).toEqual({
      since: tripped.since,
      why: '30 of 30 pods are absent',
      absent: 0,
      agreedSince: NOW + 10 * MINUTE,
    });
    expect(nextBreaker(shown, CALM, NOW + 20 * MINUTE)).toBeUndefined();
  });
});
