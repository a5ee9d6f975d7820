import type { Duplex } from 'node:stream';
import { createFrameDecoder } from '../../lib/kubelet-api/streaming/spdy/decode-frames.ts';
import { createFrameEncoder } from '../../lib/kubelet-api/streaming/spdy/encode-frames.ts';
import type { SpdyFrame, SpdyHeaders } from '../../lib/kubelet-api/streaming/spdy/frames.ts';

/** A stream of a client. */
export interface ClientStream {
  readonly id: number;
  /** What the server sent so far. */
  received(): Buffer;
  /** How the server ended it. */
  readonly ended: Promise<'ended' | 'reset' | 'lost'>;
  write(bytes: Uint8Array): void;
  end(): void;
  reset(): void;
}

/** The client's side of a SPDY/3.1 connection, for tests: it keeps no windows unless it is told to. */
export interface SpdyClient {
  open(headers: SpdyHeaders): ClientStream;
  send(frame: SpdyFrame): void;
  /** Bytes as they are, which need be no SPDY. */
  sendBytes(bytes: Uint8Array): void;
  /** Every frame of the server that is not of a stream. */
  readonly frames: readonly SpdyFrame[];
  /** Resolves with the next frame of a kind, or one that came already. */
  frame(kind: SpdyFrame['kind']): Promise<SpdyFrame>;
  /** Stops and goes on reading. */
  pause(): void;
  resume(): void;
  /** Resolves when the server hung up. */
  readonly closed: Promise<void>;
}

interface Held {
  readonly chunks: Uint8Array[];
  readonly end: (how: 'ended' | 'reset' | 'lost') => void;
}

/** A client on a connection behind its `101`. */
export function createSpdyClient(transport: Duplex): SpdyClient {
  const encode = createFrameEncoder();
  const decode = createFrameDecoder();
  const streams = new Map<number, Held>();
  const frames: SpdyFrame[] = [];
  const waiting: { kind: string; resolve: (frame: SpdyFrame) => void }[] = [];
  let next = 1;
  const send = (frame: SpdyFrame): void => {
    if (transport.writable) transport.write(encode(frame));
  };
  const take = (frame: SpdyFrame): void => {
    if (frame.kind === 'data') {
      streams.get(frame.streamId)?.chunks.push(Buffer.from(frame.bytes));
      if (frame.fin) streams.get(frame.streamId)?.end('ended');
      return;
    }
    if (frame.kind === 'rstStream') streams.get(frame.streamId)?.end('reset');
    frames.push(frame);
    for (const one of waiting) if (one.kind === frame.kind) one.resolve(frame);
  };
  const lose = (): void => {
    for (const stream of streams.values()) stream.end('lost');
  };
  transport.on('data', (chunk: Buffer) => decode(chunk).forEach(take));
  transport.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => {
    const over = (): void => {
      lose();
      resolve();
    };
    transport.once('end', over);
    transport.once('close', over);
  });
  return {
    frames,
    closed,
    send,
    sendBytes: (bytes) => void transport.write(bytes),
    pause: () => void transport.pause(),
    resume: () => void transport.resume(),
    frame: (kind) => {
      const come = frames.find((one) => one.kind === kind);
      if (come !== undefined) return Promise.resolve(come);
      return new Promise((resolve) => waiting.push({ kind, resolve }));
    },
    open: (headers) => {
      const id = next;
      next += 2;
      const { promise, resolve } = Promise.withResolvers<'ended' | 'reset' | 'lost'>();
      const chunks: Uint8Array[] = [];
      streams.set(id, { chunks, end: resolve });
      send({ kind: 'synStream', streamId: id, headers, fin: false });
      return {
        id,
        ended: promise,
        received: () => Buffer.concat(chunks),
        write: (bytes) => send({ kind: 'data', streamId: id, bytes, fin: false }),
        end: () => send({ kind: 'data', streamId: id, bytes: new Uint8Array(0), fin: true }),
        reset: () => send({ kind: 'rstStream', streamId: id, status: 5 }),
      };
    },
  };
}
