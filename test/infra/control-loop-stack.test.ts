import { describe, expect, it } from 'vitest';
import { FUNCTION_NAMES } from '../../infra/names.ts';
import { EKS, NODE, VPC } from './deployment-text.ts';
import { functionOf, needsOf, onlyResource, plain, resourcesOf, rightsOf, synthesize } from './synthesize.ts';
import type { Resource } from './synthesize.ts';

const { controlLoop } = synthesize();

describe('the functions', () => {
  it.each([
    ['node-heartbeat', 256, 30],
    ['pod-sync', 256, 900],
    ['task-events', 512, 60],
    ['node-teardown', 512, 900],
  ])('%s has %i MB and %i s, on Node 24 and arm64', (name, MemorySize, Timeout) => {
    const { Properties } = functionOf(controlLoop, name);
    expect(Properties).toMatchObject({
      FunctionName: `lambdalet-test-${name}`,
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      MemorySize,
      Timeout,
    });
    expect(Properties).not.toHaveProperty('ReservedConcurrentExecutions');
    expect(Properties).not.toHaveProperty('VpcConfig');
  });

  it('have a log group each that does not grow for ever', () => {
    const groups = [...resourcesOf(controlLoop, 'AWS::Logs::LogGroup').values()].map(
      ({ Properties }) => Properties,
    );
    expect(groups.map((group) => group['LogGroupName'])).toEqual(
      FUNCTION_NAMES.map((name) => `/lambdalet/test/functions/${name}`),
    );
    for (const group of groups) expect(group).toHaveProperty('RetentionInDays', 30);
  });

  it('have the memory of the deployment file for pod-sync alone', () => {
    const { controlLoop: larger } = synthesize({ podSyncMemory: 512 });
    const memories = FUNCTION_NAMES.map((name) => functionOf(larger, name).Properties['MemorySize']);
    expect(memories).toEqual([256, 512, 512, 512]);
  });

  it('have logs for as long as the deployment file says', () => {
    const { controlLoop: longer } = synthesize({ functionLogRetentionDays: 90 });
    for (const { Properties } of resourcesOf(longer, 'AWS::Logs::LogGroup').values())
      expect(Properties).toHaveProperty('RetentionInDays', 90);
  });

  it('are put into the VPC of the deployment file, with the rights that Lambda needs there beforehand', () => {
    const { controlLoop: inVpc } = synthesize({ ...VPC, functionDualStack: true });
    for (const name of FUNCTION_NAMES) {
      const { id, Properties } = functionOf(inVpc, name);
      expect(Properties).toMatchObject({
        VpcConfig: {
          SubnetIds: VPC.functionSubnets,
          SecurityGroupIds: VPC.functionSecurityGroups,
          Ipv6AllowedForDualStack: true,
        },
        Environment: { Variables: { AWS_USE_DUALSTACK_ENDPOINT: 'true' } },
      });
      const rights = rightsOf(inVpc, name).flatMap(({ actions }) => actions);
      expect(rights).toContain('ec2:CreateNetworkInterface');
      const policies = [...needsOf(inVpc, id)].filter((needed) => needed.includes('Policy'));
      expect(policies, 'Lambda tries the rights when the function is made').not.toEqual([]);
    }
  });

  it('reach AWS over IPv4 in a VPC that is not dual-stack', () => {
    const { Properties } = functionOf(synthesize(VPC).controlLoop, 'pod-sync');
    expect(Properties).toHaveProperty('VpcConfig.Ipv6AllowedForDualStack', false);
    expect(Properties).not.toHaveProperty('Environment.Variables.AWS_USE_DUALSTACK_ENDPOINT');
  });
});

