/** A part of a word: plain text, or a variable to expand. Unquoted variables are split at blanks. */
type WordPart =
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean }
  | { readonly kind: 'variable'; readonly name: string; readonly quoted: boolean };

/** A word of a script, not yet expanded. */
export type Word = readonly WordPart[];

/** The file that standard output goes to. */
export interface Redirection {
  readonly path: string;
  readonly append: boolean;
}

/** What a script is made of. A newline is a `;`. */
export type Token =
  | { readonly kind: 'operator'; readonly text: ';' | '&&' | '||' }
  | { readonly kind: 'redirect'; readonly silences: boolean; readonly into?: Redirection }
  | { readonly kind: 'word'; readonly word: Word };

/** A script that the tiny shell does not understand; the message says where it stopped. */
export class ScriptFault extends Error {}

const OPERATOR = /&&|\|\||[;\n]/y;
const BLANK = /(?:[ \t\r]|\\\n)+|#[^\n]*/y;
/** A redirection to another stream keeps the output in the log; one to a file takes it away. */
const REDIRECT = /([12]?)>(?:&[12]|(>?)[ \t]*([^\s;&|]+))/y;
const SINGLE_QUOTED = /'([^']*)'/y;
const VARIABLE = /\$(?:\{([A-Za-z_]\w*|\?)\}|([A-Za-z_]\w*|\?))/y;
const PLAIN = /[^\s;&|<>()$`'"\\]+/y;
const QUOTED_PLAIN = /[^$`"\\]+/y;
const ESCAPED = /\\([\s\S])/y;

/** Splits a script into its tokens. Throws `ScriptFault` at what the tiny shell does not have: pipes, substitutions, jobs. */
export function readTokens(script: string): readonly Token[] {
  const reader: Reader = { script, at: 0 };
  const tokens: Token[] = [];
  while (reader.at < script.length) {
    if (take(reader, BLANK) !== undefined) continue;
    tokens.push(readToken(reader));
  }
  return tokens;
}

interface Reader {
  readonly script: string;
  at: number;
}

function readToken(reader: Reader): Token {
  const operator = take(reader, OPERATOR)?.[0];
  if (operator === '&&' || operator === '||') return { kind: 'operator', text: operator };
  if (operator !== undefined) return { kind: 'operator', text: ';' };
  const redirect = take(reader, REDIRECT);
  if (redirect !== undefined) return readRedirect(redirect);
  return { kind: 'word', word: readWord(reader) };
}

/** The standard error of a simulated command never holds anything. */
function readRedirect([, from = '', again = '', target]: RegExpExecArray): Token {
  if (target === undefined || from === '2') return { kind: 'redirect', silences: false };
  const path = target.replace(/^(["'])(.*)\1$/, '$2');
  if (path === '/dev/null') return { kind: 'redirect', silences: true };
  return { kind: 'redirect', silences: true, into: { path, append: again === '>' } };
}

function readWord(reader: Reader): Word {
  const parts: WordPart[] = [];
  for (let part = readParts(reader); part !== undefined; part = readParts(reader)) parts.push(...part);
  if (parts.length === 0) throw notSimulated(reader);
  return parts;
}

function readParts(reader: Reader): Word | undefined {
  const single = take(reader, SINGLE_QUOTED);
  if (single !== undefined) return [{ kind: 'text', text: single[1] ?? '', quoted: true }];
  if (reader.script.charAt(reader.at) === '"') return readDoubleQuoted(reader);
  return readPart(reader, PLAIN, false);
}

function readDoubleQuoted(reader: Reader): Word {
  const parts: WordPart[] = [{ kind: 'text', text: '', quoted: true }];
  reader.at += 1;
  while (reader.at < reader.script.length) {
    if (reader.script.charAt(reader.at) === '"') {
      reader.at += 1;
      return parts;
    }
    const part = readPart(reader, QUOTED_PLAIN, true);
    if (part === undefined) throw notSimulated(reader);
    parts.push(...part);
  }
  throw new ScriptFault('syntax error: unterminated quoted string');
}

function notSimulated(reader: Reader): ScriptFault {
  const [odd = ''] = /^(?:\$\(|[\s\S])/.exec(reader.script.slice(reader.at)) ?? [];
  return new ScriptFault(`syntax not simulated: ${odd}`);
}

function readPart(reader: Reader, plain: RegExp, quoted: boolean): Word | undefined {
  const variable = take(reader, VARIABLE);
  if (variable !== undefined) return [{ kind: 'variable', name: variable[1] ?? variable[2] ?? '', quoted }];
  const escaped = take(reader, ESCAPED);
  if (escaped !== undefined) return [{ kind: 'text', text: escaped[1] ?? '', quoted: true }];
  const text = take(reader, plain)?.[0] ?? loneDollar(reader);
  return text === undefined ? undefined : [{ kind: 'text', text, quoted }];
}

/** A dollar that starts no variable is itself, unless it starts a substitution, which is not simulated. */
function loneDollar(reader: Reader): string | undefined {
  if (reader.script.charAt(reader.at) !== '$' || reader.script.charAt(reader.at + 1) === '(')
    return undefined;
  reader.at += 1;
  return '$';
}

function take(reader: Reader, pattern: RegExp): RegExpExecArray | undefined {
  pattern.lastIndex = reader.at;
  const match = pattern.exec(reader.script) ?? undefined;
  if (match !== undefined) reader.at += match[0].length;
  return match;
}
