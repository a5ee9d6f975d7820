/** The exit code of a command that was interrupted: 128 and the number of SIGINT, as of a shell. */
export const INTERRUPTED = 130;

/** Ctrl-C, as it comes. */
export interface Interrupts {
  readonly first: Promise<unknown>;
  /** The one after the first: someone does not want to wait. */
  readonly second: Promise<unknown>;
  happened(): boolean;
}

/** The part of a process that is needed. */
export interface Signals {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}

/** The terminal tells npm and us of the same Ctrl-C, and npm tells us again: what comes so soon is the same one. */
const ECHO_MS = 1_000;

/** Takes over SIGINT and SIGTERM of a process: they no longer end it by themselves. */
export function onInterrupt(of: Signals, clock: () => number = Date.now): Interrupts {
  const first = Promise.withResolvers<undefined>();
  const second = Promise.withResolvers<undefined>();
  let firstAt: number | undefined;
  const take = (): void => {
    const now = clock();
    if (firstAt !== undefined && now - firstAt > ECHO_MS) second.resolve(undefined);
    firstAt ??= now;
    first.resolve(undefined);
  };
  of.on('SIGINT', take);
  of.on('SIGTERM', take);
  return { first: first.promise, second: second.promise, happened: () => firstAt !== undefined };
}
