import type { MachineSession } from './machine.ts';
import type { Shell } from './shell.ts';

/** What a program that runs has. Text is one character for each byte. */
export interface ProgramCall {
  /** As it was called. */
  readonly name: string;
  readonly words: readonly string[];
  readonly environment: ReadonlyMap<string, string>;
  readonly directory: string;
  readonly session: MachineSession;
  /** Aborts when a signal ends the program. */
  readonly signal: AbortSignal;
  /** Whether that file is the terminal. */
  isTerminal(fd: number): boolean;
  /** At most so many bytes of its input; none: the end. */
  read(most: number): Promise<Uint8Array>;
  /** Throws `BrokenPipe` when nobody reads any more. */
  write(output: string | Uint8Array): Promise<void>;
  complain(message: string): Promise<void>;
  /** Runs another program with what this one has. */
  run(words: readonly string[], environment?: ReadonlyMap<string, string>): Promise<number>;
  /** A shell with what this one has; whoever takes it ends it. */
  child(): Shell;
}

/** A simulated program; resolves with its exit code. */
export type Program = (call: ProgramCall) => Promise<number>;

/** What a program writes is read by nobody. */
export class BrokenPipe extends Error {}
