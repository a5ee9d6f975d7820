import { evaluate } from './evaluate.ts';
import { ShellFault } from './shell-fault.ts';
import type { Shell } from './shell.ts';
import type { Part, Word } from './shell-tree.ts';
import { createPipe, readAll } from './streams.ts';
import { namesIn, resolvePath } from './machine.ts';

/** A piece of a word after expansion: quoted text is neither split nor a pattern. */
interface Piece {
  readonly text: string;
  readonly quoted: boolean;
  /** A new word begins here whatever stands before: `"$@"`. */
  readonly isNew?: boolean;
}

/** The words that words of the script become: split where they are not quoted, and patterns of names replaced by the names. */
export async function expandWords(shell: Shell, words: readonly Word[]): Promise<string[]> {
  const expanded: string[] = [];
  for (const word of words) {
    const fields = splitFields(await expandParts(shell, word));
    for (const field of fields) expanded.push(...expandNames(shell, field));
  }
  return expanded;
}

/** One word that stays one: in assignments, redirections and `case`. */
export async function expandWord(shell: Shell, word: Word): Promise<string> {
  const pieces = await expandParts(shell, word);
  return pieces.map(({ text, isNew }, at) => (isNew === true && at > 0 ? ' ' : '') + text).join('');
}

/** Whether a text is what a pattern says. */
export async function matches(shell: Shell, text: string, pattern: Word): Promise<boolean> {
  return new RegExp(`^(?:${patternOf(await expandParts(shell, pattern))})$`, 's').test(text);
}

function splitFields(pieces: readonly Piece[]): Piece[][] {
  const fields: Piece[][] = [];
  let open: Piece[] | undefined;
  const close = (): void => {
    if (open !== undefined) fields.push(open);
    open = undefined;
  };
  for (const piece of pieces) {
    if (piece.isNew === true && open !== undefined && fields.length + open.length > 0) close();
    if (piece.quoted) {
      (open ??= []).push(piece);
      continue;
    }
    for (const text of piece.text.split(/([ \t\n]+)/)) {
      if (/^[ \t\n]+$/.test(text)) close();
      else if (text !== '') (open ??= []).push({ text, quoted: false });
    }
  }
  close();
  return fields;
}

function expandNames(shell: Shell, field: readonly Piece[]): readonly string[] {
  const text = field.map((piece) => piece.text).join('');
  if (!field.some((piece) => !piece.quoted && /[*?[]/.test(piece.text))) return [text];
  const { machine } = shell.session;
  const at = text.lastIndexOf('/');
  const directory = at === -1 ? shell.directory : resolvePath(shell.directory, text.slice(0, at) || '/');
  if (/[*?[]/.test(text.slice(0, at + 1))) return [text];
  const whole = new RegExp(`^(?:${patternOf(field)})$`, 's');
  const found = namesIn(machine, directory)
    .map((name) => text.slice(0, at + 1) + name)
    .filter((name) => whole.test(name) && !name.slice(at + 1).startsWith('.'));
  return found.length === 0 ? [text] : found;
}

/** A pattern of the shell as a regular expression. */
function patternOf(pieces: readonly Piece[]): string {
  return pieces.map(({ text, quoted }) => (quoted ? escapeText(text) : unquotedPattern(text))).join('');
}

function unquotedPattern(text: string): string {
  return text.replaceAll(
    /\[(!?)([^\]]+)\]|\*|\?|[^*?[]+|\[/g,
    (found, not: string, set: string | undefined) => {
      if (set !== undefined) return `[${not === '' ? '' : '^'}${set.replaceAll('\\', '\\\\')}]`;
      return found === '*' ? '.*' : found === '?' ? '.' : escapeText(found);
    },
  );
}

function escapeText(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
}

async function expandParts(shell: Shell, word: Word): Promise<Piece[]> {
  const pieces: Piece[] = [];
  for (const part of word) pieces.push(...(await expandPart(shell, part)));
  return pieces;
}

async function expandPart(shell: Shell, part: Part): Promise<readonly Piece[]> {
  switch (part.kind) {
    case 'text':
      return [part];
    case 'command':
      return [{ text: await outputOf(shell, part.body), quoted: part.quoted }];
    case 'arithmetic': {
      const text = evaluate(
        await expandWord(shell, part.expression),
        (name) => shell.variables.get(name) ?? '',
      );
      return [{ text: String(text), quoted: part.quoted }];
    }
    case 'variable':
      return expandVariable(shell, part);
  }
}

type Variable = Extract<Part, { kind: 'variable' }>;

async function expandVariable(shell: Shell, part: Variable): Promise<readonly Piece[]> {
  const { name, operator, quoted } = part;
  if (operator === undefined && (name === '@' || (name === '*' && !quoted)))
    return shell.words.map((text, at) => ({ text, quoted, ...(at > 0 && { isNew: true }) }));
  const value = valueOf(shell, name);
  if (operator === undefined) return [{ text: value ?? '', quoted }];
  if (operator === 'length') return [{ text: String((value ?? '').length), quoted }];
  if (!/^[%#]/.test(operator)) return expandDefault(shell, part, { operator, value });
  const pattern = patternOf(await expandParts(shell, part.argument ?? []));
  return [{ text: trim(value ?? '', operator, pattern), quoted }];
}

/** `-`, `=`, `+` and `?`, each with a colon or without. */
async function expandDefault(
  shell: Shell,
  { name, quoted, argument = [] }: Variable,
  { operator, value }: { readonly operator: string; readonly value: string | undefined },
): Promise<readonly Piece[]> {
  const isSet = value !== undefined && (!operator.startsWith(':') || value !== '');
  const what = operator.at(-1);
  if (what === '+') return isSet ? expandParts(shell, argument) : [];
  if (isSet) return [{ text: value, quoted }];
  const fallback = await expandWord(shell, argument);
  if (what === '?') throw new ShellFault(`${name}: ${fallback || 'parameter not set'}`);
  if (what === '=') shell.variables.set(name, fallback);
  return [{ text: fallback, quoted }];
}

/** What is cut off is the shortest or the longest that fits. */
function trim(value: string, operator: string, pattern: string): string {
  const whole = new RegExp(`^(?:${pattern})$`, 's');
  const lengths = Array.from({ length: value.length + 1 }, (_, length) => length);
  if (operator.length === 2) lengths.reverse();
  const isEnd = operator.startsWith('%');
  for (const length of lengths) {
    const part = isEnd ? value.slice(value.length - length) : value.slice(0, length);
    if (whole.test(part)) return isEnd ? value.slice(0, value.length - length) : value.slice(length);
  }
  return value;
}

function valueOf(shell: Shell, name: string): string | undefined {
  switch (name) {
    case '?':
      return String(shell.status);
    case '#':
      return String(shell.words.length);
    case '@':
    case '*':
      return shell.words.join(' ');
    case '$':
      return '1';
    case '-':
      return shell.options.isInteractive ? 'i' : '';
    case '0':
      return shell.name;
  }
  return /^\d+$/.test(name) ? shell.words[Number(name) - 1] : shell.variables.get(name);
}

async function outputOf(shell: Shell, body: Parameters<Shell['run']>[0]): Promise<string> {
  const { reader, writer } = createPipe();
  const child = shell.fork();
  child.replace(1, writer);
  const running = child.runToEnd(body);
  const [status, output] = await Promise.all([
    running,
    reader.source === undefined ? '' : readAll(reader.source),
  ]);
  shell.status = status;
  shell.substitutions += 1;
  return output.toString('latin1').replaceAll('\0', '').replace(/\n+$/, '');
}
