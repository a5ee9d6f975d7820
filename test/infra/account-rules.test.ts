import { CfnResource, TagManager } from 'aws-cdk-lib';
import type { Stack } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { FUNCTION_NAMES } from '../../infra/names.ts';
import { EKS, KEY, NODE, VPC } from './deployment-text.ts';
import { functionOf, plain, resourcesOf, synthesize } from './synthesize.ts';
import type { Resource, Templates } from './synthesize.ts';

const BOUNDARY = 'arn:aws:iam::123456789012:policy/boundary';
const RULES = { permissionsBoundaryArn: BOUNDARY, rolePath: '/platform/', encryptionKeyArn: KEY };
const TAGS = { team: 'platform', 'cost-center': '4711' };
/** Everything that makes resources of its own. */
const LARGE = { ...EKS, accessEntries: true, ...VPC, nodes: [NODE, { ...NODE, name: 'node-b' }] };

const dev = synthesize({ ...RULES, tags: TAGS, ...LARGE });
const production = synthesize({ ...RULES, tags: TAGS, profile: 'production' });
const bare = synthesize();

const templatesOf = ({ state, controlLoop, observability }: Templates): readonly Template[] => [
  state,
  controlLoop,
  observability,
];
const allOf = (made: Templates, type: string): readonly (readonly [string, Resource])[] =>
  templatesOf(made).flatMap((template) => [...resourcesOf(template, type)]);

describe('the rules of an account', () => {
  it('bound every role, and put it on its path', () => {
    for (const made of [dev, production]) {
      const roles = allOf(made, 'AWS::IAM::Role');
      // The functions, the two schedules, and what Fargate prepares tasks with.
      expect(roles).toHaveLength(FUNCTION_NAMES.length + 2 + 1);
      for (const [id, { Properties }] of roles)
        expect(Properties, id).toMatchObject({ PermissionsBoundary: BOUNDARY, Path: '/platform/' });
    }
  });

  it('leave roles without a boundary, on the root path, where the file says nothing', () => {
    for (const [id, { Properties }] of allOf(bare, 'AWS::IAM::Role')) {
      expect(Properties, id).not.toHaveProperty('PermissionsBoundary');
      expect(Properties['Path'] ?? '/', id).toBe('/');
    }
  });

  it('hold for everything that could make a role: there is no function but ours, and no nested stack', () => {
    for (const made of [dev, production]) {
      expect(allOf(made, 'AWS::Lambda::Function')).toHaveLength(FUNCTION_NAMES.length);
      expect(allOf(made, 'AWS::CloudFormation::Stack')).toEqual([]);
    }
  });
});

describe('the customer managed key', () => {
  /** Where a type of resource names its key. */
  const PLACES: Readonly<Record<string, (properties: Resource['Properties']) => unknown>> = {
    'AWS::DynamoDB::Table': ({ SSESpecification: sse }) => (sse as Resource['Properties'])['KMSMasterKeyId'],
    'AWS::SQS::Queue': ({ KmsMasterKeyId }) => KmsMasterKeyId,
    'AWS::S3::Bucket': ({ BucketEncryption }) => JSON.stringify(BucketEncryption).includes(KEY) && KEY,
    'AWS::Logs::LogGroup': ({ KmsKeyId }) => KmsKeyId,
  };

  it.each([
    ['AWS::DynamoDB::Table', 1],
    ['AWS::SQS::Queue', 4],
    ['AWS::S3::Bucket', 1],
    ['AWS::Logs::LogGroup', 1 + FUNCTION_NAMES.length],
  ])('encrypts each %s', (type, count) => {
    for (const made of [dev, production]) {
      const resources = allOf(made, type);
      expect(resources).toHaveLength(count);
      for (const [id, { Properties }] of resources) expect(PLACES[type]?.(Properties), id).toBe(KEY);
    }
  });

  it('is named to the functions, which encrypt files and copies of secrets', () => {
    expect(plain(functionOf(dev.controlLoop, 'pod-sync').Properties)).toHaveProperty(
      'Environment.Variables.LAMBDALET_ENCRYPTION_KEY',
      KEY,
    );
  });

  it('is nowhere where the file names none', () => {
    for (const template of templatesOf(bare))
      expect(JSON.stringify(template.toJSON())).not.toMatch(/:kms:[^"]*key\//);
  });
});

describe('the tags', () => {
  it.each([
    ['dev', dev],
    ['production', production],
  ])('are on every resource that takes tags: %s', (_, made) => {
    const taggable = stacksOf(made).flatMap(([stack, template]) =>
      stack.node
        .findAll()
        .filter((construct) => construct instanceof CfnResource)
        .filter((resource) => TagManager.of(resource) !== undefined)
        .map((resource) => resourceOf(template, resource)),
    );
    expect(new Set(taggable.map(({ Type }) => Type))).toEqual(
      new Set([
        'AWS::CloudWatch::Alarm',
        'AWS::CloudWatch::Dashboard',
        'AWS::DynamoDB::Table',
        'AWS::ECS::Cluster',
        ...(made === dev ? ['AWS::EKS::AccessEntry'] : []),
        'AWS::Events::Rule',
        'AWS::IAM::Role',
        'AWS::Lambda::EventSourceMapping',
        'AWS::Lambda::Function',
        'AWS::Logs::LogGroup',
        'AWS::S3::Bucket',
        'AWS::SQS::Queue',
        'AWS::Scheduler::ScheduleGroup',
      ]),
    );
    for (const { Type, Properties } of taggable)
      expect(tagsIn(Properties), Type).toEqual({ ...TAGS, 'lambdalet:cluster': 'test' });
  });

  it('say the cluster where the file says nothing', () => {
    const [, table] = allOf(bare, 'AWS::DynamoDB::Table')[0] ?? [];
    expect(table?.Properties['Tags']).toEqual([{ Key: 'lambdalet:cluster', Value: 'test' }]);
  });
});

function stacksOf({ stacks, ...templates }: Templates): readonly (readonly [Stack, Template])[] {
  const { state, controlLoop, observability } = stacks;
  return [
    [state, templates.state],
    [controlLoop, templates.controlLoop],
    ...(observability === undefined ? [] : [[observability, templates.observability] as const]),
  ];
}

function resourceOf(template: Template, { logicalId, stack }: CfnResource): Resource {
  const found = resourcesOf(template).get(stack.resolve(logicalId) as string);
  if (found === undefined) throw new Error(`${logicalId} is not in the template of ${stack.stackName}`);
  return found;
}

/** Tags are a list with most types, and a mapping with some. */
function tagsIn({ Tags }: Resource['Properties']): unknown {
  if (!Array.isArray(Tags)) return Tags;
  return Object.fromEntries((Tags as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]));
}
