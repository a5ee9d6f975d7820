import type { TaskName } from './provider.ts';

/** Size of a terminal, in characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** What to run, and where. */
export interface ExecAsk {
  readonly task: TaskName;
  readonly container: string;
  /** Program and arguments, as they are: no shell has split them, none may. */
  readonly command: readonly [string, ...string[]];
  /** Bytes will be written to its input; without it the input is empty. */
  readonly stdin: boolean;
  /** A terminal: what it writes is merged, and its input may be resized. */
  readonly tty: boolean;
}

/** Bytes that a command wrote. */
export interface ExecOutput {
  readonly from: 'stdout' | 'stderr';
  readonly bytes: Uint8Array;
}

/** How a command ended. */
export type ExecEnd =
  | { readonly kind: 'exited'; readonly code: number }
  /** Nobody knows how: the connection broke, or the container went away. */
  | { readonly kind: 'lost'; readonly message: string };

/** A command that runs in a container. */
export interface ExecSession {
  /** What it writes, in order, until it ends or is closed. To be taken once; what is not taken holds the command up. */
  readonly output: AsyncIterable<ExecOutput>;
  /** Resolves when the bytes may be followed by more; rejects never: bytes for a command that is over are dropped. */
  write(bytes: Uint8Array): Promise<void>;
  /** No more input: the command reads its end. */
  endInput(): Promise<void>;
  resize(size: TerminalSize): Promise<void>;
  /** How it ended, after the last of its output was there to be taken. Never rejects. */
  readonly end: Promise<ExecEnd>;
  /** Hangs up: the command loses its terminal. Calling it again, or after the end, is fine. */
  close(): void;
}

/** Runs commands in containers that run. */
export interface Exec {
  /**
   * Starts the command. Throws `FailureError`: `refused` where the task or container takes no commands (the message says why and what to
   * do), `auth` without the right, `throttled`, `transient` and their like as every call.
   */
  open(ask: ExecAsk, signal: AbortSignal): Promise<ExecSession>;
}
