/** The character before a word of the wrapper in its terminal: in no text of the script itself, so that no listing of processes holds one. */
export const MARK = '\u001e';

/** The longest program or argument that Linux takes (MAX_ARG_STRLEN), and a bound for all of them. */
const LONGEST_ARGUMENT = 131_071;
const LONGEST_COMMAND = 1_048_576;

/**
 * What ECS Exec is asked to run, whatever the command: a shell that makes its terminal raw, says `ready` and evaluates the line that it
 * is then sent, see {@link startLine}. So a command has neither the bounds nor the rules of the API's own string, which the agent splits as
 * google/shlex does (single quotes keep everything) and starts without a shell (amazon-ssm-agent, session/shell, ContainerMode).
 *
 * `isig` and `ixon` stay on: ^C hangs up what runs, ^S and ^Q hold its output up and let it go on, also while nobody reads input.
 */
export function bootCommand(id: string): string {
  const script = [
    `m=${id};e(){ printf "\\036%s:%s\\n" $m "$1";}`,
    'o=$(stty -g 2>/dev/null)&&stty raw -echo isig ixon||{ e missing=stty;exit 126;}',
    'e ready;IFS= read -r l;eval "$l"',
  ].join(';');
  return `sh -c '${script}'`;
}

/** What cannot be a command at all, in words for whoever sent it; `undefined`: nothing is wrong. */
export function faultOfCommand(command: readonly string[]): string | undefined {
  if ((command[0] ?? '') === '') return 'no program is named';
  if (command.some((word) => word.includes('\0')))
    return 'a program or an argument cannot hold a NUL character';
  const lengths = command.map((word) => Buffer.byteLength(word));
  const longest = Math.max(...lengths);
  if (longest > LONGEST_ARGUMENT)
    return `an argument has ${longest} bytes; Linux takes at most ${LONGEST_ARGUMENT}`;
  const total = lengths.reduce((sum, length) => sum + length + 1, 0);
  if (total > LONGEST_COMMAND)
    return `program and arguments have ${total} bytes together; at most ${LONGEST_COMMAND} are taken`;
  return undefined;
}

/** How a command is run. */
export interface StartOptions {
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly tty: boolean;
}

/** The line that the shell of {@link bootCommand} evaluates, line break included. POSIX sh, printable ASCII only. */
export function startLine({ command, stdin, tty }: StartOptions): string {
  const parts = [...command.flatMap(setArgument), ...(tty ? TERMINAL : pipes(stdin))];
  return `${['set --', ...parts].join(';')}\n`;
}

/** The command has the terminal as it was at first. The shell around it outlives ^C, to tell the exit code. */
const TERMINAL = ['trap : INT QUIT', 'stty "$o"', 'e start', '(exec "$@");c=$?', 'e exit=$c'];

/**
 * The command has pipes; what goes through the terminal are lines of base64, each written at once: `o` and `e` before output, `a` for a
 * line of input that was taken, `z` when no more is, `x` before the exit code, `q` at the end. `dd` reads what is there and no more, so
 * that nothing waits for a buffer to fill.
 */
function pipes(stdin: boolean): readonly string[] {
  const run = '{ (exec "$@" 2>&1 >&4 3>&- 4>&- 5<&-);printf "x%s\\n" $? >&3;}';
  return [
    'for t in dd base64;do command -v $t >/dev/null||{ e missing=$t;exit 126;};done',
    'exec 3>&1 5<&0 2>/dev/null',
    'i(){ while IFS= read -r l&&[ "$l" != . ];do printf "%s\\n" "$l"|base64 -d||break;printf "a\\n" >&3;done;printf "z\\n" >&3;}',
    'p(){ while x=$(dd bs=16384 count=1|base64)&&[ -n "$x" ];do for y in $x;do printf "%s%s\\n" $1 $y;done;done;}',
    'e start',
    `{ ${stdin ? `i <&5 4>&- | ${run}` : `${run} </dev/null`} | p e >&3 4>&-;} 4>&1 | p o >&3`,
    'printf "q\\n" >&3',
  ];
}

/** Appends one word to `$@`. What is not printable ASCII goes through `printf`, and a letter behind it keeps line breaks at its end. */
function setArgument(word: string): readonly string[] {
  if (/^[ -~]*$/.test(word)) return [`set -- "$@" '${word.replaceAll("'", `'\\''`)}'`];
  const escaped = [...Buffer.from(word)].map(escapeByte).join('');
  return [`w=$(printf '${escaped}_')`, 'set -- "$@" "${w%_}"'];
}

/** As the format of `printf` has it: a letter or digit as it is, every other byte in octal. */
function escapeByte(byte: number): string {
  const character = String.fromCharCode(byte);
  return /[A-Za-z0-9]/.test(character) ? character : `\\${byte.toString(8).padStart(3, '0')}`;
}
