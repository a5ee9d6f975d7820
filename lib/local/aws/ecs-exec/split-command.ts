/**
 * The words of a command as the agent of ECS Exec splits it (google/shlex, which is no shell): blanks part words, single quotes keep
 * everything, a backslash keeps the next character also in double quotes, `#` at the begin of a word begins a comment. `undefined`: a quote
 * is not closed.
 */
export function splitCommand(command: string): readonly string[] | undefined {
  const pattern = /\s+|#[^\n]*(?:\n|$)|((?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])+)|(.)/gsy;
  const words: string[] = [];
  for (const [, word, rest] of command.matchAll(pattern)) {
    if (rest !== undefined) return undefined;
    if (word !== undefined) words.push(unquote(word));
  }
  return words;
}

function unquote(word: string): string {
  return word.replaceAll(
    /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/gs,
    (_, single: string | undefined, double: string | undefined, escaped: string | undefined) =>
      single ?? double?.replaceAll(/\\(.)/gs, '$1') ?? escaped ?? '',
  );
}
