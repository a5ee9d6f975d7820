import { describe, expect, it } from 'vitest';
import { FUNCTION_NAMES } from '../../infra/names.ts';
import { EKS, KEY, NODE, VPC } from './deployment-text.ts';
import type { Changes } from './deployment-text.ts';
import {
  familyPrefix,
  hashTaskDefinition,
  toFamily,
} from '../../lib/providers/ecs-fargate/plan/hash-task-definition.ts';
import { matches } from './iam/evaluate-policy.ts';
import {
  denialsOf,
  onlyResource,
  plain,
  resourcesOf,
  rightsOf,
  statementsOf,
  synthesize,
} from './synthesize.ts';
import type { Resource, Statement } from './synthesize.ts';

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
const READ_QUOTAS = [
  'cloudwatch:GetMetricStatistics',
  'servicequotas:GetAWSDefaultServiceQuota',
  'servicequotas:GetServiceQuota',
];
const TAKE_LETTERS = ['sqs:DeleteMessage', 'sqs:ReceiveMessage'];
const COUNT_EVENTS = 'sqs:GetQueueAttributes';

const INTERFACES = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];
const READ_SECRET = 'secretsmanager:GetSecretValue';
const WRITE_SECRET = 'secretsmanager:PutSecretValue';
const USE_KEY = ['kms:Decrypt', 'kms:GenerateDataKey'];

/** What a way to deploy adds to the rights of each function, and to those of node-heartbeat, and what it takes from them. */
const MODES = [
  { mode: 'with EKS', changes: EKS, more: [], heartbeat: [], fewer: [READ_SECRET] },
  {
    mode: 'with a token',
    changes: { identityMode: 'token' },
    more: [],
    heartbeat: [WRITE_SECRET],
    fewer: [],
  },
  { mode: 'in a VPC', changes: VPC, more: INTERFACES, heartbeat: [], fewer: [] },
  {
    ...{ mode: 'in a dual-stack VPC', changes: { ...VPC, functionDualStack: true } },
    ...{ more: INTERFACES, heartbeat: [], fewer: [] },
  },
  { mode: 'with a key', changes: { encryptionKeyArn: KEY }, more: USE_KEY, heartbeat: [], fewer: [] },
  {
    ...{ mode: 'with a key of the secret', changes: { secretKeyArn: KEY } },
    ...{ more: ['kms:Decrypt'], heartbeat: [], fewer: [] },
  },
  {
    ...{
      mode: 'with a token and a key of its secret',
      changes: { identityMode: 'token', secretKeyArn: KEY },
    },
    ...{ more: ['kms:Decrypt'], heartbeat: [WRITE_SECRET, 'kms:GenerateDataKey'], fewer: [] },
  },
  {
    ...{ mode: 'in an ECS cluster that exists', changes: { ecsClusterName: 'shared' } },
    ...{ more: [], heartbeat: [], fewer: [] },
  },
  { mode: 'in production', changes: { profile: 'production' }, more: [], heartbeat: [], fewer: [] },
  { mode: 'in economy', changes: { mode: 'economy' }, more: [], heartbeat: [], fewer: [] },
  {
    ...{
      mode: 'with all of it',
      changes: { ...VPC, identityMode: 'token', secretKeyArn: KEY, encryptionKeyArn: KEY },
    },
    more: [...INTERFACES, ...USE_KEY, 'kms:Decrypt'],
    ...{ heartbeat: [WRITE_SECRET, 'kms:GenerateDataKey'], fewer: [] },
  },
] satisfies readonly {
  readonly mode: string;
  readonly changes: Changes;
  readonly more: readonly string[];
  readonly heartbeat: readonly string[];
  readonly fewer: readonly string[];
}[];

