import { type Document, LineCounter, parseDocument, visit } from 'yaml';

/** What a YAML text says, or why it says nothing: place, fault, way out. */
export type ParsedYaml = { readonly value: unknown } | { readonly faults: readonly string[] };

/** How often the values of anchors may be repeated: enough for any fleet, and too little to fill memory by a few lines. */
const MOST_ALIASES = 1000;

/** Parses one YAML document. Anchors, aliases and merge keys (`<<`) are resolved. No fault quotes the text: it may hold a secret. */
export function parseYaml(text: string): ParsedYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { merge: true, lineCounter: lines });
  if (document.errors.length > 0) {
    return {
      faults: document.errors.map(({ message }) => `${withoutQuotes(message)} correct the YAML there`),
    };
  }
  const faults = aliasFaults(document, lines);
  if (faults.length > 0) return { faults };
  try {
    return { value: document.toJS({ maxAliasCount: MOST_ALIASES }) as unknown };
  } catch (error) {
    return { faults: [resolutionFault(error)] };
  }
}

/** The message of the parser without the pieces of the file that it quotes. */
function withoutQuotes(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/"(?:[^"\\]|\\.)*"/g, '"..."');
}

/** Aliases without a value: of an anchor that is not there or comes later, or of one that they are a part of. */
function aliasFaults(document: Document.Parsed, lines: LineCounter): readonly string[] {
  const faults: string[] = [];
  visit(document, {
    Alias: (_key, alias, path) => {
      const source = alias.resolve(document);
      if (source !== undefined && !path.includes(source)) return;
      const { line, col } = lines.linePos(alias.range?.[0] ?? 0);
      faults.push(
        source === undefined
          ? `The alias at line ${line}, column ${col} has no anchor before it: allowed is the name of an anchor above; define it there, or write the value out`
          : `The alias at line ${line}, column ${col} is a part of what it stands for: allowed is an anchor that ends above; write the value out`,
      );
    },
  });
  return faults;
}

/** What is left to go wrong when anchors become values. */
function resolutionFault(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return reason.startsWith('Merge sources')
    ? 'A merge key (<<) has another value than mappings: allowed is an alias of a mapping, or a list of such; write the keys out'
    : `The YAML cannot be resolved (${withoutQuotes(reason)}): allowed are ${MOST_ALIASES} repetitions of the values of anchors; write the values out`;
}
