import { SyntaxFault, type Node, type Part, type Word } from './shell-tree.ts';

/** A place in a script. */
export interface Reader {
  readonly text: string;
  at: number;
  /** Reads a list of commands up to `end`: what a substitution holds. */
  readonly parse: (reader: Reader, end?: string) => Node;
}

const META = new Set([' ', '\t', '\n', ';', '&', '|', '<', '>', '(', ')']);

/** Reads the word at this place; `undefined`: there is none. */
export function readWord(reader: Reader): Word | undefined {
  const start = reader.at;
  const parts = readParts(reader, (character) => META.has(character));
  return reader.at === start ? undefined : parts;
}

function readParts(reader: Reader, isEnd: (character: string) => boolean): Part[] {
  const parts: Part[] = [];
  while (reader.at < reader.text.length) {
    const character = reader.text.charAt(reader.at);
    if (isEnd(character)) break;
    if (character === "'") parts.push(readSingle(reader));
    else if (character === '"') parts.push(...readDouble(reader));
    else if (character === '\\') readEscape(reader, parts);
    else if (character === '$' || character === '`') parts.push(readExpansion(reader, false));
    else {
      parts.push({ kind: 'text', text: character, quoted: false });
      reader.at += 1;
    }
  }
  return join(parts);
}

function readEscape(reader: Reader, parts: Part[]): void {
  const next = reader.text.charAt(reader.at + 1);
  if (next === '') throw new SyntaxFault('unexpected end of script', true);
  if (next !== '\n') parts.push({ kind: 'text', text: next, quoted: true });
  reader.at += 2;
}

function readSingle(reader: Reader): Part {
  const end = reader.text.indexOf("'", reader.at + 1);
  if (end === -1) throw new SyntaxFault('Unterminated quoted string', true);
  const text = reader.text.slice(reader.at + 1, end);
  reader.at = end + 1;
  return { kind: 'text', text, quoted: true };
}

function readDouble(reader: Reader): readonly Part[] {
  reader.at += 1;
  const parts = readQuoted(reader, '"');
  reader.at += 1;
  return parts.length === 0 ? [{ kind: 'text', text: '', quoted: true }] : parts;
}

function readQuoted(reader: Reader, end: string): Part[] {
  const parts: Part[] = [];
  for (;;) {
    const character = reader.text.charAt(reader.at);
    if (character === '') throw new SyntaxFault('Unterminated quoted string', true);
    if (character === end) return join(parts);
    if (character === '$' || character === '`') parts.push(readExpansion(reader, true));
    else if (character === '\\' && '$`"\\\n}'.includes(reader.text.charAt(reader.at + 1)))
      readEscape(reader, parts);
    else {
      parts.push({ kind: 'text', text: character, quoted: true });
      reader.at += 1;
    }
  }
}

function readExpansion(reader: Reader, quoted: boolean): Part {
  const { text, at } = reader;
  if (text.charAt(at) === '`') return readBackquoted(reader, quoted);
  if (text.startsWith('$((', at)) return readArithmetic(reader, quoted);
  if (text.startsWith('$(', at)) {
    reader.at += 2;
    const body = reader.parse(reader, ')');
    reader.at += 1;
    return { kind: 'command', body, quoted };
  }
  if (text.startsWith('${', at)) return readBraced(reader, quoted);
  const name = /^(?:[A-Za-z_]\w*|[0-9@*#?$!-])/.exec(text.slice(at + 1, at + 200))?.[0];
  reader.at += 1 + (name?.length ?? 0);
  return name === undefined ? { kind: 'text', text: '$', quoted } : { kind: 'variable', name, quoted };
}

function readBackquoted(reader: Reader, quoted: boolean): Part {
  const end = reader.text.indexOf('`', reader.at + 1);
  if (end === -1) throw new SyntaxFault('EOF in backquote substitution', true);
  const body = reader.parse({ ...reader, text: reader.text.slice(reader.at + 1, end), at: 0 });
  reader.at = end + 1;
  return { kind: 'command', body, quoted };
}

function readArithmetic(reader: Reader, quoted: boolean): Part {
  const end = reader.text.indexOf('))', reader.at);
  if (end === -1) throw new SyntaxFault("missing '))'", true);
  const inner = { ...reader, text: `${reader.text.slice(reader.at + 3, end)}"`, at: 0 };
  reader.at = end + 2;
  return { kind: 'arithmetic', expression: readQuoted(inner, '"'), quoted };
}

function readBraced(reader: Reader, quoted: boolean): Part {
  const [all = '', length = '', name = '', operator] =
    /^\$\{(#?)([A-Za-z_]\w*|[0-9@*#?$!-]+)(:?[-=+?]|%%?|##?)?/.exec(reader.text.slice(reader.at)) ?? [];
  if (all === '') throw new SyntaxFault('Bad substitution');
  reader.at += all.length;
  const argument = quoted ? readQuoted(reader, '}') : readParts(reader, (character) => character === '}');
  if (reader.text.charAt(reader.at) !== '}') throw new SyntaxFault("Missing '}'", true);
  reader.at += 1;
  if (length === '#') return { kind: 'variable', name, operator: 'length', quoted };
  return { kind: 'variable', name, ...(operator !== undefined && { operator, argument }), quoted };
}

/** Letters that stand side by side are one text. */
function join(parts: readonly Part[]): Part[] {
  const joined: Part[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (part.kind === 'text' && last?.kind === 'text' && last.quoted === part.quoted)
      joined[joined.length - 1] = { ...part, text: last.text + part.text };
    else joined.push(part);
  }
  return joined;
}
