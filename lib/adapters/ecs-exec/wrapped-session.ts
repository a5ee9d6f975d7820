import { FailureError, type FailureKind } from '../../core/failure.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ExecAsk, ExecEnd, ExecSession, TerminalSize } from '../../ports/exec.ts';
import { DataChannel, type ChannelEffect } from './data-channel.ts';
import { InputLines } from './input-lines.ts';
import { OutputQueue } from './output-queue.ts';
import { TerminalReader, type TerminalEvent } from './read-terminal.ts';
import { startLine } from './wrap-command.ts';

/** A WebSocket as far as a session needs it. */
export interface Line {
  sendText(text: string): void;
  sendBytes(bytes: Uint8Array): void;
  /** Nothing is read until `resume`. */
  pause(): void;
  resume(): void;
  ping(): void;
  close(): void;
}

/** What a session is made of. */
export interface SessionOptions {
  readonly ask: ExecAsk;
  /** Of the marks in the terminal. */
  readonly id: string;
  readonly token: string;
  readonly clock: Clock;
}

/** Output that nobody took holds up the terminal from here on, and lets it go on from there. */
const HELD_BYTES = 256 * 1024;
const FREED_BYTES = 64 * 1024;
/** Where the terminal cannot be held up, nothing more is read from the network. */
const FULL_BYTES = 4 * 1024 * 1024;
/** Input for a terminal that may wait for the agent. */
const BACKLOG_BYTES = 64 * 1024;
const PING_MS = 300_000;
/** What the command left behind may hold its output open: so long nothing comes, and it is over all the same. */
const LINGER_MS = 10_000;

const KEY = { interrupt: 3, end: 4, go: 17, stop: 19 } as const;

const HUNG_UP = 'the connection was closed on this side';

/** One command in a container: the channel, the wrapper around the command and the flow of bytes both ways. */
export class WrappedSession implements ExecSession {
  readonly output: OutputQueue;
  readonly end: Promise<ExecEnd>;
  /** Resolves as soon as the command runs; rejects with why it does not. */
  readonly started: Promise<void>;
  readonly #options: SessionOptions;
  readonly #line: Line;
  readonly #channel: DataChannel;
  readonly #reader: TerminalReader;
  readonly #input = new InputLines();
  readonly #over = new AbortController();
  readonly #startResult = Promise.withResolvers<undefined>();
  readonly #endResult = Promise.withResolvers<ExecEnd>();
  #waiters: (() => void)[] = [];
  #timer: AbortController | undefined;
  #isStarted = false;
  #isHeld = false;
  #isLinePaused = false;
  #exitCode: number | undefined;
  #said = '';
  #lastSeen: number;

