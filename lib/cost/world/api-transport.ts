import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { HttpRequest, Transport } from '../../adapters/kubernetes/send-request.ts';
import type { ApiServerModel } from '../../local/api-server/create-api-server-model.ts';
import type { ApiRequest, ApiResponse } from '../../local/api-server/requests/api-request.ts';
import { encodeBody, encodeEvent } from '../../local/api-server/server/encode-response.ts';
import type { Clock } from '../../ports/clock.ts';

/** What the way to the API server is made of. */
export interface ApiTransportOptions {
  readonly model: ApiServerModel;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  /** How long an answer takes. */
  readonly latencyMs: number;
  /** Called where a request is sent. */
  readonly onSend: () => void;
  /** Called after each request: controllers may have work. */
  readonly onHandled: () => void;
}

/** The way to an API server in this process, on virtual time. */
export function createApiTransport(options: ApiTransportOptions): Transport {
  const { model, clock, latencyMs, onSend, onHandled } = options;
  const arrive = async (): Promise<void> => {
    onSend();
    await clock.sleep(clock.now() + latencyMs);
  };
  return {
    send: async (_access, request) => {
      await arrive();
      const answer = model.handle(toApiRequest(request), clock.now());
      onHandled();
      return {
        status: answer.code,
        contentType: 'application/json',
        retryAfter: undefined,
        body: textOf(answer),
      };
    },
    open: async (_access, request, signal) => {
      await arrive();
      const stream = openWatch(model, toApiRequest(request), clock.now());
      signal.addEventListener('abort', () => stream.destroy(new Error('aborted')), { once: true });
      onHandled();
      return stream;
    },
  };
}

function openWatch(model: ApiServerModel, request: ApiRequest, now: number): IncomingMessage {
  const stream = new Readable({ read: () => undefined });
  const sink = {
    event: (event: Parameters<typeof encodeEvent>[0]) => void stream.push(encodeEvent(event)),
    end: () => void stream.push(null),
  };
  const outcome = model.watch(request, sink, now);
  const head = { headers: { 'content-type': 'application/json' } };
  if (outcome.kind === 'open') {
    stream.once('close', outcome.stop);
    return Object.assign(stream, { ...head, statusCode: 200 }) as unknown as IncomingMessage;
  }
  stream.push(textOf(outcome.response));
  stream.push(null);
  return Object.assign(stream, {
    ...head,
    statusCode: outcome.response.code,
  }) as unknown as IncomingMessage;
}

function toApiRequest({ method, path, body, contentType }: HttpRequest): ApiRequest {
  const url = new URL(path, 'http://localhost');
  return {
    method,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { 'content-type': contentType ?? 'application/json' },
    ...(body === undefined ? {} : { body }),
  };
}

function textOf({ text, body }: ApiResponse): string {
  return text ?? encodeBody(body);
}
