import { INTERRUPTED } from './jump.ts';
import { BrokenPipe, type Program, type ProgramCall } from './program.ts';
import type { Shell } from './shell.ts';
import { Interrupted } from './streams.ts';

/** 128 + SIGPIPE. */
const BROKEN_PIPE = 141;

/** The program of that name or path; `undefined`: the image has none. */
export function findProgram(shell: Shell, name: string): Program | undefined {
  const [, known] = /^(?:(?:\/usr)?(?:\/local)?\/s?bin\/)?([^/]+)$/.exec(name) ?? [];
  return known === undefined ? undefined : shell.session.machine.programs.get(known);
}

/** Runs a program with the files and the exported variables of a shell. */
export async function runProgram(
  shell: Shell,
  program: Program,
  [name = '', ...words]: readonly string[],
): Promise<number> {
  try {
    return await program(createCall(shell, name, words));
  } catch (thrown) {
    if (thrown instanceof BrokenPipe) return BROKEN_PIPE;
    if (thrown instanceof Interrupted) return INTERRUPTED;
    throw thrown;
  }
}

function createCall(shell: Shell, name: string, words: readonly string[]): ProgramCall {
  const { session, directory } = shell;
  const signal = session.signal();
  const files = new Map(shell.files);
  const environment = new Map(
    [...shell.exported].flatMap((key) => {
      const value = shell.variables.get(key);
      return value === undefined ? [] : [[key, value] as const];
    }),
  );
  const put = async (fd: number, output: string | Uint8Array): Promise<void> => {
    const bytes = typeof output === 'string' ? Buffer.from(output, 'latin1') : output;
    const sink = files.get(fd)?.sink;
    if (sink === undefined || bytes.length === 0) return;
    if (!(await untilAborted(sink.write(bytes), signal))) throw new BrokenPipe();
  };
  return {
    ...{ name, words, environment, directory, session, signal },
    isTerminal: (fd) => files.get(fd)?.isTerminal === true,
    read: async (most) => (await files.get(0)?.source?.read(most, signal)) ?? new Uint8Array(0),
    write: (output) => put(1, output),
    complain: (message) => put(2, `${name}: ${message}\n`),
    run: async (called, changed = environment) => {
      const child = shell.fork();
      for (const key of child.exported) if (!changed.has(key)) child.variables.delete(key);
      for (const [key, value] of changed) {
        child.variables.set(key, value);
        child.exported.add(key);
      }
      try {
        return await child.runExternal(called[0] ?? '', called.slice(1));
      } finally {
        child.end();
      }
    },
    child: () => shell.fork(),
  };
}

async function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  if (signal.aborted) throw new Interrupted();
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(new Interrupted());
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}
