import type { ScreenStream } from './demo/create-screen.ts';
import { onInterrupt, type Interrupts } from './on-interrupt.ts';

/** What a command has of its process. */
export interface CommandIo {
  readonly stdout: ScreenStream;
  readonly stderr: Pick<ScreenStream, 'write'>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Takes Ctrl-C over, from this call on. */
  readonly interrupts: () => Interrupts;
}

/** This process. */
export const processIo: CommandIo = {
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  interrupts: () => onInterrupt(process),
};
