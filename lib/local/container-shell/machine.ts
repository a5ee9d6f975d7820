import type { Clock } from '../../ports/clock.ts';
import type { Program } from './program.ts';
import type { Terminal } from './terminal.ts';

/** The files of a simulated container, as the emulator of ECS keeps them: by absolute path, directories only by what is in them. */
export interface MachineFiles {
  read(path: string): { readonly content: Uint8Array; readonly mode: number } | undefined;
  write(
    path: string,
    file: { readonly content: Uint8Array; readonly mode: number; readonly uid: number; readonly gid: number },
  ): void;
  remove(path: string): boolean;
  has(path: string): boolean;
  list(): ReadonlyMap<string, { readonly content: Uint8Array; readonly mode: number }>;
}

/** What a simulated container is for the programs in it. Nothing of this machine is in it. */
export interface Machine {
  readonly files: MachineFiles;
  /** Directories that were made; others are where files are. */
  readonly directories: Set<string>;
  readonly environment: ReadonlyMap<string, string>;
  readonly hostname: string;
  readonly workingDirectory: string;
  readonly clock: Clock;
  /** The programs of the image, by name. */
  readonly programs: ReadonlyMap<string, Program>;
}

/** One session in a machine: its terminal, and the signals that reach every program of it. */
export class MachineSession {
  readonly machine: Machine;
  readonly terminal: Terminal;
  #interrupt = new AbortController();
  readonly #kill = new AbortController();

  constructor(machine: Machine, terminal: Terminal) {
    this.machine = machine;
    this.terminal = terminal;
    terminal.onInterrupt = () => {
      const before = this.#interrupt;
      this.#interrupt = new AbortController();
      before.abort();
    };
  }

  get isKilled(): boolean {
    return this.#kill.signal.aborted;
  }

  /** Aborts at the next ^C, or when the session is killed. */
  signal(): AbortSignal {
    return AbortSignal.any([this.#interrupt.signal, this.#kill.signal]);
  }

  /** The terminal is gone, and every program with it. */
  kill(): void {
    this.#kill.abort();
    this.terminal.hangUp();
  }
}

/** Text of the outside as the shell has it: one character for each byte. */
export function toBytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** An absolute path without `.`, `..` and doubled slashes. */
export function resolvePath(directory: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${directory}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** Whether there is a directory at that absolute path. */
export function isDirectory({ files, directories }: Machine, path: string): boolean {
  return directories.has(path) || (files.has(path) && files.read(path) === undefined);
}

/** The names in a directory, in order. */
export function namesIn({ files, directories }: Machine, path: string): readonly string[] {
  const prefix = path === '/' ? '/' : `${path}/`;
  const below = [...files.list().keys(), ...directories].filter(
    (name) => name.startsWith(prefix) && name !== '/',
  );
  const names = below.map((name) => name.slice(prefix.length).split('/')[0] ?? '');
  return [...new Set(names)].filter((name) => name !== '').sort();
}
