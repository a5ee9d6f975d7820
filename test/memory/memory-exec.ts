import type { FailureError } from '../../lib/core/failure.ts';
import type { Exec, ExecAsk, ExecEnd, ExecOutput, ExecSession, TerminalSize } from '../../lib/ports/exec.ts';

/** A command that does what a test says. */
export interface MemoryCommand {
  readonly ask: ExecAsk;
  /** What was written to its input. */
  readonly input: () => Buffer;
  readonly inputEnded: () => boolean;
  readonly sizes: readonly TerminalSize[];
  readonly hungUp: () => boolean;
  /** Writes; resolves when it was taken. */
  print(from: ExecOutput['from'], text: string): Promise<void>;
  finish(end: ExecEnd): void;
}

/** Commands that do what a test says. */
export interface MemoryExec extends Exec {
  /** Resolves with the first command that is opened. */
  command(): Promise<MemoryCommand>;
  /** What every `open` is refused with. */
  refusal: FailureError | undefined;
}

/** Nothing runs. */
export function createMemoryExec(): MemoryExec {
  const opened = Promise.withResolvers<MemoryCommand>();
  const exec: MemoryExec = {
    refusal: undefined,
    command: () => opened.promise,
    open: (ask) => {
      if (exec.refusal !== undefined) return Promise.reject(exec.refusal);
      const { command, session } = startCommand(ask);
      opened.resolve(command);
      return Promise.resolve(session);
    },
  };
  return exec;
}

function startCommand(ask: ExecAsk): { command: MemoryCommand; session: ExecSession } {
  const input: Uint8Array[] = [];
  const sizes: TerminalSize[] = [];
  const printed: { output: ExecOutput; taken: () => void }[] = [];
  const end = Promise.withResolvers<ExecEnd>();
  let isOver = false;
  let isEnded = false;
  let isHungUp = false;
  let wake = (): void => undefined;
  async function* output(): AsyncGenerator<ExecOutput, void> {
    for (;;) {
      for (const { output, taken } of printed.splice(0)) {
        yield output;
        taken();
      }
      if (isOver) return;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  const finish = (how: ExecEnd): void => {
    isOver = true;
    end.resolve(how);
    wake();
  };
  const command: MemoryCommand = {
    ask,
    input: () => Buffer.concat(input),
    inputEnded: () => isEnded,
    sizes,
    hungUp: () => isHungUp,
    print: (from, text) =>
      new Promise((taken) => {
        printed.push({ output: { from, bytes: Buffer.from(text) }, taken });
        wake();
      }),
    finish,
  };
  const session: ExecSession = {
    output: output(),
    end: end.promise,
    write: (bytes) => {
      input.push(Buffer.from(bytes));
      return Promise.resolve();
    },
    endInput: () => {
      isEnded = true;
      return Promise.resolve();
    },
    resize: (size) => {
      sizes.push(size);
      return Promise.resolve();
    },
    close: () => {
      if (!isOver) isHungUp = true;
      finish({ kind: 'lost', message: 'hung up' });
    },
  };
  return { command, session };
}
