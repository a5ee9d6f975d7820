import { badRequest } from '../objects/api-failure.ts';
import { toTime } from '../objects/api-object.ts';
import { isList, isObject, objectAt } from '../objects/json.ts';
import type { Json, JsonObject } from '../objects/json.ts';
import { canonicalQuantity } from '../objects/quantity.ts';
import { PROTOBUF_FORMS } from './protobuf-fields.ts';
import { isOmitted } from './omit-empty.ts';
import { fieldsOf } from './model-types.ts';
import type { FieldType } from './model-types.ts';

/** What a body became: only known fields, no nulls, no empty lists or maps, times in the server's own form. */
export interface Decoded {
  readonly object: JsonObject;
  /** Unknown fields that were dropped, as `unknown field "spec.bogus"`: an error under Strict, a warning otherwise. */
  readonly warnings: readonly string[];
}

interface Walk {
  /** The model whose field is being decoded. */
  readonly model: string;
  readonly kind: string;
  readonly version: string;
  readonly warnings: string[];
}

/** Decodes a body as the model; a value of the wrong type is 400 with the API server's text. */
export function decodeObject(
  body: JsonObject,
  as: { readonly model: string; readonly kind: string; readonly version: string },
): Decoded {
  const walk: Walk = { model: as.model, kind: as.kind, version: as.version, warnings: [] };
  const object = decodeFields(body, as.model, '', walk);
  return { object, warnings: walk.warnings };
}

function decodeFields(value: JsonObject, model: string, path: string, walk: Walk): JsonObject {
  const fields = fieldsOf(model);
  const result: Record<string, Json> = {};
  for (const [key, inner] of Object.entries(value)) {
    const type = fields.get(key);
    const at = path === '' ? key : `${path}.${key}`;
    if (type === undefined) walk.warnings.push(`unknown field "${at}"`);
    else if (inner !== undefined && inner !== null) {
      const form = PROTOBUF_FORMS.get(`${model}.${key}`);
      if (form === 'bytes') checkBase64(inner, walk);
      const value = form === 'quantity' ? decodeQuantities(inner, walk) : inner;
      const decoded = decodeValue(value, type, at, { ...walk, model });
      if (!isEmptied(decoded, type) && !isOmitted(model, key, decoded)) result[key] = decoded;
    }
  }
  return result;
}

// Lists and maps are `omitempty` throughout the API: an empty one is the same as none.
function isEmptied(value: Json, type: FieldType): boolean {
  if (type.kind === 'list') return isList(value) && value.length === 0;
  if (type.kind === 'map') return isObject(value) && Object.keys(value).length === 0;
  return false;
}

function decodeValue(value: Json, type: FieldType, path: string, walk: Walk): Json {
  switch (type.kind) {
    case 'any':
      return value;
    case 'list':
      if (!isList(value)) throw wrongType(value, `[]${nameOf(type.of)}`, path, walk);
      return value.map((item, index) => decodeValue(item, type.of, `${path}[${index}]`, walk));
    case 'map':
      if (!isObject(value)) throw wrongType(value, `map[string]${nameOf(type.of)}`, path, walk);
      return decodeMap(value, type.of, path, walk);
    case 'object':
      if (!isObject(value)) throw wrongType(value, nameOf(type), path, walk);
      return decodeFields(value, type.model, path, walk);
    case 'time':
    case 'microTime':
      return decodeTime(value, type.kind, path, walk);
    case 'text':
    case 'number':
    case 'integer':
    case 'boolean':
    case 'intOrText':
      if (!isPlain(value, type.kind)) throw wrongType(value, nameOf(type), path, walk);
      return value;
  }
}

function decodeMap(value: JsonObject, of: FieldType, path: string, walk: Walk): JsonObject {
  const result: Record<string, Json> = {};
  for (const [key, inner] of Object.entries(value)) {
    if (inner === undefined || (inner === null && of.kind !== 'any')) continue;
    result[key] = decodeValue(inner, of, `${path}.${key}`, walk);
  }
  return result;
}

