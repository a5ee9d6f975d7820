import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The version of this package, of its sources as of its JavaScript, which lies deeper. */
export function packageVersion(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    const found = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Package) : {};
    if (found.name === 'lambdalet') return found.version ?? '';
    if (folder === dirname(folder))
      throw new Error(`There is no package.json of lambdalet above ${import.meta.dirname}`);
  }
}

interface Package {
  readonly name?: string;
  readonly version?: string;
}
