/**
 * Writes `deployment.schema.json`, which editors show while a deployment file is typed: the shape of the zod schema with the words of
 * the doc comments.
 *
 *   node infra/write-schema.ts           writes it if it differs
 *   node infra/write-schema.ts --check   writes nothing; exits 1 if it is stale
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import * as z from 'zod';
import { deploymentSchema } from './deployment-schema.ts';
import { readWords } from './read-words.ts';
import type { KeyWords, Words } from './read-words.ts';

type Schema = z.core.JSONSchema.BaseSchema;

const FILE = join(import.meta.dirname, 'deployment.schema.json');

/**
 * The text of the schema, in draft 7: the one that editors know best.
 *
 * @throws Error that names every key whose words and shape disagree
 */
export function renderSchema(): string {
  const shape = z.toJSONSchema(deploymentSchema, { io: 'input', target: 'draft-7' });
  const faults: string[] = [];
  const described = describe(shape, readWords(), '', faults);
  if (faults.length > 0) throw new Error(`Words and shape disagree:\n${faults.join('\n')}`);
  const { $schema, ...rest } = described;
  return `${JSON.stringify({ $schema, title: 'Deployment file of Lambdalet', ...rest }, null, 2)}\n`;
}

/** A mapping, or what has mappings as its items or values, with the words of its keys. */
function describe(schema: Schema, words: Words, path: string, faults: string[]): Schema {
  if (schema.type === 'array')
    return { ...schema, items: describe(schema.items as Schema, words, path, faults) };
  if (schema.properties === undefined) {
    const values = describe(schema.additionalProperties as Schema, words, path, faults);
    return { ...schema, additionalProperties: values };
  }
  const unknown = [...words.keys.keys()].filter((key) => !(key in (schema.properties ?? {})));
  for (const key of unknown) faults.push(`${path}${key} has words, but is no key`);
  const properties = Object.entries(schema.properties).map(([key, inner]) => {
    const known = words.keys.get(key);
    if (known === undefined) faults.push(`${path}${key} has no words`);
    return [key, known === undefined ? inner : describeKey(inner as Schema, known, `${path}${key}`, faults)];
  });
  return { description: words.description, ...schema, properties: Object.fromEntries(properties) as never };
}

function describeKey(schema: Schema, words: KeyWords, path: string, faults: string[]): Schema {
  const { description, below } = words;
  if (schema.default !== undefined && !isDeepStrictEqual(plain(schema.default), plain(words.default))) {
    const [filled, told] = [schema.default, words.default].map((value) => JSON.stringify(value));
    faults.push(`${path}: the default that is filled in is ${filled}, the one that is documented ${told}`);
  }
  const shape = below === undefined ? schema : describe(schema, below, `${path}.`, faults);
  const { default: filled = words.default, description: _ofMapping, ...rest } = shape;
  return { description, ...rest, ...(filled !== undefined && { default: filled }) };
}

/** A quantity of digits only may be written as a number. */
function plain(value: unknown): unknown {
  return typeof value === 'number' ? String(value) : value;
}

function main(): void {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
  const text = renderSchema();
  if (text === readIfThere()) return;
  if (values.check) {
    console.error('infra/deployment.schema.json is stale: run `node infra/write-schema.ts`');
    process.exitCode = 1;
    return;
  }
  writeFileSync(FILE, text);
  console.log('wrote infra/deployment.schema.json');
}

function readIfThere(): string | undefined {
  try {
    return readFileSync(FILE, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

if (import.meta.main) main();
