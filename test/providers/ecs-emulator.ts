import { ECSClient } from '@aws-sdk/client-ecs';
import { parseEcsTaskStateChange } from '../../events/ecs-task-state-change.ts';
import type { Instant } from '../../lib/core/kubernetes.ts';
import type { FoundTask } from '../../lib/core/task.ts';
import { AwsError } from '../../lib/local/aws/aws-model.ts';
import { createTaskSources } from '../../lib/local/aws/create-aws-models.ts';
import { createEcsModel, type EcsModel, type EcsOptions } from '../../lib/local/aws/ecs/ecs-model.ts';
import { sequentialIds } from '../../lib/local/aws/id-source.ts';
import { createS3Model, type S3Model } from '../../lib/local/aws/s3/s3-model.ts';
import {
  createSecretsManagerModel,
  type SecretsManagerModel,
} from '../../lib/local/aws/secrets-manager/secrets-manager-model.ts';
import { normaliseEvent } from '../../lib/providers/ecs-fargate/tasks/normalise-event.ts';
import type { SecretsClient } from '../../lib/providers/ecs-fargate/calls/retire-secrets.ts';
import type { FilesClient } from '../../lib/providers/ecs-fargate/calls/store-env-files.ts';
import { BUCKET, createStorageClients } from './storage-clients.ts';

/** What the wire does to the next request of an operation instead of an answer. */
type WireFault = 'refuses the connection' | 'loses the request' | 'loses the answer';

/**
 * The ECS emulator behind the real SDK client, with S3 and Secrets Manager beside it: requests are signed and serialized, only the
 * socket is missing.
 */
export interface EcsEmulator {
  readonly model: EcsModel;
  readonly s3: S3Model;
  readonly secretsManager: SecretsManagerModel;
  /** With the bucket `lambdalet-demo-files`; they do not retry. */
  readonly filesClient: FilesClient;
  readonly secretsClient: SecretsClient;
  /** Does not retry, as the provider wants it. */
  readonly client: ECSClient;
  /** Tries three times whatever the SDK would try again. */
  readonly stubbornClient: ECSClient;
  /** Every task event so far, as the event function reads it. */
  readonly events: readonly FoundTask[];
  /** Requests of an operation that reached the wire, retries included. */
  requests(operation: string): number;
  failWire(operation: string, fault: WireFault): void;
}

interface Request {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** An emulator whose time is `now`. */
export function createEcsEmulator(now: () => Instant, options: Partial<EcsOptions> = {}): EcsEmulator {
  let ids = 0;
  const events: FoundTask[] = [];
  const requests = new Map<string, number>();
  const wireFaults: { readonly operation: string; readonly fault: WireFault }[] = [];
  const place = { region: 'eu-west-1', account: '111122223333' };
  const newId = () => `0f0f0f0f-0000-4000-8000-${(ids += 1).toString(16).padStart(12, '0')}`;
  const s3 = createS3Model();
  s3.handle('CreateBucket', { Bucket: BUCKET }, now());
  const secretsManager = createSecretsManagerModel({ place, ids: sequentialIds('secrets') });
  const model = createEcsModel({
    ...{ place, ids: newId, sources: createTaskSources(s3, secretsManager) },
    chance: () => 0.5,
    clusters: ['lambdalet-demo'],
    rates: 'off',
    ...options,
    onEvent: (event) => {
      const parsed = parseEcsTaskStateChange(event);
      if (!parsed.ok) throw new Error(`the emulator sent no ECS event: ${parsed.faults.join('; ')}`);
      events.push(normaliseEvent(parsed.event));
    },
  });
  const handle = ({ headers, body }: Request) => {
    const operation = (headers['x-amz-target'] ?? headers['X-Amz-Target'] ?? '').split('.')[1] ?? '';
    requests.set(operation, (requests.get(operation) ?? 0) + 1);
    const at = wireFaults.findIndex((planned) => planned.operation === operation);
    const fault = at === -1 ? undefined : wireFaults.splice(at, 1)[0]?.fault;
    if (fault === 'refuses the connection') throw networkError('ECONNREFUSED');
    if (fault === 'loses the request') throw networkError('ECONNRESET');
    const response = answer(() => model.handle(operation, JSON.parse(new TextDecoder().decode(body)), now()));
    if (fault === 'loses the answer') throw networkError('ECONNRESET');
    return { response };
  };
  const clientOf = (retries: number): ECSClient =>
    new ECSClient({
      region: 'eu-west-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      requestHandler: { handle: (request: Request) => Promise.resolve(request).then(handle) } as never,
      retryStrategy: quickRetries(retries),
    });
  return {
    ...{ model, s3, secretsManager },
    ...createStorageClients({ s3, secretsManager, now }),
    client: clientOf(0),
    stubbornClient: clientOf(2),
    events,
    requests: (operation) => requests.get(operation) ?? 0,
    failWire: (operation, fault) => void wireFaults.push({ operation, fault }),
  };
}

function answer(call: () => unknown) {
  try {
    return toResponse(200, call());
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const status = /ServerException|InternalFailure/.test(error.type) ? 500 : 400;
    return toResponse(status, { __type: error.type, message: error.message, ...error.members });
  }
}

function toResponse(statusCode: number, body: unknown) {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': 'test' };
  return { statusCode, headers, body: new TextEncoder().encode(JSON.stringify(body)) };
}

function networkError(code: string): Error {
  return Object.assign(new Error(`${code} on the wire`), { code });
}

/** So many more attempts for whatever the SDK would try again, at once; it reads no file for its settings, which takes real time. */
function quickRetries(most: number) {
  const token = (count: number) => ({ getRetryCount: () => count, getRetryDelay: () => 0 });
  return {
    acquireInitialRetryToken: () => Promise.resolve(token(0)),
    refreshRetryTokenForRetry: (
      used: { getRetryCount: () => number },
      { errorType }: { errorType: string },
    ) => {
      if (errorType === 'CLIENT_ERROR' || used.getRetryCount() >= most)
        return Promise.reject(new Error('no more'));
      return Promise.resolve(token(used.getRetryCount() + 1));
    },
    recordSuccess: () => undefined,
  };
}
