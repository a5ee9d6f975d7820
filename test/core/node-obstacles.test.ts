import { describe, expect, it } from 'vitest';
import { ADDRESSES_EXHAUSTED } from '../../lib/core/failure.ts';
import {
  isPassedByLaunch,
  nextObstacles,
  OBSTACLE,
  OBSTACLES,
  readLaunch,
  standingObstacle,
  type LaunchNews,
  type MetObstacle,
  type NodeObstacles,
  type ObstacleLook,
  type ToldObstacle,
} from '../../lib/core/node-obstacles.ts';
import type { PodRecord } from '../../lib/core/record.ts';
import { withoutUndefined } from '../../lib/core/without-undefined.ts';
import {
  aClaim,
  ago,
  aLaunch,
  aPendingTask,
  aRefusal,
  aStoppedTask,
  aTask,
  aTaskThatNeverRan,
  MINUTE,
  NOW,
} from '../support/vocabulary.ts';

const refused = (words: Parameters<typeof aRefusal>[0]): PodRecord => aClaim({ refusal: aRefusal(words) });
const QUIET = ago(10) + OBSTACLE.quietMs;
const metAs = (obstacle: MetObstacle['obstacle'], message: string): LaunchNews => ({
  kind: 'met',
  obstacle,
  at: ago(10),
  until: QUIET,
  message,
});

describe('what the record of a pod says of the launches of its node', () => {
  it.each<{ of: string; record: PodRecord | undefined; news: LaunchNews }>([
    { of: 'no record', record: undefined, news: { kind: 'gone' } },
    { of: 'an ended one', record: aLaunch(aTask(), { state: 'ended' }), news: { kind: 'gone' } },
    { of: 'a claim', record: aClaim(), news: { kind: 'none' } },
    {
      of: 'a quota that is used up',
      record: refused({ kind: 'quota', message: 'limit' }),
      news: metAs('quota', 'limit'),
    },
    {
      of: 'no capacity',
      record: refused({ kind: 'capacity', message: 'full' }),
      news: metAs('capacity', 'full'),
    },
    {
      of: 'a subnet without addresses',
      record: refused({ kind: 'capacity', message: 'no address', podReason: ADDRESSES_EXHAUSTED }),
      news: metAs('addresses', 'no address'),
    },
    {
      of: 'rights that are missing',
      record: refused({ kind: 'auth', message: 'iam:PassRole' }),
      news: metAs('access', 'iam:PassRole'),
    },
    { of: 'a pod that is refused itself', record: refused({ kind: 'refused' }), news: { kind: 'gone' } },
    { of: 'a throttle', record: refused({ kind: 'throttled' }), news: { kind: 'none' } },
    { of: 'a missing ConfigMap', record: refused({ kind: 'configuration' }), news: { kind: 'none' } },
    { of: 'a passing fault', record: refused({ kind: 'transient' }), news: { kind: 'none' } },
    { of: 'no answer', record: refused({ kind: 'ambiguous' }), news: { kind: 'none' } },
    { of: 'a fault of ours', record: refused({ kind: 'internal' }), news: { kind: 'none' } },
    { of: 'a task not told of yet', record: aLaunch(null), news: { kind: 'launched', at: ago(30) } },
    {
      of: 'a task that an older version wrote without its time',
      record: withoutUndefined({ ...aLaunch(null), launchedAt: undefined }),
      news: { kind: 'launched', at: NOW },
    },
    {
      of: 'a task that found no room and stopped without a word',
      record: aLaunch({
        ...{ arn: 'a', version: 4, state: 'stopped', containers: [], cause: 'capacity', shortOf: 'capacity' },
      }),
      news: {
        ...{ kind: 'met', obstacle: 'capacity', at: ago(30), message: '' },
        until: ago(30) + OBSTACLE.quietMs,
      },
    },
    { of: 'a task that starts', record: aLaunch(aPendingTask()), news: { kind: 'launched', at: ago(30) } },
    {
      of: 'a task that starts and has its address',
      record: aLaunch(aPendingTask({ podIP: '10.0.0.1' })),
      news: { kind: 'placed', at: ago(30) },
    },
    { of: 'a task that runs', record: aLaunch(), news: { kind: 'placed', at: ago(10) } },
    { of: 'a task that ran', record: aLaunch(aStoppedTask(1)), news: { kind: 'placed', at: ago(10) } },
    {
      of: 'a task whose image could not be pulled',
      record: aLaunch(aTaskThatNeverRan('imagePull', 'no such image')),
      news: { kind: 'launched', at: ago(30) },
    },
    {
      of: 'a task that found no room for a reason that passes',
      record: aLaunch(aTaskThatNeverRan('capacity', 'InternalError')),
      news: { kind: 'launched', at: ago(30) },
    },
    {
      of: 'a task that found no address',
      record: aLaunch({ ...aTaskThatNeverRan('capacity', 'no address'), shortOf: 'addresses' }),
      news: {
        kind: 'met',
        obstacle: 'addresses',
        at: NOW,
        until: NOW + OBSTACLE.quietMs,
        message: 'no address',
      },
    },
  ])('of $of', ({ record, news }) => {
    expect(readLaunch(record)).toEqual(news);
  });

  it('holds until the next try of a pod that waits for longer than ten minutes', () => {
    const nextTryAt = NOW + 15 * MINUTE;
    const record = aClaim({ refusal: aRefusal({ kind: 'quota' }), nextTryAt });
    expect(readLaunch(record)).toMatchObject({ until: nextTryAt + OBSTACLE.tryMs });
    const soon = aClaim({ refusal: aRefusal({ kind: 'quota' }), nextTryAt: NOW + MINUTE });
    expect(readLaunch(soon)).toMatchObject({ until: QUIET });
  });
});

