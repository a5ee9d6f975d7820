import { describe, expect, it } from 'vitest';
import { judgeStray, type Stray, type StrayVerdict } from '../../lib/core/judge-stray.ts';
import { aClaim, aLaunch, ARN, aStoppedTask, aTask, MINUTE, NOW, SECOND } from '../support/vocabulary.ts';

/** A running task of attempt 1, old enough to be judged, with neither pod nor record. */
const aStray = (words: Partial<Stray> = {}): Stray => ({
  task: aTask({ createdAt: NOW - 10 * MINUTE }),
  attempt: 1,
  record: undefined,
  podLives: false,
  ...words,
});
const OTHER = `${ARN}-of-another`;
const young = aTask({ createdAt: NOW - 10 * MINUTE + 1 });

describe('a running task that no record seemed to know', () => {
  const rules: readonly {
    readonly when: string;
    readonly stray: Stray;
    readonly then: StrayVerdict;
  }[] = [
    { when: 'is stopped when it has neither a pod nor a record', stray: aStray(), then: 'stop' },
    {
      when: 'is left alone while it is younger than ten minutes',
      stray: aStray({ task: young }),
      then: 'leave',
    },
    {
      when: 'is left alone when nobody knows how old it is',
      stray: aStray({ task: { arn: ARN, version: 1, state: 'running', containers: [] } }),
      then: 'leave',
    },
    {
      when: 'is left alone when it has stopped by now',
      stray: aStray({ task: aStoppedTask(0) }),
      then: 'leave',
    },
    {
      when: 'is recorded when its pod lives and has no record, however young it is',
      stray: aStray({ task: young, podLives: true }),
      then: 'record',
    },
    {
      when: 'is not recorded when it has stopped: a new table reads its end elsewhere',
      stray: aStray({ task: aStoppedTask(0), podLives: true }),
      then: 'leave',
    },
    {
      when: 'is adopted by the claim of its attempt, however young it is',
      stray: aStray({ task: young, record: aClaim(), podLives: true }),
      then: 'adopt',
    },
    {
      when: 'is adopted by the claim of a pod that is gone: its stop follows from there',
      stray: aStray({ record: aClaim() }),
      then: 'adopt',
    },
    {
      when: 'is left alone when its record has it by now',
      stray: aStray({ record: aLaunch(), podLives: true }),
      then: 'leave',
    },
    {
      when: 'is left alone when its record has it, although the pod is gone: the record stops it',
      stray: aStray({ record: aLaunch() }),
      then: 'leave',
    },
    {
      when: 'is stopped when the record names another task for its attempt',
      stray: aStray({ record: aLaunch(aTask(), { taskArn: OTHER }), podLives: true }),
      then: 'stop',
    },
    {
      when: 'is left alone, named so, while it is young',
      stray: aStray({ task: young, record: aLaunch(aTask(), { taskArn: OTHER }), podLives: true }),
      then: 'leave',
    },
    {
      when: 'is stopped when it is of an earlier attempt than the record',
      stray: aStray({ record: aLaunch(aTask(), { attempt: 2, taskArn: OTHER }), podLives: true }),
      then: 'stop',
    },
    {
      when: 'is stopped when it is of an earlier attempt than the claim',
      stray: aStray({ record: aClaim({ attempt: 2 }), podLives: true }),
      then: 'stop',
    },
    {
      when: 'is left to its pod when the record is older than it: the next attempt has its token',
      stray: aStray({ attempt: 2, record: aClaim(), podLives: true }),
      then: 'leave',
    },
    {
      when: 'is stopped when the record is older than it and the pod is gone',
      stray: aStray({ attempt: 2, record: aLaunch(aTask(), { taskArn: OTHER }) }),
      then: 'stop',
    },
    {
      when: 'is stopped when the record has ended, even as its own',
      stray: aStray({ record: aLaunch(aTask(), { state: 'ended' }), podLives: true }),
      then: 'stop',
    },
    {
      when: 'is left alone when the record has ended only just and it is young',
      stray: aStray({ task: young, record: aLaunch(aTask(), { state: 'ended' }) }),
      then: 'leave',
    },
  ];

  it.each(rules)('$when', ({ stray, then }) => {
    expect(judgeStray(stray, NOW)).toBe(then);
  });

  it('is stopped at the very moment at which it is ten minutes old', () => {
    const task = aTask({ createdAt: NOW });
    expect(judgeStray(aStray({ task }), NOW + 10 * MINUTE - 1)).toBe('leave');
    expect(judgeStray(aStray({ task }), NOW + 10 * MINUTE)).toBe('stop');
  });

  it('is never stopped for its past: it must run now, and be old now', () => {
    expect(judgeStray(aStray({ task: aTask({ createdAt: NOW + SECOND }) }), NOW)).toBe('leave');
  });
});
