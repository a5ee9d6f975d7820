import { spawn } from 'node:child_process';

/** A program that runs beside us. */
export interface Program {
  readonly name: string;
  /** Set once it has ended by itself. */
  exited(): boolean;
  /** The last lines of its standard error. */
  lastWords(): string;
  /** Ends it, politely first; resolves when it is gone. */
  close(): Promise<void>;
}

const PATIENCE_MS = 1_000;
const WORDS = 2_000;

/** Starts a program whose standard error is kept for a message should it fail; it ends with this process at the latest. */
export function runProgram(path: string, flags: readonly string[], cwd: string): Program {
  const child = spawn(path, flags, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  const name = path.split('/').at(-1) ?? path;
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-WORDS);
  });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', (error) => {
      words += error.message;
      resolve();
    });
  });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  return {
    name,
    exited: () => child.exitCode !== null || child.signalCode !== null,
    lastWords: () => words.trim(),
    close: async () => {
      process.removeListener('exit', kill);
      child.kill('SIGTERM');
      const timer = setTimeout(kill, PATIENCE_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}