const aMet = (words: Partial<MetObstacle> = {}): MetObstacle => ({
  obstacle: 'quota',
  at: ago(10),
  until: QUIET,
  message: 'limit',
  ...words,
});
const aTold = (words: Partial<ToldObstacle> = {}): ToldObstacle => ({
  since: ago(600),
  at: ago(90),
  until: ago(90) + OBSTACLE.quietMs,
  message: 'limit',
  ...words,
});
const aLook = (words: Partial<ObstacleLook> = {}): ObstacleLook => ({
  waiting: [],
  launchedAt: ago(3600),
  placedAt: ago(3600),
  ...words,
});
const before = (told: NodeObstacles['told'], writtenAt = ago(90)): NodeObstacles => ({ writtenAt, told });

describe('what is written of obstacles', () => {
  it('is nothing where there is none', () => {
    expect(nextObstacles(undefined, aLook(), NOW)).toBeUndefined();
    expect(nextObstacles(before({}), aLook(), NOW)).toBeUndefined();
  });

  it('is each that a pod waits for, since it was first met, in the words of the last', () => {
    const waiting = [
      aMet({ at: ago(30), message: 'first' }),
      aMet({ at: ago(10), message: 'last' }),
      aMet({ obstacle: 'addresses', at: ago(20), message: 'no address' }),
    ];
    expect(nextObstacles(undefined, aLook({ waiting }), NOW)).toEqual({
      writtenAt: NOW,
      told: {
        quota: { since: ago(30), at: ago(10), until: QUIET, message: 'last' },
        addresses: { since: ago(20), at: ago(20), until: QUIET, message: 'no address' },
      },
    });
  });

  it('is nothing new while pods go on waiting for what was told', () => {
    const look = aLook({ waiting: [aMet()] });
    expect(nextObstacles(before({ quota: aTold() }), look, NOW)).toBeUndefined();
  });

  it('keeps its words while anybody is refused in them, and its beginning', () => {
    const waiting = [aMet({ message: 'for role b' }), aMet({ at: ago(20), message: 'for role a' })];
    const stored = before({ quota: aTold({ message: 'for role a' }) });
    expect(nextObstacles(stored, aLook({ waiting }), NOW)).toBeUndefined();
    const others = aLook({ waiting: waiting.slice(0, 1) });
    expect(nextObstacles(stored, others, NOW)?.told.quota).toMatchObject({
      since: ago(600),
      message: 'for role b',
    });
  });

  it('says every five minutes that it is still so', () => {
    const look = (until: number) => aLook({ waiting: [aMet({ until })] });
    const stored = aTold({ until: NOW });
    const early = NOW + OBSTACLE.refreshMs - 1;
    expect(nextObstacles(before({ quota: { ...stored, until: NOW + 1 } }), look(early), NOW)).toBeUndefined();
    const late = NOW + OBSTACLE.refreshMs + 1;
    expect(
      nextObstacles(before({ quota: { ...stored, until: NOW + 1 } }), look(late), NOW)?.told.quota?.until,
    ).toBe(late);
  });

  it('is at most one write a minute, whatever changes', () => {
    const look = aLook({ waiting: [aMet()] });
    expect(nextObstacles(before({}, NOW - OBSTACLE.writeGapMs + 1), look, NOW)).toBeUndefined();
    expect(nextObstacles(before({}, NOW - OBSTACLE.writeGapMs), look, NOW)?.told).toHaveProperty('quota');
  });
});

