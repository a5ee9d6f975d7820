// The two messages of grpc.health.v1.Health/Check, which are too small for a library: a text in field 1, an enum in field 1.

/** The path of the one method. */
export const CHECK_PATH = '/grpc.health.v1.Health/Check';

const STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;

/** A `HealthCheckRequest` in its frame: a flag (not compressed), four bytes of length, the message. */
export function encodeCheck(service: string): Buffer {
  const name = Buffer.from(service);
  const message =
    name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, ...varint(name.length)]), name]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** The status in a framed `HealthCheckResponse`; `undefined` when it is none. */
export function decodeStatus(frame: Buffer): string | undefined {
  if (frame.length < 5 || frame[0] !== 0) return undefined;
  const message = frame.subarray(5, 5 + frame.readUInt32BE(1));
  if (message.length !== frame.readUInt32BE(1)) return undefined;
  let status = 0;
  for (let at = 0; at < message.length;) {
    const tag = readVarint(message, at);
    if (tag === undefined) return undefined;
    const field = readField(message, tag.next, tag.value & 7);
    if (field === undefined) return undefined;
    if (tag.value === 0x08) status = field.value;
    at = field.next;
  }
  return STATUSES[status] ?? String(status);
}

interface Read {
  readonly value: number;
  readonly next: number;
}

/** A field of any wire type: what a newer server adds is stepped over. */
function readField(message: Buffer, at: number, wireType: number): Read | undefined {
  if (wireType === 0) return readVarint(message, at);
  if (wireType === 1) return within(message, at + 8);
  if (wireType === 5) return within(message, at + 4);
  const length = wireType === 2 ? readVarint(message, at) : undefined;
  return length === undefined ? undefined : within(message, length.next + length.value);
}

function within(message: Buffer, next: number): Read | undefined {
  return next <= message.length ? { value: 0, next } : undefined;
}

function varint(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

/** At most four bytes: no number of these messages is larger. */
function readVarint(message: Buffer, at: number): Read | undefined {
  let value = 0;
  for (let index = 0; index < 4; index += 1) {
    const byte = message[at + index];
    if (byte === undefined) return undefined;
    value |= (byte & 0x7f) << (7 * index);
    if (byte < 0x80) return { value, next: at + index + 1 };
  }
  return undefined;
}

const CODES = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
] as const;

/** A code of gRPC by its name. */
export type GrpcCode = (typeof CODES)[number];

/** The code in `grpc-status`; one that nobody defined is `Unknown`. */
export function codeOfStatus(status: string): GrpcCode {
  return CODES[Number(status)] ?? 'Unknown';
}

/** The code that an HTTP status without `grpc-status` stands for (gRPC's http-grpc-status-mapping). */
export function codeOfHttp(status: number): GrpcCode {
  switch (status) {
    case 400:
      return 'Internal';
    case 401:
      return 'Unauthenticated';
    case 403:
      return 'PermissionDenied';
    case 404:
      return 'Unimplemented';
    case 429:
    case 502:
    case 503:
    case 504:
      return 'Unavailable';
  }
  return 'Unknown';
}
