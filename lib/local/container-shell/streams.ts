/** Where a simulated program reads from. */
export interface Source {
  /**
   * At most so many bytes, as soon as there are any, and nothing behind the first that is `until`; none: the end. Throws `Interrupted`
   * when `signal` aborts first.
   */
  read(most: number, signal?: AbortSignal, until?: number): Promise<Uint8Array>;
}

/** Where a simulated program writes to. */
export interface Sink {
  /** Resolves when more may follow; `false`: nobody reads any more. */
  write(bytes: Uint8Array): Promise<boolean>;
}

/** An open file, pipe or terminal; shared by everything that has inherited it. */
export interface OpenFile {
  readonly source?: Source;
  readonly sink?: Sink;
  /** The terminal of the session. */
  readonly isTerminal?: boolean;
  /** The last that had it has closed it. */
  readonly close?: () => void;
  holders: number;
}

/** A signal has come between. */
export class Interrupted extends Error {}

/** What waits for a change of something. */
export class Waiting {
  readonly #waiting = new Set<() => void>();

  wake(): void {
    for (const one of this.#waiting) one();
    this.#waiting.clear();
  }

  /** Resolves at the next change; rejects with `Interrupted` when the signal aborts first. */
  change(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const interrupted = (): void => reject(new Interrupted());
      if (signal?.aborted === true) {
        interrupted();
        return;
      }
      signal?.addEventListener('abort', interrupted, { once: true });
      this.#waiting.add(() => {
        signal?.removeEventListener('abort', interrupted);
        resolve();
      });
    });
  }
}

/** As a pipe of Linux. */
const PIPE_BYTES = 65_536;
const NEWLINE = 10;
const NOTHING = new Uint8Array(0);

/** A pipe: its end to read and its end to write. */
export function createPipe(): { readonly reader: OpenFile; readonly writer: OpenFile } {
  const chunks: Uint8Array[] = [];
  const waiting = new Waiting();
  const state = { bytes: 0, isEnded: false, isBroken: false };
  const read = async (most: number, signal?: AbortSignal, until?: number): Promise<Uint8Array> => {
    while (state.bytes === 0 && !state.isEnded) await waiting.change(signal);
    const taken = takeBytes(chunks, most, until);
    state.bytes -= taken.length;
    waiting.wake();
    return taken;
  };
  const write = async (bytes: Uint8Array): Promise<boolean> => {
    while (state.bytes >= PIPE_BYTES && !state.isBroken) await waiting.change();
    if (state.isBroken) return false;
    chunks.push(bytes);
    state.bytes += bytes.length;
    waiting.wake();
    return true;
  };
  const ended = (which: 'isEnded' | 'isBroken') => (): void => {
    state[which] = true;
    waiting.wake();
  };
  return {
    reader: { source: { read }, close: ended('isBroken'), holders: 1 },
    writer: { sink: { write }, close: ended('isEnded'), holders: 1 },
  };
}

/** Takes at most so many bytes off the front, and nothing behind the first that is `until`. */
export function takeBytes(chunks: Uint8Array[], most: number, until?: number): Uint8Array {
  const taken: Uint8Array[] = [];
  let left = most;
  for (let first = chunks[0]; first !== undefined && left > 0; first = chunks[0]) {
    const found = until === undefined ? -1 : first.indexOf(until);
    const wanted = found === -1 ? left : Math.min(left, found + 1);
    taken.push(first.subarray(0, wanted));
    if (first.length > wanted) chunks[0] = first.subarray(wanted);
    else chunks.shift();
    left = found === -1 ? left - Math.min(left, first.length) : 0;
  }
  return taken.length === 0 ? NOTHING : taken.length === 1 && taken[0] ? taken[0] : Buffer.concat(taken);
}

/** A line with its end, or what is left before the end; empty: the end. */
export async function readLineOf(source: Source, signal: AbortSignal): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for (;;) {
    const bytes = await source.read(PIPE_BYTES, signal, NEWLINE);
    chunks.push(bytes);
    if (bytes.length === 0 || bytes.at(-1) === NEWLINE) return Buffer.concat(chunks);
  }
}

/** Everything until the end. */
export async function readAll(source: Source, signal?: AbortSignal): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for (;;) {
    const chunk = await source.read(PIPE_BYTES, signal);
    if (chunk.length === 0) return Buffer.concat(chunks);
    chunks.push(chunk);
  }
}

/** One more has the file. */
export function share(file: OpenFile): OpenFile {
  file.holders += 1;
  return file;
}

/** One fewer has it. */
export function release(file: OpenFile | undefined): void {
  if (file === undefined) return;
  file.holders -= 1;
  if (file.holders === 0) file.close?.();
}

/** What is written goes nowhere, and nothing is read. */
export function nullFile(): OpenFile {
  return {
    source: { read: () => Promise.resolve(NOTHING) },
    sink: { write: () => Promise.resolve(true) },
    holders: 1,
  };
}
