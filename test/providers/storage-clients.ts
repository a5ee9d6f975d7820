import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Instant } from '../../lib/core/kubernetes.ts';
import { AwsError } from '../../lib/local/aws/aws-model.ts';
import { readS3Request, writeS3Answer, writeS3Error, type S3Answer } from '../../lib/local/aws/s3/s3-http.ts';
import type { S3Model } from '../../lib/local/aws/s3/s3-model.ts';
import type { SecretsManagerModel } from '../../lib/local/aws/secrets-manager/secrets-manager-model.ts';
import type { SecretsClient } from '../../lib/providers/ecs-fargate/calls/retire-secrets.ts';
import type { FilesClient } from '../../lib/providers/ecs-fargate/calls/store-env-files.ts';

/** The bucket of the fixtures' settings. */
export const BUCKET = 'lambdalet-demo-files';

interface Request {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

const config = {
  region: 'eu-west-1',
  // An address, so that the client speaks to S3 in path style, as to the local emulator.
  endpoint: 'http://127.0.0.1:1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  // An object reads no file for its settings, which takes real time.
  retryStrategy: {
    acquireInitialRetryToken: () => Promise.resolve({ getRetryCount: () => 0, getRetryDelay: () => 0 }),
    refreshRetryTokenForRetry: () => Promise.reject(new Error('no more')),
    recordSuccess: () => undefined,
  },
};

/** The SDK's clients for the models, without sockets. */
export function createStorageClients(given: {
  readonly s3: S3Model;
  readonly secretsManager: SecretsManagerModel;
  readonly now: () => Instant;
}): { readonly filesClient: FilesClient; readonly secretsClient: SecretsClient } {
  const { s3, secretsManager, now } = given;
  const askFiles = (request: Request) => {
    const { status, headers, body } = answerS3(s3, request, now());
    return { response: { statusCode: status, headers, body: toBytes(body) } };
  };
  const askSecrets = ({ headers, body }: Request) => {
    const operation = (headers['x-amz-target'] ?? '').split('.')[1] ?? '';
    const { status, body: answer } = answerJson(() =>
      secretsManager.handle(operation, JSON.parse(new TextDecoder().decode(toBytes(body ?? '{}'))), now()),
    );
    const type = { 'content-type': 'application/x-amz-json-1.1' };
    return { response: { statusCode: status, headers: type, body: toBytes(JSON.stringify(answer)) } };
  };
  const handler = (ask: (request: Request) => unknown) => ({
    requestHandler: { handle: (request: Request) => Promise.resolve(request).then(ask) } as never,
  });
  const checksums = {
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  } as const;
  return {
    filesClient: new S3Client({ ...config, ...checksums, ...handler(askFiles) }),
    secretsClient: new SecretsManagerClient({ ...config, ...handler(askSecrets) }),
  };
}

function answerS3(s3: S3Model, request: Request, now: Instant): S3Answer {
  const { method, path, query = {}, headers, body = '' } = request;
  const search = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, value ?? '']),
  ).toString();
  try {
    const call = readS3Request({ method, url: `${path}?${search}`, headers, body: toBytes(body) });
    return writeS3Answer(call, s3.handle(call.operation, call.input, now));
  } catch (error) {
    if (error instanceof AwsError) return writeS3Error(error);
    throw error;
  }
}

function answerJson(call: () => unknown): { readonly status: number; readonly body: unknown } {
  try {
    return { status: 200, body: call() };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const status = error.type === 'InternalServiceError' ? 500 : 400;
    return { status, body: { __type: error.type, message: error.message } };
  }
}

function toBytes(body: Uint8Array | string): Uint8Array {
  return typeof body === 'string' ? new TextEncoder().encode(body) : body;
}
