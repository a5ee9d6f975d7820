import { createByteQueue, type ByteQueue } from '../byte-queue.ts';
import type { InputGauge } from '../input-gauge.ts';
import { RESET, type SpdyFrame, type SpdyHeaders } from './frames.ts';
import type { SendWindows } from './send-windows.ts';

/** A stream that the peer opened. */
export interface SpdyStream {
  readonly id: number;
  readonly headers: SpdyHeaders;
  /** What the peer sends. To be taken once, or to be discarded: what is not taken holds the connection up. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Nobody wants what the peer sends. */
  discard(): void;
  /** Aborts when the stream is over for both sides: both ended it, one reset it, or the connection is lost. */
  readonly closed: AbortSignal;
  /** Whether the peer said that it sends no more, so that its input was all there is. */
  readonly isWhole: boolean;
  /** Resolves when more may follow, however fast the peer reads; what is written to a stream that is over is dropped. */
  write(bytes: Uint8Array): Promise<void>;
  /** Nothing follows from this side. */
  end(): void;
  /** Ends both directions at once. */
  reset(status?: number): void;
}

/** A stream, as its connection sees it. */
export interface HeldStream extends SpdyStream {
  /** A part of what the peer sends. */
  receive(bytes: Uint8Array, fin: boolean): void;
  /** It is over without a word to the peer. */
  drop(): void;
}

/** What a stream works with. */
export interface StreamWays {
  readonly gauge: InputGauge;
  readonly windows: SendWindows;
  /** Puts a frame on its way. */
  readonly send: (frame: SpdyFrame) => void;
  /** Resolves when the connection takes more. */
  readonly ready: () => Promise<void>;
  /** Bytes of the stream left this side. */
  readonly taken: (stream: number, bytes: number) => void;
}

/** A frame of data, so that streams take turns. */
const FRAME_BYTES = 32_768;

/** A stream that was just opened. */
export function createSpdyStream(
  { id, headers }: { readonly id: number; readonly headers: SpdyHeaders },
  { gauge, windows, send, ready, taken }: StreamWays,
): HeldStream {
  const queue: ByteQueue = createByteQueue(gauge, (bytes) => taken(id, bytes));
  const closed = new AbortController();
  windows.open(id);
  let isEnded = false;
  let isWhole = false;
  const close = (): void => {
    closed.abort();
    windows.forget(id);
  };
  const closeIfBoth = (): void => {
    if (isEnded && isWhole) close();
  };
  const isOff = (): boolean => isEnded || closed.signal.aborted;
  const write = async (bytes: Uint8Array): Promise<void> => {
    for (let rest = bytes; rest.length > 0 && !isOff();) {
      await ready();
      const most = await windows.allow(id, Math.min(rest.length, FRAME_BYTES), closed.signal);
      if (isOff()) return;
      send({ kind: 'data', streamId: id, bytes: rest.subarray(0, most), fin: false });
      rest = rest.subarray(most);
    }
    await ready();
  };
  return {
    id,
    headers,
    input: queue.bytes,
    closed: closed.signal,
    get isWhole() {
      return isWhole;
    },
    discard: () => queue.discard(),
    write,
    end: () => {
      if (isOff()) return;
      isEnded = true;
      send({ kind: 'data', streamId: id, bytes: new Uint8Array(0), fin: true });
      closeIfBoth();
    },
    reset: (status = RESET.cancel) => {
      if (closed.signal.aborted) return;
      send({ kind: 'rstStream', streamId: id, status });
      queue.cut();
      close();
    },
    receive: (bytes, fin) => {
      if (isWhole) return;
      queue.push(bytes);
      if (!fin) return;
      isWhole = true;
      queue.end();
      closeIfBoth();
    },
    drop: () => {
      queue.cut();
      close();
    },
  };
}
