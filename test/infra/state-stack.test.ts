import { describe, expect, it } from 'vitest';
import { tableDefinition, TTL_ATTRIBUTE } from '../../lib/adapters/dynamodb/table-definition.ts';
import { onlyResource, plain, resourcesOf, synthesize } from './synthesize.ts';

const dev = synthesize().state;
const production = synthesize({ profile: 'production' }).state;

describe('the table', () => {
  it('is keyed by pk and sk, on demand, and forgets what has expired', () => {
    const { TableName: _, ...asTheAdapterNeedsIt } = tableDefinition('any');
    dev.hasResourceProperties('AWS::DynamoDB::Table', {
      ...asTheAdapterNeedsIt,
      TimeToLiveSpecification: { AttributeName: TTL_ATTRIBUTE, Enabled: true },
    });
  });

  it('goes with the stack in dev, and is kept, protected and backed up in production', () => {
    expect(onlyResource(dev, 'AWS::DynamoDB::Table')).toMatchObject({
      DeletionPolicy: 'Delete',
      Properties: { DeletionProtectionEnabled: false },
    });
    expect(onlyResource(production, 'AWS::DynamoDB::Table')).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: {
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      },
    });
  });
});

describe('the pod logs', () => {
  it('have the retention of the deployment file, and stay in production', () => {
    expect(onlyResource(dev, 'AWS::Logs::LogGroup')).toMatchObject({
      DeletionPolicy: 'Delete',
      Properties: { LogGroupName: '/lambdalet/test/pods', RetentionInDays: 14 },
    });
    expect(onlyResource(production, 'AWS::Logs::LogGroup').DeletionPolicy).toBe('RetainExceptOnCreate');
  });
});

describe('the bucket of pod files', () => {
  const bucket = onlyResource(dev, 'AWS::S3::Bucket');

  it('is encrypted with the key of AWS for S3 and a bucket key, private, and keeps no versions', () => {
    expect(bucket.Properties).toMatchObject({
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } },
        ],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    expect(bucket.Properties).not.toHaveProperty('VersioningConfiguration');
  });

  it('forgets what is left in it after a day', () => {
    expect(bucket.Properties['LifecycleConfiguration']).toEqual({
      Rules: [
        {
          Id: 'forget',
          Status: 'Enabled',
          ExpirationInDays: 1,
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
        },
      ],
    });
  });

  it('refuses plain HTTP', () => {
    const { PolicyDocument } = onlyResource(dev, 'AWS::S3::BucketPolicy').Properties;
    expect((plain(PolicyDocument) as { Statement: object[] }).Statement).toContainEqual(
      expect.objectContaining({
        Effect: 'Deny',
        Action: 's3:*',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    );
  });

  it('goes in dev, when node-teardown has emptied it, and stays in production', () => {
    expect(bucket.DeletionPolicy).toBe('Delete');
    expect(onlyResource(production, 'AWS::S3::Bucket').DeletionPolicy).toBe('RetainExceptOnCreate');
  });

  it('needs no function of the CDK, whose role no setting of ours would reach', () => {
    for (const template of [dev, production]) {
      expect(resourcesOf(template, 'AWS::Lambda::Function').size).toBe(0);
      expect(resourcesOf(template, 'AWS::IAM::Role').size).toBe(0);
    }
  });
});

describe('the queues', () => {
  const queues = [...resourcesOf(dev, 'AWS::SQS::Queue')];
  const queue = (part: string): Readonly<Record<string, unknown>> =>
    queues.find(([id]) => id.includes(part))![1].Properties;

  it('of the triggers forget a beat after five minutes, and hide it as long as its function may run', () => {
    expect(queue('HeartbeatTrigger')).toMatchObject({ MessageRetentionPeriod: 300, VisibilityTimeout: 180 });
    expect(queue('PodSyncTrigger')).toMatchObject({ MessageRetentionPeriod: 300, VisibilityTimeout: 900 });
    expect(queue('HeartbeatTrigger')).not.toHaveProperty('RedrivePolicy');
  });

  it('of the task events hides a message six times as long as its function may run, and gives up after five', () => {
    expect(queue('TaskEventsQueue')).toMatchObject({
      VisibilityTimeout: 360,
      RedrivePolicy: { maxReceiveCount: 5 },
    });
    expect(queue('TaskEventsDeadLetters')).toMatchObject({ MessageRetentionPeriod: 14 * 86_400 });
  });

  it('are all encrypted and refuse plain HTTP', () => {
    expect(queues).toHaveLength(4);
    for (const [id, { Properties }] of queues)
      expect(Properties, id).toHaveProperty('SqsManagedSseEnabled', true);
    const policies = [...resourcesOf(dev, 'AWS::SQS::QueuePolicy').values()];
    expect(policies).toHaveLength(4);
    for (const { Properties } of policies) {
      expect(JSON.stringify(Properties)).toContain('"aws:SecureTransport":"false"');
    }
  });

  it('of the task events take messages from the one rule only', () => {
    const allowed = [...resourcesOf(dev, 'AWS::SQS::QueuePolicy').values()]
      .flatMap(({ Properties }) => (plain(Properties['PolicyDocument']) as { Statement: object[] }).Statement)
      .filter((statement) => (statement as { Effect: string }).Effect === 'Allow');
    expect(allowed).toHaveLength(2);
    for (const statement of allowed) {
      expect(statement).toMatchObject({
        Action: 'sqs:SendMessage',
        Principal: { Service: 'events.amazonaws.com' },
        Condition: {
          ArnEquals: {
            'aws:SourceArn': 'arn:aws:events:eu-west-1:123456789012:rule/lambdalet-test-task-events',
          },
        },
      });
    }
  });
});
