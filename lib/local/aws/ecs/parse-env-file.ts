/** The longest line that the agent reads (the buffer of Go's `bufio.Scanner`). */
const MOST_LINE_BYTES = 65_536;

/**
 * The variables of an env file as the open ECS agent reads them: a line is `NAME=VALUE` up to its end, nothing is quoted, blanks
 * around a line go, `#` starts a comment line, and what has no name or no value is dropped.
 */
export function parseEnvFile(content: string): readonly (readonly [string, string])[] | 'line too long' {
  const lines = content.split('\n');
  if (lines.some((line) => Buffer.byteLength(line) >= MOST_LINE_BYTES)) return 'line too long';
  return lines.flatMap((line) => {
    const [, name, value] = /^([^#=][^=]*)=([\s\S]+)$/.exec(line.trim()) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
}
