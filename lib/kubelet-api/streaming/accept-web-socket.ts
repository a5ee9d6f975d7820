import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { ApiRequest } from '../exchange.ts';

/** The largest message that is taken: it is held as a whole. Go's clients send 32 KB, others a file at once. */
const MOST_MESSAGE_BYTES = 8 * 1_048_576;

/** A connection whose client asked for a WebSocket, in a handshake that was judged already. */
export interface AskedWebSocket {
  readonly request: ApiRequest;
  readonly transport: Duplex;
  readonly head: Uint8Array;
  readonly protocol: string | undefined;
}

/** Hands the connection over to a WebSocket; `undefined` when the client is gone already. */
export function acceptWebSocket({
  request,
  transport,
  head,
  protocol,
}: AskedWebSocket): WebSocket | undefined {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MOST_MESSAGE_BYTES,
  });
  // It refuses names that are no tokens of HTTP, and `SPDY/3.1+portforward.k8s.io` is none: the name is chosen without it.
  const { 'sec-websocket-protocol': _, ...headers } = request.headers;
  server.on('headers', (lines) => {
    if (protocol !== undefined) lines.push(`Sec-WebSocket-Protocol: ${protocol}`);
  });
  let accepted: WebSocket | undefined;
  // The method and the headers are what it reads of a request, and it calls back before it returns.
  const asked = { method: request.method, headers } as unknown as IncomingMessage;
  server.handleUpgrade(asked, transport, Buffer.from(head), (socket) => (accepted = socket));
  return accepted;
}
