import { defineCommand } from './define-command.ts';
import { OUTPUT } from './option-table.ts';
import { packageVersion } from './read-package.ts';
import { writeJson } from './write-json.ts';

/** `lambdalet version` */
export const run = defineCommand({
  name: 'version',
  synopsis: '[options]',
  about: 'Prints the version of this package and of the Node that runs it.',
  options: { output: OUTPUT },
  run: ({ output }, io) => {
    const version = packageVersion();
    if (output === 'json') writeJson(io, 'Version', { version, node: process.version });
    else io.stdout.write(`lambdalet ${version} (node ${process.version})\n`);
    return Promise.resolve(0);
  },
});
