import { readWord, type Reader } from './parse-words.ts';
import {
  SyntaxFault,
  type Assignment,
  type Branch,
  type Node,
  type Redirection,
  type Word,
} from './shell-tree.ts';

/**
 * Parses a script of POSIX sh: lists, pipelines, `&&`, `||`, `!`, `&`, groups, subshells, `if`, `while`, `until`, `for`, `case`, functions,
 * redirections (no here-documents), all quotes and substitutions.  Throws `SyntaxFault`.
 */
export function parseShell(text: string): Node {
  return parseUntil({ text, at: 0, parse: parseUntil });
}

function parseUntil(reader: Reader, end?: string): Node {
  const node = parseList(reader, end === undefined ? [] : [end]);
  if (end === undefined ? reader.at < reader.text.length : reader.text.charAt(reader.at) !== end)
    throw unexpected(reader);
  return node;
}

const OPENERS = new Set(['{', '(', 'if', 'while', 'until', 'for', 'case']);
const CLOSERS = new Set(['}', 'then', 'elif', 'else', 'fi', 'do', 'done', 'esac', ';;', ')']);

function parseList(reader: Reader, ends: readonly string[]): Node {
  const nodes: Node[] = [];
  for (;;) {
    skipSeparators(reader);
    if (reader.at >= reader.text.length || isAnyOf(reader, ends)) return { kind: 'list', nodes };
    if (CLOSERS.has(peekWord(reader))) throw unexpected(reader);
    const node = parseAndOr(reader);
    skipBlanks(reader);
    const isBackground = reader.text.charAt(reader.at) === '&';
    if (isBackground) reader.at += 1;
    nodes.push(isBackground ? { kind: 'background', node } : node);
  }
}

function parseAndOr(reader: Reader): Node {
  let left = parsePipeline(reader);
  for (;;) {
    skipBlanks(reader);
    const two = reader.text.slice(reader.at, reader.at + 2);
    if (two !== '&&' && two !== '||') return left;
    reader.at += 2;
    skipNewlines(reader);
    left = { kind: 'and-or', left, when: two, right: parsePipeline(reader) };
  }
}

function parsePipeline(reader: Reader): Node {
  skipBlanks(reader);
  const negated = peekWord(reader) === '!';
  if (negated) reader.at += 1;
  const commands = [parseCommand(reader)];
  for (;;) {
    skipBlanks(reader);
    const { text, at } = reader;
    if (text.charAt(at) !== '|' || text.charAt(at + 1) === '|') break;
    reader.at += 1;
    skipNewlines(reader);
    commands.push(parseCommand(reader));
  }
  const [only] = commands;
  return commands.length === 1 && only !== undefined && !negated
    ? only
    : { kind: 'pipeline', commands, negated };
}

function parseCommand(reader: Reader): Node {
  skipBlanks(reader);
  const word = peekWord(reader);
  if (OPENERS.has(word)) return parseCompound(reader, word);
  const [head, name] =
    /^([A-Za-z_][\w-]*)[ \t]*\([ \t]*\)/.exec(reader.text.slice(reader.at, reader.at + 200)) ?? [];
  if (head === undefined || name === undefined) return parseSimple(reader);
  reader.at += head.length;
  skipNewlines(reader);
  return { kind: 'function', name, body: parseCommand(reader) };
}

function parseCompound(reader: Reader, word: string): Node {
  reader.at += word.length;
  switch (word) {
    case '{':
    case '(': {
      const body = parseList(reader, [word === '{' ? '}' : ')']);
      expect(reader, word === '{' ? '}' : ')');
      return { kind: word === '{' ? 'group' : 'subshell', body, redirections: parseRedirections(reader) };
    }
    case 'if':
      return parseIf(reader);
    case 'for':
      return parseFor(reader);
    case 'case':
      return parseCase(reader);
  }
  const test = parseList(reader, ['do']);
  const body = parseBody(reader);
  return { kind: 'loop', until: word === 'until', test, body, redirections: parseRedirections(reader) };
}

function parseIf(reader: Reader): Node {
  const test = parseList(reader, ['then']);
  expect(reader, 'then');
  const then = parseList(reader, ['elif', 'else', 'fi']);
  const next = peekWord(reader);
  reader.at += next.length;
  if (next === 'elif') return { kind: 'if', test, then, otherwise: parseIf(reader), redirections: [] };
  if (next !== 'else') return { kind: 'if', test, then, redirections: parseRedirections(reader) };
  const otherwise = parseList(reader, ['fi']);
  expect(reader, 'fi');
  return { kind: 'if', test, then, otherwise, redirections: parseRedirections(reader) };
}

function parseFor(reader: Reader): Node {
  skipBlanks(reader);
  const name = peekWord(reader);
  reader.at += name.length;
  skipSeparators(reader);
  let words: Word[] | undefined;
  if (peekWord(reader) === 'in') {
    reader.at += 2;
    words = readWords(reader);
  }
  skipSeparators(reader);
  const body = parseBody(reader);
  return {
    kind: 'for',
    name,
    ...(words !== undefined && { words }),
    body,
    redirections: parseRedirections(reader),
  };
}

function parseBody(reader: Reader): Node {
  expect(reader, 'do');
  const body = parseList(reader, ['done']);
  expect(reader, 'done');
  return body;
}

