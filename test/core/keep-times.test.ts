import { describe, expect, it } from 'vitest';
import { keepTimes } from '../../lib/core/keep-times.ts';
import { ago, aPendingTask, aTask, exited, NOW, seen } from '../support/vocabulary.ts';

describe('a newer look at the same task', () => {
  it('keeps when each container was first seen to run and to end, by its name', () => {
    const before = aTask({
      containers: [
        seen('side', { startedAt: ago(50) }),
        exited('main', 0, { startedAt: ago(60), finishedAt: ago(40) }),
      ],
    });
    const after = aTask({ version: 9, containers: [exited('main', 0), exited('side', 1)] });
    expect(keepTimes(before, after)).toEqual({
      ...after,
      containers: [
        exited('main', 0, { startedAt: ago(60), finishedAt: ago(40) }),
        exited('side', 1, { startedAt: ago(50), finishedAt: NOW }),
      ],
    });
  });

  it('takes the first times of a container that had none', () => {
    const after = aTask({ containers: [seen('main'), seen('new')] });
    expect(keepTimes(aPendingTask(), after)).toEqual(after);
  });

  it('gives no end to a container that has not ended', () => {
    const ended = aTask({ containers: [exited('main', 0, { finishedAt: ago(40) })] });
    const [container] = keepTimes(ended, aTask()).containers;
    expect(container).toStrictEqual(seen('main'));
  });

  it('is left alone where another task, or none, was seen before', () => {
    const after = aTask();
    const other = aTask({ arn: 'another', containers: [seen('main', { startedAt: ago(99) })] });
    expect(keepTimes(undefined, after)).toBe(after);
    expect(keepTimes(other, after)).toBe(after);
  });
});
