import { join } from 'node:path';
import ts from 'typescript';
import { parse } from 'yaml';

/** The documentation of a mapping. */
export interface Words {
  readonly description: string;
  readonly keys: ReadonlyMap<string, KeyWords>;
}

/** The documentation of a key of a mapping. */
export interface KeyWords {
  readonly description: string;
  /** Missing where the key must be given, and where what happens without it is no value. */
  readonly default?: unknown;
  /** Of the mapping that the value is, or has as its items or values. */
  readonly below?: Words;
}

const ROOT = 'DeploymentFile';
const SOURCES = ['deployment-file.ts', 'virtual-cluster-props.ts'].map((file) =>
  join(import.meta.dirname, file),
);

/**
 * Reads the doc comments of the interface `DeploymentFile` and of all that it is made of: one source of words, for readers of the
 * construct and for editors of a deployment file.
 *
 * @throws Error that names every key without words
 */
export function readWords(): Words {
  // The types are whole without what they import: constructs are no keys of a file.
  const program = ts.createProgram(SOURCES, {
    noResolve: true,
    strict: true,
    allowImportingTsExtensions: true,
  });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(SOURCES[0] ?? '');
  const module = source && checker.getSymbolAtLocation(source);
  const root = module && checker.getExportsOfModule(module).find(({ name }) => name === ROOT);
  if (root === undefined) throw new Error(`${SOURCES[0]} has no interface ${ROOT}`);
  const faults: string[] = [];
  const words = wordsOf(checker, checker.getDeclaredTypeOfSymbol(root), faults);
  if (faults.length > 0) throw new Error(`Doc comments are missing:\n${faults.join('\n')}`);
  return words;
}

function wordsOf(checker: ts.TypeChecker, type: ts.Type, faults: string[]): Words {
  const owner = type.symbol.name;
  const keys = type.getProperties().map((key): readonly [string, KeyWords] => {
    const inner = mappingIn(checker, checker.getTypeOfSymbol(key));
    const words = wordsOfKey(checker, key);
    if (words.description === '') faults.push(`${owner}.${key.name} has none`);
    return [key.name, { ...words, ...(inner && { below: wordsOf(checker, inner, faults) }) }];
  });
  return { description: textOf(type.symbol.getDocumentationComment(checker)), keys: new Map(keys) };
}

/** The mapping that a value is, or that its items or values are. */
function mappingIn(checker: ts.TypeChecker, given: ts.Type): ts.Type | undefined {
  const type = checker.getNonNullableType(given);
  if ((type.flags & ts.TypeFlags.Object) === 0) return undefined;
  const inner =
    checker.getIndexTypeOfType(type, ts.IndexKind.Number) ??
    checker.getIndexTypeOfType(type, ts.IndexKind.String);
  return inner === undefined ? type : mappingIn(checker, inner);
}

/** `@default 30`, `@default - one is made`, `@default [] - the default group of the VPC`. */
function wordsOfKey(checker: ts.TypeChecker, key: ts.Symbol): Omit<KeyWords, 'below'> {
  const description = textOf(key.getDocumentationComment(checker));
  const tag = key.getJsDocTags(checker).find(({ name }) => name === 'default');
  if (tag === undefined) return { description };
  const [, value = '', otherwise = ''] = /^(.*?)(?:(?:^| )- (.*))?$/s.exec(textOf(tag.text ?? [])) ?? [];
  return {
    description: otherwise === '' ? description : `${description} Default: ${otherwise}.`,
    ...(value !== '' && { default: parse(value) as unknown }),
  };
}

function textOf(parts: readonly ts.SymbolDisplayPart[]): string {
  return ts
    .displayPartsToString([...parts])
    .replace(/\s+/g, ' ')
    .trim();
}
