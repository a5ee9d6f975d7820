import type { ContainerFiles } from './container-files.ts';
import type { Command, Statement } from './parse-script.ts';
import type { Word } from './read-tokens.ts';
import { redirect, runFileCommand, type Outcome } from './run-file-command.ts';
import type { ContainerStep } from './simulate-container.ts';

/** What a running script knows and changes. `ms` is the time since the container's start. */
export interface ScriptState {
  readonly variables: Map<string, string>;
  onTerm: 'ignores' | number;
  ms: number;
  status: number;
  stopOnError: boolean;
  /** The files of the container. */
  readonly files: ContainerFiles;
  /** Whether a command was met that is not simulated. */
  metUnknown: boolean;
}

type Steps<Result> = Generator<ContainerStep, Result, undefined>;

/** How a list ended: it ran to its end, the script exits, or it sleeps for ever. */
type End = 'done' | 'exit' | 'forever';

/** A turn of a loop that takes no time would hang the emulator, so it takes this. */
const LOOP_TURN_MS = 10;

/**
 * Runs a parsed script in simulated time, lazily: nothing is computed before it is asked for, so endless loops are fine.
 *
 * Commands: `sleep N` (fractions, s/m/h, `infinity`), `echo`, `exit N`, `true`, `false`, `:`, `NAME=value`, `export`,
 * `set -e`, `trap '' TERM` (ignores SIGTERM), `trap 'exit N' TERM`, `exec` before another, and on the files of the container
 * `cat`, `touch`, `rm`, `test -e/-f/-d/-s/-n/-z`, `[ .. ]`, `printenv`, `echo .. > FILE`. An unknown command prints
 * `sh: <command>: not found` and gives 127.
 */
export function* runScript(statements: readonly Statement[], state: ScriptState): Steps<undefined> {
  const end = yield* runList(statements, state);
  if (end !== 'forever') yield { kind: 'exit', afterMs: state.ms, exitCode: state.status };
  return undefined;
}

function* runList(statements: readonly Statement[], state: ScriptState): Steps<End> {
  for (const statement of statements) {
    const end = yield* runStatement(statement, state);
    if (end !== 'done') return end;
  }
  return 'done';
}

function* runStatement(statement: Statement, state: ScriptState): Steps<End> {
  switch (statement.kind) {
    case 'chain':
      return yield* runChain(statement, state);
    case 'while':
      return yield* runWhile(statement, state);
    case 'for':
      return yield* runFor(statement, state);
  }
}

function* runChain(chain: Extract<Statement, { kind: 'chain' }>, state: ScriptState): Steps<End> {
  let end = yield* runCommand(chain.first, state);
  let lastRan: Command = chain.first;
  for (const { when, command } of chain.rest) {
    if (end !== 'done') return end;
    if ((when === '&&') !== (state.status === 0)) continue;
    end = yield* runCommand(command, state);
    lastRan = command;
  }
  const last = chain.rest.at(-1)?.command ?? chain.first;
  if (end === 'done' && state.stopOnError && state.status !== 0 && lastRan === last) return 'exit';
  return end;
}

function* runWhile(loop: Extract<Statement, { kind: 'while' }>, state: ScriptState): Steps<End> {
  for (;;) {
    const startedMs = state.ms;
    const stopOnError = state.stopOnError;
    state.stopOnError = false;
    const tested = yield* runList(loop.test, state);
    state.stopOnError = stopOnError;
    if (tested !== 'done') return tested;
    if (state.status !== 0) break;
    const ran = yield* runList(loop.body, state);
    if (ran !== 'done') return ran;
    if (state.ms === startedMs) yield pass(state, LOOP_TURN_MS);
  }
  state.status = 0;
  return 'done';
}

function* runFor(loop: Extract<Statement, { kind: 'for' }>, state: ScriptState): Steps<End> {
  for (const value of loop.words.flatMap((word) => expand(word, state))) {
    state.variables.set(loop.variable, value);
    const end = yield* runList(loop.body, state);
    if (end !== 'done') return end;
  }
  return 'done';
}

