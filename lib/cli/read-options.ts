import { parseArgs } from 'node:util';
import { findNearest } from './find-nearest.ts';
import type { Given, Option, OptionTable } from './option-table.ts';
import { UsageError } from './usage-error.ts';

/** A command line as a command gets it. */
export interface CommandLine<Table extends OptionTable> {
  readonly given: Given<Table>;
  /** What is no option, in its order. */
  readonly operands: readonly string[];
}

interface Token {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inline: boolean;
}

/**
 * Reads a command line by the one rule of all commands: `--name value`, `--name=value`, `-n value`, letters may be joined, `--` ends
 * the options.
 * @throws UsageError with every fault: what was seen, what is allowed, the nearest known name
 */
export function readOptions<const Table extends OptionTable>(
  table: Table,
  argv: readonly string[],
  takesOperands: boolean,
): CommandLine<Table> {
  const { tokens, operands } = tokensOf(table, argv);
  // What follows an unknown option may well be its value: that it is no operand need not be said, too.
  const isClear = takesOperands || tokens.some(({ name }) => !Object.hasOwn(table, name));
  const faults = [
    ...tokens.flatMap((token) => faultsOf(token, table)),
    ...repeated(tokens, table),
    ...(isClear ? [] : operands.map((one) => `unexpected ${JSON.stringify(one)}: only options are allowed`)),
  ];
  if (faults.length > 0) throw new UsageError(faults);
  const given = Object.entries(table).map(([name, option]) => [name, valueOf(option, ofName(tokens, name))]);
  return { given: Object.fromEntries(given) as Given<Table>, operands };
}

function tokensOf(table: OptionTable, argv: readonly string[]) {
  const options = Object.fromEntries(
    Object.entries(table).map(([name, { type, short }]) => [name, { type, ...(short && { short }) }]),
  );
  const parsed = parseArgs({
    ...{ args: [...argv], options },
    ...{ strict: false, allowPositionals: true, tokens: true },
  });
  const tokens: Token[] = parsed.tokens.flatMap((token) =>
    token.kind === 'option'
      ? [{ name: token.name, rawName: token.rawName, value: token.value, inline: token.inlineValue ?? false }]
      : [],
  );
  return { tokens, operands: parsed.positionals };
}

function faultsOf({ name, rawName, value, inline }: Token, table: OptionTable): readonly string[] {
  const option = Object.hasOwn(table, name) ? table[name] : undefined;
  if (option === undefined) return [unknown(rawName, table)];
  if (option.type === 'boolean')
    return value === undefined ? [] : [`${rawName} has the value ${JSON.stringify(value)}: it takes none`];
  const shown = `${rawName} ${option.value ?? 'VALUE'}`;
  if (value === undefined) return [`${rawName} has no value: give ${shown}`];
  // A lone dash is standard input.
  if (!inline && /^-./.test(value))
    return [`${rawName} is followed by ${value}, not by a value: give ${shown}, or ${rawName}=${value}`];
  return valueFaults(rawName, value, option);
}

function valueFaults(rawName: string, value: string, { oneOf, like }: Option): readonly string[] {
  const seen = `${rawName} is ${JSON.stringify(value)}`;
  if (oneOf !== undefined && !oneOf.includes(value)) return [`${seen}: allowed is ${oneOf.join(' or ')}`];
  if (like !== undefined && !like.pattern.test(value)) return [`${seen}: allowed is ${like.allowed}`];
  return value === '' ? [`${rawName} is empty: give it a value, or leave it out`] : [];
}

function unknown(rawName: string, table: OptionTable): string {
  const long = Object.keys(table).map((name) => `--${name}`);
  const nearest = rawName.startsWith('--') ? findNearest(rawName, long) : undefined;
  const known = nearest === undefined ? `known are ${long.join(', ')}` : `did you mean ${nearest}?`;
  return `unknown option ${rawName}: ${known}`;
}

/** Of two values one would be lost in silence. */
function repeated(tokens: readonly Token[], table: OptionTable): readonly string[] {
  return Object.entries(table)
    .filter(([name, { type, multiple }]) => type === 'string' && !multiple && ofName(tokens, name).length > 1)
    .map(([name]) => `--${name} is given ${ofName(tokens, name).length} times: allowed is once`);
}

function ofName(tokens: readonly Token[], name: string): readonly Token[] {
  return tokens.filter((token) => token.name === name);
}

function valueOf({ type, multiple }: Option, tokens: readonly Token[]): unknown {
  if (type === 'boolean') return tokens.length > 0;
  const values = tokens.map(({ value = '' }) => value);
  return multiple ? values : values.at(-1);
}
