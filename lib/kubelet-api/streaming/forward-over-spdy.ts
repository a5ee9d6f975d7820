import type { Duplex } from 'node:stream';
import { CREATION_MS, type StreamClock } from './connection-life.ts';
import type { ForwardedSide } from './forward-connection.ts';
import { createSpdyConnection, type SpdyConnection } from './spdy/spdy-connection.ts';
import type { SpdyStream } from './spdy/spdy-stream.ts';

/** The two streams of one forwarded connection, as far as they are open. */
interface StreamPair {
  readonly port: number;
  readonly complete: AbortController;
  error?: SpdyStream;
  data?: SpdyStream;
}

/** What forwarding works with. */
export interface ForwardWays {
  readonly clock: StreamClock;
  /** Forwards one connection to a port. Never rejects. */
  readonly forward: (port: number, client: ForwardedSide) => Promise<void>;
}

/** 512 connections at the same time. */
const MOST_STREAMS = 1_024;

/**
 * Forwards the connections that a client opens over SPDY, each a pair of streams with the same request id (k8s.io/cri-streaming
 * `portforward.httpStreamHandler`), until it hangs up.
 */
export async function forwardOverSpdy(
  transport: Duplex,
  head: Uint8Array,
  { clock, forward }: ForwardWays,
): Promise<void> {
  const pairs = new Map<string, StreamPair>();
  const openPair = (id: string, port: number): StreamPair => {
    const pair: StreamPair = { port, complete: new AbortController() };
    pairs.set(id, pair);
    void expire(id, pair);
    return pair;
  };
  const expire = async (id: string, pair: StreamPair): Promise<void> => {
    await clock.sleep(clock.now() + CREATION_MS, AbortSignal.any([pair.complete.signal, connection.over]));
    if (pair.complete.signal.aborted) return;
    pairs.delete(id);
    pair.data?.reset();
    await pair.error?.write(Buffer.from(`(request=${id}) timed out waiting for streams`));
    pair.error?.end();
  };
  const accept = (stream: SpdyStream): boolean => {
    const port = portOf(stream);
    const type = stream.headers['streamtype'];
    if (port === undefined || (type !== 'error' && type !== 'data')) return false;
    const id = requestOf(stream, type);
    const pair = pairs.get(id) ?? openPair(id, port);
    if (pair[type] !== undefined) {
      void pair.error?.write(
        Buffer.from(`error processing stream for request ${id}: ${type} stream already assigned`),
      );
      return false;
    }
    pair[type] = stream;
    if (type === 'error') stream.discard();
    if (pair.data === undefined || pair.error === undefined) return true;
    pairs.delete(id);
    pair.complete.abort();
    void forward(pair.data === stream ? port : pair.port, toSide(connection, pair.data, pair.error));
    return true;
  };
  const connection = createSpdyConnection(transport, head, { clock, accept, mostStreams: MOST_STREAMS });
  await connection.serve();
}

function portOf({ headers }: SpdyStream): number | undefined {
  return readPort(headers['port'] ?? '');
}

/** A port from 1 to 65535; `undefined` for anything else. */
export function readPort(text: string): number | undefined {
  const port = Number(text);
  return /^\d{1,5}$/.test(text) && port > 0 && port <= 65_535 ? port : undefined;
}

/** Clients of old do not name their requests: the stream of data follows that of errors. */
function requestOf({ id, headers }: SpdyStream, type: 'error' | 'data'): string {
  return headers['requestid'] ?? String(type === 'error' ? id : id - 2);
}

function toSide(connection: SpdyConnection, data: SpdyStream, error: SpdyStream): ForwardedSide {
  const broken = new AbortController();
  // A stream that both sides ended is closed too, and may still have something for the pod.
  const close = (): void => {
    if (!data.isWhole) broken.abort();
  };
  data.closed.addEventListener('abort', close, { once: true });
  if (data.closed.aborted) close();
  return {
    input: data.input,
    isWhole: () => data.isWhole,
    write: (bytes) => data.write(bytes),
    // kubectl waits for the end of the errors before it closes its side.
    end: () => {
      data.end();
      error.end();
    },
    reset: () => {
      data.reset();
      error.end();
    },
    fail: async (message) => {
      await error.write(Buffer.from(message));
      error.end();
      data.reset();
    },
    lost: AbortSignal.any([broken.signal, connection.over]),
  };
}
