import { isDirectory, resolvePath } from './machine.ts';
import type { ProgramCall } from './program.ts';

/** `test` and `[`: files, texts, numbers, `!`, `-a` and `-o`. */
export function runTest(call: ProgramCall): number {
  const words = call.name.endsWith('[') ? call.words.slice(0, -1) : call.words;
  return holds(call, words) ? 0 : 1;
}

function holds(call: ProgramCall, words: readonly string[]): boolean {
  const either = words.indexOf('-o', 1);
  if (either !== -1 && words.length > 3)
    return holds(call, words.slice(0, either)) || holds(call, words.slice(either + 1));
  const both = words.indexOf('-a', 1);
  if (both !== -1 && words.length > 3)
    return holds(call, words.slice(0, both)) && holds(call, words.slice(both + 1));
  const [first = '', second = '', third = ''] = words;
  if (first === '!' && words.length > 1) return !holds(call, words.slice(1));
  if (words.length <= 1) return first !== '';
  return words.length === 2 ? holdsFor(call, first, second) : compares(first, second, third);
}

function holdsFor(call: ProgramCall, operator: string, word: string): boolean {
  const { machine } = call.session;
  const path = resolvePath(call.directory, word);
  const file = machine.files.read(path);
  switch (operator) {
    case '-n':
      return word !== '';
    case '-z':
      return word === '';
    case '-d':
      return isDirectory(machine, path);
    case '-f':
      return file !== undefined;
    case '-s':
      return (file?.content.length ?? 0) > 0;
    case '-x':
      return isDirectory(machine, path) || ((file?.mode ?? 0) & 0o111) !== 0;
    case '-e':
    case '-r':
    case '-w':
      return file !== undefined || isDirectory(machine, path);
    case '-t':
      return call.isTerminal(Number(word));
  }
  return false;
}

function compares(left: string, operator: string, right: string): boolean {
  const [one, other] = [Number(left), Number(right)];
  switch (operator) {
    case '=':
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '-eq':
      return one === other;
    case '-ne':
      return one !== other;
    case '-lt':
      return one < other;
    case '-le':
      return one <= other;
    case '-gt':
      return one > other;
    case '-ge':
      return one >= other;
  }
  return false;
}
