/** A text in YAML quotes, as the formatter of this project writes it: those that need the fewest escapes. */
export function quote(text: string): string {
  return text.includes("'") ? JSON.stringify(text) : `'${text}'`;
}

/** Texts that YAML, of whatever version, reads as what they are. */
const PLAIN = /^(?!(null|true|false|yes|no|on|off|y|n)$)[a-z][-a-z0-9.]*$/;

/** A name: a node may be called `1e3` or `null`. */
export function scalar(name: string): string {
  return PLAIN.test(name) ? name : quote(name);
}

/** A list of names in one line. */
export function list(names: readonly string[]): string {
  return `[${names.map(scalar).join(', ')}]`;
}

/** The documents of one file. */
export function joinDocuments(documents: readonly string[]): string {
  return `${documents.join('\n---\n')}\n`;
}
