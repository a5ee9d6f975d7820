import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Instant } from '../../../core/kubernetes.ts';
import { AwsError, unknownOperation } from '../aws-model.ts';
import type { AwsModel } from '../aws-model.ts';
import { parseInput } from '../parse-input.ts';
import { FaultPlan, type FaultMoment } from '../plan-faults.ts';

/** One object as it was put. */
export interface StoredObject {
  readonly content: Uint8Array;
  readonly etag: string;
  readonly storedAt: Instant;
  /** `aws:kms` or what the request said; S3's own key when it said nothing. */
  readonly encryption: string;
  readonly kmsKey?: string;
}

/** The emulated S3: buckets with objects in memory; nothing of a content ever leaves it but by GetObject. */
export interface S3Model extends AwsModel {
  /** An object, for a test or for the emulated ECS agent. */
  object(bucket: string, key: string): StoredObject | undefined;
  /** The keys of a bucket in order. */
  keys(bucket: string): readonly string[];
  /** The next call of an operation fails; with `after` it takes effect and its answer is lost. */
  failNext(operation: string, error: AwsError, moment?: FaultMoment): void;
  /** How many calls of an operation arrived, also those that failed. */
  callCount(operation: string): number;
}

const MOST_KEYS = 1000;
const MOST_KEY_BYTES = 1024;
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

const inBucket = { Bucket: z.string() };
const object = { ...inBucket, Key: z.string() };
const putSchema = z.object({
  ...object,
  Body: z.instanceof(Uint8Array),
  ServerSideEncryption: z.string().optional(),
  SSEKMSKeyId: z.string().optional(),
});
const objectSchema = z.object(object);
const bucketSchema = z.object(inBucket);
const listSchema = z.object({
  ...inBucket,
  Prefix: z.string().default(''),
  MaxKeys: z.number().default(MOST_KEYS),
  ContinuationToken: z.string().optional(),
});
const deleteSchema = z.object({ ...inBucket, Keys: z.array(z.string()) });

type Bucket = Map<string, StoredObject>;
type Operation = (input: unknown, now: Instant) => unknown;

/** S3 as a pure model: Create/DeleteBucket are the stack's business, so only the former is here. It plans nothing. */
export function createS3Model(): S3Model {
  const buckets = new Map<string, Bucket>();
  const faults = new FaultPlan();
  const calls = new Map<string, number>();
  const operations = createOperations(buckets);
  return {
    object: (bucket, key) => buckets.get(bucket)?.get(key),
    keys: (bucket) => [...(buckets.get(bucket)?.keys() ?? [])].sort(),
    failNext: (operation, error, moment) => faults.failNext(operation, error, moment),
    callCount: (operation) => calls.get(operation) ?? 0,
    handle: (name, input, now) => {
      calls.set(name, (calls.get(name) ?? 0) + 1);
      const operation = operations.get(name);
      if (operation === undefined) throw unknownOperation(name);
      return faults.around(name, () => operation(input, now));
    },
    advance: () => undefined,
    nextDue: () => undefined,
  };
}

function createOperations(buckets: Map<string, Bucket>): ReadonlyMap<string, Operation> {
  const find = (name: string): Bucket => {
    const bucket = buckets.get(name);
    if (bucket !== undefined) return bucket;
    throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', { BucketName: name });
  };
  return new Map<string, Operation>([
    ['CreateBucket', (input) => createBucket(buckets, parseInput(bucketSchema, input).Bucket)],
    ['PutObject', (input, now) => putObject(find, input, now)],
    ['GetObject', (input) => getObject(find, input)],
    ['HeadObject', (input) => getObject(find, input)],
    [
      'DeleteObject',
      (input) => {
        const { Bucket, Key } = parseInput(objectSchema, input);
        find(Bucket).delete(Key);
        return {};
      },
    ],
    ['DeleteObjects', (input) => deleteObjects(find, input)],
    ['ListObjectsV2', (input) => listObjects(find, input)],
  ]);
}

function createBucket(buckets: Map<string, Bucket>, name: string): unknown {
  if (!BUCKET.test(name)) throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.');
  if (buckets.has(name))
    throw new AwsError(
      'BucketAlreadyOwnedByYou',
      'Your previous request to create the named bucket succeeded and you already own it.',
    );
  buckets.set(name, new Map());
  return { Location: `/${name}` };
}

type Find = (name: string) => Bucket;

function putObject(find: Find, input: unknown, now: Instant): unknown {
  const { Bucket, Key, Body, ServerSideEncryption, SSEKMSKeyId } = parseInput(putSchema, input);
  const bucket = find(Bucket);
  if (Buffer.byteLength(Key) > MOST_KEY_BYTES) throw new AwsError('KeyTooLongError', 'Your key is too long');
  if (SSEKMSKeyId !== undefined && ServerSideEncryption !== 'aws:kms')
    throw new AwsError('InvalidArgument', 'A KMS key needs the server side encryption aws:kms.');
  const stored: StoredObject = {
    content: Uint8Array.from(Body),
    etag: `"${createHash('md5').update(Body).digest('hex')}"`,
    storedAt: now,
    encryption: ServerSideEncryption ?? 'AES256',
    ...(SSEKMSKeyId !== undefined && { kmsKey: SSEKMSKeyId }),
  };
  bucket.set(Key, stored);
  return { ETag: stored.etag, ServerSideEncryption: stored.encryption };
}

function getObject(find: Find, input: unknown): unknown {
  const { Bucket, Key } = parseInput(objectSchema, input);
  const found = find(Bucket).get(Key);
  if (found === undefined) throw new AwsError('NoSuchKey', 'The specified key does not exist.', { Key });
  return { Body: found.content, ETag: found.etag, LastModified: found.storedAt };
}

function deleteObjects(find: Find, input: unknown): unknown {
  const { Bucket, Keys } = parseInput(deleteSchema, input);
  if (Keys.length === 0 || Keys.length > MOST_KEYS)
    throw new AwsError(
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
    );
  const bucket = find(Bucket);
  for (const key of Keys) bucket.delete(key);
  return { Deleted: Keys.map((Key) => ({ Key })) };
}

function listObjects(find: Find, input: unknown): unknown {
  const { Bucket, Prefix, MaxKeys, ContinuationToken } = parseInput(listSchema, input);
  const after = ContinuationToken === undefined ? '' : Buffer.from(ContinuationToken, 'base64url').toString();
  const size = Math.min(MaxKeys, MOST_KEYS);
  const all = [...find(Bucket)]
    .filter(([key]) => key.startsWith(Prefix) && key > after)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  const page = all.slice(0, size);
  const truncated = all.length > page.length;
  return {
    ...{ Name: Bucket, Prefix, MaxKeys: size, KeyCount: page.length, IsTruncated: truncated },
    ...(truncated && { NextContinuationToken: Buffer.from(page.at(-1)?.[0] ?? '').toString('base64url') }),
    Contents: page.map(([Key, { etag, storedAt, content }]) => ({
      ...{ Key, ETag: etag, Size: content.byteLength },
      LastModified: new Date(storedAt).toISOString(),
    })),
  };
}
