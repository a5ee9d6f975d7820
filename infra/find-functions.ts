import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FUNCTION_NAMES } from './names.ts';

/**
 * The folder with the bundled functions of this package: beside the compiled construct, or where `npm run build` puts them in a
 * clone.
 *
 * @throws Error that says how to make them
 */
export function findFunctions(): string {
  const candidates = ['../functions', '../dist/functions'].map((path) => join(import.meta.dirname, path));
  const found = candidates.find((path) =>
    FUNCTION_NAMES.every((name) => existsSync(join(path, name, 'index.mjs'))),
  );
  if (found !== undefined) return found;
  throw new Error(
    `There are no bundled functions in ${candidates.join(' or ')}: run \`npm run build\`, or give functionsPath`,
  );
}
