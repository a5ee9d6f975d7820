import { DeploymentError } from '../../infra/deployment-faults.ts';
import { FailureError } from '../core/failure.ts';
import type { CommandIo } from './command-io.ts';
import type { Given, OptionTable } from './option-table.ts';
import { readOptions } from './read-options.ts';
import { packageVersion } from './read-package.ts';
import { renderUsage, type UsageParts } from './render-usage.ts';
import { CommandFault, UsageError } from './usage-error.ts';
import { writeJson } from './write-json.ts';

/** A command that can be run: the exit code. */
export type RunCommand = (argv: readonly string[], io: CommandIo) => Promise<number>;

/** A command: what it takes, and what it does with that. */
export interface Command<Table extends OptionTable> extends UsageParts {
  readonly options: Table;
  /** Whether it takes operands besides its options. */
  readonly takesOperands?: true;
  /**
   * Returns the exit code: 0 good, 1 faults were found.
   * @throws UsageError, CommandFault, DeploymentError or FailureError, which are told without a stack
   */
  readonly run: (given: Given<Table>, io: CommandIo, operands: readonly string[]) => Promise<number>;
}

const HELP = { type: 'boolean', short: 'h', about: 'show this text' } as const;

/** The usual frame of a command: options, `--help`, and how it ends when something is wrong (2: it was asked wrongly). */
export function defineCommand<const Table extends OptionTable>(command: Command<Table>): RunCommand {
  const options = { ...command.options, help: HELP };
  const usage = `${renderUsage({ ...command, options })}\n`;
  return async (argv, io) => {
    try {
      const { given, operands } = readOptions(options, argv, command.takesOperands ?? false);
      const { help, output } = given as { readonly help: boolean; readonly output?: string };
      if (help) {
        if (output === 'json') writeJson(io, 'Help', toJson({ ...command, options }));
        else io.stdout.write(usage);
        return 0;
      }
      return await command.run(given, io, operands);
    } catch (error) {
      const end = endingOf(error);
      if (end === undefined) throw error;
      const text = error instanceof UsageError ? `${end.message}\n\n${usage}` : `${end.message}\n`;
      io.stderr.write(text);
      return end.exitCode;
    }
  };
}

/** The usage for programs. */
function toJson({ name, synopsis, about, options, notes }: UsageParts): object {
  return {
    ...{ version: packageVersion(), name, usage: `lambdalet ${name} ${synopsis}`.trimEnd(), about },
    options: Object.entries(options).map(([long, { short, value, about: what, oneOf, like, multiple }]) => ({
      ...{ name: `--${long}`, ...(short !== undefined && { short: `-${short}` }) },
      ...{ ...(value !== undefined && { value }), about: what },
      ...(oneOf !== undefined && { oneOf }),
      ...(like !== undefined && { allowed: like.allowed }),
      mayRepeat: multiple ?? false,
    })),
    ...(notes !== undefined && { notes }),
  };
}

/** How a fault that is expected ends a command; `undefined` for a fault of the program. */
function endingOf(error: unknown): { readonly message: string; readonly exitCode: 1 | 2 } | undefined {
  if (error instanceof UsageError || error instanceof DeploymentError)
    return { message: error.message, exitCode: 2 };
  if (error instanceof CommandFault) return error;
  if (error instanceof FailureError) return { message: error.message, exitCode: 1 };
  return undefined;
}
