import { describe, expect, it } from 'vitest';
import { AwsError } from '../../../lib/local/aws/aws-model.ts';
import { createAwsModels } from '../../../lib/local/aws/create-aws-models.ts';
import { fastTimings } from '../../../lib/local/aws/ecs/ecs-timings.ts';
import { sequentialIds } from '../../../lib/local/aws/id-source.ts';

const MINUTE = 60_000;
const T0 = Date.UTC(2026, 2, 4, 9, 15);

function start() {
  const models = createAwsModels({
    place: { region: 'eu-central-1', account: '111122223333' },
    ...{ ids: sequentialIds('world'), chance: () => 0.5, clusters: ['demo', 'other'], timings: fastTimings },
  });
  const definition = {
    ...{
      family: 'app',
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      cpu: '2048',
      memory: '4096',
    },
    containerDefinitions: [{ name: 'main', image: 'busybox', command: ['sleep', '100000'] }],
  };
  models.ecs.handle('RegisterTaskDefinition', definition, T0);
  const run = (at: number, words: object = {}) => {
    const input = {
      ...{ cluster: 'demo', taskDefinition: 'app' },
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
      ...('capacityProviderStrategy' in words ? {} : { launchType: 'FARGATE' }),
      ...words,
    };
    const { tasks, failures } = models.ecs.handle('RunTask', input, at) as {
      tasks: { taskArn: string }[];
      failures: { reason: string }[];
    };
    return { arn: tasks[0]?.taskArn, failure: failures[0]?.reason };
  };
  const measure = (at: number, words: object = {}, usageClass = 'Standard/OnDemand') => {
    const query = {
      ...{ Namespace: 'AWS/Usage', MetricName: 'ResourceCount', Period: 60, Statistics: ['Maximum'] },
      Dimensions: [
        { Name: 'Service', Value: 'Fargate' },
        { Name: 'Type', Value: 'Resource' },
        { Name: 'Resource', Value: 'vCPU' },
        { Name: 'Class', Value: usageClass },
      ],
      ...{ StartTime: (at - 15 * MINUTE) / 1000, EndTime: at / 1000 },
      ...words,
    };
    models.ecs.advance(at);
    const { Datapoints } = models.cloudWatch.handle('GetMetricStatistics', query, at) as {
      Datapoints: { Timestamp: number; Maximum?: number; Average?: number }[];
    };
    return Datapoints.toSorted((one, other) => one.Timestamp - other.Timestamp);
  };
  const valuesOf = (...of: Parameters<typeof measure>) =>
    measure(...of).map(({ Timestamp, Maximum }) => [(Timestamp * 1000 - T0) / MINUTE, Maximum]);
  const quota = (QuotaCode: string, ServiceCode = 'fargate') =>
    models.serviceQuotas.handle('GetServiceQuota', { ServiceCode, QuotaCode }, T0) as {
      Quota: Record<string, unknown>;
    };
  return { models, run, measure, valuesOf, quota };
}

const refusal = (call: () => unknown): string => {
  try {
    call();
    return 'accepted';
  } catch (error) {
    return error instanceof AwsError ? error.type : String(error);
  }
};

