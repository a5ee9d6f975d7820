import { DeleteObjectsCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { FailureError } from '../../../core/failure.ts';
import type { Instant } from '../../../core/kubernetes.ts';
import type { Clock } from '../../../ports/clock.ts';
import { classifyStorageError } from './classify-storage-error.ts';
import { retryCall } from './retry-call.ts';

/** The part of the client that is used. */
export type FilesClient = Pick<S3Client, 'send'>;

/** Env files in a bucket, encrypted with KMS. Whatever goes wrong is thrown as a `FailureError`; contents are never shown. */
export interface EnvFileStore {
  /** Stores one file; twice is fine. What fails for the moment is tried again, but not after `by`. */
  put(key: string, content: string, by: Instant): Promise<void>;
  /** Removes every file whose key begins so; none is fine. */
  clear(prefix: string): Promise<void>;
}

/** What to do about each refusal of S3 (the codes of its errors). */
const WAYS_OUT: Readonly<Record<string, string>> = {
  NoSuchBucket: 'create it in this Region, or correct its name in the settings',
  AccessDenied:
    'allow this function s3:PutObject, s3:DeleteObject and s3:ListBucket on it, and kms:GenerateDataKey on its key',
  PermanentRedirect: 'use a bucket in the Region of the ECS cluster',
};

/**
 * A client like that of ECS: it does not retry by itself, and a call that hangs is given up. The digests that S3 does without are
 * left out: TLS and the signature cover the content.
 */
function createClient(): FilesClient {
  return new S3Client({
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
}

/** The env files of a deployment. Without `client` one is made when the first file is stored. */
export function createEnvFileStore(given: {
  readonly bucket: string;
  /** ARN of the KMS key. Default: the account's own for S3. */
  readonly kmsKey?: string | undefined;
  readonly clock: Clock;
  readonly client?: FilesClient | undefined;
}): EnvFileStore {
  const { bucket: Bucket, kmsKey, clock } = given;
  let made: FilesClient | undefined;
  const client = (): FilesClient => (made ??= given.client ?? createClient());
  const call = async <T>(what: string, send: () => Promise<T>, by: Instant = Infinity): Promise<T> => {
    try {
      return await retryCall(clock, send, by);
    } catch (error) {
      const failure = classifyStorageError(error, `${what} the bucket ${Bucket}`, WAYS_OUT);
      throw new FailureError(failure, { cause: error });
    }
  };
  const remove = async (Objects: { readonly Key: string }[]): Promise<void> => {
    const Delete = { Objects, Quiet: true };
    const { Errors: [error] = [] } = await client().send(new DeleteObjectsCommand({ Bucket, Delete }));
    if (error !== undefined) throw Object.assign(new Error(error.Message), { name: error.Code ?? 'Error' });
  };
  return {
    put: async (Key, Body, by) => {
      const encryption = {
        ServerSideEncryption: 'aws:kms',
        BucketKeyEnabled: true,
        ...(kmsKey !== undefined && { SSEKMSKeyId: kmsKey }),
      } as const;
      const input = { Bucket, Key, Body, ContentType: 'text/plain', ...encryption };
      await call('A file cannot be put into', () => client().send(new PutObjectCommand(input)), by);
    },
    clear: async (Prefix) => {
      for (let more = true; more;) {
        const page = await call('Files cannot be listed in', () =>
          client().send(new ListObjectsV2Command({ Bucket, Prefix })),
        );
        const objects = (page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [{ Key }]));
        if (objects.length > 0) await call('Files cannot be removed from', () => remove(objects));
        more = page.IsTruncated === true && objects.length > 0;
      }
    },
  };
}