describe('an obstacle is over', () => {
  const cleared = { writtenAt: NOW, told: {} };

  it.each([
    { obstacle: 'quota', by: 'a launch that was accepted', look: { launchedAt: ago(5) } },
    { obstacle: 'access', by: 'a launch that was accepted', look: { launchedAt: ago(5) } },
    { obstacle: 'capacity', by: 'a task that has its place', look: { placedAt: ago(5) } },
    { obstacle: 'addresses', by: 'a task that has its place', look: { placedAt: ago(5) } },
  ] as const)('when $obstacle was passed by $by', ({ obstacle, look }) => {
    expect(nextObstacles(before({ [obstacle]: aTold() }), aLook(look), NOW)).toEqual(cleared);
  });

  it.each(['capacity', 'addresses'] as const)('but not for %s by a launch alone', (obstacle) => {
    const look = aLook({ launchedAt: ago(5) });
    expect(nextObstacles(before({ [obstacle]: aTold() }), look, NOW)).toBeUndefined();
  });

  it('not while another pod still waits for it', () => {
    const look = aLook({ launchedAt: ago(5), waiting: [aMet()] });
    expect(nextObstacles(before({ quota: aTold() }), look, NOW)).toBeUndefined();
  });

  it('not by what was launched before it was met', () => {
    const look = aLook({ launchedAt: ago(91), placedAt: ago(91) });
    expect(nextObstacles(before({ quota: aTold(), capacity: aTold() }), look, NOW)).toBeUndefined();
  });

  it('when nobody has met it for ten minutes', () => {
    const stored = (until: number) => before({ quota: aTold({ until }) });
    expect(nextObstacles(stored(NOW + 1), aLook(), NOW)).toBeUndefined();
    expect(nextObstacles(stored(NOW), aLook(), NOW)).toEqual(cleared);
    expect(nextObstacles(stored(NOW), aLook({ waiting: [aMet({ until: NOW })] }), NOW)).toEqual(cleared);
  });

  it('and begins anew when it is met again after that', () => {
    const look = aLook({ waiting: [aMet()] });
    const told = nextObstacles(before({ quota: aTold({ until: NOW }) }), look, NOW)?.told.quota;
    expect(told).toEqual({ since: ago(10), at: ago(10), until: QUIET, message: 'limit' });
  });

  it('each by its own', () => {
    const look = aLook({ launchedAt: ago(5) });
    const told = nextObstacles(before({ quota: aTold(), capacity: aTold() }), look, NOW)?.told;
    expect(Object.keys(told ?? {})).toEqual(['capacity']);
  });
});

describe('an obstacle that stands', () => {
  it('is shown until its end, and a little longer where nobody came to write it down', () => {
    const shown = (until: number) => standingObstacle(before({ access: aTold({ until }) }), 'access', NOW);
    expect(shown(NOW)).toBeDefined();
    expect(shown(NOW - OBSTACLE.refreshMs + 1)).toBeDefined();
    expect(shown(NOW - OBSTACLE.refreshMs)).toBeUndefined();
  });

  it('is none where none is marked', () => {
    for (const obstacle of OBSTACLES) expect(standingObstacle(undefined, obstacle, NOW)).toBeUndefined();
  });

  it('is passed by a launch only if launches are refused for it', () => {
    expect(OBSTACLES.filter(isPassedByLaunch)).toEqual(['quota', 'access']);
  });
});
