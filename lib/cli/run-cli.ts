import type { CommandIo } from './command-io.ts';
import { loadCommand } from './commands.ts';
import { run as runHelp } from './help.ts';
import { UsageError } from './usage-error.ts';

/** Other ways to ask for a command. */
const ALIASES: Readonly<Record<string, string>> = { '--help': 'help', '-h': 'help', '--version': 'version' };

/** `lambdalet ..`: the exit code. 0: all is well; 1: faults were found; 2: it was asked wrongly. */
export async function runCli([first = 'help', ...rest]: readonly string[], io: CommandIo): Promise<number> {
  try {
    const name = ALIASES[first] ?? first;
    if (name === 'help') return await runHelp(rest, io);
    // Options without a command are those of the list of commands.
    if (name.startsWith('-')) return await runHelp([first, ...rest], io);
    return await (
      await loadCommand(name)
    )(rest, io);
  } catch (error) {
    if (error instanceof UsageError) {
      io.stderr.write(`${error.message}\n`);
      return 2;
    }
    const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
    io.stderr.write(`This is a fault of lambdalet itself; please report it with these lines:\n${told}\n`);
    return 1;
  }
}
