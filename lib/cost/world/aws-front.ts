import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Clock } from '../../ports/clock.ts';
import type { CallMeter } from '../count-calls.ts';
import type { Answer, AskDynamo } from './ask-dynalite.ts';
import { createDynamoMeter } from './dynamo-meter.ts';

/** The one endpoint of all AWS services. */
export interface AwsFront {
  readonly url: string;
  /** How many requests wait on the clock for their answer. */
  held(): number;
  close(): Promise<void>;
}

/** What lies behind the front, and what a call takes. */
export interface AwsFrontOptions {
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly meter: CallMeter;
  readonly dynamo: AskDynamo;
  /** Where the other services are. */
  readonly others: string;
  /** How long an answer of an operation takes now, such as `dynamodb.GetItem`. */
  readonly latencyMs: (name: string) => number;
  /** Called when something behind the front may have changed. */
  readonly onHandled: () => void;
}

interface Call {
  readonly service: string;
  readonly operation: string;
  readonly body: Buffer;
}

const DYNAMODB = 'DynamoDB_20120810';
/** The answer of the emulators for what they do not know. */
const UNKNOWN = 'UnknownOperationException';

/**
 * Stands before the emulators: makes each call take its time on the virtual clock, and counts what the emulators cannot count
 * themselves: what DynamoDB bills, and calls of services that nobody emulates.
 */
export async function openAwsFront(options: AwsFrontOptions): Promise<AwsFront> {
  let held = 0;
  const dynamo = createDynamoMeter(options.meter);
  const hold = async (name: string): Promise<void> => {
    const { clock, latencyMs } = options;
    held += 1;
    await clock.sleep(clock.now() + latencyMs(name));
    held -= 1;
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request);
    const call = { ...nameOf(request), body };
    const name = `${call.service}.${call.operation}`;
    const isDynamo = call.service === 'dynamodb';
    await hold(name);
    const answer = isDynamo
      ? await options.dynamo(request.headers, dynamo.ask(body))
      : await forward(request, options.others, body);
    if (isDynamo) dynamo.count(call.operation, body, String(answer.body));
    else if (String(answer.body).includes(UNKNOWN)) options.meter.count(name);
    options.onHandled();
    response.writeHead(answer.status, answer.headers).end(answer.body);
  };
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  // Closing an idle connection under a client that is about to use it looks to it like a request that may have been carried out.
  server.keepAliveTimeout = 0;
  return { url: await listen(server), held: () => held, close: () => shut(server) };
}

/** Services that no model stands for, as they call themselves on the wire. */
const SERVICES: Readonly<Record<string, string>> = {
  [DYNAMODB]: 'dynamodb',
  GraniteServiceVersion20100801: 'cloudWatch',
  ServiceQuotasV20190624: 'serviceQuotas',
};

/** By the target header of the JSON protocols, or the path of the RPC protocol; what has neither is S3. */
function nameOf({ headers, url = '/' }: IncomingMessage): Pick<Call, 'service' | 'operation'> {
  const [, service, operation] =
    /^(\w+)\.(\w+)$/.exec(String(headers['x-amz-target'])) ??
    /^\/service\/(\w+)\/operation\/(\w+)$/.exec(url) ??
    [];
  if (service === undefined || operation === undefined) return { service: 's3', operation: 'Any' };
  return { service: SERVICES[service] ?? service, operation };
}

/** Headers of one connection, and those that `fetch` sets itself. */
const OF_CONNECTION = new Set([
  'connection',
  'keep-alive',
  'content-length',
  'transfer-encoding',
  'host',
  'expect',
]);

async function forward(request: IncomingMessage, to: string, body: Buffer): Promise<Answer> {
  const { method = 'GET', url = '/', headers } = request;
  const kept = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' && !OF_CONNECTION.has(name) ? [[name, value] as const] : [],
  );
  const answer = await fetch(`${to}${url}`, {
    method,
    headers: Object.fromEntries(kept),
    ...(body.length > 0 && { body: new Uint8Array(body) }),
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  const back = [...answer.headers].filter(([name]) => !OF_CONNECTION.has(name));
  return { status: answer.status, headers: Object.fromEntries(back), body: bytes };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function shut(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
