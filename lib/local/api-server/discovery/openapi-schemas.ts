import type { KindRow } from '../kinds/kind-row.ts';
import type { JsonObject } from '../objects/json.ts';
import { fieldsOf } from '../schema/model-types.ts';
import type { FieldType } from '../schema/model-types.ts';
import { patchRuleOf } from '../schema/patch-keys.ts';

/** The name of a model's schema. Clients find a kind by its group, version and kind, so the package need not be upstream's. */
export function schemaName(model: string): string {
  const [, group = '', name = model] = /^(Core|Events)?V1(.*)$/.exec(model) ?? [];
  return `io.k8s.api.${group === '' ? '' : `${group.toLowerCase()}.`}v1.${name}`;
}

/** Schemas of the kinds and of everything in them; references start with `refPrefix`. */
export function schemasFor(kinds: readonly KindRow[], refPrefix: string): JsonObject {
  const schemas: Record<string, JsonObject> = {};
  const add = (model: string): void => {
    const name = schemaName(model);
    if (schemas[name] !== undefined) return;
    schemas[name] = {};
    schemas[name] = { ...schemaOf(model, refPrefix, add), ...identityOf(model, kinds) };
  };
  for (const row of kinds) add(row.model);
  return schemas;
}

function identityOf(model: string, kinds: readonly KindRow[]): JsonObject {
  const rows = kinds.filter((row) => row.model === model);
  if (rows.length === 0) return {};
  return {
    'x-kubernetes-group-version-kind': rows.map(({ group, version, kind }) => ({ group, version, kind })),
  };
}

function schemaOf(model: string, refPrefix: string, add: (model: string) => void): JsonObject {
  const properties = [...fieldsOf(model)].map(
    ([field, type]) =>
      [field, { description: '', ...typeOf(type, refPrefix, add), ...patchOf(model, field) }] as const,
  );
  return {
    description: `${model.replace(/^(?:Core|Events)?V1/, '')} of Kubernetes.`,
    type: 'object',
    properties: Object.fromEntries(properties),
  };
}

function patchOf(model: string, field: string): JsonObject {
  const rule = patchRuleOf(model, field);
  if (rule === undefined) return {};
  const strategies = [...(rule.merge ? ['merge'] : []), ...(rule.retainKeys ? ['retainKeys'] : [])];
  return {
    'x-kubernetes-patch-strategy': strategies.join(','),
    ...(rule.mergeKey === undefined ? {} : { 'x-kubernetes-patch-merge-key': rule.mergeKey }),
  };
}

function typeOf(type: FieldType, refPrefix: string, add: (model: string) => void): JsonObject {
  switch (type.kind) {
    case 'object':
      add(type.model);
      return { $ref: `${refPrefix}${schemaName(type.model)}` };
    case 'list':
      return { type: 'array', items: typeOf(type.of, refPrefix, add) };
    case 'map':
      return { type: 'object', additionalProperties: typeOf(type.of, refPrefix, add) };
    case 'text':
    case 'number':
    case 'integer':
    case 'boolean':
    case 'time':
    case 'microTime':
    case 'intOrText':
    case 'any':
      return PLAIN[type.kind];
  }
}

const PLAIN = {
  text: { type: 'string' },
  number: { type: 'number' },
  integer: { type: 'integer', format: 'int64' },
  boolean: { type: 'boolean' },
  time: { type: 'string', format: 'date-time' },
  microTime: { type: 'string', format: 'date-time' },
  intOrText: { type: 'string', format: 'int-or-string' },
  any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
} as const;
