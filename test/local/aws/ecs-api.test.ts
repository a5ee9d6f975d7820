import { describe, expect, it } from 'vitest';
import { AwsError } from '../../../lib/local/aws/aws-model.ts';
import { largeRegionRates, smallRegionRates } from '../../../lib/local/aws/ecs/ecs-rates.ts';
import { createBench, definition, request } from './ecs-bench.ts';
import type { ApiTask, Bench } from './ecs-bench.ts';

function ready(options: Parameters<typeof createBench>[0] = {}): Bench {
  const bench = createBench(options);
  bench.register();
  return bench;
}

describe('RunTask', () => {
  it.each<[string, Record<string, unknown>]>([
    ['ClusterNotFoundException: Cluster not found.', { cluster: 'nowhere' }],
    ['ClusterNotFoundException: Cluster not found.', { cluster: undefined }],
    ['InvalidParameterException: TaskDefinition not found.', { taskDefinition: 'none' }],
    ['InvalidParameterException: TaskDefinition not found.', { taskDefinition: 'app:9' }],
    ['InvalidParameterException: count', { count: 11 }],
    ['InvalidParameterException: startedBy', { startedBy: 'a.b' }],
    ['InvalidParameterException: startedBy', { startedBy: 'x'.repeat(129) }],
    ['InvalidParameterException: clientToken', { clientToken: 'a b' }],
    ['InvalidParameterException: clientToken', { clientToken: 'x'.repeat(65) }],
    [
      'InvalidParameterException: Network Configuration must be provided',
      { networkConfiguration: undefined },
    ],
    [
      'InvalidParameterException: subnets',
      { networkConfiguration: { awsvpcConfiguration: { subnets: [] } } },
    ],
    [
      'InvalidParameterException: Specify either',
      { capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT' }] },
    ],
    ['InvalidParameterException: No Container Instances', { launchType: 'EC2' }],
    [
      'InvalidParameterException: The specified capacity provider',
      { launchType: undefined, capacityProviderStrategy: [{ capacityProvider: 'mine' }] },
    ],
    [
      'InvalidParameterException: Override for container named x',
      { overrides: { containerOverrides: [{ name: 'x' }] } },
    ],
    ['InvalidParameterException: No Fargate configuration', { overrides: { cpu: '512' } }],
    ['InvalidParameterException: The task definition must have a task role', { enableExecuteCommand: true }],
    ['InvalidParameterException: propagateTags', { propagateTags: 'SERVICE' }],
    [
      'InvalidParameterException: A task can have at most 50 tags',
      { tags: Array.from({ length: 51 }, (_, nth) => ({ key: `k${nth}`, value: '' })) },
    ],
  ])('%s', (refusal, change) => {
    expect(ready().refusal('RunTask', { ...request(), ...change })).toContain(refusal);
  });

  it('takes a family, a revision and an ARN', () => {
    const bench = createBench();
    const arn = bench.register();
    for (const taskDefinition of ['app', 'app:1', arn])
      expect(bench.run({ taskDefinition })).toMatchObject({ taskDefinitionArn: arn });
  });

  it('counts overrides with all their JSON and refuses more than 8192 characters', () => {
    const overridesOf = (length: number) => {
      const empty = { containerOverrides: [{ name: 'main', environment: [{ name: 'A', value: '' }] }] };
      const value = 'x'.repeat(length - JSON.stringify(empty).length);
      return { overrides: { containerOverrides: [{ name: 'main', environment: [{ name: 'A', value }] }] } };
    };
    const bench = ready();
    expect(bench.refusal('RunTask', { ...request(), ...overridesOf(8192) })).toBe('accepted');
    expect(bench.refusal('RunTask', { ...request(), ...overridesOf(8193) })).toBe(
      'InvalidParameterException: Container Overrides length must be at most 8192',
    );
  });

  it('starts several tasks at once and gives a task the default group', () => {
    const bench = ready();
    const { tasks } = bench.call('RunTask', { ...request(), count: 3, group: undefined }) as {
      tasks: { group: string }[];
    };
    expect(tasks.map(({ group }) => group)).toEqual(['family:app', 'family:app', 'family:app']);
  });

  it('says in failures that there is no capacity or no vCPU left', () => {
    const bench = ready();
    bench.ecs.capacity.unavailable = true;
    expect(bench.call('RunTask', request())).toEqual({
      tasks: [],
      failures: [{ reason: expect.stringMatching(/^Capacity is unavailable at this time/) as unknown }],
    });
    bench.ecs.capacity.unavailable = false;
    bench.ecs.capacity.onDemandVcpus = 0.5;
    const first = bench.run();
    const answer = bench.call('RunTask', { ...request(), count: 2 }) as {
      tasks: unknown[];
      failures: { reason: string }[];
    };
    expect(answer.tasks).toHaveLength(1);
    expect(answer.failures[0]?.reason).toMatch(/limit on the number of vCPUs/);
    bench.call('StopTask', { cluster: 'demo', task: first.taskArn });
    bench.pass(5000);
    expect(bench.run()).toBeTruthy();
    expect(
      bench.call('RunTask', {
        ...request(),
        launchType: undefined,
        capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT' }],
      })['failures'],
    ).toEqual([]);
  });
});

describe('the client token of RunTask', () => {
  const token = { clientToken: 'uid.1' };

  it('gives the same task for the same request, as it is by then', () => {
    const bench = ready();
    const first = bench.run(token);
    bench.pass(3000);
    expect(bench.run(token)).toMatchObject({ taskArn: first.taskArn, lastStatus: 'RUNNING' });
    expect(bench.ecs.taskCount()).toBe(1);
  });

  it('with another request names the task to adopt', () => {
    const bench = ready();
    const { taskArn } = bench.run(token);
    const call = () => bench.call('RunTask', { ...request(), ...token, startedBy: 'other' });
    expect(call).toThrow(AwsError);
    expect(call).toThrow(
      expect.objectContaining({ type: 'ConflictException', members: { resourceIds: [taskArn] } }),
    );
  });

  it('belongs to a cluster', () => {
    const bench = ready();
    const first = bench.run(token);
    expect(bench.run({ ...token, cluster: 'other' }).taskArn).not.toBe(first.taskArn);
  });

  it('lives an hour longer than its task', () => {
    const bench = createBench();
    bench.register(definition({ name: 'main', image: 'busybox', command: ['true'] }));
    const { taskArn } = bench.run(token);
    bench.pass(3_590_000);
    expect(bench.run(token)).toMatchObject({ taskArn, lastStatus: 'STOPPED' });
    bench.pass(20_000);
    expect(bench.run(token).taskArn).not.toBe(taskArn);
  });

  it('lives 24 hours at most', () => {
    const bench = ready();
    const { taskArn } = bench.run(token);
    bench.pass(24 * 3_600_000 - 1);
    expect(bench.run(token).taskArn).toBe(taskArn);
    bench.pass(1);
    expect(bench.run(token).taskArn).not.toBe(taskArn);
  });

  it('is not used up by an answer without a task', () => {
    const bench = ready();
    bench.ecs.capacity.unavailable = true;
    bench.call('RunTask', { ...request(), ...token });
    bench.ecs.capacity.unavailable = false;
    expect(bench.run({ ...token, startedBy: 'other' })).toBeTruthy();
  });
});

describe('StopTask', () => {
  it('is idempotent: the first reason stays', () => {
    const bench = ready();
    const { taskArn } = bench.run();
    bench.pass(3000);
    for (const reason of ['first', 'second'])
      bench.call('StopTask', { cluster: 'demo', task: taskArn, reason });
    bench.pass(5000);
    bench.call('StopTask', { cluster: 'demo', task: taskArn, reason: 'third' });
    expect(bench.task(taskArn)).toMatchObject({ stoppedReason: 'first', version: 8 });
  });

  it('refuses an unknown task, or one of another cluster', () => {
    const bench = ready();
    const { taskArn } = bench.run();
    expect(bench.refusal('StopTask', { cluster: 'other', task: taskArn })).toBe(
      'InvalidParameterException: The referenced task was not found.',
    );
    expect(bench.refusal('StopTask', { cluster: 'demo', task: 'none' })).toMatch(/not found/);
  });
});

describe('DescribeTasks', () => {
  it('takes 1 to 100 tasks, by ARN or id, and names the missing ones', () => {
    const bench = ready();
    const { taskArn } = bench.run();
    const describe = (tasks: string[]) => bench.call('DescribeTasks', { cluster: 'demo', tasks });
    expect(describe([taskArn.split('/').at(-1)!, 'gone'])).toMatchObject({
      tasks: [{ taskArn }],
      failures: [{ arn: expect.stringMatching(/task\/demo\/gone$/) as unknown, reason: 'MISSING' }],
    });
    expect(bench.refusal('DescribeTasks', { cluster: 'demo', tasks: [] })).toBe(
      'InvalidParameterException: Tasks cannot be empty.',
    );
    expect(
      bench.refusal('DescribeTasks', { cluster: 'demo', tasks: Array.from({ length: 101 }, String) }),
    ).toMatch(/100/);
    expect(bench.refusal('DescribeTasks', { cluster: 'other', tasks: [taskArn] })).toMatch(
      /Identifier is for demo/,
    );
  });

  it('may not know a task right after RunTask', () => {
    const bench = ready({ missingMs: 800 });
    const { taskArn } = bench.run();
    expect(bench.call('DescribeTasks', { cluster: 'demo', tasks: [taskArn] })['tasks']).toEqual([]);
    expect(bench.call('ListTasks', { cluster: 'demo' })['taskArns']).toEqual([]);
    bench.pass(800);
    expect(bench.task(taskArn)).toBeTruthy();
  });
});

describe('ListTasks', () => {
  it('shows what is wanted running, unless asked for the stopped', () => {
    const bench = ready();
    const [one, other] = [bench.run(), bench.run()];
    bench.call('StopTask', { cluster: 'demo', task: one.taskArn });
    bench.pass(5000);
    expect(bench.call('ListTasks', { cluster: 'demo' })).toEqual({ taskArns: [other.taskArn] });
    expect(bench.call('ListTasks', { cluster: 'demo', desiredStatus: 'STOPPED' })).toEqual({
      taskArns: [one.taskArn],
    });
    expect(bench.call('ListTasks', { cluster: 'other' })).toEqual({ taskArns: [] });
  });

  it('filters by starter alone, or by family', () => {
    const bench = ready();
    bench.register({ family: 'second' });
    const wanted = bench.run({ startedBy: 'me/1' });
    bench.run({ startedBy: 'you/1', taskDefinition: 'second' });
    expect(bench.call('ListTasks', { cluster: 'demo', startedBy: 'me/1' })).toEqual({
      taskArns: [wanted.taskArn],
    });
    expect(bench.call('ListTasks', { cluster: 'demo', family: 'app' })).toEqual({
      taskArns: [wanted.taskArn],
    });
    expect(
      bench.refusal('ListTasks', { cluster: 'demo', startedBy: 'me/1', desiredStatus: 'STOPPED' }),
    ).toMatch(/only filter/);
  });

  it('pages, and a task that goes meanwhile hides no other', () => {
    const bench = ready();
    const all = Array.from({ length: 230 }, () => bench.run().taskArn);
    const first = bench.call('ListTasks', { cluster: 'demo' }) as { taskArns: string[]; nextToken: string };
    bench.ecs.loseTask(first.taskArns[0]!, bench.now);
    const second = bench.call('ListTasks', { cluster: 'demo', nextToken: first.nextToken }) as typeof first;
    const third = bench.call('ListTasks', { cluster: 'demo', nextToken: second.nextToken }) as typeof first;
    expect([...first.taskArns, ...second.taskArns, ...third.taskArns]).toEqual(all);
    expect(third.nextToken).toBeUndefined();
  });
});

describe('tags', () => {
  const tagged = (bench: Bench, task: ApiTask) =>
    (
      bench.call('DescribeTasks', { cluster: 'demo', tasks: [task.taskArn], include: ['TAGS'] })[
        'tasks'
      ] as ApiTask[]
    )[0]?.tags;

  it('can be changed while the task runs, and are gone once it stops', () => {
    const bench = ready();
    const task = bench.run({
      tags: [
        { key: 'a', value: '1' },
        { key: 'b', value: '2' },
      ],
    });
    bench.call('TagResource', { resourceArn: task.taskArn, tags: [{ key: 'a', value: '3' }] });
    bench.call('UntagResource', { resourceArn: task.taskArn, tagKeys: ['b'] });
    expect(tagged(bench, task)).toEqual([{ key: 'a', value: '3' }]);
    expect(bench.task(task.taskArn).tags).toBeUndefined();
    bench.call('StopTask', { cluster: 'demo', task: task.taskArn });
    expect(tagged(bench, task)).toEqual([]);
    expect(
      bench.refusal('TagResource', { resourceArn: task.taskArn, tags: [{ key: 'a', value: '3' }] }),
    ).toMatch(/not found/);
  });

  it('can be changed of a task definition', () => {
    const bench = createBench();
    const resourceArn = bench.register();
    bench.call('TagResource', { resourceArn, tags: [{ key: 'team', value: 'x' }] });
    const answer = bench.call('DescribeTaskDefinition', { taskDefinition: 'app', include: ['TAGS'] });
    expect(answer['tags']).toEqual([{ key: 'team', value: 'x' }]);
    expect(bench.refusal('TagResource', { resourceArn: `${resourceArn}9`, tags: [] })).toMatch(/not found/);
  });

  it('come from the task definition when asked for', () => {
    const bench = createBench();
    bench.register({ tags: [{ key: 'team', value: 'x' }] });
    expect(tagged(bench, bench.run({ propagateTags: 'TASK_DEFINITION' }))).toEqual([
      { key: 'team', value: 'x' },
    ]);
  });
});

describe('throttling', () => {
  function burst(bench: Bench, operation: string, input: unknown): number {
    for (let calls = 0; calls < 1000; calls += 1) {
      const refusal = bench.refusal(operation, input);
      if (refusal === 'ThrottlingException: Rate exceeded') return calls;
      if (refusal !== 'accepted') throw new Error(refusal);
    }
    return Infinity;
  }

  it.each<[string, Record<string, unknown>, number, number]>([
    ['RegisterTaskDefinition', definition(), 19, 1],
    ['RunTask', request(), 20, 20],
    ['DescribeTasks', { cluster: 'demo', tasks: ['x'] }, 100, 20],
    ['ListTasks', { cluster: 'demo' }, 100, 20],
    ['DescribeTaskDefinition', { taskDefinition: 'app' }, 50, 20],
    ['DescribeClusters', { clusters: ['demo'] }, 50, 20],
  ])('%s: after a burst of %3$d, %4$d a second', (operation, input, size, perSecond) => {
    const bench = ready({ rates: largeRegionRates });
    expect(burst(bench, operation, input)).toBe(size);
    bench.pass(1000);
    expect(burst(bench, operation, input)).toBe(perSecond);
  });

  it('counts launched tasks apart from calls, and On-Demand apart from Spot', () => {
    const bench = ready({ rates: smallRegionRates });
    const ten = { ...request(), count: 10 };
    expect(burst(bench, 'RunTask', ten)).toBe(2);
    expect(
      burst(bench, 'RunTask', {
        ...ten,
        launchType: undefined,
        capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT' }],
      }),
    ).toBe(2);
  });

  it('is shared by RunTask and StopTask, and a refused call costs nothing', () => {
    const bench = ready({ rates: { ...largeRegionRates, modifyTask: { burst: 3, perSecond: 1 } } });
    const { taskArn } = bench.run();
    expect(burst(bench, 'StopTask', { cluster: 'demo', task: taskArn })).toBe(2);
    for (let calls = 0; calls < 10; calls += 1) bench.refusal('RunTask', request());
    bench.pass(1000);
    expect(burst(bench, 'RunTask', request())).toBe(1);
  });
});

describe('faults on demand', () => {
  it('fail the next call before or after its effect', () => {
    const bench = ready();
    const lost = new AwsError('ServerException', 'lost');
    bench.ecs.failNext('RunTask', lost);
    bench.ecs.failNext('RunTask', lost, 'after');
    expect(bench.refusal('RunTask', request())).toBe('ServerException: lost');
    expect(bench.ecs.taskCount()).toBe(0);
    expect(bench.refusal('RunTask', request())).toBe('ServerException: lost');
    expect(bench.ecs.taskCount()).toBe(1);
    expect(bench.refusal('RunTask', request())).toBe('accepted');
    expect(bench.ecs.callCount('RunTask')).toBe(3);
  });

  it('know no operation that ECS does not have', () => {
    expect(ready().refusal('MakeCoffee', {})).toMatch(/^UnknownOperationException/);
  });
});

describe('DescribeClusters', () => {
  it('counts tasks and names what is missing', () => {
    const bench = ready();
    bench.run();
    bench.pass(3000);
    bench.run();
    expect(bench.call('DescribeClusters', { clusters: ['demo', 'none'] })).toMatchObject({
      clusters: [{ clusterName: 'demo', status: 'ACTIVE', runningTasksCount: 1, pendingTasksCount: 1 }],
      failures: [{ reason: 'MISSING' }],
    });
  });
});
