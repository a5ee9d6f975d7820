import type { ExecOutput } from '../../ports/exec.ts';
import { MARK } from './wrap-command.ts';

/** What the terminal of a wrapped command tells. */
export type TerminalEvent =
  /** The shell waits for its line. */
  | { readonly kind: 'ready' }
  /** The container has no such program. */
  | { readonly kind: 'missing'; readonly program: string }
  /** The command is about to start. */
  | { readonly kind: 'started' }
  | { readonly kind: 'output'; readonly output: ExecOutput }
  /** One line of input was taken. */
  | { readonly kind: 'taken' }
  /** No more input is. */
  | { readonly kind: 'deaf' }
  | { readonly kind: 'exited'; readonly code: number }
  /** Nothing of the command follows. */
  | { readonly kind: 'done' };

/** More than any line of the wrapper has: what is longer is none. */
const LONGEST_LINE = 4096;

/**
 * Reads the terminal of a command that is wrapped as wrap-command.ts does it, however its bytes are cut. What the shell writes before the
 * command starts is nobody's business; the marks are never part of the output.
 */
export class TerminalReader {
  readonly #mark: Buffer;
  readonly #tty: boolean;
  #rest: Buffer = Buffer.alloc(0);
  #isStarted = false;
  #isDone = false;

  constructor(options: { readonly id: string; readonly tty: boolean }) {
    this.#mark = Buffer.from(`${MARK}${options.id}:`);
    this.#tty = options.tty;
  }

  read(bytes: Uint8Array): readonly TerminalEvent[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const events: TerminalEvent[] = [];
    while (!this.#isDone) {
      const more = this.#isStarted && !this.#tty ? this.#readLine() : this.#readMarked();
      if (more === undefined) break;
      events.push(...more);
    }
    return events;
  }

  /** Up to the next mark and with it; `undefined`: more bytes are needed. What may be the begin of a mark waits. */
  #readMarked(): readonly TerminalEvent[] | undefined {
    const at = this.#rest.indexOf(this.#mark);
    const end = at === -1 ? -1 : this.#rest.indexOf('\n', at);
    const until = at === -1 ? this.#rest.length - this.#heldBack() : at;
    const before = this.#rest.subarray(0, until);
    const output = this.#isStarted ? outputOf('stdout', before) : [];
    if (end === -1) {
      this.#rest = this.#rest.subarray(until);
      return output.length === 0 ? undefined : output;
    }
    const word = this.#rest.toString('latin1', at + this.#mark.length, end).replace(/\r$/, '');
    this.#rest = this.#rest.subarray(end + 1);
    return [...output, ...this.#readWord(word)];
  }

  #heldBack(): number {
    const rest = this.#rest;
    for (let length = Math.min(this.#mark.length - 1, rest.length); length > 0; length -= 1)
      if (rest.subarray(rest.length - length).equals(this.#mark.subarray(0, length))) return length;
    return 0;
  }

  #readWord(word: string): readonly TerminalEvent[] {
    const [name = '', value = ''] = word.split('=');
    switch (name) {
      case 'ready':
        return [{ kind: 'ready' }];
      case 'missing':
        return [{ kind: 'missing', program: value }];
      case 'start':
        this.#isStarted = true;
        return [{ kind: 'started' }];
      case 'exit':
        this.#isDone = true;
        return [{ kind: 'exited', code: Number(value) }, { kind: 'done' }];
    }
    return [];
  }

  #readLine(): readonly TerminalEvent[] | undefined {
    const end = this.#rest.indexOf('\n');
    if (end === -1) {
      if (this.#rest.length > LONGEST_LINE) this.#rest = Buffer.alloc(0);
      return undefined;
    }
    const line = this.#rest.toString('latin1', 0, end).replace(/\r$/, '');
    this.#rest = this.#rest.subarray(end + 1);
    return this.#readRow(line.slice(0, 1), line.slice(1));
  }

  /** A line of something else that found the terminal is passed over. */
  #readRow(kind: string, value: string): readonly TerminalEvent[] {
    switch (kind) {
      case 'o':
        return outputOf('stdout', Buffer.from(value, 'base64'));
      case 'e':
        return outputOf('stderr', Buffer.from(value, 'base64'));
      case 'a':
        return [{ kind: 'taken' }];
      case 'z':
        return [{ kind: 'deaf' }];
      case 'x':
        return [{ kind: 'exited', code: Number(value) }];
      case 'q':
        this.#isDone = true;
        return [{ kind: 'done' }];
    }
    return [];
  }
}

function outputOf(from: ExecOutput['from'], bytes: Buffer): readonly TerminalEvent[] {
  return bytes.length === 0 ? [] : [{ kind: 'output', output: { from, bytes: Buffer.from(bytes) } }];
}