describe('the usage metric of Fargate', () => {
  it('tells two minutes late what ran in each minute, of all clusters', () => {
    const { run, valuesOf } = start();
    run(T0 + 10_000);
    run(T0 + MINUTE + 10_000, { cluster: 'other' });
    expect(valuesOf(T0 + 3 * MINUTE - 1)).toEqual([]);
    expect(valuesOf(T0 + 3 * MINUTE)).toEqual([[0, 2]]);
    expect(valuesOf(T0 + 5 * MINUTE)).toEqual([
      [0, 2],
      [1, 4],
      [2, 4],
    ]);
  });

  it('tells nothing of minutes in which nothing ran', () => {
    const { models, run, valuesOf } = start();
    const { arn } = run(T0 + 10_000);
    models.ecs.handle('StopTask', { cluster: 'demo', task: arn }, T0 + MINUTE);
    expect(valuesOf(T0 + 10 * MINUTE).every(([minute]) => minute! <= 1)).toBe(true);
  });

  it('tells on demand from Spot', () => {
    const { run, valuesOf } = start();
    run(T0 + 10_000, { capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }] });
    expect(valuesOf(T0 + 3 * MINUTE)).toEqual([]);
    expect(valuesOf(T0 + 3 * MINUTE, {}, 'Standard/Spot')).toEqual([[0, 2]]);
  });

  it('sums minutes up to longer periods, and is in no order', () => {
    const { run, measure, models } = start();
    run(T0 + 10_000);
    run(T0 + MINUTE + 10_000);
    const [point] = measure(T0 + 10 * MINUTE, { Period: 300, Statistics: ['Maximum', 'Average'] });
    expect(point).toMatchObject({ Maximum: 4, Average: (2 + 4 * 4) / 5 });
    expect(models.cloudWatch.callCount('GetMetricStatistics')).toBe(1);
  });

  it.each([
    ['another namespace', { Namespace: 'AWS/ECS' }],
    ['fewer dimensions', { Dimensions: [{ Name: 'Service', Value: 'Fargate' }] }],
    ['another metric', { MetricName: 'CallCount' }],
  ])('is not there by %s', (_, words) => {
    const { run, measure } = start();
    run(T0);
    expect(measure(T0 + 5 * MINUTE, words)).toEqual([]);
  });

  it.each([
    [{ Period: 61 }, 'InvalidParameterValueException'],
    [{ EndTime: 0 }, 'InvalidParameterValueException'],
    [{ Statistics: [] }, 'InvalidParameterCombinationException'],
    [{ StartTime: (T0 - 48 * 60 * MINUTE) / 1000 }, 'InvalidParameterCombinationException'],
    [{ Period: '60' }, 'SerializationException'],
  ])('refuses %j', (words, type) => {
    const { measure } = start();
    expect(refusal(() => measure(T0, words))).toBe(type);
  });
});

describe('the quotas of Fargate', () => {
  it('are those that RunTask is bound by', () => {
    const { models, run, quota } = start();
    models.ecs.capacity.onDemandVcpus = 3;
    models.ecs.capacity.spotVcpus = 64;
    expect(quota('L-3032A538').Quota).toMatchObject({
      Value: 3,
      QuotaName: 'Fargate On-Demand vCPU resource count',
      UsageMetric: { MetricDimensions: { Class: 'Standard/OnDemand' } },
    });
    expect(quota('L-36FBB829').Quota).toMatchObject({ Value: 64 });
    expect(run(T0).failure).toBeUndefined();
    expect(run(T0).failure).toMatch(/^You've reached the limit on the number of vCPUs/);
  });

  it('are none in an account without limits, nor of other services', () => {
    const { quota, models } = start();
    expect(refusal(() => quota('L-3032A538'))).toBe('NoSuchResourceException');
    models.ecs.capacity.onDemandVcpus = 6;
    expect(refusal(() => quota('L-3032A538'))).toBe('accepted');
    expect(refusal(() => quota('L-3032A538', 'ecs'))).toBe('NoSuchResourceException');
    expect(refusal(() => quota('L-1'))).toBe('NoSuchResourceException');
  });

  it('fail when they are told to, once', () => {
    const { quota, models } = start();
    models.ecs.capacity.onDemandVcpus = 6;
    models.serviceQuotas.failNext('GetServiceQuota', new AwsError('AccessDeniedException', 'no'));
    expect(refusal(() => quota('L-3032A538'))).toBe('AccessDeniedException');
    expect(refusal(() => quota('L-3032A538'))).toBe('accepted');
    expect(models.serviceQuotas.callCount('GetServiceQuota')).toBe(2);
  });
});

it.each(['serviceQuotas', 'cloudWatch'] as const)('%s knows no other operation', (model) => {
  const { models } = start();
  expect(refusal(() => models[model].handle('ListEverything', {}, T0))).toBe('UnknownOperationException');
  expect(models[model].nextDue()).toBeUndefined();
});
