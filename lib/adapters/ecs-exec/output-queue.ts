import type { ExecOutput } from '../../ports/exec.ts';

/** Output between whoever writes it and whoever takes it. */
export class OutputQueue implements AsyncIterable<ExecOutput> {
  readonly #items: ExecOutput[] = [];
  readonly #onTaken: () => void;
  #wake: (() => void) | undefined;
  #isClosed = false;
  #bytes = 0;

  constructor(onTaken: () => void) {
    this.#onTaken = onTaken;
  }

  /** Bytes that wait to be taken. */
  get bytes(): number {
    return this.#bytes;
  }

  push(output: ExecOutput): void {
    if (this.#isClosed) return;
    this.#items.push(output);
    this.#bytes += output.bytes.length;
    this.#wake?.();
  }

  /** Nothing follows; what is there can be taken still. */
  close(): void {
    this.#isClosed = true;
    this.#wake?.();
  }

  /** Nobody takes any more. */
  drop(): void {
    this.#items.length = 0;
    this.#bytes = 0;
    this.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ExecOutput, void, undefined> {
    for (;;) {
      const next = this.#items.shift();
      if (next !== undefined) {
        this.#bytes -= next.bytes.length;
        this.#onTaken();
        yield next;
      } else if (this.#isClosed) return;
      else await this.#more();
    }
  }

  async #more(): Promise<void> {
    await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
  }
}
