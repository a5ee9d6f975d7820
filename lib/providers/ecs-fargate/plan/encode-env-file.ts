import type { Variables } from './plan-types.ts';

/**
 * Names that reach a container by every way. Kubernetes (since 1.34) takes all printable ASCII but `=`; a line of an env file that
 * starts with `#` is a comment to the ECS agent, and a name with a blank is an error to Docker's reader.
 */
export const VARIABLE_NAME = /^(?!#)[!-<>-~]+$/;

/**
 * The longest line that is written: the ECS agent reads lines of up to 64 KiB with their end (a Go bufio.Scanner), and fails the
 * task on a longer one.
 */
const LONGEST_LINE = 65_000;
const BLANK_EDGE = /^[\s\u0085]|[\s\u0085]$/u;
// A line ends at a line feed; a carriage return before it is dropped, and a NUL ends a variable.
const LINE_BREAKING = /[\n\r\0]/;

/**
 * Whether a line of an env file carries this variable to the container unchanged, by the rules of the ECS agent (envfile.go: lines
 * that start with `#` are comments, the first `=` ends the name, an empty value is dropped) and of Docker (blanks in a name are an
 * error). Blanks around a value are not trusted: the agent on Fargate is not published.
 */
export function fitsLine(name: string, value: string): boolean {
  return (
    value !== '' &&
    VARIABLE_NAME.test(name) &&
    !LINE_BREAKING.test(value) &&
    !BLANK_EDGE.test(value) &&
    value.isWellFormed() &&
    Buffer.byteLength(name) + Buffer.byteLength(value) < LONGEST_LINE
  );
}

/**
 * The text of an env file: one line for each variable and for each extra one, sorted by name. Throws a `RangeError` (which names
 * the variable, not its value) on what no line carries: it would be lost in silence.
 */
export function encodeEnvFile(variables: Variables, extra: ReadonlyMap<string, string> = new Map()): string {
  const pairs = [...[...variables].map(([name, { text }]) => [name, text] as const), ...extra];
  return [...new Map(pairs)]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => {
      if (!fitsLine(name, value))
        throw new RangeError(`No line of an env file carries the variable ${name}.`);
      return `${name}=${value}\n`;
    })
    .join('');
}
