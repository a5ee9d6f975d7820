import type { Duplex } from 'node:stream';

/** A request to the kubelet API of one node, whatever served it. */
export interface ApiRequest {
  readonly node: string;
  readonly method: string;
  /** Decoded; begins with a slash. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Aborts when the caller hangs up. */
  readonly signal: AbortSignal;
}

/** The answer to a request: text, or chunks as they come. */
export interface ApiAnswer {
  readonly kind: 'answer';
  readonly status: number;
  readonly contentType: string;
  /** An error thrown while the chunks are taken ends the connection without a proper end, so that nobody takes it for one. */
  readonly body: string | AsyncIterable<Uint8Array | string>;
}

/** The caller wants another protocol on the connection (SPDY or WebSocket), and may have it. */
export interface ApiUpgrade {
  readonly kind: 'upgrade';
  /** Speaks it, from the `101` on, until either side ends; never rejects. `head` is what came with the request already. */
  serve(connection: Duplex, head: Uint8Array): Promise<void>;
}

/** What becomes of a request. */
export type ApiOutcome = ApiAnswer | ApiUpgrade;

/** An answer of plain text, as the kubelet writes its errors: with a line break at the end. */
export function textAnswer(status: number, text: string): ApiAnswer {
  return { kind: 'answer', status, contentType: 'text/plain; charset=utf-8', body: `${text}\n` };
}
