import { timingSafeEqual } from 'node:crypto';
import { ServerResponse, type IncomingMessage, type RequestListener } from 'node:http';
import type { Duplex } from 'node:stream';
import { isWatch } from '../create-api-server-model.ts';
import type { ApiServerModel } from '../create-api-server-model.ts';
import { ApiFailure } from '../objects/api-failure.ts';
import type { ApiRequest, ApiResponse } from '../requests/api-request.ts';
import { decodeProtobuf, PROTOBUF } from '../schema/decode-protobuf.ts';
import { KINDS } from '../kinds/kind-table.ts';
import { encodeBody, encodeEvent } from './encode-response.ts';
import { passToKubelet, passUpgrade, type KubeletClient } from './pass-to-kubelet.ts';

/** What serving needs beside the model. */
export interface Serving {
  readonly model: ApiServerModel;
  readonly clock: { now(): number };
  readonly token: string;
  readonly kubeletClient: KubeletClient;
  /** Called after each request, when controllers may have work. */
  readonly onHandled: () => void;
}

// etcd refuses larger objects too.
const BODY_LIMIT = 3 * 1_024 * 1_024;

/** A listener for node:http and node:https. */
export function createRequestListener(serving: Serving): RequestListener {
  return (message, response) => {
    serve(serving, message, response).catch((cause: unknown) => {
      if (cause instanceof ApiFailure) {
        respond(response, failureOf(cause));
        return;
      }
      const text = cause instanceof Error ? cause.message : String(cause);
      respond(response, failureOf(new ApiFailure(500, 'InternalError', `Internal error occurred: ${text}`)));
    });
  };
}

async function serve(serving: Serving, message: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!isAuthorized(message, serving.token)) {
    message.resume();
    respond(response, failureOf(new ApiFailure(401, 'Unauthorized', 'Unauthorized')));
    return;
  }
  const body = await readBody(message);
  if (body === undefined) {
    respond(
      response,
      failureOf(
        new ApiFailure(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${BODY_LIMIT}`),
      ),
    );
    return;
  }
  const request = toRequest(message, body);
  if (request === undefined) {
    respond(
      response,
      failureOf(new ApiFailure(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {})),
    );
    return;
  }
  if (isWatch(request)) stream(serving, request, response);
  else await answer(serving, request, message, response);
  serving.onHandled();
}

async function answer(
  { model, clock, kubeletClient }: Serving,
  request: ApiRequest,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const answered = model.handle(request, clock.now());
  if (answered.kubelet === undefined) respond(response, answered);
  else await passToKubelet(answered.kubelet, kubeletClient, message, response);
}

/** A listener for requests that ask for another protocol, which only kubelets speak. */
export function createUpgradeListener({
  model,
  clock,
  token,
  kubeletClient,
}: Serving): (message: IncomingMessage, socket: Duplex, head: Buffer) => void {
  return (message, socket, head) => {
    const request = toRequest(message, Buffer.alloc(0));
    const failure = new ApiFailure(401, 'Unauthorized', 'Unauthorized');
    const answered =
      request !== undefined && isAuthorized(message, token)
        ? model.handle(request, clock.now())
        : { code: failure.code, body: failure.status };
    if (answered.kubelet !== undefined) {
      passUpgrade(answered.kubelet, kubeletClient, { message, socket, head });
      return;
    }
    const response = new ServerResponse(message);
    response.shouldKeepAlive = false;
    response.assignSocket(message.socket);
    response.once('finish', () => socket.end());
    respond(response, answered);
  };
}

function isAuthorized(message: IncomingMessage, token: string): boolean {
  const given = Buffer.from(/^Bearer (.*)$/.exec(message.headers.authorization ?? '')?.[1] ?? '');
  const wanted = Buffer.from(token);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

async function readBody(message: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= BODY_LIMIT) chunks.push(chunk);
  }
  return size > BODY_LIMIT ? undefined : Buffer.concat(chunks);
}

// `undefined` for a binary body of a kind that is not known here.
function toRequest(message: IncomingMessage, bytes: Buffer): ApiRequest | undefined {
  const url = new URL(message.url ?? '/', 'http://localhost');
  const headers = Object.entries(message.headers).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  );
  const body = message.headers['content-type'] === PROTOBUF ? decodeProtobuf(bytes, KINDS) : bytes.toString();
  if (body === undefined && bytes.length > 0) return undefined;
  return {
    method: message.method ?? 'GET',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    search: url.search.slice(1),
    headers: Object.fromEntries(headers),
    ...(body === undefined || body === '' ? {} : { body }),
  };
}

function failureOf(failure: ApiFailure): ApiResponse {
  return { code: failure.code, body: failure.status };
}

function respond(response: ServerResponse, answer: ApiResponse): void {
  if (response.headersSent || response.destroyed) return;
  const warnings = (answer.warnings ?? []).map((text) => `299 - ${JSON.stringify(text)}`);
  if (warnings.length > 0) response.setHeader('Warning', warnings);
  const isText = answer.text !== undefined;
  const text = answer.text ?? encodeBody(answer.body);
  response.writeHead(answer.code, {
    'Content-Type': isText ? 'text/plain; charset=utf-8' : `application/json${answer.mediaParameters ?? ''}`,
    'Cache-Control': 'no-cache, private',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}

function stream(serving: Serving, request: ApiRequest, response: ServerResponse): void {
  const pending: string[] = [];
  let isOpen = false;
  const sink = {
    event: (event: Parameters<typeof encodeEvent>[0]): void => {
      if (isOpen) response.write(encodeEvent(event));
      else pending.push(encodeEvent(event));
    },
    end: (): void => {
      if (isOpen) response.end();
      else pending.push('');
    },
  };
  const outcome = serving.model.watch(request, sink, serving.clock.now());
  if (outcome.kind === 'refused') {
    respond(response, outcome.response);
    return;
  }
  response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache, private' });
  response.flushHeaders();
  isOpen = true;
  for (const line of pending) {
    if (line === '') response.end();
    else response.write(line);
  }
  response.on('close', outcome.stop);
}
