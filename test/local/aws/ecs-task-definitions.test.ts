import { describe, expect, it } from 'vitest';
import { createBench, definition, T0 } from './ecs-bench.ts';

const logs = {
  logDriver: 'awslogs',
  options: { 'awslogs-group': 'g', 'awslogs-region': 'r', 'awslogs-stream-prefix': 'p' },
};

describe('RegisterTaskDefinition', () => {
  it('counts revisions per family and fills in the defaults', () => {
    const bench = createBench();
    expect(bench.register()).toBe('arn:aws:ecs:eu-central-1:111122223333:task-definition/app:1');
    expect(bench.register()).toMatch(/app:2$/);
    expect(bench.call('DescribeTaskDefinition', { taskDefinition: 'app' })).toMatchObject({
      taskDefinition: {
        family: 'app',
        revision: 2,
        status: 'ACTIVE',
        cpu: '256',
        containerDefinitions: [{ essential: true }],
      },
    });
  });

  it.each<[string, Record<string, unknown>]>([
    ['Family contains invalid characters', { family: 'a b' }],
    ['Family contains invalid characters', { family: undefined }],
    ['Container list cannot be empty', { containerDefinitions: [] }],
    [
      'Too many containers',
      definition(...Array.from({ length: 11 }, (_, nth) => ({ name: `c${nth}`, image: 'i' }))),
    ],
    ['Container names must be unique', definition({ name: 'a', image: 'i' }, { name: 'a', image: 'i' })],
    ['At least one container', definition({ name: 'a', image: 'i', essential: false })],
    ['Container.name contains invalid', definition({ name: 'a.b', image: 'i' })],
    ['image repository should not be null or empty', definition({ name: 'a', image: '' })],
    ['should be 255 characters or less', definition({ name: 'a', image: 'i'.repeat(256) })],
    ["only supports network mode 'awsvpc'", { networkMode: 'bridge' }],
    ["requires that 'cpu'", { cpu: undefined }],
    ["requires that 'memory'", { memory: undefined }],
    ['No Fargate configuration exists for given values', { cpu: '256', memory: '4096' }],
    ['No Fargate configuration exists for given values', { cpu: '300', memory: '512' }],
    ['No Fargate configuration exists for given values', { cpu: '8192', memory: '18432' }],
    ['the containers reserve more', definition({ name: 'a', image: 'i', cpu: 300 })],
    ['the containers reserve more', definition({ name: 'a', image: 'i', memoryReservation: 600 })],
    [
      "a container's limit is more",
      definition({ name: 'a', image: 'i', memory: 600, memoryReservation: 100 }),
    ],
    ['memory must be between 6', definition({ name: 'a', image: 'i', memory: 4 })],
    ['stopTimeout must be between 2 and 120', definition({ name: 'a', image: 'i', stopTimeout: 121 })],
    [
      'healthCheck.interval must be',
      definition({ name: 'a', image: 'i', healthCheck: { command: ['CMD', 'x'], interval: 1 } }),
    ],
    [
      'restartAttemptPeriod must be between 60',
      definition({ name: 'a', image: 'i', restartPolicy: { enabled: true, restartAttemptPeriod: 10 } }),
    ],
    ['do not support privileged', definition({ name: 'a', image: 'i', privileged: true })],
    [
      'do not support extraHosts, hostname',
      definition({ name: 'a', image: 'i', hostname: 'h', extraHosts: [{}] }),
    ],
    [
      'linuxParameters.capabilities.add',
      definition({ name: 'a', image: 'i', linuxParameters: { capabilities: { add: ['NET_ADMIN'] } } }),
    ],
    [
      'host ports and container ports',
      definition({ name: 'a', image: 'i', portMappings: [{ containerPort: 80, hostPort: 8080 }] }),
    ],
    [
      'execution role ARN to support log driver',
      definition({ name: 'a', image: 'i', logConfiguration: logs }),
    ],
    [
      'requires options: awslogs-group',
      definition({ name: 'a', image: 'i', logConfiguration: { logDriver: 'awslogs' } }),
    ],
    ['Ephemeral storage size', { ephemeralStorage: { sizeInGiB: 20 } }],
    [
      "container 'b' is not in",
      definition({ name: 'a', image: 'i', dependsOn: [{ containerName: 'b', condition: 'START' }] }),
    ],
    [
      'is essential and cannot have the condition',
      definition(
        { name: 'a', image: 'i', dependsOn: [{ containerName: 'b', condition: 'SUCCESS' }] },
        { name: 'b', image: 'i' },
      ),
    ],
    [
      'has no health check',
      definition(
        { name: 'a', image: 'i', dependsOn: [{ containerName: 'b', condition: 'HEALTHY' }] },
        { name: 'b', image: 'i' },
      ),
    ],
    [
      "unknown condition 'READY'",
      definition(
        { name: 'a', image: 'i', dependsOn: [{ containerName: 'b', condition: 'READY' }] },
        { name: 'b', image: 'i' },
      ),
    ],
    [
      'circular dependency a -> b -> a',
      definition(
        { name: 'a', image: 'i', dependsOn: [{ containerName: 'b', condition: 'START' }] },
        { name: 'b', image: 'i', dependsOn: [{ containerName: 'a', condition: 'START' }] },
      ),
    ],
  ])('refuses as a ClientException: %s', (message, change) => {
    const refusal = createBench().refusal('RegisterTaskDefinition', { ...definition(), ...change });
    expect(refusal).toContain(message);
    expect(refusal).toMatch(/^ClientException: /);
  });

  it.each([
    ['512', '2048'],
    ['.25 vCPU', '1 GB'],
    ['32768', '249856'],
    ['16384', '122880'],
  ])('takes %s CPU with %s of memory', (cpu, memory) => {
    expect(createBench().refusal('RegisterTaskDefinition', { ...definition(), cpu, memory })).toBe(
      'accepted',
    );
  });

  it('measures the whole definition against 64 KiB', () => {
    const value = 'x'.repeat(65_536);
    const big = definition({ name: 'a', image: 'i', environment: [{ name: 'BIG', value }] });
    expect(createBench().refusal('RegisterTaskDefinition', big)).toMatch(
      /^ClientException: Actual length: '\d{5}'\. Max allowed length is '65536' bytes\.$/,
    );
  });

  it('says that a wrong type cannot be read', () => {
    expect(createBench().refusal('RegisterTaskDefinition', { ...definition(), family: 7 })).toMatch(
      /^SerializationException: family/,
    );
  });
});

