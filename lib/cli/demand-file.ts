import { access, constants, stat } from 'node:fs/promises';
import { CommandFault } from './usage-error.ts';

/**
 * A file that a command was given can be read: a pipe can, a directory cannot.
 * @throws CommandFault that ends the command with 2
 */
export async function demandFile(file: string): Promise<void> {
  try {
    await access(file, constants.R_OK);
    if ((await stat(file)).isDirectory()) throw new Error('it is a directory; name a file in it');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandFault(`${file} cannot be read: ${why}`, 2, { cause: error });
  }
}
