import { describe, expect, it } from 'vitest';
import { findSuperseded } from '../../lib/loop/find-superseded.ts';
import { readSample } from '../events/read-samples.ts';

interface Sample {
  readonly detail: { readonly taskArn: string; readonly version: number };
}

const running = readSample('ecs-task-state-change', 'running') as Sample;
const eventOf = (taskArn: string, version: number): unknown => ({
  ...running,
  detail: { ...running.detail, taskArn, version },
});
const ONE = running.detail.taskArn;
const OTHER = `${ONE}0`;
const supersededOf = (...bodies: readonly unknown[]): string[] =>
  [...findSuperseded(bodies.map((body, nth) => ({ messageId: `m${nth}`, body })))].sort();

describe('a batch of task events', () => {
  it('needs only the newest of each task, in whatever order they came', () => {
    expect(supersededOf(eventOf(ONE, 2), eventOf(ONE, 4), eventOf(ONE, 3))).toEqual(['m0', 'm2']);
  });

  it('needs the first of two that say the same', () => {
    expect(supersededOf(eventOf(ONE, 2), eventOf(ONE, 2))).toEqual(['m1']);
  });

  it('needs the events of every task', () => {
    expect(supersededOf(eventOf(ONE, 1), eventOf(OTHER, 9))).toEqual([]);
  });

  it('needs whatever cannot be read: it must be told', () => {
    expect(supersededOf('not an event', eventOf(ONE, 1), { detail: { taskArn: ONE } })).toEqual([]);
  });
});
