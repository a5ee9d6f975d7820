import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { join } from 'node:path';
import { FailureError, type FailureKind } from '../../lib/core/failure.ts';
import type { Exec, ExecAsk, ExecEnd, ExecOutput, ExecSession, TerminalSize } from '../../lib/ports/exec.ts';
import type { TaskName } from '../../lib/ports/provider.ts';

/** Runs commands as processes of this machine, in a folder of its own: a container for tests. Obeys `execContract`. */
export interface ProcessExec extends Exec {
  readonly resized: readonly TerminalSize[];
  /** How many were hung up before they ended. */
  readonly hungUp: number;
  /** Breaks the connections to all commands. */
  disconnect(): void;
}

/** The task that takes no commands. */
export const DISABLED_TASK: TaskName = { runtimeId: 'disabled' };

/** What runs a command in a terminal with Python, and takes its input in frames. */
export const TERMINAL = join(import.meta.dirname, '../adapters/ecs-exec/run-in-terminal.py');

/** @param folder where commands run. `refuse <words>` is refused in these words, and `lose <words>` is lost when it has written them */
export function createProcessExec(folder: string, container = 'app'): ProcessExec {
  const resized: TerminalSize[] = [];
  const sessions = new Set<Running>();
  let hungUp = 0;
  const check = (ask: ExecAsk, signal: AbortSignal): void => {
    const [program, ...words] = ask.command;
    if (signal.aborted) fail('transient', 'nobody waits for it');
    if (program === '') fail('refused', 'there is no command');
    if (program === 'refuse') fail('refused', words.join(' '));
    if (ask.container !== container) fail('refused', `there is no container ${ask.container}`);
    if (JSON.stringify(ask.task) === JSON.stringify(DISABLED_TASK))
      fail('refused', 'the task takes no commands');
  };
  return {
    resized,
    get hungUp() {
      return hungUp;
    },
    disconnect: () => {
      for (const session of sessions) session.lose('the connection broke');
    },
    open: (ask, signal) =>
      new Promise((resolve) => {
        check(ask, signal);
        const running = runProcess(ask, folder, (size) => resized.push(size));
        sessions.add(running);
        void running.end.then(() => sessions.delete(running));
        const close = (): void => {
          if (running.lose('hung up')) hungUp += 1;
        };
        signal.addEventListener('abort', close, { once: true });
        resolve({ ...running, close });
      }),
  };
}

function fail(kind: FailureKind, message: string): never {
  throw new FailureError({ kind, message });
}

interface Running extends Omit<ExecSession, 'close'> {
  /** Ends it; `false` when it was over. */
  lose(message: string): boolean;
}

/** The kinds of frames to a terminal. */
export const FRAME = { input: 0, size: 1 } as const;

function runProcess(ask: ExecAsk, folder: string, onResize: (size: TerminalSize) => void): Running {
  const child = start(ask, folder);
  const { promise: end, resolve } = Promise.withResolvers<ExecEnd>();
  let isOver = false;
  const finish = (how: ExecEnd): void => {
    isOver = true;
    resolve(how);
  };
  child.once('close', (code, signal) => {
    if (ask.command[0] === 'lose') finish({ kind: 'lost', message: 'the container went away' });
    else if (code === null) finish({ kind: 'lost', message: `killed by ${signal}` });
    else finish({ kind: 'exited', code });
  });
  child.stdin.on('error', () => undefined);
  if (!ask.stdin && !ask.tty) child.stdin.end();
  const write = (bytes: Uint8Array): Promise<void> =>
    new Promise((done) => {
      if (child.stdin.writable) child.stdin.write(bytes, () => done());
      else done();
    });
  return {
    end,
    output: merge(child),
    write: (bytes) => write(ask.tty ? toFrame(FRAME.input, bytes) : bytes),
    endInput: async () => {
      // What a user types for it.
      if (ask.tty) await write(toFrame(FRAME.input, Uint8Array.of(4)));
      else child.stdin.end();
    },
    resize: (size) => {
      onResize(size);
      const numbers = Buffer.alloc(4);
      numbers.writeUInt16BE(size.columns, 0);
      numbers.writeUInt16BE(size.rows, 2);
      return ask.tty ? write(toFrame(FRAME.size, numbers)) : Promise.resolve();
    },
    lose: (message) => {
      if (isOver) return false;
      finish({ kind: 'lost', message });
      // It leads a group, so that what it has started goes with it.
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      child.stdout.destroy();
      child.stderr.destroy();
      child.stdin.destroy();
      return true;
    },
  };
}

/** A shell starts it, so that a program that is not there ends as it does there. */
function start({ command, tty }: ExecAsk, folder: string): ChildProcessWithoutNullStreams {
  const words = command[0] === 'lose' ? ['echo', ...command.slice(1)] : command;
  const options = { cwd: folder, detached: true } as const;
  if (tty) return spawn('python3', [TERMINAL, words.map(quote).join(' ')], options);
  return spawn('sh', ['-c', 'exec "$@"', 'sh', ...words], options);
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'"'"'`)}'`;
}

/** A frame to a terminal. */
export function toFrame(kind: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(kind, 0);
  head.writeUInt32BE(payload.length, 1);
  return Buffer.concat([head, payload]);
}

/** Both outputs in one, each held up until it is taken. */
async function* merge({ stdout, stderr }: ChildProcessWithoutNullStreams): AsyncGenerator<ExecOutput, void> {
  const sources = {
    stdout: stdout.iterator() as AsyncIterator<Buffer>,
    stderr: stderr.iterator() as AsyncIterator<Buffer>,
  };
  const pull = async (from: 'stdout' | 'stderr') => {
    const next = await sources[from].next().catch(() => undefined);
    return { from, bytes: next?.done === true ? undefined : next?.value };
  };
  const pending = new Map((['stdout', 'stderr'] as const).map((from) => [from, pull(from)]));
  while (pending.size > 0) {
    const { from, bytes } = await Promise.race(pending.values());
    if (bytes === undefined) pending.delete(from);
    else {
      yield { from, bytes };
      pending.set(from, pull(from));
    }
  }
}
