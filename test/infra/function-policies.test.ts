import { describe, expect, it } from 'vitest';
import { FUNCTION_NAMES } from '../../infra/names.ts';
import { EKS, NODE } from './deployment-text.ts';
import { onlyResource, plain, resourcesOf, rightsOf, statementsOf, synthesize } from './synthesize.ts';
import type { Statement } from './synthesize.ts';

const { controlLoop } = synthesize();
const actionsOf = (name: string, template = controlLoop): readonly string[] =>
  rightsOf(template, name)
    .flatMap(({ actions }) => actions)
    .sort();
const statement = (name: string, action: string, template = controlLoop): Statement => {
  const found = rightsOf(template, name).find(({ actions }) => actions.includes(action));
  if (found === undefined) throw new Error(`${name} may not ${action}`);
  return found;
};

const EVERY = ['logs:CreateLogStream', 'logs:PutLogEvents', 'secretsmanager:GetSecretValue'];
const POLL = ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'];
const TASKS = ['ecs:DescribeTasks', 'ecs:ListTasks', 'ecs:StopTask'];
const LAUNCH = ['ecs:RegisterTaskDefinition', 'ecs:RunTask', 'ecs:TagResource', 'iam:PassRole'];
const CLEAR_FILES = ['s3:DeleteObject', 's3:ListBucket'];
const MIRROR = [
  'secretsmanager:CreateSecret',
  'secretsmanager:DeleteSecret',
  'secretsmanager:DescribeSecret',
  'secretsmanager:GetSecretValue',
  'secretsmanager:ListSecrets',
  'secretsmanager:PutSecretValue',
  'secretsmanager:TagResource',
];
const RETIRE = [
  'ecs:DeregisterTaskDefinition',
  'ecs:DescribeTaskDefinition',
  'ecs:ListTaskDefinitionFamilies',
];
const TAKE_LETTERS = ['sqs:DeleteMessage', 'sqs:ReceiveMessage'];
const COUNT_EVENTS = 'sqs:GetQueueAttributes';

describe('the rights of a function', () => {
  it.each([
    ['node-heartbeat', [...EVERY, ...POLL, 'dynamodb:GetItem', 'dynamodb:UpdateItem']],
    [
      'pod-sync',
      [
        ...EVERY,
        ...POLL,
        ...TASKS,
        ...LAUNCH,
        ...RETIRE,
        ...TAKE_LETTERS,
        ...CLEAR_FILES,
        's3:PutObject',
        ...MIRROR,
        COUNT_EVENTS,
        'dynamodb:BatchGetItem',
        'dynamodb:DeleteItem',
        'dynamodb:GetItem',
        'dynamodb:Query',
        'dynamodb:UpdateItem',
        'events:PutEvents',
      ],
    ],
    ['task-events', [...EVERY, ...POLL, 'dynamodb:GetItem', 'dynamodb:UpdateItem', 'events:PutEvents']],
    [
      'node-teardown',
      [
        ...EVERY,
        ...TASKS,
        ...CLEAR_FILES,
        COUNT_EVENTS,
        'dynamodb:BatchGetItem',
        'dynamodb:GetItem',
        'dynamodb:Query',
        'dynamodb:UpdateItem',
        'events:PutEvents',
      ],
    ],
  ])('%s are exactly what it does', (name, expected) => {
    expect(actionsOf(name)).toEqual([...expected].sort());
  });

  it('to its log are for its own log group', () => {
    for (const name of FUNCTION_NAMES) {
      const { resources } = statement(name, 'logs:PutLogEvents');
      expect(resources).toEqual([
        expect.stringMatching(new RegExp(`^arn:of:${name.replace('-', '')}LogGroup`)),
      ]);
    }
  });

  it('to the table are for the items of this cluster', () => {
    for (const name of FUNCTION_NAMES) {
      expect(statement(name, 'dynamodb:GetItem')).toMatchObject({
        resources: [expect.stringContaining('RecordsTable')],
        condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['CLUSTER#test', 'NODE#test/*'] } },
      });
    }
  });

  it('to delete from the table are for records', () => {
    expect(statement('pod-sync', 'dynamodb:DeleteItem').condition).toEqual({
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['NODE#test/*'] },
    });
  });

  it('to write of node-heartbeat are for the identity of the cluster', () => {
    expect(statement('node-heartbeat', 'dynamodb:UpdateItem').condition).toEqual({
      'ForAllValues:StringEquals': {
        'dynamodb:LeadingKeys': ['CLUSTER#test'],
        'dynamodb:Attributes': ['pk', 'sk', 'identity'],
      },
    });
  });

  it('to tasks are for the dedicated ECS cluster', () => {
    const [clusterId] = [...resourcesOf(controlLoop, 'AWS::ECS::Cluster').keys()];
    const inCluster = { ArnEquals: { 'ecs:cluster': `arn:of:${clusterId}.Arn` } };
    for (const name of ['pod-sync', 'node-teardown']) {
      expect(statement(name, 'ecs:StopTask')).toMatchObject({
        resources: ['arn:aws:ecs:eu-west-1:123456789012:task/lambdalet-test/*'],
        condition: inCluster,
      });
      expect(statement(name, 'ecs:ListTasks').condition).toEqual(inCluster);
    }
    expect(statement('pod-sync', 'ecs:RunTask')).toMatchObject({
      resources: ['arn:aws:ecs:eu-west-1:123456789012:task-definition/lambdalet-test-*'],
      condition: inCluster,
    });
  });

  it('to queues are for the one that sets it off, and for what pod-sync and node-teardown look at', () => {
    const queuesOf = (name: string, action: string): readonly string[] =>
      rightsOf(controlLoop, name)
        .filter(({ actions }) => actions.includes(action))
        .flatMap(({ resources }) => resources)
        .map((arn) => /GetAtt([A-Za-z]+?)[0-9A-F]{8}/.exec(arn)?.[1] ?? arn)
        .sort();
    const taken = ['PodSyncTriggerQueue', 'TaskEventsDeadLetters'];
    expect(queuesOf('pod-sync', 'sqs:ReceiveMessage')).toEqual(taken);
    expect(queuesOf('pod-sync', 'sqs:DeleteMessage')).toEqual(taken);
    expect(queuesOf('pod-sync', COUNT_EVENTS)).toEqual(['PodSyncTriggerQueue', 'TaskEventsQueue']);
    expect(queuesOf('node-teardown', COUNT_EVENTS)).toEqual(['TaskEventsQueue']);
  });

  it('to tag end with the birth of what is tagged', () => {
    expect(statement('pod-sync', 'ecs:TagResource').condition).toEqual({
      StringEquals: { 'ecs:CreateAction': ['RegisterTaskDefinition', 'RunTask'] },
    });
  });

  it('to the secret are for the one secret, by name or by ARN, with its key if it has one', () => {
    expect(statement('task-events', 'secretsmanager:GetSecretValue').resources).toEqual([
      'arn:aws:secretsmanager:eu-west-1:123456789012:secret:test/kubeconfig-??????',
    ]);
    const secret = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:mine-AbCdEf';
    const kmsKey = 'arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000';
    const byArn = synthesize({ identity: { kind: 'kubeconfig', secret, kmsKey } }).controlLoop;
    expect(statement('node-heartbeat', 'secretsmanager:GetSecretValue', byArn).resources).toEqual([secret]);
    expect(statement('node-heartbeat', 'kms:Decrypt', byArn)).toMatchObject({
      resources: [kmsKey],
      condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' } },
    });
  });

  it('need no secret and nothing in its place with EKS', () => {
    const eks = synthesize({ identity: EKS }).controlLoop;
    for (const name of FUNCTION_NAMES) {
      const expected = [...actionsOf(name)];
      expected.splice(expected.indexOf('secretsmanager:GetSecretValue'), 1);
      expect(actionsOf(name, eks)).toEqual(expected);
    }
  });
});

