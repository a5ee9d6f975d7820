import {
  decodeFrame,
  encodeFrame,
  FLAGS,
  MESSAGE,
  PAYLOAD,
  type Frame,
} from '../../../adapters/ecs-exec/frame.ts';
import type { Clock } from '../../../ports/clock.ts';
import { splitCommand } from './split-command.ts';
import { TextPasser } from './pass-text.ts';

/** A program in a terminal, as the agent of a container sees it. */
export interface ExecProgram {
  /** Resolves when the terminal has taken it. */
  type(bytes: Uint8Array): Promise<void>;
  resize(columns: number, rows: number): void;
  /** `undefined`: nothing follows. */
  readOutput(most: number): Promise<Uint8Array | undefined>;
  kill(): void;
}

/** Starts a program; what it says instead is why it cannot be started. */
export type StartProgram = (words: readonly string[]) => ExecProgram | string;

/** What an agent is made of. */
export interface AgentOptions {
  readonly command: string;
  readonly start: StartProgram;
  readonly clock: Clock;
  /** Sends a message towards the client. */
  readonly send: (bytes: Uint8Array) => void;
  /** The session is over, and so is the connection. */
  readonly close: () => void;
  /** Asks for the encryption of the session with a key of KMS. */
  readonly wantsEncryption?: boolean;
}

const CHUNK = 1024;
const RESEND_MS = 200;
/** More that is not acknowledged is not sent again (OutgoingMessageBufferCapacity). */
const MOST_UNACKNOWLEDGED = 10_000;
const MOST_EARLY = 10_000;

/** The far side of a data channel: the agent in the container, and the service between. */
export class ExecAgent {
  readonly #options: AgentOptions;
  readonly #unacknowledged = new Map<number, { readonly bytes: Uint8Array; sentAt: number }>();
  readonly #early = new Map<number, Frame>();
  readonly #passer = new TextPasser();
  readonly #over = new AbortController();
  #next = 0;
  #expected = 0;
  #isPaused = false;
  #wake: (() => void) | undefined;
  #program: ExecProgram | undefined;
  #typing: Promise<void> = Promise.resolve();

  constructor(options: AgentOptions) {
    this.#options = options;
    void this.#resend();
    const types = [...(options.wantsEncryption === true ? ['KMSEncryption'] : []), 'SessionType'];
    this.#sendOutput(
      PAYLOAD.handshakeRequest,
      jsonOf({
        AgentVersion: '3.3.0.0',
        RequestedClientActions: types.map((ActionType) => ({ ActionType, ActionParameters: {} })),
      }),
    );
  }

  /** Tells the agent to wait with its output, or to go on, as the service does. */
  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    this.#wake?.();
  }

  receive(bytes: Uint8Array): void {
    const frame = decodeFrame(bytes);
    if (frame?.messageType === MESSAGE.acknowledge) this.#unacknowledged.delete(sequenceIn(frame));
    if (frame?.messageType !== MESSAGE.input || frame.sequence < this.#expected) return;
    if (this.#early.size < MOST_EARLY) this.#acknowledge(frame);
    this.#early.set(frame.sequence, frame);
    for (
      let due = this.#early.get(this.#expected);
      due !== undefined;
      due = this.#early.get(this.#expected)
    ) {
      this.#early.delete(this.#expected);
      this.#expected += 1;
      this.#take(due);
    }
  }

  /** The connection is gone; what runs has lost its terminal. */
  end(): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    this.#program?.kill();
    this.#wake?.();
  }

  #take({ payloadType, payload }: Frame): void {
    switch (payloadType) {
      case PAYLOAD.handshakeResponse:
        this.#sendOutput(
          PAYLOAD.handshakeComplete,
          jsonOf({ HandshakeTimeToComplete: 1, CustomerMessage: '' }),
        );
        return void this.#run();
      case PAYLOAD.output:
        this.#typing = this.#typing.then(() => this.#program?.type(payload));
        return;
      case PAYLOAD.size: {
        const { cols, rows } = JSON.parse(Buffer.from(payload).toString()) as { cols: number; rows: number };
        return this.#program?.resize(cols, rows);
      }
      case PAYLOAD.flag: {
        this.#finish('');
        return;
      }
    }
  }

  async #run(): Promise<void> {
    const words = splitCommand(this.#options.command);
    const started =
      words === undefined ? 'EOF found when expecting closing quote' : this.#options.start(words);
    if (typeof started === 'string') {
      this.#finish(`Unable to start command: Failed to start pty: ${started}`);
      return;
    }
    this.#program = started;
    for (;;) {
      const bytes = await started.readOutput(CHUNK);
      if (bytes === undefined) break;
      while (this.#isPaused && !this.#isOver()) await this.#change();
      const text = this.#passer.pass(bytes);
      if (text.length > 0) this.#sendOutput(PAYLOAD.output, text);
    }
    while (this.#unacknowledged.size > 0 && !this.#over.signal.aborted)
      await this.#options.clock.sleep(this.#options.clock.now() + 5, this.#over.signal);
    this.#finish('');
  }

  #finish(output: string): void {
    if (this.#over.signal.aborted) return;
    this.#options.send(
      this.#frame(MESSAGE.closed, 0, { payloadType: PAYLOAD.none, payload: jsonOf({ Output: output }) }),
    );
    this.end();
    this.#options.close();
  }

  #isOver(): boolean {
    return this.#over.signal.aborted;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  #sendOutput(payloadType: number, payload: Uint8Array): void {
    const bytes = this.#frame(MESSAGE.output, this.#next, { payloadType, payload });
    if (this.#unacknowledged.size < MOST_UNACKNOWLEDGED)
      this.#unacknowledged.set(this.#next, { bytes, sentAt: this.#options.clock.now() });
    this.#next += 1;
    this.#options.send(bytes);
  }

  /** Sends the oldest message again that is not acknowledged. */
  async #resend(): Promise<void> {
    const { clock, send } = this.#options;
    while (!this.#isOver()) {
      await clock.sleep(clock.now() + RESEND_MS / 2, this.#over.signal);
      const oldest = this.#unacknowledged.values().next().value;
      if (this.#isOver() || oldest === undefined || clock.now() < oldest.sentAt + RESEND_MS) continue;
      oldest.sentAt = clock.now();
      send(oldest.bytes);
    }
  }

  #acknowledge(frame: Frame): void {
    const payload = jsonOf({
      AcknowledgedMessageType: frame.messageType,
      AcknowledgedMessageId: frame.messageId,
      AcknowledgedMessageSequenceNumber: frame.sequence,
      IsSequentialMessage: true,
    });
    this.#options.send(this.#frame(MESSAGE.acknowledge, 0, { payloadType: PAYLOAD.none, payload }));
  }

  #frame(messageType: string, sequence: number, what: Pick<Frame, 'payloadType' | 'payload'>): Uint8Array {
    const { clock } = this.#options;
    const flags = messageType === MESSAGE.output ? Number(sequence === 0) : FLAGS.only;
    return encodeFrame({
      messageType,
      sequence,
      flags,
      messageId: clock.newId(),
      createdAt: clock.now(),
      ...what,
    });
  }
}

function jsonOf(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

function sequenceIn(frame: Frame): number {
  const content = JSON.parse(Buffer.from(frame.payload).toString()) as {
    AcknowledgedMessageSequenceNumber?: number;
  };
  return Number(content.AcknowledgedMessageSequenceNumber);
}
