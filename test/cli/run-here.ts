// Runs `lambdalet` in this process.
import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import { onInterrupt } from '../../lib/cli/on-interrupt.ts';
import { runCli } from '../../lib/cli/run-cli.ts';

/** What a command said, and how it ended. */
export interface Told {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** With these arguments and this environment; the output is no terminal unless it is said to be one. */
export async function cli(
  argv: readonly string[],
  {
    stdin = '',
    environment = {},
    isTTY = false,
  }: {
    readonly stdin?: string;
    readonly environment?: Record<string, string>;
    readonly isTTY?: boolean;
  } = {},
): Promise<Told> {
  const told = { out: '', err: '' };
  const into = (key: 'out' | 'err') => ({
    isTTY,
    write: (text: string) => {
      told[key] += text;
      return true;
    },
  });
  const code = await runCli(argv, {
    stdin: Readable.from([stdin]),
    stdout: into('out'),
    stderr: into('err'),
    environment,
    interrupts: () => onInterrupt(new EventEmitter()),
  });
  return { code, ...told };
}
