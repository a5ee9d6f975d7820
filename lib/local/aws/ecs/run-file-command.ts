import type { ContainerFiles, TaskFile } from './container-files.ts';
import type { Redirection } from './read-tokens.ts';

/** How a simple command ended, and what it printed. */
export interface Outcome {
  readonly status: number;
  readonly output?: string;
}

/** What commands on files need of their script. */
interface FileState {
  readonly files: ContainerFiles;
  readonly variables: ReadonlyMap<string, string>;
}

/** `cat`, `touch`, `rm`, `test`, `[` and `printenv` on the files and variables of a container; `undefined`: another command. */
export function runFileCommand(
  name: string,
  given: readonly string[],
  state: FileState,
): Outcome | undefined {
  const operands = given.filter((word) => !/^-[a-zA-Z]+$/.test(word));
  switch (name) {
    case 'cat':
      return cat(operands, state);
    case 'touch':
      for (const path of operands) if (!state.files.has(path)) state.files.write(path, toFile(''));
      return { status: 0 };
    case 'rm': {
      const removed = operands.map((path) => state.files.remove(path));
      return { status: removed.every(Boolean) || given.some((word) => /^-\w*f/.test(word)) ? 0 : 1 };
    }
    case 'test':
      return { status: test(given, state) ? 0 : 1 };
    case '[':
      return { status: test(given.slice(0, -1), state) ? 0 : 1 };
    case 'printenv':
      return printVariables(operands, state);
  }
  return undefined;
}

/** Writes what a command printed into a file. */
export function redirect(files: ContainerFiles, output: string, { path, append }: Redirection): void {
  const before = append ? textOf(files.read(path)) : '';
  files.write(path, toFile(`${before}${output}\n`));
}

function cat(paths: readonly string[], { files }: FileState): Outcome {
  const missing = paths.find((path) => files.read(path) === undefined);
  if (missing !== undefined)
    return { status: 1, output: `cat: can't open '${missing}': No such file or directory` };
  const text = paths.map((path) => textOf(files.read(path))).join('');
  return text === '' ? { status: 0 } : { status: 0, output: text.replace(/\n$/, '') };
}

function test(given: readonly string[], { files }: FileState): boolean {
  const [flag = '', operand = ''] = given;
  if (flag === '!') return !test(given.slice(1), { files, variables: new Map() });
  if (['-e', '-f', '-r', '-d', '-x'].includes(flag)) return files.has(operand);
  if (flag === '-s') return (files.read(operand)?.content.byteLength ?? 0) > 0;
  if (flag === '-n') return operand !== '';
  if (flag === '-z') return operand === '';
  const [left, operator, right] = given;
  if (operator === '=') return left === right;
  if (operator === '!=') return left !== right;
  return flag !== '';
}

function printVariables(names: readonly string[], { variables }: FileState): Outcome {
  const [name] = names;
  if (name === undefined)
    return { status: 0, output: [...variables].map(([key, value]) => `${key}=${value}`).join('\n') };
  const value = variables.get(name);
  return value === undefined ? { status: 1 } : { status: 0, output: value };
}

function textOf(file: TaskFile | undefined): string {
  return Buffer.from(file?.content ?? []).toString();
}

function toFile(text: string): TaskFile {
  return { content: Buffer.from(text), mode: 0o644, uid: 0, gid: 0 };
}
