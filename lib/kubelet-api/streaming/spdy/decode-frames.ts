import {
  FIN,
  FRAME_TYPES,
  MOST_31_BITS,
  SpdyFault,
  VERSION,
  type SpdyFrame,
  type SpdySetting,
} from './frames.ts';
import { createHeaderReader } from './header-block.ts';

/** The most bytes of a control frame: those of Kubernetes have some tens. It is all that is ever held back. */
const MOST_CONTROL_BYTES = 16_384;
const HEAD_BYTES = 8;

/** What is to come of a data frame. */
interface OpenData {
  readonly streamId: number;
  readonly left: number;
  readonly fin: boolean;
}

type ReadHeaders = ReturnType<typeof createHeaderReader>;

/**
 * Reads the frames of one direction from its bytes, however they are cut. Data frames are given in parts as they come, and frames of a
 * type that nobody knows are passed over.
 * @throws SpdyFault for bytes that are no SPDY/3.1; nothing can be read after it
 */
export function createFrameDecoder(): (chunk: Uint8Array) => readonly SpdyFrame[] {
  const readHeaders = createHeaderReader();
  let held: Buffer = Buffer.alloc(0);
  let open: OpenData | undefined;
  return (chunk) => {
    const frames: SpdyFrame[] = [];
    let rest = joined(held, chunk);
    for (;;) {
      if (open !== undefined) {
        const part = rest.subarray(0, open.left);
        rest = rest.subarray(part.length);
        const left = open.left - part.length;
        const { streamId, fin } = open;
        if (part.length > 0 || left === 0)
          frames.push({ kind: 'data', streamId, bytes: part, fin: fin && left === 0 });
        open = left === 0 ? undefined : { ...open, left };
        if (open !== undefined) break;
      }
      if (rest.length < HEAD_BYTES) break;
      const length = rest.readUInt32BE(4) & 0xff_ffff;
      if (((rest[0] ?? 0) & 0x80) === 0) {
        open = openData(rest, length);
        rest = rest.subarray(HEAD_BYTES);
        continue;
      }
      checkControl(rest, length);
      if (rest.length < HEAD_BYTES + length) break;
      const frame = readControl(rest.subarray(0, HEAD_BYTES + length), readHeaders);
      if (frame !== undefined) frames.push(frame);
      rest = rest.subarray(HEAD_BYTES + length);
    }
    // A copy: a few bytes would keep all of the chunk.
    held = Buffer.from(rest);
    return frames;
  };
}

function joined(held: Buffer, chunk: Uint8Array): Buffer {
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  return held.length === 0 ? bytes : Buffer.concat([held, bytes]);
}

function openData(head: Buffer, left: number): OpenData {
  const streamId = head.readUInt32BE(0);
  if (streamId === 0) throw new SpdyFault('a data frame of no stream');
  return { streamId, left, fin: ((head[4] ?? 0) & FIN) !== 0 };
}

function checkControl(head: Buffer, length: number): void {
  const version = head.readUInt16BE(0) & 0x7fff;
  if (version !== VERSION) throw new SpdyFault(`a frame of SPDY/${version}, not of SPDY/${VERSION}`);
  if (length > MOST_CONTROL_BYTES)
    throw new SpdyFault(`a control frame of ${length} bytes, more than ${MOST_CONTROL_BYTES}`);
}

/** The frame, which is whole; `undefined` for one of a type that nobody knows. */
function readControl(frame: Buffer, readHeaders: ReadHeaders): SpdyFrame | undefined {
  const type = frame.readUInt16BE(2);
  const fin = ((frame[4] ?? 0) & FIN) !== 0;
  const body = frame.subarray(HEAD_BYTES);
  switch (type) {
    case FRAME_TYPES.synStream:
      demand(body.length >= 10, 'SYN_STREAM');
      return { kind: 'synStream', streamId: streamOf(body), headers: readHeaders(body.subarray(10)), fin };
    case FRAME_TYPES.synReply:
      demand(body.length >= 4, 'SYN_REPLY');
      return { kind: 'synReply', streamId: streamOf(body), headers: readHeaders(body.subarray(4)), fin };
    case FRAME_TYPES.headers:
      demand(body.length >= 4, 'HEADERS');
      return { kind: 'headers', streamId: streamOf(body), headers: readHeaders(body.subarray(4)), fin };
    case FRAME_TYPES.rstStream:
      demand(body.length === 8, 'RST_STREAM');
      return { kind: 'rstStream', streamId: streamOf(body), status: body.readUInt32BE(4) };
    case FRAME_TYPES.settings:
      return { kind: 'settings', settings: readSettings(body) };
    case FRAME_TYPES.ping:
      demand(body.length === 4, 'PING');
      return { kind: 'ping', id: body.readUInt32BE(0) };
    case FRAME_TYPES.goAway:
      demand(body.length === 8, 'GOAWAY');
      return { kind: 'goAway', lastStreamId: numberAt(body, 0), status: body.readUInt32BE(4) };
    case FRAME_TYPES.windowUpdate: {
      demand(body.length === 8 && numberAt(body, 4) > 0, 'WINDOW_UPDATE');
      return { kind: 'windowUpdate', streamId: numberAt(body, 0), delta: numberAt(body, 4) };
    }
  }
  return undefined;
}

function readSettings(body: Buffer): readonly SpdySetting[] {
  demand(body.length >= 4 && body.length === 4 + body.readUInt32BE(0) * 8, 'SETTINGS');
  const settings: SpdySetting[] = [];
  for (let at = 4; at < body.length; at += 8)
    settings.push({ id: body.readUInt32BE(at) & 0xff_ffff, value: body.readUInt32BE(at + 4) });
  return settings;
}

function streamOf(body: Buffer): number {
  const streamId = numberAt(body, 0);
  if (streamId === 0) throw new SpdyFault('a frame of no stream');
  return streamId;
}

function numberAt(body: Buffer, at: number): number {
  return body.readUInt32BE(at) & MOST_31_BITS;
}

function demand(isSo: boolean, name: string): asserts isSo {
  if (!isSo) throw new SpdyFault(`a frame ${name} that is not made like one`);
}
