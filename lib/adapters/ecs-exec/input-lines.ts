/** Bytes of a line before they are base64: with it a line fits whole into the 4,095 bytes that a Linux terminal keeps (N_TTY_BUF_SIZE). */
const LINE = 2_700;
/**
 * Lines on their way that the wrapper has not taken: all of them fit into the buffers between the agent and the terminal, so that the
 * agent, which reads nothing while it writes, does not stand still.
 */
const WINDOW = 12;
/** The line that ends the input. */
const END = '.\n';

/** Input for the wrapper: lines of base64, no more on their way than fits. */
export class InputLines {
  readonly #waiting: string[] = [];
  #untaken = 0;
  #isEnded = false;
  #isDeaf = false;

  /** All that was added is on its way, or nobody reads it. */
  get isIdle(): boolean {
    return this.#waiting.length === 0;
  }

  /** So little is on its way that the terminal has room for a control character behind it, whether anyone reads or not. */
  get hasRoomForControl(): boolean {
    return this.#untaken <= 1;
  }

  add(bytes: Uint8Array): void {
    if (this.#isEnded || this.#isDeaf) return;
    for (let at = 0; at < bytes.length; at += LINE)
      this.#waiting.push(`${Buffer.from(bytes.subarray(at, at + LINE)).toString('base64')}\n`);
  }

  end(): void {
    if (!this.#isEnded && !this.#isDeaf) this.#waiting.push(END);
    this.#isEnded = true;
  }

  /** The command is over: what was not sent is not, and its reader is told to end. */
  cutShort(): void {
    this.#waiting.length = 0;
    if (!this.#isDeaf) this.#waiting.push(END);
    this.#isEnded = true;
  }

  taken(): void {
    this.#untaken = Math.max(0, this.#untaken - 1);
  }

  deaf(): void {
    this.#isDeaf = true;
    this.#waiting.length = 0;
    this.#untaken = 0;
  }

  /** The next line to be sent, if one may be. */
  next(): string | undefined {
    const [line] = this.#waiting;
    if (line === undefined || (line !== END && this.#untaken >= WINDOW)) return undefined;
    this.#waiting.shift();
    if (line !== END) this.#untaken += 1;
    return line;
  }
}
