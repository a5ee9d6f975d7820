import { describe, expect, it } from 'vitest';
import { parseEcsTaskStateChange } from '../../events/ecs-task-state-change.ts';
import type { EcsTaskStateChange } from '../../events/ecs-task-state-change.ts';
import { listSituations, readSample } from './read-samples.ts';

function parsed(situation: string): EcsTaskStateChange {
  const result = parseEcsTaskStateChange(readSample('ecs-task-state-change', situation));
  if (!result.ok)
    throw new Error(`events/samples/ecs-task-state-change/${situation}.json:\n${result.faults.join('\n')}`);
  return result.event;
}

function faultsOf(input: unknown): readonly string[] {
  const result = parseEcsTaskStateChange(input);
  return result.ok ? [] : result.faults;
}

/** What each sample is there to show: a line of the story, checked below. */
const situations: Readonly<Record<string, (detail: EcsTaskStateChange['detail']) => unknown>> = {
  provisioning: (d) => d.lastStatus === 'PROVISIONING' && d.version === 1 && d.startedAt === undefined,
  pending: (d) => d.lastStatus === 'PENDING' && d.attachments?.[0]?.status === 'ATTACHED',
  running: (d) => d.lastStatus === 'RUNNING' && d.containers[0]?.networkInterfaces?.[0]?.privateIpv4Address,
  'stopped-exit-0': (d) => d.stopCode === 'EssentialContainerExited' && d.containers[0]?.exitCode === 0,
  'stopped-exit-1': (d) => d.containers[0]?.exitCode === 1 && d.startedBy?.endsWith('/2'),
  'stopped-exit-137-oom': (d) =>
    d.containers[0]?.exitCode === 137 && d.containers[0].reason?.startsWith('OutOfMemoryError'),
  'image-pull-failure': (d) => d.stopCode === 'TaskFailedToStart' && d.containers.length === 0,
  'spot-interruption': (d) =>
    d.desiredStatus === 'STOPPED' && d.lastStatus === 'RUNNING' && d.capacityProviderName === 'FARGATE_SPOT',
  'spot-stopped': (d) => d.lastStatus === 'STOPPED' && d.stopCode === 'SpotInterruption',
  'user-stop': (d) => d.stopCode === 'UserInitiated' && d.stoppedReason?.startsWith('lambdalet'),
  'stranger-container': (d) =>
    d.containers.some((container) => container.name.startsWith('aws-guardduty-agent-')),
  duplicate: (d) =>
    d.version === parsed('running').detail.version && d.taskArn === parsed('running').detail.taskArn,
  'stale-version': (d) =>
    d.version < parsed('running').detail.version && d.taskArn === parsed('running').detail.taskArn,
  deprovisioning: (d) =>
    d.lastStatus === 'DEPROVISIONING' && d.containers[0]?.exitCode === 143 && d.stoppedAt === undefined,
};

describe('the samples of "ECS Task State Change"', () => {
  it('are exactly the situations that this test names', () => {
    expect(listSituations('ecs-task-state-change')).toEqual(Object.keys(situations).sort());
  });

  it.each(Object.entries(situations))('%s shows its situation', (situation, shows) => {
    expect(
      shows(parsed(situation).detail),
      `events/samples/ecs-task-state-change/${situation}.json`,
    ).toBeTruthy();
  });

  it.each(Object.keys(situations))('%s carries the pod and the node in startedBy and group', (situation) => {
    const { detail, resources } = parsed(situation);
    expect(detail.startedBy).toMatch(/^[0-9a-f-]{36}\/[1-9]\d*$/);
    expect(detail.group).toMatch(/^lambdalet:[^/]+\/[^/]+$/);
    expect(resources).toEqual([detail.taskArn]);
  });
});

describe('parseEcsTaskStateChange', () => {
  it('keeps fields that it does not know, because AWS may add some', () => {
    const event = parsed('running');
    const result = parseEcsTaskStateChange({ ...event, detail: { ...event.detail, newField: { deep: 1 } } });
    expect(result).toMatchObject({
      ok: true,
      event: { detail: { newField: { deep: 1 }, platformVersion: '1.4.0' } },
    });
  });

  it('names every fault at once, with path, value and what is allowed', () => {
    const event = parsed('running');
    const bad = {
      ...event,
      source: 'aws.batch',
      time: 'yesterday',
      account: undefined,
      detail: {
        ...event.detail,
        version: '4',
        containers: [{ name: 'web' }],
        stoppedAt: 12,
        cpu: { a: 'x'.repeat(100) },
      },
    };
    const faults = faultsOf(bad);
    expect(faults).toHaveLength(7);
    expect(faults).toEqual(
      expect.arrayContaining([
        'source: is "aws.batch"; allowed: "aws.ecs"',
        'time: is "yesterday"; allowed: an ISO 8601 time with zone',
        'account: missing; allowed: string',
        'detail.version: is "4"; allowed: number',
        'detail.containers[0].lastStatus: missing; allowed: string',
        'detail.stoppedAt: is 12; allowed: string',
        `detail.cpu: is {"a":"${'x'.repeat(54)}...; allowed: string`,
      ]),
    );
  });

  it.each([undefined, null, 'text', 7, [], {}])('refuses %j without throwing', (input) => {
    expect(faultsOf(input).length).toBeGreaterThan(0);
  });

  it('says what bounds it missed', () => {
    const event = parsed('running');
    expect(faultsOf({ ...event, id: '', detail: { ...event.detail, version: -1 } })).toEqual([
      'id: is ""; allowed: at least 1 characters',
      'detail.version: is -1; allowed: at least 0',
    ]);
  });

  it('shows no value of the overrides: they hold the environment of the user', () => {
    const event = parsed('running');
    const overrides = { containerOverrides: [{ environment: [{ name: 'PASSWORD', value: ['s3cret'] }] }] };
    const faults = faultsOf({ ...event, detail: { ...event.detail, overrides } });
    expect(faults).toEqual([
      'detail.overrides.containerOverrides[0].environment[0].value: has a value that is not shown; allowed: string',
    ]);
  });
});
