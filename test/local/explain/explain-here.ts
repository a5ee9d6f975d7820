// Runs `lambdalet explain` in this process.
import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import { onInterrupt } from '../../../lib/cli/on-interrupt.ts';
import { run } from '../../../lib/local/explain/run-explain.ts';

/** What the command said, and how it ended. */
export interface Told {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** With these arguments; `stdin` and the width of the terminal where they matter. */
export async function explainHere(
  argv: readonly string[],
  { stdin = '', columns }: { readonly stdin?: string; readonly columns?: number } = {},
): Promise<Told> {
  const told = { out: '', err: '' };
  const into = (key: 'out' | 'err') => ({
    write: (text: string) => {
      told[key] += text;
      return true;
    },
  });
  const code = await run(argv, {
    stdin: Readable.from([stdin]),
    stdout: { ...into('out'), ...(columns !== undefined && { columns }) },
    stderr: into('err'),
    environment: {},
    interrupts: () => onInterrupt(new EventEmitter()),
  });
  return { code, ...told };
}

/** Explains a text as standard input. */
export const explainText = (stdin: string, ...flags: readonly string[]): Promise<Told> =>
  explainHere(['-f', '-', ...flags], { stdin });
