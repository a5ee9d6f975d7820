import { Jump } from './jump.ts';
import { isDirectory, resolvePath } from './machine.ts';
import { parseShell } from './parse-shell.ts';
import { findProgram } from './run-program.ts';
import { ShellFault } from './shell-fault.ts';
import { SyntaxFault, type Node } from './shell-tree.ts';
import type { Shell } from './shell.ts';
import { readLineOf } from './streams.ts';

type BuiltIn = (shell: Shell, given: readonly string[]) => Promise<number> | number;

const BUILT_INS: ReadonlyMap<string, BuiltIn> = new Map<string, BuiltIn>([
  [':', () => 0],
  ['cd', changeDirectory],
  ['pwd', (shell) => print(shell, shell.directory)],
  ['exit', (shell, [code]) => jump('exit', code, shell.status)],
  ['return', (shell, [code]) => jump('return', code, shell.status)],
  ['break', (_, [count]) => jump('break', count, 1)],
  ['continue', (_, [count]) => jump('continue', count, 1)],
  ['eval', (shell, given) => shell.run(readScript(given.join(' ')))],
  ['export', exportVariables],
  ['unset', unsetVariables],
  ['set', setWords],
  ['shift', shiftWords],
  ['read', readLine],
  ['trap', setTrap],
  ['command', runCommand],
  ['type', (shell, [name = '']) => tellCommand(shell, name)],
  ['wait', () => 0],
  ['umask', () => 0],
]);

/** Runs a command that changes the shell itself; `undefined`: it is none. */
export async function runBuiltIn(
  shell: Shell,
  name: string,
  given: readonly string[],
): Promise<number | undefined> {
  const builtIn = BUILT_INS.get(name);
  return builtIn === undefined ? undefined : await builtIn(shell, given);
}

/** Parses, or says as a shell does what cannot be parsed. */
function readScript(text: string): Node {
  try {
    return parseShell(text);
  } catch (thrown) {
    throw thrown instanceof SyntaxFault ? new ShellFault(thrown.message) : thrown;
  }
}

function jump(to: Jump['to'], given: string | undefined, otherwise: number): never {
  const value = given === undefined ? otherwise : Number(given);
  throw new Jump(to, Number.isInteger(value) ? value & 255 : 2);
}

async function print(shell: Shell, text: string): Promise<number> {
  const isRead = await shell.files.get(1)?.sink?.write(Buffer.from(`${text}\n`, 'latin1'));
  return isRead === false ? 1 : 0;
}

async function changeDirectory(shell: Shell, given: readonly string[]): Promise<number> {
  const [path = shell.variables.get('HOME') ?? '/'] = given.filter((word) => word !== '-P' && word !== '--');
  const directory = resolvePath(shell.directory, path);
  if (!isDirectory(shell.session.machine, directory)) {
    await shell.say(`cd: can't cd to ${path}: No such directory`);
    return 2;
  }
  shell.directory = directory;
  shell.variables.set('PWD', directory);
  return 0;
}

function exportVariables(shell: Shell, given: readonly string[]): number {
  for (const word of given) {
    const [, name = '', , value] = /^([A-Za-z_]\w*)(=([\s\S]*))?$/.exec(word) ?? [];
    if (value !== undefined) shell.variables.set(name, value);
    if (name !== '') shell.exported.add(name);
  }
  return 0;
}

function unsetVariables(shell: Shell, given: readonly string[]): number {
  for (const name of given.filter((word) => !word.startsWith('-'))) {
    shell.variables.delete(name);
    shell.exported.delete(name);
    if (given.includes('-f')) shell.functions.delete(name);
  }
  return 0;
}

async function setWords(shell: Shell, given: readonly string[]): Promise<number> {
  const [option = ''] = given;
  if (given.length === 0) {
    for (const [name, value] of shell.variables) await print(shell, `${name}='${value}'`);
    return 0;
  }
  const end = given.indexOf('--');
  if (/^[-+][a-z]/.test(option) && option.includes('e')) shell.options.stopOnError = option.startsWith('-');
  if (end !== -1 || !/^[-+]/.test(option)) shell.words = given.slice(end + 1);
  return 0;
}

function shiftWords(shell: Shell, [count = '1']: readonly string[]): number {
  if (Number(count) > shell.words.length) return 2;
  shell.words = shell.words.slice(Number(count));
  return 0;
}

/** Takes no more than the line: what follows it is for others. */
async function readLine(shell: Shell, given: readonly string[]): Promise<number> {
  const isRaw = given.includes('-r');
  const names = given.filter((word) => !word.startsWith('-'));
  const source = shell.files.get(0)?.source;
  const signal = shell.session.signal();
  let text = '';
  let line = '';
  do {
    text = text.replace(/\\\n$/, '');
    line = source === undefined ? '' : (await readLineOf(source, signal)).toString('latin1');
    text += line;
  } while (!isRaw && text.endsWith('\\\n') && line !== '');
  assignFields(shell, names.length === 0 ? ['REPLY'] : names, text.replace(/\n$/, ''));
  return line.endsWith('\n') ? 0 : 1;
}

function assignFields(shell: Shell, names: readonly string[], line: string): void {
  const separators = shell.variables.get('IFS') ?? ' \t\n';
  const isBlank = (character: string): boolean => character !== '' && separators.includes(character);
  let rest = line;
  for (const [at, name] of names.entries()) {
    while (isBlank(rest.charAt(0))) rest = rest.slice(1);
    if (at === names.length - 1) {
      while (isBlank(rest.at(-1) ?? '')) rest = rest.slice(0, -1);
      shell.variables.set(name, rest);
      continue;
    }
    const end = Array.from(rest).findIndex(isBlank);
    shell.variables.set(name, end === -1 ? rest : rest.slice(0, end));
    rest = end === -1 ? '' : rest.slice(end);
  }
}

function setTrap(shell: Shell, [action = '', ...signals]: readonly string[]): number {
  for (const signal of signals) {
    if (action === '-') shell.traps.delete(signal);
    else shell.traps.set(signal, action);
  }
  return 0;
}

async function runCommand(shell: Shell, given: readonly string[]): Promise<number> {
  const [first, name = ''] = given;
  if (first === '-v' || first === '-V') return tellCommand(shell, name);
  if (first === undefined) return 0;
  return (await runBuiltIn(shell, first, given.slice(1))) ?? shell.runExternal(first, given.slice(1));
}

async function tellCommand(shell: Shell, name: string): Promise<number> {
  if (BUILT_INS.has(name) || shell.functions.has(name)) return print(shell, name);
  if (findProgram(shell, name) === undefined) return 127;
  return print(shell, name.includes('/') ? name : `/bin/${name}`);
}
