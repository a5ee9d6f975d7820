import { describe, expect, it } from 'vitest';
import { largeRegionRates } from '../../../lib/local/aws/ecs/ecs-rates.ts';
import { createBench, request, type Bench } from './ecs-bench.ts';

function ready(options: Parameters<typeof createBench>[0] = {}): Bench {
  const bench = createBench(options);
  bench.register();
  return bench;
}

const told = (bench: Bench, tasks: readonly string[]) => {
  const answer = bench.call('DescribeTasks', { cluster: 'demo', tasks });
  return {
    tasks: (answer['tasks'] as { taskArn: string }[]).map(({ taskArn }) => taskArn),
    failures: (answer['failures'] as { arn: string; reason: string }[]).map(
      ({ arn, reason }) => `${arn} ${reason}`,
    ),
  };
};
const listed = (bench: Bench, filter: object = {}) =>
  bench.call('ListTasks', { cluster: 'demo', ...filter })['taskArns'] as string[];

describe('a task that answers get wrong', () => {
  it('is called MISSING, or passed over in silence, and is alive all the same', () => {
    const bench = ready();
    const [one, other] = [bench.run().taskArn, bench.run().taskArn];
    bench.ecs.overlookTask(one, { described: 'missing' }, bench.now);
    expect(told(bench, [one, other])).toEqual({ tasks: [other], failures: [`${one} MISSING`] });
    bench.ecs.overlookTask(one, { described: 'silent' }, bench.now);
    expect(told(bench, [one, other])).toEqual({ tasks: [other], failures: [] });
    bench.pass(3000);
    bench.ecs.overlookTask(one, {}, bench.now);
    expect(bench.task(one)).toMatchObject({ lastStatus: 'RUNNING' });
  });

  it('is left out of lists, whatever they filter by, and not of descriptions', () => {
    const bench = ready();
    const { taskArn } = bench.run({ startedBy: 'me/1' });
    bench.ecs.overlookTask(taskArn, { listed: false }, bench.now);
    expect(listed(bench)).toEqual([]);
    expect(listed(bench, { startedBy: 'me/1' })).toEqual([]);
    expect(told(bench, [taskArn]).tasks).toEqual([taskArn]);
    expect(bench.refusal('StopTask', { cluster: 'demo', task: taskArn })).toBe('accepted');
  });

  it('is no forgotten one: that is MISSING, in no list, and over without an event', () => {
    const bench = ready();
    const { taskArn } = bench.run({ startedBy: 'me/1' });
    bench.pass(3000);
    const events = bench.events.length;
    bench.ecs.loseTask(taskArn, bench.now);
    bench.pass(60_000);
    expect(told(bench, [taskArn])).toEqual({ tasks: [], failures: [`${taskArn} MISSING`] });
    expect([...listed(bench), ...listed(bench, { desiredStatus: 'STOPPED' })]).toEqual([]);
    expect(bench.events).toHaveLength(events);
    expect(bench.refusal('StopTask', { cluster: 'demo', task: taskArn })).toMatch(/not found/);
  });
});

describe('a stranger in the cluster', () => {
  it('runs and is listed like any other task, with marks that are not ours, and counts against no rate', () => {
    const bench = ready({ rates: largeRegionRates });
    const strangers = Array.from({ length: 130 }, () => bench.ecs.startStranger('demo', bench.now));
    bench.pass(3000);
    expect(bench.task(strangers[0]!)).toMatchObject({
      lastStatus: 'RUNNING',
      startedBy: 'someone-else',
      group: 'family:stranger',
    });
    const first = bench.call('ListTasks', { cluster: 'demo' }) as { taskArns: string[]; nextToken: string };
    expect(first.taskArns).toHaveLength(100);
    expect(listed(bench, { nextToken: first.nextToken })).toHaveLength(30);
    expect(bench.events.at(-1)?.detail).toMatchObject({ startedBy: 'someone-else' });
  });

  it('cannot come to a cluster that is not there', () => {
    const bench = ready();
    expect(() => bench.ecs.startStranger('nowhere', bench.now)).toThrow('Cluster not found');
  });
});

describe('rates that several operations share', () => {
  const spent = (bench: Bench, calls: readonly (readonly [string, unknown])[]) => {
    for (let made = 0; ; made += 1) {
      const [operation, input] = calls[made % calls.length]!;
      if (bench.refusal(operation, input) === 'ThrottlingException: Rate exceeded') return made;
      if (made > 1000) return Infinity;
    }
  };

  it.each<[string, number, [string, unknown][]]>([
    ['StopTask and RunTask', 100, [['StopTask', { cluster: 'demo', task: 'none' }]]],
    [
      'DescribeTasks and ListTasks',
      100,
      [
        ['DescribeTasks', { cluster: 'demo', tasks: ['x'] }],
        ['ListTasks', { cluster: 'demo' }],
      ],
    ],
    [
      'reads of definitions',
      50,
      [
        ['DescribeTaskDefinition', { taskDefinition: 'app' }],
        ['ListTaskDefinitionFamilies', {}],
        ['ListTaskDefinitions', {}],
      ],
    ],
    [
      'RegisterTaskDefinition and DeregisterTaskDefinition',
      19,
      [['DeregisterTaskDefinition', { taskDefinition: 'app:1' }]],
    ],
    ['RunTask on Fargate', 20, [['RunTask', request()]]],
  ])('%s: a burst of %i', (_, burst, calls) => {
    expect(spent(ready({ rates: largeRegionRates }), calls)).toBe(burst);
  });
});