function passedIn(document: unknown): readonly string[] {
  const { Statement: statements } = document as { readonly Statement: readonly Record<string, unknown>[] };
  return statements.flatMap(({ Action, Resource }) =>
    Action === 'iam:PassRole' ? ([Resource].flat() as string[]) : [],
  );
}

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
        ...READ_QUOTAS,
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
        expect.stringMatching(
          new RegExp(`^arn:of:VirtualClusterControlLoop${name.replace('-', '')}LogGroup`),
        ),
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
      resources: ['', ':*'].map(
        (revision) =>
          `arn:aws:ecs:eu-west-1:123456789012:task-definition/lambdalet-test-${'?'.repeat(32)}${revision}`,
      ),
      condition: inCluster,
    });
  });

  it('to run task definitions are for those of this cluster, and not of one whose name goes on', () => {
    const mayRun = (family: string): boolean =>
      statement('pod-sync', 'ecs:RunTask').resources.some((pattern) =>
        matches(pattern, `arn:aws:ecs:eu-west-1:123456789012:task-definition/${family}`),
      );
    const hash = hashTaskDefinition({ containerDefinitions: [] });
    for (const revision of ['', ':7']) {
      expect(mayRun(`${toFamily('test', hash)}${revision}`)).toBe(true);
      expect(mayRun(`${toFamily('test-eu', hash)}${revision}`)).toBe(false);
      expect(mayRun(`${toFamily('tes', hash)}${revision}`)).toBe(false);
      expect(mayRun(`${familyPrefix('test')}mine${revision}`)).toBe(false);
    }
  });

  it.each([
    ['many', 320, ''],
    ['long', 50, 'path/'.repeat(110)],
  ])(
    'to pass roles are split where they are %s, so that each policy is within its limit',
    (_, count, path) => {
      const roles = Array.from(
        { length: count },
        (__, at) => `arn:aws:iam::123456789012:role/${path}role-${at}`,
      );
      const taskRoles = Object.fromEntries(roles.map((role, at) => [`shop/a${at}`, role]));
      const { controlLoop: many } = synthesize({ nodes: [{ ...NODE, taskRoles }] });
      const managed = [...resourcesOf(many, 'AWS::IAM::ManagedPolicy').values()];
      const sizes = (documents: readonly Resource[]): readonly number[] =>
        documents.map(({ Properties }) => JSON.stringify(plain(Properties['PolicyDocument'])).length);
      expect(managed.length).toBeLessThanOrEqual(10);
      expect(Math.max(...sizes(managed))).toBeLessThanOrEqual(6_144);
      expect(Math.max(...sizes([...resourcesOf(many, 'AWS::IAM::Policy').values()]))).toBeLessThanOrEqual(
        10_240,
      );
      const passed = [...resourcesOf(many)].flatMap(([, { Type, Properties }]) =>
        Type.endsWith('Policy') ? passedIn(plain(Properties['PolicyDocument'])) : [],
      );
      expect(passed.filter((arn) => arn.startsWith('arn:aws:iam::')).sort()).toEqual([...roles].sort());
    },
  );

  it('to queues are for the one that sets it off, and for what pod-sync and node-teardown look at', () => {
    const queuesOf = (name: string, action: string): readonly string[] =>
      rightsOf(controlLoop, name)
        .filter(({ actions }) => actions.includes(action))
        .flatMap(({ resources }) => resources)
        .map((arn) => /GetAtttestState([A-Za-z]+?)[0-9A-F]{8}/.exec(arn)?.[1] ?? arn)
        .sort();
    const taken = ['PodSyncTriggerQueue', 'TaskEventsDeadLetters'];
    expect(queuesOf('pod-sync', 'sqs:ReceiveMessage')).toEqual(taken);
    expect(queuesOf('pod-sync', 'sqs:DeleteMessage')).toEqual(taken);
    expect(queuesOf('pod-sync', COUNT_EVENTS)).toEqual(['PodSyncTriggerQueue', 'TaskEventsQueue']);
    expect(queuesOf('node-teardown', COUNT_EVENTS)).toEqual(['TaskEventsQueue']);
  });

  it('to tag end with the birth of what is tagged', () => {
    expect(statement('pod-sync', 'ecs:TagResource').condition).toEqual({
      StringEquals: { 'ecs:CreateAction': 'RunTask' },
    });
  });

  it('to the secret are for the one secret, by name or by ARN, with its key if it has one', () => {
    expect(statement('task-events', 'secretsmanager:GetSecretValue').resources).toEqual([
      'arn:aws:secretsmanager:eu-west-1:123456789012:secret:test/kubeconfig-??????',
    ]);
    const secret = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:mine-AbCdEf';
    const byArn = synthesize({ secret, secretKeyArn: KEY }).controlLoop;
    expect(statement('node-heartbeat', 'secretsmanager:GetSecretValue', byArn).resources).toEqual([secret]);
    expect(statement('node-heartbeat', 'kms:Decrypt', byArn)).toMatchObject({
      resources: [KEY],
      condition: {
        StringEquals: { 'kms:ViaService': Array(2).fill('secretsmanager.eu-west-1.amazonaws.com') },
      },
    });
  });

  it('to the secret are to write its next token, too, for node-heartbeat alone and only where there are tokens', () => {
    const { controlLoop: byToken } = synthesize({ identityMode: 'token', secretKeyArn: KEY });
    const secret = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:test/kubeconfig-??????';
    const writers = (template = byToken): readonly string[] =>
      FUNCTION_NAMES.filter((name) =>
        rightsOf(template, name).some(
          ({ actions, resources }) =>
            actions.includes('secretsmanager:PutSecretValue') && resources.includes(secret),
        ),
      );
    expect(writers()).toEqual(['node-heartbeat']);
    expect(writers(controlLoop)).toEqual([]);
    expect(statement('node-heartbeat', 'kms:GenerateDataKey', byToken)).toMatchObject({ resources: [KEY] });
  });

  it('to the customer managed key are by way of the services that a function uses, and of no other', () => {
    const { controlLoop: keyed } = synthesize({ encryptionKeyArn: KEY });
    const servicesOf = (name: string): unknown => statement(name, 'kms:Decrypt', keyed).condition;
    const via = (...services: readonly string[]): object => ({
      // The stack is bound to no partition: once with the domain that KMS documents, once with that of the partition.
      StringEquals: {
        'kms:ViaService': [...services, ...services].map((service) => `${service}.eu-west-1.amazonaws.com`),
      },
    });
    expect(servicesOf('node-heartbeat')).toEqual(via('dynamodb', 'sqs'));
    expect(servicesOf('pod-sync')).toEqual(via('dynamodb', 's3', 'secretsmanager', 'sqs'));
    expect(servicesOf('task-events')).toEqual(via('dynamodb', 'sqs'));
    expect(servicesOf('node-teardown')).toEqual(via('dynamodb'));
  });

  it.each(MODES)(
    '$mode are exactly those of a kubeconfig and what it brings',
    ({ changes, more, heartbeat, fewer }) => {
      const { controlLoop: other } = synthesize(changes);
      for (const name of FUNCTION_NAMES) {
        const expected = [...actionsOf(name), ...more, ...(name === 'node-heartbeat' ? heartbeat : [])];
        for (const action of fewer) expected.splice(expected.indexOf(action), 1);
        expect(actionsOf(name, other), name).toEqual(expected.sort());
      }
    },
  );

  it('in a VPC are those of Lambda and not of the code', () => {
    const { controlLoop: inVpc } = synthesize(VPC);
    for (const name of FUNCTION_NAMES) {
      expect(denialsOf(inVpc, name)).toEqual([
        {
          actions: INTERFACES,
          resources: ['*'],
          condition: {
            ArnEquals: {
              'lambda:SourceFunctionArn': `arn:aws:lambda:eu-west-1:123456789012:function:lambdalet-test-${name}`,
            },
          },
        },
      ]);
      expect(denialsOf(controlLoop, name)).toEqual([]);
    }
  });
});

describe('the other roles', () => {
  it('of the schedules may send to their one queue, and only schedules of the group may use them', () => {
    const roles = [...resourcesOf(controlLoop, 'AWS::IAM::Role')].filter(([id]) => id.includes('Schedule'));
    expect(roles).toHaveLength(2);
    const [group] = resourcesOf(controlLoop, 'AWS::Scheduler::ScheduleGroup').keys();
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
              StringEquals: { 'aws:SourceAccount': '123456789012', 'aws:SourceArn': `arn:of:${group}.Arn` },
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
    /^(ecs:((Der|R)egisterTaskDefinition|DescribeTaskDefinition|ListTaskDefinitionFamilies|ListTasks)|ecr:.*|ec2:.*|secretsmanager:ListSecrets|servicequotas:Get(AWSDefault)?ServiceQuota|cloudwatch:GetMetricStatistics)$/;
  const templates = [
    controlLoop,
    synthesize({ ...VPC, profile: 'production', encryptionKeyArn: KEY }).controlLoop,
    synthesize({ identityMode: 'token', secretKeyArn: KEY, ecsClusterName: 'shared' }).controlLoop,
  ];

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
