import type { ContainerFiles } from './container-files.ts';
import { parseScript } from './parse-script.ts';
import { ScriptFault } from './read-tokens.ts';
import { runScript, type ScriptState } from './run-script.ts';

/** What happens next in a simulated container; `afterMs` counts from its start and never falls. */
export type ContainerStep =
  | { readonly kind: 'line'; readonly afterMs: number; readonly text: string }
  /** Time passes without a word: ask again at that time. */
  | { readonly kind: 'tick'; readonly afterMs: number }
  | { readonly kind: 'exit'; readonly afterMs: number; readonly exitCode: number };

/** A simulated container: its life so far unseen, and what it does on SIGTERM (an exit code, or nothing at all). */
export interface SimulatedContainer {
  /** The next step; `undefined` when the container just runs on (or has exited). */
  next(): ContainerStep | undefined;
  onTerm(): 'ignores' | number;
  /** Whether the script so far met a command that is not simulated. */
  metUnknown?(): boolean;
}

/** What decides how a simulated container behaves. */
export interface ContainerProgram {
  /** Entry point and command. */
  readonly words: readonly string[];
  readonly environment: ReadonlyMap<string, string>;
  readonly files: ContainerFiles;
}

/** The exit code of a process that SIGTERM ended: 128 + 15. */
const TERMINATED = 143;

const SHELLS = new Set(['sh', 'bash', 'ash', 'dash']);
const BUILT_IN = new Set('sleep echo true false exit cat touch rm test [ printenv'.split(' '));

/**
 * Simulates a container from its entry point and command:
 * - `sh -c SCRIPT` (also bash, ash, dash, `-ec`) runs the script as a tiny shell, see `runScript`;
 * - `sleep 5`, `echo hi`, `true`, `false`, `exit 3`, `cat FILE`, `touch FILE`, `rm FILE`, `test -f FILE` and `printenv NAME`
 *   without a shell do what they say;
 * - everything else, above all an image without a command, is a program of the image: it runs on until it is stopped.
 *
 * SIGTERM ends it with 143 unless the script traps it.
 */
export function simulateContainer(program: ContainerProgram): SimulatedContainer {
  const { words } = program;
  const script = scriptOf(words);
  if (script !== undefined) return simulateScript(script, program);
  if (!BUILT_IN.has(baseName(words[0]))) return { next: () => undefined, onTerm: () => TERMINATED };
  return simulateScript(words.map(quote).join(' '), program);
}

function scriptOf(words: readonly string[]): string | undefined {
  if (!SHELLS.has(baseName(words[0]))) return undefined;
  const flags = words.slice(1).findIndex((word) => /^-[a-z]*c[a-z]*$/.test(word));
  if (flags === -1) return undefined;
  const script = words[flags + 2] ?? '';
  return words[flags + 1]?.includes('e') === true ? `set -e\n${script}` : script;
}

function simulateScript(script: string, { environment, files }: ContainerProgram): SimulatedContainer {
  const state: ScriptState = {
    ...{ variables: new Map(environment), files, onTerm: TERMINATED, ms: 0, status: 0 },
    ...{ stopOnError: false, metUnknown: false },
  };
  const steps = startScript(script, state);
  return {
    next: () => steps.next().value ?? undefined,
    onTerm: () => state.onTerm,
    metUnknown: () => state.metUnknown,
  };
}

function startScript(script: string, state: ScriptState): Iterator<ContainerStep, undefined> {
  try {
    return runScript(parseScript(script), state);
  } catch (error) {
    if (!(error instanceof ScriptFault)) throw error;
    return [
      { kind: 'line', afterMs: 0, text: `sh: ${error.message}` } as const,
      { kind: 'exit', afterMs: 0, exitCode: 2 } as const,
    ].values();
  }
}

function baseName(path: string | undefined): string {
  return path?.split('/').at(-1) ?? '';
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
