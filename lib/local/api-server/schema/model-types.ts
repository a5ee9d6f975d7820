import * as models from '@kubernetes/client-node/dist/gen/models/all.js';

/**
 * The shape of a field. Kubernetes' own types, read from the models that `@kubernetes/client-node` generates from the
 * OpenAPI document of its release: one source for decoding, for strategic merge and for the OpenAPI document served here.
 */
export type FieldType =
  | { readonly kind: 'text' | 'number' | 'integer' | 'boolean' | 'time' | 'microTime' | 'intOrText' | 'any' }
  | { readonly kind: 'list' | 'map'; readonly of: FieldType }
  | { readonly kind: 'object'; readonly model: string };

/** Fields of a model by their name in JSON. */
export type Fields = ReadonlyMap<string, FieldType>;

interface Attribute {
  readonly baseName: string;
  readonly type: string;
  readonly format: string;
}

interface ModelClass {
  readonly getAttributeTypeMap?: () => readonly Attribute[];
}

const classes = models as unknown as Readonly<Record<string, ModelClass | undefined>>;
const known = new Map<string, Fields>();

/** The fields of a model such as `V1Pod`. An unknown name is a fault in a kind's row and throws. */
export function fieldsOf(model: string): Fields {
  const before = known.get(model);
  if (before !== undefined) return before;
  const attributes = classes[model]?.getAttributeTypeMap?.();
  if (attributes === undefined) throw new Error(`no Kubernetes model named ${model}`);
  const fields = new Map(attributes.map((one) => [one.baseName, toFieldType(one.type, one.format)]));
  known.set(model, fields);
  return fields;
}

function toFieldType(type: string, format: string): FieldType {
  const list = /^Array<(.*)>$/.exec(type)?.[1];
  if (list !== undefined) return { kind: 'list', of: toFieldType(list, format) };
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
  if (map !== undefined) return { kind: 'map', of: toFieldType(map, format) };
  return toPlainType(type, format);
}

function toPlainType(type: string, format: string): FieldType {
  if (type === 'string') return { kind: 'text' };
  if (type === 'number') return { kind: format.startsWith('int') ? 'integer' : 'number' };
  if (type === 'boolean') return { kind: 'boolean' };
  if (type === 'Date') return { kind: 'time' };
  if (type === 'V1MicroTime') return { kind: 'microTime' };
  if (type === 'IntOrString') return { kind: 'intOrText' };
  if (type === 'any') return { kind: 'any' };
  return { kind: 'object', model: type };
}
