import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import dynalite from 'dynalite';

/** An HTTP answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/** Puts one request to a DynamoDB. */
export type AskDynamo = (headers: IncomingHttpHeaders, body: Buffer) => Promise<Answer>;

/** An empty DynamoDB in this process, without a socket. */
export function openDynalite(): AskDynamo {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  return (headers, body) =>
    new Promise((resolve) => {
      const request = Object.assign(Readable.from([body]), { method: 'POST', url: '/', headers });
      const kept: Record<string, string> = {};
      const response = {
        statusCode: 200,
        setHeader: (name: string, value: unknown) => {
          kept[name] = String(value);
        },
        end: (text = '') => {
          resolve({ status: response.statusCode, headers: kept, body: Buffer.from(text) });
        },
      };
      // Of request and response its listener needs no more than this.
      const given = [request as unknown as IncomingMessage, response as unknown as ServerResponse] as const;
      server.emit('request', ...given);
    });
}