describe('the other roles', () => {
  it('of the schedules may send to their one queue, and only schedules of the group may use them', () => {
    const roles = [...resourcesOf(controlLoop, 'AWS::IAM::Role')].filter(([id]) => id.includes('Schedule'));
    expect(roles).toHaveLength(2);
    for (const [id, { Properties }] of roles) {
      expect(statementsOf(controlLoop, id)).toEqual([
        {
          actions: ['sqs:SendMessage'],
          resources: [expect.stringContaining('Trigger')],
          condition: undefined,
        },
      ]);
      expect(plain(Properties['AssumeRolePolicyDocument'])).toMatchObject({
        Statement: [
          {
            Principal: { Service: 'scheduler.amazonaws.com' },
            Condition: {
              StringEquals: { 'aws:SourceAccount': '123456789012', 'aws:SourceArn': 'arn:of:Schedules.Arn' },
            },
          },
        ],
      });
    }
  });
});

describe('every policy', () => {
  /** The actions that may stand without a resource; docs/operations.md says why. */
  const WITHOUT_RESOURCE =
    /^(ecs:((Der|R)egisterTaskDefinition|DescribeTaskDefinition|ListTaskDefinitionFamilies|ListTasks)|ecr:.*|ec2:.*|secretsmanager:ListSecrets)$/;
  const vpc = { subnets: NODE.subnets, securityGroups: ['sg-00000000000000001'] };
  const templates = [controlLoop, synthesize({ functionsVpc: vpc, profile: 'production' }).controlLoop];

  it('names actions one by one, and resources wherever one can be named', () => {
    for (const template of templates) {
      for (const id of resourcesOf(template, 'AWS::IAM::Role').keys()) {
        for (const { actions, resources } of statementsOf(template, id)) {
          expect(
            actions.filter((action) => action.includes('*')),
            id,
          ).toEqual([]);
          if (resources.includes('*')) {
            expect(
              actions.filter((action) => !WITHOUT_RESOURCE.test(action)),
              id,
            ).toEqual([]);
          }
        }
      }
    }
  });

  it('is written out: no managed policy of AWS, no user, no key', () => {
    for (const template of templates) {
      for (const [id, { Properties }] of resourcesOf(template, 'AWS::IAM::Role')) {
        expect(Properties, id).not.toHaveProperty('ManagedPolicyArns');
      }
      expect(
        resourcesOf(template, 'AWS::IAM::User').size + resourcesOf(template, 'AWS::IAM::AccessKey').size,
      ).toBe(0);
    }
    expect(onlyResource(controlLoop, 'AWS::ECS::Cluster').Properties).toBeDefined();
  });
});