function parseCase(reader: Reader): Node {
  skipBlanks(reader);
  const word = readWord(reader) ?? [];
  skipNewlines(reader);
  expect(reader, 'in');
  const branches: Branch[] = [];
  for (;;) {
    skipSeparators(reader);
    if (peekWord(reader) === 'esac') break;
    branches.push(parseBranch(reader));
  }
  expect(reader, 'esac');
  return { kind: 'case', word, branches, redirections: parseRedirections(reader) };
}

function parseBranch(reader: Reader): Branch {
  if (reader.text.charAt(reader.at) === '(') reader.at += 1;
  const patterns: Word[] = [];
  for (;;) {
    skipBlanks(reader);
    patterns.push(readWord(reader) ?? []);
    skipBlanks(reader);
    const next = reader.text.charAt(reader.at);
    reader.at += 1;
    if (next === ')') break;
    if (next !== '|') throw unexpected(reader);
  }
  const body = parseList(reader, [';;', 'esac']);
  if (reader.text.startsWith(';;', reader.at)) reader.at += 2;
  return { patterns, body };
}

function parseSimple(reader: Reader): Node {
  const assignments: Assignment[] = [];
  const words: Word[] = [];
  const redirections: Redirection[] = [];
  for (;;) {
    skipBlanks(reader);
    const redirection = readRedirection(reader);
    if (redirection !== undefined) redirections.push(redirection);
    else {
      const word = readWord(reader);
      if (word === undefined) break;
      const assignment = words.length === 0 ? assignmentIn(word) : undefined;
      if (assignment === undefined) words.push(word);
      else assignments.push(assignment);
    }
  }
  if (words.length + assignments.length + redirections.length === 0) throw unexpected(reader);
  return { kind: 'simple', assignments, words, redirections };
}

function assignmentIn(word: Word): Assignment | undefined {
  const [first, ...rest] = word;
  if (first?.kind !== 'text' || first.quoted) return undefined;
  const [all, name] = /^([A-Za-z_]\w*)=/.exec(first.text) ?? [];
  if (all === undefined || name === undefined) return undefined;
  return { name, value: [{ ...first, text: first.text.slice(all.length) }, ...rest] };
}

function readWords(reader: Reader): Word[] {
  const words: Word[] = [];
  for (;;) {
    skipBlanks(reader);
    const word = readWord(reader);
    if (word === undefined) return words;
    words.push(word);
  }
}

function parseRedirections(reader: Reader): readonly Redirection[] {
  const found: Redirection[] = [];
  for (;;) {
    skipBlanks(reader);
    const next = readRedirection(reader);
    if (next === undefined) return found;
    found.push(next);
  }
}

function readRedirection(reader: Reader): Redirection | undefined {
  const [all, digits = '', operator] =
    /^(\d*)(<&|>&|>>|<<|<|>\|?)/.exec(reader.text.slice(reader.at, reader.at + 12)) ?? [];
  if (all === undefined || operator === undefined) return undefined;
  if (operator === '<<') throw new SyntaxFault('here-documents are not simulated');
  reader.at += all.length;
  skipBlanks(reader);
  const target = readWord(reader);
  if (target === undefined) throw unexpected(reader);
  const fd = digits === '' ? (operator.startsWith('<') ? 0 : 1) : Number(digits);
  return { fd, operator: operator === '>|' ? '>' : (operator as Redirection['operator']), target };
}

/** The bare word or the sign at this place, as keywords are told. */
function peekWord({ text, at }: Reader): string {
  return (
    /^(?:;;|[(){}!](?=[\s;&|()]|$)|\(|\)|[A-Za-z_]\w*(?=[\s;&|()<>]|$))/.exec(
      text.slice(at, at + 200),
    )?.[0] ?? ''
  );
}

function isAnyOf(reader: Reader, ends: readonly string[]): boolean {
  return ends.includes(peekWord(reader));
}

function expect(reader: Reader, word: string): void {
  skipSeparators(reader);
  if (peekWord(reader) !== word) throw unexpected(reader);
  reader.at += word.length;
}

function skipBlanks(reader: Reader): void {
  skip(reader, /^(?:[ \t]|\\\n|(?<=^|\s)#[^\n]*)+/);
}

function skipNewlines(reader: Reader): void {
  skip(reader, /^(?:\s|#[^\n]*)+/);
}

/** `;;` separates nothing: it ends the branch of a `case`. */
function skipSeparators(reader: Reader): void {
  skip(reader, /^(?:\s|;(?!;)|\\\n|#[^\n]*)+/);
}

function skip(reader: Reader, pattern: RegExp): void {
  const before = reader.text.charAt(reader.at - 1);
  const here = reader.text.slice(reader.at);
  if (here.startsWith('#') && before !== '' && !/[\s;&|()]/.test(before)) return;
  reader.at += pattern.exec(here)?.[0].length ?? 0;
}

function unexpected(reader: Reader): SyntaxFault {
  if (reader.at >= reader.text.length) return new SyntaxFault('Syntax error: end of file unexpected', true);
  return new SyntaxFault(`Syntax error: "${peekWord(reader) || reader.text.charAt(reader.at)}" unexpected`);
}
