/** One field off the wire: a number for varints, bytes for everything else. */
export interface WireField {
  readonly number: number;
  readonly value: bigint | Buffer;
}

interface Cursor {
  readonly bytes: Buffer;
  at: number;
}

/** The fields of a protobuf message in their order. Throws a RangeError when the bytes end too early. */
export function readProtobuf(bytes: Buffer): readonly WireField[] {
  const cursor: Cursor = { bytes, at: 0 };
  const fields: WireField[] = [];
  while (cursor.at < bytes.length) {
    const tag = Number(readVarint(cursor));
    fields.push({ number: tag >>> 3, value: readValue(cursor, tag & 7) });
  }
  return fields;
}

function readValue(cursor: Cursor, wireType: number): bigint | Buffer {
  if (wireType === 0) return readVarint(cursor);
  if (wireType === 2) return take(cursor, Number(readVarint(cursor)));
  if (wireType === 1) return take(cursor, 8);
  if (wireType === 5) return take(cursor, 4);
  throw new RangeError(`unknown protobuf wire type ${wireType}`);
}

function take(cursor: Cursor, size: number): Buffer {
  const end = cursor.at + size;
  if (end > cursor.bytes.length) throw new RangeError('the protobuf message ends too early');
  const part = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return part;
}

function readVarint(cursor: Cursor): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = cursor.bytes.readUInt8(cursor.at);
    cursor.at += 1;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asIntN(64, value);
  }
  throw new RangeError('a protobuf number is too long');
}
