import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeEnvFile, fitsLine } from '../../lib/providers/ecs-fargate/plan/encode-env-file.ts';
import type { Variables } from '../../lib/providers/ecs-fargate/plan/plan-types.ts';

const variables = (pairs: Readonly<Record<string, string>>): Variables =>
  new Map(Object.entries(pairs).map(([name, text]) => [name, { text, carrier: 'config' }]));

/** As the ECS agent reads a file: lines without their end, at most 64 KiB; comments; the first `=`; nothing empty. */
function readAsAgent(file: string): ReadonlyMap<string, string> {
  const result = new Map<string, string>();
  for (const line of file.split('\n').slice(0, -1)) {
    if (Buffer.byteLength(line) >= 65_536) throw new Error('bufio.Scanner: token too long');
    const content = line.endsWith('\r') ? line.slice(0, -1) : line;
    const at = content.indexOf('=');
    if (content.startsWith('#') || at < 1 || at === content.length - 1) continue;
    result.set(content.slice(0, at), content.slice(at + 1));
  }
  return result;
}

/** As Docker reads a file: blanks before a line are dropped, a name with a blank is an error. */
function readAsDocker(file: string): ReadonlyMap<string, string> {
  const result = new Map<string, string>();
  for (const line of file.split('\n').slice(0, -1)) {
    const content = line.replace(/\r$/, '').trimStart();
    if (content === '' || content.startsWith('#')) continue;
    const at = content.indexOf('=');
    const name = content.slice(0, at);
    if (/\s/.test(name)) throw new Error(`variable '${name}' contains whitespaces`);
    result.set(name, content.slice(at + 1));
  }
  return result;
}

describe('encoding an env file', () => {
  it('writes one line for each variable, sorted by name', () => {
    const file = encodeEnvFile(variables({ B: 'x=y', A: '"quoted" #hash $(A)' }), new Map([['AA', 'extra']]));
    expect(file).toBe('A="quoted" #hash $(A)\nAA=extra\nB=x=y\n');
  });

  it('is empty without variables', () => {
    expect(encodeEnvFile(new Map())).toBe('');
  });

  it('gives back what went in by the rules of the agent and of Docker, or refuses it', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.constantFrom(
        '\n',
        '\r',
        '\0',
        ' ',
        '\t',
        '\u0085',
        '\ufeff',
        '#',
        '=',
        '"',
        "'",
        '\\',
        '\ud800',
        '\u2028',
      ),
    );
    const word = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(''));
    const name = fc.oneof({ weight: 3, arbitrary: fc.stringMatching(/^[!-~]{1,8}$/) }, word);
    fc.assert(
      fc.property(fc.dictionary(name, word, { noNullPrototype: true }), (pairs) => {
        const fitting = Object.entries(pairs).filter(([one, value]) => fitsLine(one, value));
        const file = encodeEnvFile(variables(Object.fromEntries(fitting)));
        const bytes = Buffer.from(file, 'utf8').toString('utf8');
        expect(readAsAgent(bytes)).toEqual(new Map(fitting));
        expect(readAsDocker(bytes)).toEqual(new Map(fitting));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['an empty value', 'A', ''],
    ['a line break', 'A', 'one\ntwo'],
    ['a carriage return', 'A', 'one\r'],
    ['a NUL', 'A', 'a\0b'],
    ['a blank before', 'A', ' x'],
    ['a tab after', 'A', 'x\t'],
    ['a comment', '#A', 'x'],
    ['a name with a blank', 'A B', 'x'],
    ['a name with =', 'A=B', 'x'],
    ['no name', '', 'x'],
    ['half a character', 'A', '\ud800'],
    ['what is too long for the agent', 'A', 'ä'.repeat(32_600)],
  ])('refuses %s, and does not tell the value', (_, name, value) => {
    expect(fitsLine(name, value)).toBe(false);
    const encode = () => encodeEnvFile(variables({ [name]: value }));
    expect(encode).toThrow(RangeError);
    expect(encode).toThrow(`No line of an env file carries the variable ${name}.`);
  });

  it('carries long values up to the agent’s limit', () => {
    const value = 'x'.repeat(64_900);
    expect(readAsAgent(encodeEnvFile(variables({ A: value }))).get('A')).toBe(value);
  });
});
