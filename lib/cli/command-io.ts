import { onInterrupt, type Interrupts } from './on-interrupt.ts';

/** A stream that a command writes to. */
export type OutputStream = Pick<NodeJS.WriteStream, 'write'> & Partial<NodeJS.WriteStream>;

/** What a command has of its process. */
export interface CommandIo {
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Takes Ctrl-C over, from this call on. */
  readonly interrupts: () => Interrupts;
}

/** This process. */
export const processIo: CommandIo = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  interrupts: () => onInterrupt(process),
};
