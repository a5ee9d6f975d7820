import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FUNCTION_NAMES } from './names.ts';

/**
 * The id of a deployment: a hash of the code of all functions and of all settings, 16 hex digits. The same code and settings give the
 * same id, so a rollback brings the old id back.
 *
 * @param settings - resolved: references to resources by their names in the template, which do not depend on the run
 * @param functionsPath - folder with `<name>/index.mjs` of every function
 */
export function deployIdOf(settings: unknown, functionsPath: string): string {
  const hash = createHash('sha256').update(JSON.stringify(settings));
  for (const name of FUNCTION_NAMES) {
    hash.update(`\n${name} `).update(readFileSync(join(functionsPath, name, 'index.mjs')));
  }
  return hash.digest('hex').slice(0, 16);
}
