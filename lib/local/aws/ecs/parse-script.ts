import { readTokens, ScriptFault } from './read-tokens.ts';
import type { Redirection, Token, Word } from './read-tokens.ts';

/** A script of the tiny shell: lists of commands joined by `&&` and `||`, and loops around them. */
export type Statement =
  | { readonly kind: 'chain'; readonly first: Command; readonly rest: readonly Link[] }
  | { readonly kind: 'while'; readonly test: readonly Statement[]; readonly body: readonly Statement[] }
  | {
      readonly kind: 'for';
      readonly variable: string;
      readonly words: readonly Word[];
      readonly body: readonly Statement[];
    };

/** One command of a chain and what its predecessor's status must be for it to run. */
interface Link {
  readonly when: '&&' | '||';
  readonly command: Command;
}

/** One simple command. `silent`: its output does not show; `into`: it goes into this file. */
export interface Command {
  readonly words: readonly Word[];
  readonly silent: boolean;
  readonly into?: Redirection;
}

/**
 * Parses a shell script: statements separated by `;` or newlines, `&&`, `||`, quotes, variables, `while LIST; do ..; done`,
 * `for NAME in WORDS; do ..; done`, redirections to stderr or a file. Throws `ScriptFault` for anything else (pipes,
 * substitutions, functions, background jobs, `if`).
 */
export function parseScript(script: string): readonly Statement[] {
  const parser = { tokens: readTokens(script), at: 0 };
  const statements = parseList(parser, []);
  const left = parser.tokens[parser.at];
  if (left !== undefined) throw unexpected(left);
  return statements;
}

interface Parser {
  readonly tokens: readonly Token[];
  at: number;
}

function parseList(parser: Parser, ends: readonly string[]): readonly Statement[] {
  const statements: Statement[] = [];
  for (;;) {
    while (isOperator(peek(parser), ';')) parser.at += 1;
    const token = peek(parser);
    if (token === undefined || ends.some((end) => isKeyword(token, end))) return statements;
    statements.push(parseStatement(parser));
    const after = peek(parser);
    if (after !== undefined && !isOperator(after, ';')) throw unexpected(after);
  }
}

function parseStatement(parser: Parser): Statement {
  if (isKeyword(peek(parser), 'while')) return parseWhile(parser);
  if (isKeyword(peek(parser), 'for')) return parseFor(parser);
  const first = parseCommand(parser);
  const rest: Link[] = [];
  for (let token = peek(parser); token?.kind === 'operator' && token.text !== ';'; token = peek(parser)) {
    parser.at += 1;
    rest.push({ when: token.text, command: parseCommand(parser) });
  }
  return { kind: 'chain', first, rest };
}

function parseWhile(parser: Parser): Statement {
  expectKeyword(parser, 'while');
  const test = parseList(parser, ['do']);
  return { kind: 'while', test, body: parseBody(parser) };
}

function parseFor(parser: Parser): Statement {
  expectKeyword(parser, 'for');
  const variable = keywordOf(peek(parser)) ?? '';
  expectKeyword(parser, variable);
  expectKeyword(parser, 'in');
  const { words } = parseCommand(parser);
  while (isOperator(peek(parser), ';')) parser.at += 1;
  return { kind: 'for', variable, words, body: parseBody(parser) };
}

function parseBody(parser: Parser): readonly Statement[] {
  expectKeyword(parser, 'do');
  const body = parseList(parser, ['done']);
  expectKeyword(parser, 'done');
  return body;
}

function parseCommand(parser: Parser): Command {
  const words: Word[] = [];
  let silent = false;
  let into: Redirection | undefined;
  for (let token = peek(parser); token !== undefined && token.kind !== 'operator'; token = peek(parser)) {
    if (token.kind === 'word') words.push(token.word);
    else {
      silent ||= token.silences;
      into = token.into ?? into;
    }
    parser.at += 1;
  }
  if (words.length === 0) throw unexpected(peek(parser));
  const keyword = keywordOf({ kind: 'word', word: words[0] ?? [] });
  if (keyword !== undefined && RESERVED.has(keyword))
    throw new ScriptFault(`syntax not simulated: ${keyword}`);
  return { words, silent, ...(into !== undefined && { into }) };
}

const RESERVED = new Set([
  'if',
  'then',
  'else',
  'elif',
  'fi',
  'case',
  'esac',
  'until',
  'function',
  'do',
  'done',
  '{',
  '}',
  '!',
]);

function expectKeyword(parser: Parser, keyword: string): void {
  const token = peek(parser);
  if (!isKeyword(token, keyword)) throw unexpected(token);
  parser.at += 1;
}

function peek(parser: Parser): Token | undefined {
  return parser.tokens[parser.at];
}

function isOperator(token: Token | undefined, text: string): boolean {
  return token?.kind === 'operator' && token.text === text;
}

function isKeyword(token: Token | undefined, keyword: string): boolean {
  return keyword !== '' && keywordOf(token) === keyword;
}

/** Only a bare word is a keyword: a quoted one is always data. */
function keywordOf(token: Token | undefined): string | undefined {
  if (token?.kind !== 'word' || token.word.length !== 1) return undefined;
  const part = token.word[0];
  return part?.kind === 'text' && !part.quoted ? part.text : undefined;
}

function unexpected(token: Token | undefined): ScriptFault {
  if (token === undefined) return new ScriptFault('syntax error: unexpected end of script');
  return new ScriptFault(
    `syntax error: unexpected "${token.kind === 'operator' ? token.text : (keywordOf(token) ?? 'word')}"`,
  );
}
