import type { Duplex } from 'node:stream';
import { failureOf } from '../../../core/failure.ts';
import { createConnectionLife, waitForRoom, type StreamClock } from '../connection-life.ts';
import { createDrain, hangUpLater } from '../transport.ts';
import { createInputGauge } from '../input-gauge.ts';
import { createFrameDecoder } from './decode-frames.ts';
import { createFrameEncoder } from './encode-frames.ts';
import { GO_AWAY, INITIAL_WINDOW, RESET, SpdyFault, type SpdyFrame } from './frames.ts';
import { createSendWindows } from './send-windows.ts';
import { createSpdyStream, type HeldStream, type SpdyStream, type StreamWays } from './spdy-stream.ts';

/** What a connection works with. */
export interface SpdyDeps {
  readonly clock: StreamClock;
  /** A stream that the peer opened and that was replied to; `false` resets it. */
  readonly accept: (stream: SpdyStream) => boolean;
  /** The most streams that are open at the same time: more are refused. */
  readonly mostStreams: number;
}

/** The server's side of a SPDY/3.1 connection. */
export interface SpdyConnection {
  /** Aborts when it is over; its reason says why. */
  readonly over: AbortSignal;
  /** Reads the connection until it is over. Never rejects. */
  serve(): Promise<void>;
  /** Ends every stream, says so, and hangs up when the peer has, or some seconds later. */
  close(): void;
}

/** The most bytes that wait to be written before reading stops: replies to pings and the like, which the peer asked for. */
const MOST_WAITING_BYTES = 1_048_576;

/** A connection over `transport`, behind the `101`. @param head what was read of it already */
export function createSpdyConnection(transport: Duplex, head: Uint8Array, deps: SpdyDeps): SpdyConnection {
  const { clock, accept, mostStreams } = deps;
  const encode = createFrameEncoder();
  const gauge = createInputGauge();
  const windows = createSendWindows();
  const streams = new Map<number, HeldStream>();
  let lastStream = 0;
  let pings = 0;
  let isClosing = false;
  const life = createConnectionLife(clock, () => close('nothing passed for too long'));

  const send = (frame: SpdyFrame): void => {
    if (!transport.writable) return;
    if (frame.kind === 'data') life.touch();
    transport.write(encode(frame));
  };
  const drained = createDrain(transport, life.over);
  const ready = async (): Promise<void> => {
    while (transport.writableNeedDrain && !life.over.aborted) await drained();
  };
  const updates = createWindowUpdates(send, () => windows.areKept);
  const ways: StreamWays = { gauge, windows, send, ready, taken: updates.taken };
  const decode = createFrameDecoder();

  const close = (reason: string, status: number = GO_AWAY.ok): void => {
    if (isClosing) return;
    isClosing = true;
    for (const stream of streams.values()) {
      stream.end();
      stream.drop();
    }
    send({ kind: 'goAway', lastStreamId: lastStream, status });
    transport.end();
    life.end(reason);
    void hangUpLater(transport, clock);
  };
  const open = ({ streamId, headers, fin }: SpdyFrame & { kind: 'synStream' }): void => {
    if (streamId % 2 === 0 || streamId <= lastStream)
      throw new SpdyFault(`a stream ${streamId} behind stream ${lastStream}`);
    lastStream = streamId;
    const stream = createSpdyStream({ id: streamId, headers }, ways);
    if (isClosing || streams.size >= mostStreams) {
      stream.reset(RESET.refused);
      return;
    }
    streams.set(streamId, stream);
    const forget = (): void => {
      streams.delete(streamId);
      updates.forget(streamId);
    };
    stream.closed.addEventListener('abort', forget, { once: true });
    if (fin) stream.receive(new Uint8Array(0), true);
    send({ kind: 'synReply', streamId, headers: {}, fin: false });
    if (!accept(stream)) stream.reset(RESET.refused);
  };
  const handle = (frame: SpdyFrame): void => {
    switch (frame.kind) {
      case 'synStream':
        open(frame);
        return;
      case 'data':
        life.touch();
        streams.get(frame.streamId)?.receive(frame.bytes, frame.fin);
        return;
      case 'headers':
        if (frame.fin) streams.get(frame.streamId)?.receive(new Uint8Array(0), true);
        return;
      case 'rstStream':
        streams.get(frame.streamId)?.drop();
        return;
      case 'ping':
        // What has an odd id is the client's own; the others are answers.
        if (frame.id % 2 === 1) send(frame);
        return;
      case 'windowUpdate':
        windows.widen(frame.streamId, frame.delta);
        return;
      case 'settings':
        windows.set(frame.settings);
        return;
      case 'goAway':
        close('the peer goes away');
        return;
      case 'synReply':
        throw new SpdyFault('a reply to a stream that nobody opened');
    }
  };
  const ping = (): void => send({ kind: 'ping', id: (pings += 2) });
  const take = (bytes: Uint8Array): void => {
    try {
      for (const frame of decode(bytes)) if (!isClosing) handle(frame);
    } catch (error) {
      if (!(error instanceof SpdyFault)) throw error;
      close(error.message, GO_AWAY.protocolError);
    }
  };
  const read = async (): Promise<void> => {
    take(head);
    for await (const chunk of transport as AsyncIterable<Uint8Array>) {
      // Once it closes, bytes are read only so that the peer gets to read ours.
      if (isClosing) continue;
      take(chunk);
      await waitForRoom(gauge, life, clock, ping);
      while (transport.writableLength > MOST_WAITING_BYTES && !life.over.aborted) await drained();
    }
  };
  return {
    over: life.over,
    close: () => close('closed'),
    serve: async () => {
      transport.on('error', (error) => life.end(error.message));
      transport.once('close', () => life.end('the connection is gone'));
      try {
        await read();
      } catch (error) {
        life.end(failureOf(error).message);
      }
      life.end('the peer hung up');
      for (const stream of streams.values()) stream.drop();
      transport.destroy();
    },
  };
}

/** Tells the peer what was taken, of each stream and of all, when it is half a window; only one that keeps windows. */
function createWindowUpdates(
  send: (frame: SpdyFrame) => void,
  areKept: () => boolean,
): {
  readonly taken: (stream: number, bytes: number) => void;
  readonly forget: (stream: number) => void;
} {
  const untold = new Map<number, number>();
  const add = (streamId: number, bytes: number): void => {
    const delta = (untold.get(streamId) ?? 0) + bytes;
    const isDue = areKept() && delta >= INITIAL_WINDOW / 2;
    untold.set(streamId, isDue ? 0 : delta);
    if (isDue) send({ kind: 'windowUpdate', streamId, delta });
  };
  return {
    taken: (stream, bytes) => {
      add(stream, bytes);
      add(0, bytes);
    },
    forget: (stream) => void untold.delete(stream),
  };
}