// A quantity may be written as a bare number (`cpu: 1`) and in many ways as text; it is kept in one.
function decodeQuantities(value: Json, walk: Walk): Json {
  if (isObject(value)) {
    const entries = Object.entries(value).map(
      ([key, inner]) => [key, inner === undefined ? inner : decodeQuantities(inner, walk)] as const,
    );
    return Object.fromEntries(entries);
  }
  if (typeof value !== 'string' && typeof value !== 'number') return value;
  const quantity = canonicalQuantity(String(value));
  if (quantity !== undefined) return quantity;
  throw cannotHandle(
    walk,
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  );
}

// Padding is required and line breaks are allowed, as in Go's standard encoding. The message counts up to the group that is wrong.
const GROUPS = /^(?:[A-Za-z0-9+/]{4})*/;
const LAST_GROUP = /^(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function checkBase64(values: Json, walk: Walk): void {
  for (const text of Object.values(objectAt({ values }, 'values'))) {
    if (typeof text !== 'string') continue;
    const plain = text.replace(/[\r\n]/g, '');
    const whole = GROUPS.exec(plain)?.[0] ?? '';
    if (!LAST_GROUP.test(plain.slice(whole.length)))
      throw cannotHandle(walk, `illegal base64 data at input byte ${whole.length}`);
  }
}

function isPlain(value: Json, kind: 'text' | 'number' | 'integer' | 'boolean' | 'intOrText'): boolean {
  switch (kind) {
    case 'text':
      return typeof value === 'string';
    case 'number':
      return typeof value === 'number';
    case 'integer':
      return Number.isInteger(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'intOrText':
      return typeof value === 'string' || Number.isInteger(value);
  }
}

function decodeTime(value: Json, kind: 'time' | 'microTime', path: string, walk: Walk): string {
  if (typeof value !== 'string') throw wrongType(value, 'Time', path, walk);
  const layout = kind === 'time' ? '2006-01-02T15:04:05Z07:00' : '2006-01-02T15:04:05.000000Z07:00';
  const pattern =
    kind === 'time'
      ? /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/
      : /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(?:Z|[+-]\d\d:\d\d)$/;
  const time = Date.parse(value);
  if (!pattern.test(value) || Number.isNaN(time)) {
    throw cannotHandle(
      walk,
      `parsing time "${value}" as "${layout}": cannot parse ${JSON.stringify(value.slice(19) || value)} as ${JSON.stringify(layout.slice(19))}`,
    );
  }
  return kind === 'time' ? toTime(time) : value;
}

function nameOf(type: FieldType): string {
  if (type.kind === 'object') return type.model.replace(/^(?:Core|Events)?V1/, 'v1.');
  return {
    text: 'string',
    number: 'float64',
    integer: 'int32',
    boolean: 'bool',
    time: 'Time',
    microTime: 'MicroTime',
    intOrText: 'intstr.IntOrString',
    any: 'interface {}',
    list: '[]',
    map: 'map',
  }[type.kind];
}

function typeNameOf(value: Json): string {
  if (value === null) return 'null';
  if (isList(value)) return 'array';
  return { string: 'string', number: 'number', boolean: 'bool', object: 'object' }[
    typeof value as 'string' | 'number' | 'boolean' | 'object'
  ];
}

function wrongType(value: Json, goType: string, path: string, walk: Walk): Error {
  const field = path.replace(/\[\d+\]/g, '');
  return cannotHandle(
    walk,
    `json: cannot unmarshal ${typeNameOf(value)} into Go struct field ${walk.model.replace(/^(?:Core|Events)?V1/, '')}.${field} of type ${goType}`,
  );
}

function cannotHandle(walk: Walk, why: string): Error {
  return badRequest(`${walk.kind} in version "${walk.version}" cannot be handled as a ${walk.kind}: ${why}`);
}
