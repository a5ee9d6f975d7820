import { createHash } from 'node:crypto';

/** Kinds of messages on a data channel of Session Manager. */
export const MESSAGE = {
  input: 'input_stream_data',
  output: 'output_stream_data',
  acknowledge: 'acknowledge',
  closed: 'channel_closed',
  pause: 'pause_publication',
  start: 'start_publication',
} as const;

/** What the payload of an input or output message is. */
export const PAYLOAD = {
  none: 0,
  output: 1,
  error: 2,
  size: 3,
  handshakeRequest: 5,
  handshakeResponse: 6,
  handshakeComplete: 7,
  challengeRequest: 8,
  flag: 10,
  stderr: 11,
  exitCode: 12,
} as const;

/** The first and only message of its kind: what acknowledgements carry. */
export const FLAGS = { first: 1, only: 3 } as const;

/** One message of a data channel. */
export interface Frame {
  readonly messageType: string;
  readonly sequence: number;
  readonly flags: number;
  /** UUID with hyphens. */
  readonly messageId: string;
  readonly createdAt: number;
  readonly payloadType: number;
  readonly payload: Uint8Array;
}

/** Length of the header as the header tells it: the length of the payload behind it is not counted. */
const HEADER = 116;
const SCHEMA_VERSION = 1;
const TYPE_LENGTH = 32;
const AT = {
  type: 4,
  schema: 36,
  created: 40,
  sequence: 48,
  flags: 56,
  id: 64,
  digest: 80,
  payloadType: 112,
} as const;

/** The bytes of a message, as the agent of Systems Manager reads them (amazon-ssm-agent, session/contracts). */
export function encodeFrame(frame: Frame): Uint8Array {
  const bytes = Buffer.alloc(HEADER + 4 + frame.payload.length);
  bytes.writeUInt32BE(HEADER, 0);
  bytes.write(frame.messageType.padEnd(TYPE_LENGTH), AT.type, TYPE_LENGTH, 'latin1');
  bytes.writeUInt32BE(SCHEMA_VERSION, AT.schema);
  bytes.writeBigUInt64BE(BigInt(frame.createdAt), AT.created);
  bytes.writeBigInt64BE(BigInt(frame.sequence), AT.sequence);
  bytes.writeBigUInt64BE(BigInt(frame.flags), AT.flags);
  swapHalves(Buffer.from(frame.messageId.replaceAll('-', ''), 'hex')).copy(bytes, AT.id);
  createHash('sha256').update(frame.payload).digest().copy(bytes, AT.digest);
  bytes.writeUInt32BE(frame.payloadType, AT.payloadType);
  bytes.writeUInt32BE(frame.payload.length, HEADER);
  bytes.set(frame.payload, HEADER + 4);
  return bytes;
}

/** The message in these bytes; `undefined` where they are none. */
export function decodeFrame(given: Uint8Array): Frame | undefined {
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  if (bytes.length < HEADER + 4) return undefined;
  const header = bytes.readUInt32BE(0);
  if (header < HEADER || header + 4 > bytes.length) return undefined;
  const length = bytes.readUInt32BE(header);
  if (header + 4 + length > bytes.length) return undefined;
  return {
    messageType: bytes
      .toString('latin1', AT.type, AT.type + TYPE_LENGTH)
      .replaceAll('\0', ' ')
      .trim(),
    createdAt: Number(bytes.readBigUInt64BE(AT.created)),
    sequence: Number(bytes.readBigInt64BE(AT.sequence)),
    flags: Number(bytes.readBigUInt64BE(AT.flags)),
    messageId: uuidOf(swapHalves(bytes.subarray(AT.id, AT.id + 16))),
    payloadType: bytes.readUInt32BE(AT.payloadType),
    payload: bytes.subarray(header + 4, header + 4 + length),
  };
}

/** The id is sent as two numbers, the less significant first. */
function swapHalves(id: Buffer): Buffer {
  return Buffer.concat([id.subarray(8, 16), id.subarray(0, 8)]);
}

function uuidOf(id: Buffer): string {
  return id.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