describe('the schedules', () => {
  const schedules = [...resourcesOf(controlLoop, 'AWS::Scheduler::Schedule').values()];

  it('send each minute one batch of ten beats, twelve seconds apart, and never retry', () => {
    expect(schedules).toHaveLength(2);
    for (const { Properties } of schedules) {
      expect(Properties).toMatchObject({
        ScheduleExpression: 'rate(1 minute)',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: { RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 } },
      });
      const { Arn, Input } = plain(Properties['Target']) as { Arn: string; Input: string };
      expect(Arn).toBe('arn:aws:scheduler:::aws-sdk:sqs:sendMessageBatch');
      const batch = JSON.parse(Input) as {
        QueueUrl: string;
        Entries: { Id: string; DelaySeconds: number }[];
      };
      expect(batch.QueueUrl).toContain('Trigger');
      expect(batch.Entries.map(({ DelaySeconds }) => DelaySeconds)).toEqual([
        0, 12, 24, 36, 48, 60, 72, 84, 96, 108,
      ]);
      expect(new Set(batch.Entries.map(({ Id }) => Id)).size).toBe(10);
    }
  });
});

describe('the event sources', () => {
  const mappings = [...resourcesOf(controlLoop, 'AWS::Lambda::EventSourceMapping').values()];
  const mappingOf = (name: string): Resource['Properties'] =>
    mappings.find(({ Properties }) =>
      JSON.stringify(Properties['FunctionName']).includes(functionOf(controlLoop, name).id),
    )!.Properties;

  it('are bounded, and only task-events takes batches and answers which messages failed', () => {
    expect(mappings).toHaveLength(3);
    expect(mappingOf('node-heartbeat')).toMatchObject({
      BatchSize: 1,
      ScalingConfig: { MaximumConcurrency: 3 },
    });
    expect(mappingOf('pod-sync')).toMatchObject({ BatchSize: 1, ScalingConfig: { MaximumConcurrency: 5 } });
    expect(mappingOf('task-events')).toMatchObject({
      BatchSize: 10,
      ScalingConfig: { MaximumConcurrency: 4 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    expect(mappingOf('pod-sync')).not.toHaveProperty('FunctionResponseTypes');
  });
});

describe('the ECS side', () => {
  it('is a dedicated cluster with Fargate and Fargate Spot', () => {
    expect(onlyResource(controlLoop, 'AWS::ECS::Cluster').Properties).toMatchObject({
      ClusterName: 'lambdalet-test',
      CapacityProviders: ['FARGATE', 'FARGATE_SPOT'],
    });
  });

  it('is one that exists where the deployment file names it, and takes the events of our tasks only', () => {
    const { controlLoop: shared } = synthesize({ ecsClusterName: 'platform' });
    expect(resourcesOf(shared, 'AWS::ECS::Cluster').size).toBe(0);
    const ours = 'arn:aws:ecs:eu-west-1:123456789012:cluster/platform';
    expect(plain(onlyResource(shared, 'AWS::Events::Rule').Properties)).toHaveProperty(
      'EventPattern.detail',
      {
        clusterArn: [ours],
        group: [{ prefix: 'lambdalet:test/' }],
      },
    );
    for (const name of ['pod-sync', 'node-teardown']) {
      const toStop = rightsOf(shared, name).filter(({ actions }) => actions.includes('ecs:StopTask'));
      expect(toStop).toMatchObject([
        {
          resources: ['arn:aws:ecs:eu-west-1:123456789012:task/platform/*'],
          condition: { ArnEquals: { 'ecs:cluster': ours } },
        },
      ]);
    }
  });

  it('sends the task events of that cluster, and of no other, to the queue', () => {
    const [clusterId] = [...resourcesOf(controlLoop, 'AWS::ECS::Cluster').keys()];
    const rule = plain(onlyResource(controlLoop, 'AWS::Events::Rule').Properties);
    expect(rule).toMatchObject({
      Name: 'lambdalet-test-task-events',
      EventPattern: {
        source: ['aws.ecs'],
        'detail-type': ['ECS Task State Change'],
      },
      Targets: [
        {
          Arn: expect.stringContaining('TaskEventsQueue') as string,
          DeadLetterConfig: { Arn: expect.stringContaining('TaskEventsDeadLetters') as string },
        },
      ],
    });
    expect(rule).toHaveProperty('EventPattern.detail', { clusterArn: [`arn:of:${clusterId}.Arn`] });
    // Without a name of a bus a rule is on the default one, the only one that ECS publishes on.
    expect(rule).not.toHaveProperty('EventBusName');
  });
});

describe('the teardown of the nodes', () => {
  const two = synthesize({
    nodes: [NODE, { ...NODE, name: 'node-b' }],
    ...EKS,
    accessEntries: true,
  }).controlLoop;
  const teardowns = [...resourcesOf(two, 'Custom::LambdaletNode')];
  const idsOf = (...types: readonly string[]): readonly string[] =>
    types.flatMap((type) => [...resourcesOf(two, type).keys()]);

  it('is one custom resource per node that carries the name of the node', () => {
    const nodes = teardowns.map(([, { Properties }]) => plain(Properties) as Record<string, string>);
    expect(nodes.map(({ Node }) => Node)).toEqual(['node-a', 'node-b']);
    for (const { ServiceToken } of nodes) {
      expect(ServiceToken).toBe(`arn:of:${functionOf(two, 'node-teardown').id}.Arn`);
    }
  });

  it('comes after everything that sets the functions off is gone', () => {
    const triggers = idsOf(
      'AWS::Scheduler::Schedule',
      'AWS::Lambda::EventSourceMapping',
      'AWS::Events::Rule',
    );
    expect(triggers).toHaveLength(6);
    for (const trigger of triggers) {
      const needs = needsOf(two, trigger);
      for (const [teardown] of teardowns) expect(needs, trigger).toContain(teardown);
    }
  });

  it('comes before anything that it or a running pod-sync works with goes', () => {
    const [state] = teardowns.map(([id]) => needsOf(two, id));
    const kept = idsOf(
      'AWS::ECS::Cluster',
      'AWS::Lambda::Function',
      'AWS::Logs::LogGroup',
      'AWS::EKS::AccessEntry',
    );
    expect(kept).toHaveLength(1 + 4 + 4 + 4);
    for (const id of kept) expect(state).toContain(id);
    const policies = idsOf('AWS::IAM::Policy').filter((id) => !id.includes('Schedule'));
    expect(policies).toHaveLength(5);
    for (const id of policies) expect(state).toContain(id);
  });

  it('is the same resource when other settings of the node change, and another when its name does', () => {
    const idOf = (changes: object): string | undefined =>
      [
        ...resourcesOf(
          synthesize({ nodes: [{ ...NODE, ...changes }] }).controlLoop,
          'Custom::LambdaletNode',
        ).keys(),
      ][0];
    const before = idOf({});
    expect(idOf({ capacityTypes: ['spot'] })).toBe(before);
    expect(idOf({ name: 'node-c' })).not.toBe(before);
  });
});

describe('access to an EKS cluster', () => {
  it('is made only when asked for, for each function, in the group of this virtual cluster', () => {
    expect(resourcesOf(synthesize(EKS).controlLoop, 'AWS::EKS::AccessEntry').size).toBe(0);
    const asked = synthesize({ ...EKS, accessEntries: true }).controlLoop;
    const entries = [...resourcesOf(asked, 'AWS::EKS::AccessEntry').values()];
    expect(entries).toHaveLength(4);
    for (const { Properties } of entries) {
      expect(Properties).toMatchObject({
        ClusterName: 'my-cluster',
        KubernetesGroups: ['lambdalet-test'],
        Type: 'STANDARD',
      });
    }
  });
});

describe('a deployment with the values of the example', () => {
  it('is synthesized with a warning for each of them', () => {
    const example = 'subnet-0123456789abcdef0';
    const { warnings } = synthesize({ nodes: [{ ...NODE, subnets: [example] }] });
    expect(warnings).toEqual([
      expect.stringContaining(`clusters[0].nodes[0].subnets[0] is the example's ${example}: put your own`),
    ]);
    expect(synthesize().warnings).toEqual([]);
  });
});