  constructor(line: Line, options: SessionOptions) {
    const { ask, id, clock } = options;
    this.#options = options;
    this.#line = line;
    this.#channel = new DataChannel({ newId: () => clock.newId() });
    this.#reader = new TerminalReader({ id, tty: ask.tty });
    this.#lastSeen = clock.now();
    this.started = this.#startResult.promise;
    this.end = this.#endResult.promise;
    this.output = new OutputQueue(() => this.#balance());
    this.#startResult.promise.catch(() => undefined);
  }

  /** The network connection is there. */
  connected(): void {
    this.#line.sendText(this.#channel.openMessage(this.#options.token));
    void this.#keepAlive();
  }

  /** A binary message came. */
  received(bytes: Uint8Array): void {
    if (this.#over.signal.aborted) return;
    this.#lastSeen = this.#now();
    this.#carryOut(this.#channel.receive(bytes, this.#now()));
    this.#balance();
  }

  /** The network connection is gone. */
  disconnected(why: string): void {
    this.#finish(why === '' ? 'the connection to the container broke' : why);
  }

  /** Gives up before the command runs. */
  giveUp(kind: FailureKind, message: string): void {
    this.#startResult.reject(new FailureError({ kind, message }));
    this.close();
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#options.ask.tty) this.#type(bytes);
    else if (this.#options.ask.stdin) this.#input.add(bytes);
    this.#balance();
    while (!this.#over.signal.aborted && !this.#isInputIdle()) await this.#change();
  }

  endInput(): Promise<void> {
    if (this.#options.ask.tty) this.#type(Uint8Array.of(KEY.end));
    else if (this.#options.ask.stdin) this.#input.end();
    this.#balance();
    return Promise.resolve();
  }

  resize({ columns, rows }: TerminalSize): Promise<void> {
    if (!this.#over.signal.aborted) this.#carryOut(this.#channel.resize(columns, rows, this.#now()));
    return Promise.resolve();
  }

  close(): void {
    if (this.#over.signal.aborted) return;
    // A terminal of the caller's own gets no key that nobody pressed.
    if (!this.#options.ask.tty && this.#isStarted) this.#type(Uint8Array.of(KEY.interrupt));
    this.#carryOut(this.#channel.terminate(this.#now()));
    this.output.drop();
    this.#finish(HUNG_UP);
  }

  #now(): number {
    return this.#options.clock.now();
  }

  #type(bytes: Uint8Array): void {
    if (!this.#over.signal.aborted) this.#carryOut(this.#channel.write(bytes, this.#now()));
  }

  #isInputIdle(): boolean {
    return this.#options.ask.tty ? this.#channel.backlog < BACKLOG_BYTES : this.#input.isIdle;
  }

  #carryOut(effects: readonly ChannelEffect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'send':
          this.#line.sendBytes(effect.bytes);
          break;
        case 'ready':
          break;
        case 'output':
          for (const event of this.#reader.read(effect.bytes)) this.#heed(event);
          if (!this.#isStarted) this.#said = (this.#said + Buffer.from(effect.bytes).toString()).slice(-500);
          break;
        case 'closed':
          this.#finish(effect.message === '' ? 'the session was ended by its agent' : effect.message);
          break;
        case 'refused':
          this.giveUp('refused', effect.message);
          break;
      }
    }
    this.#resendLater();
  }

  #heed(event: TerminalEvent): void {
    switch (event.kind) {
      case 'ready': {
        this.#type(Buffer.from(startLine(this.#options.ask)));
        return;
      }
      case 'missing': {
        this.giveUp('refused', missing(event.program));
        return;
      }
      case 'started':
        this.#isStarted = true;
        {
          this.#startResult.resolve(undefined);
          return;
        }
      case 'output': {
        this.output.push(event.output);
        return;
      }
      case 'taken': {
        this.#input.taken();
        return;
      }
      case 'deaf': {
        this.#input.deaf();
        return;
      }
      case 'exited':
        this.#exitCode = event.code;
        if (!this.#options.ask.tty && this.#options.ask.stdin) this.#input.cutShort();
        void this.#linger();
        return;
      case 'done': {
        this.#finish('');
        return;
      }
    }
  }

  /** Sends what input may be sent, and holds the terminal up or lets it go on, as the output is taken. */
  #balance(): void {
    if (this.#over.signal.aborted) {
      this.#wakeAll();
      return;
    }
    this.#pauseLine();
    if (!this.#options.ask.tty && this.#isStarted) {
      const isFull = this.output.bytes > (this.#isHeld ? FREED_BYTES : HELD_BYTES);
      if (isFull !== this.#isHeld && (this.#isHeld || this.#input.hasRoomForControl)) {
        this.#isHeld = isFull;
        this.#type(Uint8Array.of(isFull ? KEY.stop : KEY.go));
      }
      // Behind input that nobody takes, ^S and ^Q would not be seen either (before Linux 6.0), so input waits for its turn.
      if (!isFull)
        for (let line = this.#input.next(); line !== undefined; line = this.#input.next())
          this.#type(Buffer.from(line));
    }
    this.#wakeAll();
  }

  #pauseLine(): void {
    const most = this.#options.ask.tty ? HELD_BYTES : FULL_BYTES;
    const isFull = this.output.bytes > (this.#isLinePaused ? FREED_BYTES : most);
    if (isFull === this.#isLinePaused) return;
    this.#isLinePaused = isFull;
    if (isFull) this.#line.pause();
    else this.#line.resume();
  }

  #wakeAll(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #resendLater(): void {
    const due = this.#channel.nextDue();
    if (due === undefined || this.#timer !== undefined || this.#over.signal.aborted) return;
    const timer = new AbortController();
    this.#timer = timer;
    const { clock } = this.#options;
    void clock.sleep(due, this.#over.signal).then(() => {
      this.#timer = undefined;
      if (!this.#over.signal.aborted) this.#carryOut(this.#channel.tick(clock.now()));
    });
  }

  async #keepAlive(): Promise<void> {
    const { clock } = this.#options;
    for (;;) {
      await clock.sleep(clock.now() + PING_MS, this.#over.signal);
      if (this.#over.signal.aborted) return;
      this.#line.ping();
    }
  }

  /** Ends the session when the command is over and nothing more comes, although something holds its output open. */
  async #linger(): Promise<void> {
    const { clock } = this.#options;
    const isBusy = (): boolean => this.output.bytes > 0 || clock.now() < this.#lastSeen + LINGER_MS;
    while (!this.#over.signal.aborted && isBusy())
      await clock.sleep(
        Math.max(this.#lastSeen, clock.now() - LINGER_MS + 1000) + LINGER_MS,
        this.#over.signal,
      );
    this.#finish('');
  }

  #finish(why: string): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    this.output.close();
    this.#startResult.reject(new FailureError(whyNotStarted(why, this.#said)));
    const code = this.#exitCode;
    this.#endResult.resolve(code === undefined ? { kind: 'lost', message: why } : { kind: 'exited', code });
    this.#line.close();
    this.#wakeAll();
  }
}

function missing(program: string): string {
  return `the container has no \`${program}\`, without which no command can be run in it: the image needs a shell (\`sh\`), \`stty\`, \`dd\` and \`base64\`, as busybox and coreutils have them`;
}

/** Before the first mark, what is on the terminal are the words of whoever could not start the shell. */
function whyNotStarted(why: string, said: string): { readonly kind: FailureKind; readonly message: string } {
  const shown = said.replaceAll(/\u001e\S*/g, '').trim();
  const words = [why, shown].filter((text) => text !== '').join(': ');
  const hasNoShell = /executable file not found|no such file or directory|unable to start command/i.test(
    words,
  );
  return hasNoShell
    ? { kind: 'refused', message: `${missing('sh')} (${words})` }
    : { kind: 'transient', message: `the command was not started: ${words}` };
}
