const ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
};

/** What Go calls printable: letters, marks, numbers, punctuation, symbols, and of the spaces only the plain one. */
const SPECIAL = /["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

/** A text as Go's `%q` writes it: the downward API quotes the values of labels and annotations this way. */
export function quoteGo(text: string): string {
  return `"${text.replace(SPECIAL, escapeGo)}"`;
}

/** Labels or annotations as a file of the downward API: one `key="value"` a line, in byte order, without a newline at the end. */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(labels ?? {})
    .sort(([one], [other]) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
    .map(([key, value]) => `${key}=${quoteGo(value)}`)
    .join('\n');
}

function escapeGo(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const short = ESCAPES[character];
  if (short !== undefined) return short;
  if (code < 0x80) return `\\x${hex(code, 2)}`;
  return code < 0x1_00_00 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
