import { takeBytes, Waiting, type OpenFile } from './streams.ts';

/** What `stty` turns on and off, as far as it matters here. */
export interface TerminalModes {
  icanon: boolean;
  echo: boolean;
  isig: boolean;
  ixon: boolean;
  icrnl: boolean;
  opost: boolean;
}

const KEY = {
  interrupt: 3,
  end: 4,
  backspace: 8,
  newline: 10,
  carriageReturn: 13,
  go: 17,
  stop: 19,
  quit: 28,
  erase: 127,
};
/** What a terminal keeps for whoever reads it; in a line that is longer the rest is lost (N_TTY_BUF_SIZE of Linux). */
const INPUT_BYTES = 4095;
/** What it keeps of output for the agent. */
const OUTPUT_BYTES = 65_536;

/** A terminal as Linux has it: the agent at the one end, programs at the other, and the line discipline between them. */
export class Terminal {
  readonly modes: TerminalModes = {
    ...{ icanon: true, echo: true, isig: true },
    ...{ ixon: true, icrnl: true, opost: true },
  };
  size = { columns: 0, rows: 0 };
  /** ^C and ^\ were pressed. */
  onInterrupt: () => void = () => undefined;
  #typed: Buffer = Buffer.alloc(0);
  #line: number[] = [];
  #raw: number[] = [];
  #input: Uint8Array[] = [];
  #inputBytes = 0;
  #ends = 0;
  #output: Uint8Array[] = [];
  #outputBytes = 0;
  #isStopped = false;
  #isHungUp = false;
  readonly #waiting = new Waiting();

  /** The agent types; resolves when the terminal has taken it. */
  async type(bytes: Uint8Array): Promise<void> {
    this.#typed = Buffer.concat([this.#typed, bytes]);
    this.#receive();
    while (this.#typed.length > OUTPUT_BYTES && !this.#isHungUp) await this.#waiting.change();
  }

  /** What the agent reads; `undefined`: every program is gone. */
  async readOutput(most: number): Promise<Uint8Array | undefined> {
    while ((this.#outputBytes === 0 || this.#isStopped) && !this.#isHungUp) await this.#waiting.change();
    const bytes = takeBytes(this.#output, most);
    this.#outputBytes -= bytes.length;
    this.#waiting.wake();
    return bytes.length === 0 ? undefined : bytes;
  }

  /** Nobody reads or writes any more; what was written can be read still. */
  hangUp(): void {
    this.#isHungUp = true;
    this.#waiting.wake();
  }

  /** The terminal as programs have it. */
  openFile(): OpenFile {
    return {
      isTerminal: true,
      source: { read: (most, signal, until) => this.#read(most, signal, until) },
      sink: { write: (bytes) => this.#write(bytes) },
      holders: 1,
    };
  }

  async #read(most: number, signal?: AbortSignal, until?: number): Promise<Uint8Array> {
    while (this.#inputBytes === 0 && this.#ends === 0 && !this.#isHungUp) await this.#waiting.change(signal);
    if (this.#inputBytes === 0) {
      this.#ends = Math.max(0, this.#ends - 1);
      return new Uint8Array(0);
    }
    const bytes = takeBytes(this.#input, most, until);
    this.#inputBytes -= bytes.length;
    this.#receive();
    return bytes;
  }

  async #write(bytes: Uint8Array): Promise<boolean> {
    while ((this.#isStopped || this.#outputBytes >= OUTPUT_BYTES) && !this.#isHungUp)
      await this.#waiting.change();
    if (this.#isHungUp) return false;
    this.#show(this.modes.opost ? withReturns(bytes) : bytes);
    return true;
  }

  #show(bytes: Uint8Array): void {
    this.#output.push(Uint8Array.from(bytes));
    this.#outputBytes += bytes.length;
    this.#waiting.wake();
  }

  /** Takes what was typed as far as there is room. Where there is none, not even ^Q is seen, as before Linux 6.0. */
  #receive(): void {
    let at = 0;
    for (; at < this.#typed.length && this.#hasRoom(); at += 1) {
      const byte = this.#typed[at] ?? 0;
      if (!this.#isControl(byte)) this.#take(byte);
    }
    this.#typed = this.#typed.subarray(at);
    this.#keepRaw();
    this.#waiting.wake();
  }

  #hasRoom(): boolean {
    return this.#inputBytes + this.#raw.length < INPUT_BYTES || this.modes.icanon;
  }

  #isControl(byte: number): boolean {
    const { ixon, isig, echo } = this.modes;
    if (ixon && (byte === KEY.stop || byte === KEY.go)) {
      this.#isStopped = byte === KEY.stop;
      return true;
    }
    if (!isig || (byte !== KEY.interrupt && byte !== KEY.quit)) return false;
    this.#isStopped = false;
    this.#line = [];
    this.#input = [];
    this.#inputBytes = 0;
    if (echo) this.#show(Buffer.from(byte === KEY.interrupt ? '^C' : '^\\'));
    this.onInterrupt();
    return true;
  }

  #take(given: number): void {
    const { icrnl, icanon, echo } = this.modes;
    const byte = icrnl && given === KEY.carriageReturn ? KEY.newline : given;
    if (!icanon) {
      this.#raw.push(byte);
      if (echo) this.#show(Uint8Array.of(byte));
      return;
    }
    if (byte === KEY.erase || byte === KEY.backspace) {
      if (this.#line.pop() !== undefined && echo) this.#show(Buffer.from('\b \b'));
      return;
    }
    if (byte === KEY.end) {
      if (this.#line.length === 0) this.#ends += 1;
      else this.#keepLine();
      return;
    }
    if (this.#line.length < INPUT_BYTES || byte === KEY.newline) this.#line.push(byte);
    if (echo) this.#show(withReturns(Uint8Array.of(byte)));
    if (byte === KEY.newline) this.#keepLine();
  }

  #keepRaw(): void {
    if (this.#raw.length > 0) this.#keep(Uint8Array.from(this.#raw));
    this.#raw = [];
  }

  #keepLine(): void {
    this.#keep(Uint8Array.from(this.#line));
    this.#line = [];
  }

  #keep(bytes: Uint8Array): void {
    this.#input.push(bytes);
    this.#inputBytes += bytes.length;
  }
}

function withReturns(bytes: Uint8Array): Uint8Array {
  return Buffer.from(Buffer.from(bytes).toString('latin1').replaceAll('\n', '\r\n'), 'latin1');
}
