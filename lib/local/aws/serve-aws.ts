import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import type { Instant } from '../../core/kubernetes.ts';
import { AwsError, unknownOperation } from './aws-model.ts';
import type { AwsModel } from './aws-model.ts';
import type { AwsModels } from './create-aws-models.ts';
import { driveModels } from './drive-models.ts';
import type { Driver } from './drive-models.ts';
import { serveExec, type ExecControl } from './ecs-exec/serve-exec.ts';
import { receiveWithPatience } from './receive-with-patience.ts';
import { readS3Request, writeS3Answer, writeS3Error, type S3Answer } from './s3/s3-http.ts';

/** A running emulator. */
export interface AwsServer {
  /** For `AWS_ENDPOINT_URL_ECS`, `_SQS`, `_EVENTBRIDGE`, `_SECRETS_MANAGER`, `_S3`, `_CLOUDWATCH_LOGS`, `_CLOUDWATCH` and `_SERVICE_QUOTAS`. */
  readonly endpoints: {
    readonly ecs: string;
    readonly sqs: string;
    readonly events: string;
    readonly secretsmanager: string;
    readonly s3: string;
    readonly logs: string;
    readonly monitoring: string;
    readonly servicequotas: string;
  };
  /** What keeps the models going: add event source mappings and the Scheduler here, touch it after changing a model. */
  readonly driver: Driver;
  /** The sessions of ECS Exec. */
  readonly exec: ExecControl;
  close(): Promise<void>;
}

/** `AWS_ENDPOINT_URL_<SERVICE>` as the SDKs spell the services, for a process that shall use this emulator. */
export function endpointEnvironment({
  endpoints,
}: Pick<AwsServer, 'endpoints'>): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL_ECS: endpoints.ecs,
    AWS_ENDPOINT_URL_SQS: endpoints.sqs,
    AWS_ENDPOINT_URL_EVENTBRIDGE: endpoints.events,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoints.secretsmanager,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: endpoints.logs,
    AWS_ENDPOINT_URL_CLOUDWATCH: endpoints.monitoring,
    AWS_ENDPOINT_URL_SERVICE_QUOTAS: endpoints.servicequotas,
  };
}

/** What the shell works with. */
interface Shell {
  readonly models: AwsModels;
  readonly clock: { now(): Instant };
  readonly driver: Driver;
}

/**
 * Puts HTTP and a clock around the models: one port, the service is told by the prefix of `X-Amz-Target`, JSON 1.0 and 1.1 as the
 * AWS SDKs speak them; what has no such header and a path is S3, in path style, which the SDKs use where the host is an address.
 * Signatures are not looked at, so listen on a loopback address only.
 */
