import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAwsModels, type AwsModels } from '../../../lib/local/aws/create-aws-models.ts';
import { AwsError } from '../../../lib/local/aws/aws-model.ts';
import { seededChance, sequentialIds } from '../../../lib/local/aws/id-source.ts';
import { serveAws, type AwsServer } from '../../../lib/local/aws/serve-aws.ts';

const T0 = Date.UTC(2026, 2, 4, 9, 15);
const Bucket = 'pod-files';

describe('the S3 client against the shell', () => {
  let models: AwsModels;
  let server: AwsServer;
  let s3: S3Client;

  beforeEach(async () => {
    models = createAwsModels({
      place: { region: 'eu-central-1', account: '111122223333' },
      ids: sequentialIds('s3'),
      chance: seededChance(1),
      clusters: [],
    });
    server = await serveAws(models, { clock: { now: () => T0 } });
    s3 = new S3Client({
      region: 'eu-central-1',
      endpoint: server.endpoints.s3,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    });
    await s3.send(new CreateBucketCommand({ Bucket }));
  });
  afterEach(async () => {
    s3.destroy();
    await server.close();
  });

  const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  const failure = (work: Promise<unknown>) =>
    work.then(
      () => 'none',
      (error: unknown) => `${(error as Error).name}: ${(error as Error).message}`,
    );

  it('puts, gets, lists and deletes objects of any name', async () => {
    const Key = 'demo/nöde/a b&<c>/main+1.env';
    const { ETag } = await s3.send(
      new PutObjectCommand({ Bucket, Key, Body: 'A=ü\n', ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'k' }),
    );
    const got = await s3.send(new GetObjectCommand({ Bucket, Key }));
    expect(await got.Body?.transformToString()).toBe('A=ü\n');
    expect([got.ETag, got.LastModified]).toEqual([ETag, new Date(T0)]);
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key }))).ETag).toBe(ETag);
    expect(models.s3.object(Bucket, Key)).toMatchObject({ encryption: 'aws:kms', kmsKey: 'k' });
    const { Contents, KeyCount } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'demo/nöde/' }));
    expect([Contents?.map((one) => one.Key), KeyCount]).toEqual([[Key], 1]);
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key }, { Key: 'none' }] } }));
    await put('one', 'x');
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'one' }));
    expect(models.s3.keys(Bucket)).toEqual([]);
  });

  it('lists in pages', async () => {
    for (const key of ['c', 'a', 'b', 'x']) await put(key, 'x');
    const first = await s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: 3 }));
    expect([first.IsTruncated, first.Contents?.map(({ Key }) => Key)]).toEqual([true, ['a', 'b', 'c']]);
    const rest = await s3.send(
      new ListObjectsV2Command({ Bucket, ContinuationToken: first.NextContinuationToken }),
    );
    expect([rest.IsTruncated, rest.Contents?.map(({ Key }) => Key)]).toEqual([false, ['x']]);
  });

  it('gets the errors that S3 has', async () => {
    expect(await failure(s3.send(new GetObjectCommand({ Bucket, Key: 'none' })))).toMatch(/^NoSuchKey: /);
    expect(await failure(s3.send(new PutObjectCommand({ Bucket: 'none', Key: 'a', Body: 'x' })))).toMatch(
      /^NoSuchBucket: /,
    );
    expect(await failure(s3.send(new CreateBucketCommand({ Bucket })))).toMatch(/^BucketAlreadyOwnedByYou/);
    expect(await failure(s3.send(new CreateBucketCommand({ Bucket: 'No_Bucket' })))).toMatch(
      /^InvalidBucket/,
    );
    expect(await failure(put('x'.repeat(1025), 'x'))).toMatch(/^KeyTooLong/);
    expect(await failure(s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [] } })))).toMatch(
      /^MalformedXML/,
    );
    expect(
      await failure(s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x', SSEKMSKeyId: 'k' }))),
    ).toMatch(/^InvalidArgument/);
    expect(await failure(s3.send(new ListObjectsV2Command({ Bucket, Delimiter: '/' })))).toMatch(
      /^NotImplemented/,
    );
    models.s3.failNext('PutObject', new AwsError('SlowDown', 'Please reduce your request rate.'));
    expect(await failure(put('a', 'x'))).toMatch(/^SlowDown/);
    expect(models.s3.callCount('PutObject')).toBe(4);
  });

  it('is told what the emulator does not have, and never what is in an object', async () => {
    await put('a', 'canary');
    const ask = async (method: string, path: string, headers: Record<string, string> = {}) => {
      const response = await fetch(`${server.endpoints.s3}/${path}`, { method, headers });
      return `${response.status} ${/<Code>(\w+)/.exec(await response.text())?.[1] ?? ''}`;
    };
    expect(await ask('GET', Bucket)).toBe('501 NotImplemented');
    expect(await ask('POST', `${Bucket}/a`)).toBe('501 NotImplemented');
    expect(await ask('POST', `${Bucket}?delete`)).toBe('400 InvalidRequest');
    expect(await ask('PUT', `${Bucket}/b`, { 'content-encoding': 'aws-chunked' })).toBe('501 NotImplemented');
    expect(() => models.s3.handle('CopyObject', {}, T0)).toThrow(/does not know/);
  });
});
