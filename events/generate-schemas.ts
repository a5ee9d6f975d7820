/**
 * Writes the JSON Schemas of `events/schemas` from their zod sources.
 *
 *   node events/generate-schemas.ts           writes what differs
 *   node events/generate-schemas.ts --check   writes nothing; exits 1 and names each stale file
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { ecsTaskStateChangeSchema } from './ecs-task-state-change.ts';
import { podNoticeEventSchema } from './pod-notice.ts';

const generated = new URL('./schemas/', import.meta.url);
const sources: Readonly<Record<string, { readonly title: string; readonly schema: z.ZodType }>> = {
  'ecs-task-state-change': {
    title: 'ECS Task State Change: what Lambdalet demands of it',
    schema: ecsTaskStateChangeSchema,
  },
  'pod-notice': { title: 'The notices of Lambdalet, source lambdalet.pod', schema: podNoticeEventSchema },
};

/** The text of every generated schema, by file name. */
export function renderSchemas(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(sources).map(([name, { title, schema }]) => {
      const body = z.toJSONSchema(schema, {
        io: 'input',
        override: ({ jsonSchema }) => dropTimePattern(jsonSchema),
      });
      return [`${name}.schema.json`, `${JSON.stringify({ title, ...body }, null, 2)}\n`];
    }),
  );
}

/** The generated pattern of a date-time is 200 characters of leap years that say no more than `format`. */
function dropTimePattern(jsonSchema: z.core.JSONSchema.BaseSchema): void {
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
}

/** The names of the files in `folder` whose text is not what the sources say now; a missing file is stale too. */
export function findStaleSchemas(folder: URL = generated): readonly string[] {
  return [...renderSchemas()]
    .filter(([name, text]) => readIfThere(new URL(name, folder)) !== text)
    .map(([name]) => name);
}

function readIfThere(file: URL): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function main(): void {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
  const stale = findStaleSchemas();
  if (values.check) {
    for (const name of stale)
      console.error(`events/schemas/${name} is stale: run \`node events/generate-schemas.ts\``);
    process.exitCode = stale.length === 0 ? 0 : 1;
    return;
  }
  const texts = renderSchemas();
  for (const name of stale) {
    writeFileSync(new URL(name, generated), texts.get(name) ?? '');
    console.log(`wrote events/schemas/${name}`);
  }
}

if (import.meta.main) main();
