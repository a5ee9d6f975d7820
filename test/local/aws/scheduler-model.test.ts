import { describe, expect, it } from 'vitest';
import { seededChance, sequentialIds } from '../../../lib/local/aws/id-source.ts';
import { batchSchedule } from '../../../lib/local/aws/scheduler/batch-schedule.ts';
import { createSchedulerModel } from '../../../lib/local/aws/scheduler/scheduler-model.ts';
import type { SchedulerModel, SchedulerTarget } from '../../../lib/local/aws/scheduler/scheduler-model.ts';
import { T0 } from './ecs-bench.ts';
import { createSqsBench } from './sqs-bench.ts';

function scheduler(call: SchedulerTarget, chance = seededChance(3)): SchedulerModel {
  return createSchedulerModel({
    place: { region: 'eu-central-1', account: '111122223333' },
    ids: sequentialIds('s'),
    chance,
    call,
  });
}

describe('the Scheduler', () => {
  it('fires once a minute, each time at a second of its own', () => {
    const fires: number[] = [];
    const model = scheduler((_call, at) => fires.push(at - T0));
    model.add(batchSchedule('beat', 'https://sqs/1/q'), T0);
    model.advance(T0 + 60 * 60_000);
    const jitters = fires.map((at, nth) => at - (nth + 1) * 60_000);
    expect(fires.length).toBeGreaterThanOrEqual(59);
    expect(jitters.every((jitter) => jitter >= 0 && jitter <= 59_000 && jitter % 1000 === 0)).toBe(true);
    expect(new Set(jitters).size).toBeGreaterThan(20);
  });

  it('sends a batch of ten delayed messages to a queue, with no code between', () => {
    const bench = createSqsBench();
    const url = bench.queue('q');
    const model = scheduler(
      ({ service, operation, input }, at) => {
        expect(service).toBe('sqs');
        bench.sqs.handle(operation, input, at);
      },
      () => 0,
    );
    model.add({ ...batchSchedule('beat', url, 'beat'), startAt: T0 }, T0);
    expect(model.nextDue()).toBe(T0);
    model.advance(T0);
    expect(bench.counts(url)).toBe('1/0/9');
    bench.pass(108_000);
    expect(bench.counts(url)).toBe('10/0/0');
    expect(model.failures()).toEqual([]);
  });

  it('misses fires when told to', () => {
    const fires: number[] = [];
    const model = scheduler(
      (_call, at) => fires.push((at - T0) / 60_000),
      () => 0,
    );
    model.add(batchSchedule('beat', 'https://sqs/1/q'), T0);
    model.missNext('beat', 2);
    model.advance(T0 + 4 * 60_000);
    expect(fires).toEqual([3, 4]);
  });

  it('does not retry a call that failed, and goes on', () => {
    const bench = createSqsBench();
    const model = scheduler(
      ({ operation, input }, at) => void bench.sqs.handle(operation, input, at),
      () => 0,
    );
    model.add(batchSchedule('beat', 'https://sqs/1/none'), T0);
    model.advance(T0 + 120_000);
    expect(model.failures()).toMatchObject([
      { name: 'beat', at: T0 + 60_000, error: { type: 'QueueDoesNotExist' } },
      { at: T0 + 120_000 },
    ]);
  });

  it('fills in its keywords and stops when removed', () => {
    const inputs: unknown[] = [];
    const model = scheduler(
      ({ input }) => inputs.push(input),
      () => 0.5,
    );
    const input =
      '{"MessageBody":"<aws.scheduler.scheduled-time> <aws.scheduler.attempt-number> <aws.scheduler.schedule-arn>"}';
    model.add(
      {
        name: 'one',
        expression: 'rate(5 minutes)',
        targetArn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage',
        input,
      },
      T0,
    );
    model.advance(T0 + 6 * 60_000);
    model.remove('one');
    model.advance(T0 + 60 * 60_000);
    expect(inputs).toEqual([
      {
        MessageBody:
          '2026-03-04T09:20:00Z 1 arn:aws:scheduler:eu-central-1:111122223333:schedule/default/one',
      },
    ]);
  });

  it.each([
    ['cron(* * * * ? *)', 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage', /only rate/],
    ['rate(0 minutes)', 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage', /only rate/],
    [
      'rate(1 minute)',
      'arn:aws:scheduler:::aws-sdk:sqs:receiveMessage',
      /does not support read-only actions/,
    ],
    ['rate(1 minute)', 'arn:aws:sqs:eu-central-1:1:q', /not a universal target/],
  ])('refuses %s to %s', (expression, targetArn, message) => {
    expect(() =>
      scheduler(() => undefined).add({ name: 'x', expression, targetArn, input: '{}' }, T0),
    ).toThrow(message);
  });
});
