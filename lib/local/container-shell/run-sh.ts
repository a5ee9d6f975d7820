import { Jump, INTERRUPTED } from './jump.ts';
import { parseShell } from './parse-shell.ts';
import { resolvePath } from './machine.ts';
import { ShellFault } from './shell-fault.ts';
import { SyntaxFault, type Node } from './shell-tree.ts';
import type { Shell } from './shell.ts';
import { Interrupted, readLineOf } from './streams.ts';

/** What an interactive shell says first, so that nobody takes it for what it is not. */
const BANNER =
  'This container is simulated by lambdalet: a small shell and files in memory, nothing of this machine.';

/**
 * Runs a shell: `-c SCRIPT [NAME [WORDS]]`, a file, or lines of its input as they come, with a prompt at a terminal. Takes the shell that it
 * is given for its own, and ends it.
 */
export async function runSh(shell: Shell, given: readonly string[]): Promise<number> {
  const flags = given.findIndex((word) => !/^[-+]./.test(word));
  const options = flags === -1 ? given : given.slice(0, flags);
  const rest = flags === -1 ? [] : given.slice(flags);
  const has = (letter: string): boolean =>
    options.some((word) => /^-[a-z]+$/.test(word) && word.includes(letter));
  shell.options.stopOnError = has('e');
  try {
    if (has('c')) {
      [, shell.name = 'sh', ...shell.words] = rest;
      return await runText(shell, rest[0] ?? '');
    }
    const [file, ...words] = rest;
    shell.words = words;
    if (file !== undefined) return await runFile(shell, file);
    shell.options.isInteractive = has('i') || shell.files.get(0)?.isTerminal === true;
    return await runLines(shell);
  } catch (thrown) {
    if (thrown instanceof Jump) return thrown.to === 'exit' ? thrown.value : shell.status;
    if (thrown instanceof Interrupted) return INTERRUPTED;
    throw thrown;
  } finally {
    shell.end();
  }
}

async function runFile(shell: Shell, path: string): Promise<number> {
  const file = shell.session.machine.files.read(resolvePath(shell.directory, path));
  if (file !== undefined) return runText(shell, Buffer.from(file.content).toString('latin1'));
  await shell.say(`cannot open ${path}: No such file`);
  return 127;
}

async function runText(shell: Shell, text: string): Promise<number> {
  try {
    return await shell.run(parseShell(text));
  } catch (thrown) {
    if (!(thrown instanceof SyntaxFault) && !(thrown instanceof ShellFault)) throw thrown;
    await shell.say(thrown.message);
    return 2;
  }
}

async function runLines(shell: Shell): Promise<number> {
  if (shell.options.isInteractive) await tell(shell, `${BANNER}\n`);
  let pending = '';
  for (;;) {
    const line = await nextLine(shell, pending === '' ? '# ' : '> ');
    if (line === undefined) return shell.status;
    pending = line.isInterrupted ? '' : pending + line.text;
    if (line.isInterrupted) continue;
    const node = await readNode(shell, pending);
    if (node === 'more') continue;
    pending = '';
    if (node !== undefined) await runNode(shell, node);
  }
}

async function runNode(shell: Shell, node: Node): Promise<void> {
  try {
    await shell.run(node);
  } catch (thrown) {
    if (thrown instanceof ShellFault) {
      await shell.say(thrown.message);
      shell.status = 2;
    } else if (thrown instanceof Interrupted && shell.options.isInteractive) shell.status = INTERRUPTED;
    else if (!(thrown instanceof Jump) || thrown.to === 'exit') throw thrown;
  }
}

async function readNode(shell: Shell, text: string): Promise<Node | 'more' | undefined> {
  try {
    return parseShell(text);
  } catch (thrown) {
    if (!(thrown instanceof SyntaxFault)) throw thrown;
    if (thrown.incomplete) return 'more';
    await shell.say(thrown.message);
    shell.status = 2;
    return undefined;
  }
}

/** What was typed before Enter, or before ^C. */
interface TypedLine {
  readonly text: string;
  readonly isInterrupted: boolean;
}

/** The next line with its end; `undefined`: there is none. */
async function nextLine(shell: Shell, prompt: string): Promise<TypedLine | undefined> {
  if (shell.options.isInteractive) await tell(shell, prompt);
  const source = shell.files.get(0)?.source;
  if (source === undefined) return undefined;
  try {
    const line = await readLineOf(source, shell.session.signal());
    return line.length === 0 ? undefined : { text: line.toString('latin1'), isInterrupted: false };
  } catch (thrown) {
    if (!(thrown instanceof Interrupted) || !shell.options.isInteractive || shell.session.isKilled)
      throw thrown;
    await tell(shell, '\n');
    return { text: '', isInterrupted: true };
  }
}

async function tell(shell: Shell, text: string): Promise<void> {
  await shell.files.get(2)?.sink?.write(Buffer.from(text, 'latin1'));
}
