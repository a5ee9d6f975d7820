import { Stack } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { RUNTIME, RUNTIME_END, warnOfRuntimeEnd } from '../../infra/runtime-end.ts';
import { newApp } from './synthesize.ts';

const DAY_MS = 86_400_000;

function warnedAt(daysBefore: number): readonly string[] {
  const stack = new Stack(newApp(), 'Any');
  warnOfRuntimeEnd(stack, new Date(RUNTIME_END.getTime() - daysBefore * DAY_MS));
  return stack.node.metadata
    .filter(({ type }) => type === 'aws:cdk:warning')
    .map(({ data }) => data as string);
}

describe('the end of the runtime', () => {
  it('is no matter while it is more than half a year away', () => {
    expect(warnedAt(181)).toEqual([]);
    expect(warnedAt(900)).toEqual([]);
  });

  it('is told from 180 days before, with the day and what to do', () => {
    expect(warnedAt(180)).toEqual([
      expect.stringContaining(
        `AWS deprecates the Lambda runtime ${RUNTIME.name} on 2028-04-30, in 180 days: update this package to a version that uses the next one`,
      ),
    ]);
    expect(warnedAt(0)).toEqual([expect.stringContaining('in 0 days')]);
  });

  it('is told afterwards, too', () => {
    expect(warnedAt(-10)).toEqual([expect.stringContaining('10 days ago')]);
  });
});
