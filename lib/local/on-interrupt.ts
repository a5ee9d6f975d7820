/** Ctrl-C, as it comes. */
export interface Interrupts {
  readonly first: Promise<void>;
  /** The one after the first: someone does not want to wait. */
  readonly second: Promise<void>;
  happened(): boolean;
}

/** The terminal tells npm and us of the same Ctrl-C, and npm tells us again: what comes so soon is the same one. */
const ECHO_MS = 1_000;

/** Takes over SIGINT and SIGTERM: they no longer end the process by themselves. */
export function onInterrupt(): Interrupts {
  const first = Promise.withResolvers<undefined>();
  const second = Promise.withResolvers<undefined>();
  let firstAt: number | undefined;
  const take = (): void => {
    const now = Date.now();
    if (firstAt !== undefined && now - firstAt > ECHO_MS) second.resolve(undefined);
    firstAt ??= now;
    first.resolve(undefined);
  };
  process.on('SIGINT', take);
  process.on('SIGTERM', take);
  return { first: first.promise, second: second.promise, happened: () => firstAt !== undefined };
}