export async function serveAws(
  models: AwsModels,
  {
    clock,
    port = 0,
    host = '127.0.0.1',
  }: { readonly clock: { now(): Instant }; readonly port?: number; readonly host?: string },
): Promise<AwsServer> {
  const driver = driveModels(Object.values(models) as AwsModel[], clock);
  const shell: Shell = { models, clock, driver };
  const server = createServer((request, response) => void answerAny(shell, request, response));
  // Closing an idle connection under a client that is about to use it looks to it like a request that may have been carried out.
  server.keepAliveTimeout = 0;
  const url = await listen(server, port, host);
  models.sqs.setEndpoint(url);
  models.ecs.setStreamUrl(url.replace(/^http/, 'ws'));
  const exec = serveExec(server, models.ecs);
  driver.touch();
  return {
    endpoints: {
      ...{ ecs: url, sqs: url, events: url, secretsmanager: url, s3: url, logs: url },
      ...{ monitoring: url, servicequotas: url },
    },
    driver,
    exec,
    close: async () => {
      driver.stop();
      exec.disconnect();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listen(server: Server, port: number, host: string): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  return `http://${host}:${(server.address() as AddressInfo).port}`;
}

async function answerAny(shell: Shell, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const isS3 = request.headers['x-amz-target'] === undefined && request.url !== '/';
  await (isS3 ? answerS3 : answer)(shell, request, response);
}

/** Nothing is logged here: contents are secrets. */
async function answerS3(
  { models, clock, driver }: Shell,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET', url = '/', headers } = request;
  const body = await buffer(request);
  const answered = ((): S3Answer => {
    try {
      const called = readS3Request({ method, url, headers, body });
      return writeS3Answer(called, models.s3.handle(called.operation, called.input, clock.now()));
    } catch (error) {
      return writeS3Error(
        error instanceof AwsError ? error : new AwsError('InternalError', 'The emulator has a fault.'),
      );
    }
  })();
  driver.touch();
  response.writeHead(answered.status, { ...answered.headers }).end(answered.body);
}

async function answer(shell: Shell, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const type = request.headers['content-type'] ?? 'application/x-amz-json-1.1';
  const [target = '', operation = ''] = String(request.headers['x-amz-target'] ?? '').split('.');
  try {
    const input: unknown = JSON.parse((await text(request)) || '{}');
    const result = await call(shell, { target, operation, input }, () => response.destroyed);
    response.writeHead(200, { 'content-type': type }).end(JSON.stringify(result));
  } catch (error) {
    const { status, headers, body } = describeError(error, target);
    response.writeHead(status, { 'content-type': type, ...headers }).end(JSON.stringify(body));
  }
}

interface Call {
  readonly target: string;
  readonly operation: string;
  readonly input: unknown;
}

async function call(shell: Shell, { target, operation, input }: Call, gone: () => boolean): Promise<unknown> {
  const { models, clock, driver } = shell;
  const model = modelOf(models, target);
  if (model === undefined) throw unknownOperation(`${target}.${operation}`);
  if (target === 'AmazonSQS' && operation === 'ReceiveMessage')
    return receiveWithPatience(shell, input, gone);
  try {
    return model.handle(operation, input, clock.now());
  } finally {
    driver.touch();
  }
}

function modelOf(models: AwsModels, target: string): AwsModel | undefined {
  const byTarget: Readonly<Record<string, AwsModel>> = {
    AmazonEC2ContainerServiceV20141113: models.ecs,
    AmazonSQS: models.sqs,
    AWSEvents: models.eventBridge,
    secretsmanager: models.secretsManager,
    Logs_20140328: models.logs,
    GraniteServiceVersion20100801: models.cloudWatch,
    ServiceQuotasV20190624: models.serviceQuotas,
  };
  return byTarget[target];
}

/** SQS also tells the code of its older protocol, which clients know the error by. */
const OLD_SQS_CODES: Readonly<Record<string, string>> = {
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  QueueNameExists: 'QueueAlreadyExists',
  MessageNotInflight: 'AWS.SimpleQueueService.MessageNotInflight',
  EmptyBatchRequest: 'AWS.SimpleQueueService.EmptyBatchRequest',
  TooManyEntriesInBatchRequest: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
  BatchEntryIdsNotDistinct: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct',
  InvalidBatchEntryId: 'AWS.SimpleQueueService.InvalidBatchEntryId',
};

/** Services that spoke the query protocol before, and still tell its codes. */
const ONCE_QUERY = new Set(['AmazonSQS', 'GraniteServiceVersion20100801']);

const SERVER_FAULTS = new Set([
  'ServerException',
  'InternalServerError',
  'InternalFailure',
  'InternalException',
  'ServiceUnavailable',
]);

function describeError(
  error: unknown,
  target: string,
): { readonly status: number; readonly headers: Record<string, string>; readonly body: unknown } {
  if (!(error instanceof AwsError)) {
    const message = error instanceof Error ? error.message : String(error);
    return { status: 500, headers: {}, body: { __type: 'InternalFailure', message } };
  }
  const code = `${OLD_SQS_CODES[error.type] ?? error.type};Sender`;
  return {
    status: SERVER_FAULTS.has(error.type) ? 500 : 400,
    headers: ONCE_QUERY.has(target) ? { 'x-amzn-query-error': code } : {},
    body: { __type: error.type, message: error.message, ...error.members },
  };
}