function* runCommand(command: Command, state: ScriptState): Steps<End> {
  const words = command.words.flatMap((word) => expand(word, state));
  while (words[0] === 'exec' || words[0] === 'export') words.shift();
  while (words[0] !== undefined && assign(words[0], state)) words.shift();
  const [path, ...given] = words;
  const name = path?.split('/').at(-1);
  if (name === 'sleep') return yield* runSleep(given, state);
  if (name === 'exit') return exit(given, state);
  const { status, output } = runBuiltIn(name, given, state);
  state.status = status;
  if (output !== undefined && command.into !== undefined) redirect(state.files, output, command.into);
  else if (output !== undefined && !command.silent) {
    for (const text of output.split('\n')) yield { kind: 'line', afterMs: state.ms, text };
  }
  return 'done';
}

function runBuiltIn(name: string | undefined, given: readonly string[], state: ScriptState): Outcome {
  if (name === undefined || name === 'true' || name === ':') return { status: 0 };
  if (name === 'false') return { status: 1 };
  if (name === 'echo')
    return { status: 0, output: given.slice(/^-[neE]+$/.test(given[0] ?? '') ? 1 : 0).join(' ') };
  if (name === 'set') return setOptions(given, state);
  if (name === 'trap') return setTrap(given, state);
  const done = runFileCommand(name, given, state);
  if (done !== undefined) return done;
  state.metUnknown = true;
  return { status: 127, output: `sh: ${name}: not found` };
}

function setOptions(given: readonly string[], state: ScriptState): Outcome {
  if (given.some((option) => /^-[a-z]*e/.test(option))) state.stopOnError = true;
  if (given.some((option) => /^\+[a-z]*e/.test(option))) state.stopOnError = false;
  return { status: 0 };
}

function setTrap([action = '', ...signals]: readonly string[], state: ScriptState): Outcome {
  if (!signals.some((signal) => ['TERM', 'SIGTERM', '15'].includes(signal))) return { status: 0 };
  const code = /^exit(?: (\d+))?$/.exec(action.trim());
  if (code !== null) state.onTerm = Number(code[1] ?? 0) & 255;
  else if (action === '' || action === ':') state.onTerm = 'ignores';
  else return { status: 1, output: `sh: trap: only '' and 'exit N' are simulated` };
  return { status: 0 };
}

function* runSleep(given: readonly string[], state: ScriptState): Steps<End> {
  if (given.includes('infinity')) return 'forever';
  let total = given.length === 0 ? Number.NaN : 0;
  for (const word of given) total += milliseconds(word);
  if (Number.isNaN(total)) {
    state.status = 1;
    yield { kind: 'line', afterMs: state.ms, text: `sleep: invalid number '${given.join(' ')}'` };
    return 'done';
  }
  yield pass(state, total);
  state.status = 0;
  return 'done';
}

function milliseconds(word: string): number {
  const [, number, unit = 's'] = /^(\d+\.?\d*|\.\d+)([smhd])?$/.exec(word) ?? [];
  const factor = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit] ?? Number.NaN;
  return number === undefined ? Number.NaN : Math.round(Number(number) * factor);
}

function exit([given]: readonly string[], state: ScriptState): End {
  const code = given === undefined ? state.status : Number(given);
  state.status = Number.isInteger(code) ? code & 255 : 2;
  return 'exit';
}

function pass(state: ScriptState, ms: number): ContainerStep {
  state.ms += ms;
  return { kind: 'tick', afterMs: state.ms };
}

function assign(word: string, state: ScriptState): boolean {
  const [, name, value] = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(word) ?? [];
  if (name === undefined || value === undefined) return false;
  state.variables.set(name, value);
  return true;
}

/** The words that one word of the script becomes: an unquoted variable may be several, or none when it is empty. */
function expand(word: Word, state: ScriptState): readonly string[] {
  const words: string[] = [];
  let open: string | undefined;
  for (const part of word) {
    if (part.kind === 'text') open = (open ?? '') + part.text;
    else if (part.quoted) open = (open ?? '') + valueOf(part.name, state);
    else {
      const value = valueOf(part.name, state);
      const pieces = value.split(/\s+/);
      if (value === '') continue;
      words.push(
        ...pieces
          .slice(0, -1)
          .map((piece, at) => (at === 0 ? (open ?? '') : '') + piece)
          .filter((piece) => piece !== ''),
      );
      open = (pieces.length === 1 ? (open ?? '') : '') + (pieces.at(-1) ?? '');
    }
  }
  return open === undefined ? words : [...words, open];
}

function valueOf(name: string, state: ScriptState): string {
  return name === '?' ? String(state.status) : (state.variables.get(name) ?? '');
}