describe('task definitions', () => {
  it('become INACTIVE: shown when named, no longer run, no longer the newest', () => {
    const bench = createBench();
    const first = bench.register();
    const second = bench.register();
    bench.call('DeregisterTaskDefinition', { taskDefinition: second });
    expect(bench.run().taskArn).toBeTruthy();
    expect(bench.call('DescribeTaskDefinition', { taskDefinition: second })).toMatchObject({
      taskDefinition: { status: 'INACTIVE' },
    });
    expect(bench.refusal('RunTask', runOf(second))).toBe(
      'InvalidParameterException: TaskDefinition is inactive',
    );
    bench.call('DeregisterTaskDefinition', { taskDefinition: first });
    expect(bench.refusal('RunTask', runOf('app'))).toBe(
      'InvalidParameterException: TaskDefinition not found.',
    );
    expect(bench.register()).toMatch(/app:3$/);
  });

  it('are listed by prefix and status, in pages', () => {
    const bench = createBench();
    for (const family of ['lambdalet-a', 'lambdalet-b', 'other']) bench.register({ family });
    bench.call('DeregisterTaskDefinition', { taskDefinition: 'lambdalet-b:1' });
    const list = (query: Record<string, unknown>) => bench.call('ListTaskDefinitions', query);
    expect(list({ familyPrefix: 'lambdalet-' })).toEqual({
      taskDefinitionArns: [expect.stringMatching(/lambdalet-a:1$/)],
    });
    expect(list({ status: 'INACTIVE' })['taskDefinitionArns']).toHaveLength(1);
    const first = list({ maxResults: 1 });
    expect(list({ maxResults: 1, nextToken: first['nextToken'] })).toEqual({
      taskDefinitionArns: [expect.stringMatching(/other:1$/)],
    });
    expect(list({ sort: 'DESC' })['taskDefinitionArns']).toEqual([
      expect.stringMatching(/other/),
      expect.stringMatching(/-a:1$/),
    ]);
  });

  it('are listed by family: those with an ACTIVE revision, those without, or all, in pages', () => {
    const bench = createBench();
    for (const family of ['lambdalet-b', 'lambdalet-a', 'lambdalet-a', 'other']) bench.register({ family });
    bench.call('DeregisterTaskDefinition', { taskDefinition: 'lambdalet-a:2' });
    bench.call('DeregisterTaskDefinition', { taskDefinition: 'lambdalet-b:1' });
    const list = (query: Record<string, unknown>) => bench.call('ListTaskDefinitionFamilies', query);
    expect(list({ familyPrefix: 'lambdalet-', status: 'ACTIVE' })).toEqual({ families: ['lambdalet-a'] });
    expect(list({ status: 'INACTIVE' })).toEqual({ families: ['lambdalet-b'] });
    expect(list({})).toEqual({ families: ['lambdalet-a', 'lambdalet-b', 'other'] });
    const first = list({ maxResults: 2 });
    expect(list({ maxResults: 2, nextToken: first['nextToken'] })).toEqual({ families: ['other'] });
    expect(bench.refusal('ListTaskDefinitionFamilies', { status: 'ODD' })).toMatch(
      /^InvalidParameterException/,
    );
  });

  it('tell when they were registered, by family and by ARN', () => {
    const bench = createBench();
    const first = bench.register();
    bench.pass(60_000);
    const second = bench.register();
    const registered = (taskDefinition: string) =>
      bench.call('DescribeTaskDefinition', { taskDefinition })['taskDefinition'];
    expect(registered(first)).toMatchObject({ registeredAt: T0 / 1000 });
    expect(registered('app')).toMatchObject({ taskDefinitionArn: second, registeredAt: T0 / 1000 + 60 });
    bench.call('DeregisterTaskDefinition', { taskDefinition: second });
    expect(registered('app')).toMatchObject({ taskDefinitionArn: first });
  });

  it('that are not there cannot be described or deregistered', () => {
    const bench = createBench();
    for (const operation of ['DescribeTaskDefinition', 'DeregisterTaskDefinition']) {
      expect(bench.refusal(operation, { taskDefinition: 'none:1' })).toBe(
        'ClientException: Unable to describe task definition.',
      );
    }
    bench.register();
    expect(bench.refusal('DeregisterTaskDefinition', { taskDefinition: 'app' })).toMatch(/^ClientException/);
  });
});

function runOf(taskDefinition: string): Record<string, unknown> {
  return {
    cluster: 'demo',
    taskDefinition,
    networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
  };
}
