import type { RawData, WebSocket } from 'ws';
import { acceptWebSocket, type AskedWebSocket } from './accept-web-socket.ts';
import { createByteQueue, type ByteQueue } from './byte-queue.ts';
import { createConnectionLife, waitForRoom, type StreamClock } from './connection-life.ts';
import { createInputGauge } from './input-gauge.ts';
import { hangUpLater } from './transport.ts';

/** A WebSocket whose messages each begin with the number of a channel (k8s.io/streaming `wsstream`). */
export interface ChannelSocket {
  /** What the client writes on a channel, by its number; the others are thrown away. */
  readonly inputs: ReadonlyMap<number, ByteQueue>;
  /** Resolves when more may follow; what is sent to a client that is gone is dropped. */
  send(channel: number, bytes: Uint8Array): Promise<void>;
  /** Says that nothing follows, and hangs up when the client has, or some seconds later. */
  hangUp(): void;
  /** Aborts when the client is gone. */
  readonly gone: AbortSignal;
  /** Resolves when it is closed. */
  readonly over: Promise<void>;
}

/** What a channel socket is made of. */
export interface AskedChannels extends AskedWebSocket {
  readonly clock: StreamClock;
  /** The channels that the client may write. */
  readonly read: readonly number[];
}

/** How channels are written into messages. */
interface ChannelCodec {
  readonly decode: (message: Buffer) => { readonly channel: number; readonly bytes: Buffer };
  readonly encode: (channel: number, bytes: Uint8Array) => string | Buffer;
}

/** One byte with the number, then the bytes as they are. */
const BINARY: ChannelCodec = {
  decode: (message) => ({ channel: message[0] ?? 0, bytes: message.subarray(1) }),
  encode: (channel, bytes) => Buffer.concat([Buffer.from([channel]), bytes]),
};
const DIGIT_ZERO = 48;
/** The same as text: a digit (for ten and more what follows it in ASCII), then base64. */
const BASE64: ChannelCodec = {
  decode: (message) => ({
    channel: (message[0] ?? 0) - DIGIT_ZERO,
    bytes: Buffer.from(message.toString('latin1', 1), 'base64'),
  }),
  encode: (channel, bytes) =>
    `${String.fromCharCode(DIGIT_ZERO + channel)}${Buffer.from(bytes).toString('base64')}`,
};

/** Version 5: the channel named behind it ends. */
const CLOSE_SIGNAL = 255;
const NORMAL_CLOSURE = 1_000;
const MESSAGE_BYTES = 32_768;

/** Hands the connection over to a WebSocket; `undefined` when the client is gone already. */
export function openChannelSocket(asked: AskedChannels): ChannelSocket | undefined {
  const { transport, protocol, clock, read } = asked;
  const socket = acceptWebSocket(asked);
  if (socket === undefined) return undefined;
  const codec = protocol?.includes('base64') === true ? BASE64 : BINARY;
  const gauge = createInputGauge();
  const inputs = new Map(read.map((channel) => [channel, createByteQueue(gauge)]));
  const hangUp = (): void => {
    for (const input of inputs.values()) input.discard();
    socket.resume();
    socket.close(NORMAL_CLOSURE);
    void hangUpLater(transport, clock);
  };
  const life = createConnectionLife(clock, hangUp);
  const receive = (message: Buffer): void => {
    life.touch();
    if (message.length === 0) return;
    if (message[0] === CLOSE_SIGNAL && protocol?.startsWith('v5.') === true)
      return inputs.get(message[1] ?? CLOSE_SIGNAL)?.end();
    const { channel, bytes } = codec.decode(message);
    inputs.get(channel)?.push(bytes);
  };
  socket.on('message', (data) => {
    receive(toBuffer(data));
    if (!gauge.isFull || socket.isPaused) return;
    socket.pause();
    void waitForRoom(gauge, life, clock, () => socket.ping()).then(() => socket.resume());
  });
  socket.on('error', (error) => life.end(error.message));
  const over = new Promise<void>((resolve) => {
    socket.once('close', () => {
      life.end('the client hung up');
      for (const input of inputs.values()) input.cut();
      resolve();
    });
  });
  return {
    inputs,
    hangUp,
    gone: life.over,
    over,
    send: async (channel, bytes) => {
      let at = 0;
      do {
        life.touch();
        await sendMessage(socket, codec.encode(channel, bytes.subarray(at, at + MESSAGE_BYTES)));
        at += MESSAGE_BYTES;
      } while (at < bytes.length && !life.over.aborted);
    },
  };
}

/** Resolves when the message is on its way, or the socket is closed. */
function sendMessage(socket: WebSocket, message: string | Buffer): Promise<void> {
  return new Promise((resolve) => socket.send(message, () => resolve()));
}

function toBuffer(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
