import { apiVersionOf } from '../kinds/kind-row.ts';
import type { KindRow } from '../kinds/kind-row.ts';
import { badRequest } from '../objects/api-failure.ts';
import { toTime } from '../objects/api-object.ts';
import type { Json, JsonObject } from '../objects/json.ts';
import { fieldsOf } from './model-types.ts';
import type { FieldType, Fields } from './model-types.ts';
import { PROTOBUF_FIELDS } from './protobuf-fields.ts';
import type { ProtobufField } from './protobuf-fields.ts';
import { readProtobuf } from './read-protobuf.ts';
import type { WireField } from './read-protobuf.ts';

/** Media type of the binary form, which kubectl's typed commands (`create`, `auth`, `drain`) send and nothing makes them not send. */
export const PROTOBUF = 'application/vnd.kubernetes.protobuf';

const MAGIC = Buffer.from('k8s\0');
/** Bodies of subresources and options, which have no row of their own. */
const OTHER_KINDS: Readonly<Record<string, string>> = {
  'policy/v1 Eviction': 'V1Eviction',
  'authentication.k8s.io/v1 TokenRequest': 'AuthenticationV1TokenRequest',
  'autoscaling/v1 Scale': 'V1Scale',
  'v1 Binding': 'V1Binding',
  'v1 DeleteOptions': 'V1DeleteOptions',
  'meta.k8s.io/v1 DeleteOptions': 'V1DeleteOptions',
};
// Plain Go integers are written when they are 0 and mean "not set"; pointers to 0 mean 0. These are the plain ones with defaults.
const ZERO_IS_UNSET = [
  'hostPort',
  'nodePort',
  'targetPort',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
  'initialDelaySeconds',
  'generation',
  'observedGeneration',
];

/**
 * An object out of its binary form (magic, envelope, message); `undefined` when it is not one of the kinds known here. A
 * message that cannot be read is 400.
 */
export function decodeProtobuf(body: Buffer, kinds: readonly KindRow[]): JsonObject | undefined {
  try {
    return decodeEnvelope(body, kinds);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw badRequest(`unable to decode the protobuf body: ${cause.message}`);
  }
}

function decodeEnvelope(body: Buffer, kinds: readonly KindRow[]): JsonObject | undefined {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const envelope = readProtobuf(body.subarray(MAGIC.length));
  const type = readProtobuf(bytesOf(envelope, 1));
  const apiVersion = bytesOf(type, 1).toString();
  const kind = bytesOf(type, 2).toString();
  const row = kinds.find((one) => one.kind === kind && apiVersionOf(one) === apiVersion);
  const model = row?.model ?? OTHER_KINDS[`${apiVersion} ${kind}`];
  if (model === undefined) return undefined;
  return { apiVersion, kind, ...decodeMessage(bytesOf(envelope, 2), model, fieldsOf(model)) };
}

function bytesOf(fields: readonly WireField[], number: number): Buffer {
  const found = fields.find((field) => field.number === number)?.value;
  return Buffer.isBuffer(found) ? found : Buffer.alloc(0);
}

function decodeMessage(bytes: Buffer, message: string, types: Fields): JsonObject {
  const numbers = PROTOBUF_FIELDS.get(message);
  const result: Record<string, Json> = {};
  for (const { number, value } of readProtobuf(bytes)) {
    const field = numbers?.get(number);
    if (field === undefined) continue;
    if (field.form === 'inline') Object.assign(result, decodeMessage(toBuffer(value), field.name, types));
    else addField(result, field, types.get(field.name), value);
  }
  return result;
}

function addField(
  result: Record<string, Json>,
  field: ProtobufField,
  type: FieldType | undefined,
  value: bigint | Buffer,
): void {
  if (type === undefined) return;
  const before = result[field.name];
  if (type.kind === 'list') {
    result[field.name] = [
      ...(Array.isArray(before) ? (before as Json[]) : []),
      decodeValue(value, type.of, field),
    ];
  } else if (type.kind === 'map') {
    result[field.name] = {
      ...(before as JsonObject | undefined),
      ...decodeEntry(toBuffer(value), type.of, field),
    };
  } else {
    const decoded = decodeValue(value, type, field);
    const isUnset =
      decoded === '' || decoded === null || (decoded === 0 && ZERO_IS_UNSET.includes(field.name));
    if (!isUnset) result[field.name] = decoded;
  }
}

function decodeEntry(bytes: Buffer, type: FieldType, field: ProtobufField): JsonObject {
  const entry = readProtobuf(bytes);
  const value = entry.find((one) => one.number === 2)?.value ?? Buffer.alloc(0);
  return { [bytesOf(entry, 1).toString()]: decodeValue(value, type, field) };
}

function decodeValue(value: bigint | Buffer, type: FieldType, { form }: ProtobufField): Json {
  if (form === 'quantity') return bytesOf(readProtobuf(toBuffer(value)), 1).toString();
  if (form === 'bytes') return toBuffer(value).toString('base64');
  if (form === 'items') return readProtobuf(toBuffer(value)).map((one) => toBuffer(one.value).toString());
  switch (type.kind) {
    case 'text':
      return toBuffer(value).toString();
    case 'integer':
    case 'number':
      return typeof value === 'bigint' ? Number(value) : null;
    case 'boolean':
      return value === 1n;
    case 'time':
    case 'microTime':
      return decodeTime(toBuffer(value), type.kind);
    case 'intOrText':
      return decodeIntOrText(toBuffer(value));
    case 'object':
      return decodeMessage(toBuffer(value), type.model, fieldsOf(type.model));
    case 'list':
    case 'map':
    case 'any':
      return null;
  }
}

function toBuffer(value: bigint | Buffer): Buffer {
  return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
}

function numberOf(fields: readonly WireField[], number: number): number {
  const value = fields.find((field) => field.number === number)?.value;
  return typeof value === 'bigint' ? Number(value) : 0;
}

// The zero time is an empty message.
function decodeTime(bytes: Buffer, kind: 'time' | 'microTime'): string | null {
  const fields = readProtobuf(bytes);
  const seconds = numberOf(fields, 1);
  if (seconds === 0) return null;
  const text = toTime(seconds * 1_000);
  const micros = String(Math.floor(numberOf(fields, 2) / 1_000)).padStart(6, '0');
  return kind === 'time' ? text : `${text.slice(0, -1)}.${micros}Z`;
}

function decodeIntOrText(bytes: Buffer): string | number {
  const fields = readProtobuf(bytes);
  return numberOf(fields, 1) === 0 ? numberOf(fields, 2) : bytesOf(fields, 3).toString();
}
