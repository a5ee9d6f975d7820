import type { TerminalSize } from '../../ports/exec.ts';
import type { CommandStatus } from './command-status.ts';

/** The streams between a client and a command, whatever carries them. */
export interface CommandStreams {
  /** What the client writes. To be taken once; ends early when the client is gone. What is not taken holds the client up. */
  readonly stdin: AsyncIterable<Uint8Array>;
  /** The sizes of the client's terminal, as they change; those that cannot be read are left out. */
  readonly resizes: AsyncIterable<TerminalSize>;
  /** Resolves when more may follow, however fast the client reads. What it did not ask for, or is not there to read, is dropped. */
  write(to: 'stdout' | 'stderr', bytes: Uint8Array): Promise<void>;
  /** Tells how the command ended, and hangs up. */
  finish(status: CommandStatus): Promise<void>;
  /** Aborts when the client is gone. */
  readonly gone: AbortSignal;
}

/** The bytes of a stream that the client did not ask for. */
export async function* nothing(): AsyncGenerator<Uint8Array, void> {
  // None.
}

/** The longest message of a size: `{"Width":65535,"Height":65535}` has 31 bytes. */
const MOST_SIZE_BYTES = 1_024;

/** The sizes that a client tells, one JSON object behind the other (`remotecommand.TerminalSize`). */
export async function* readSizes(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<TerminalSize, void> {
  let text = '';
  for await (const chunk of bytes) {
    text += Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    for (let end = text.indexOf('}'); end !== -1; end = text.indexOf('}')) {
      const size = toSize(text.slice(0, end + 1));
      text = text.slice(end + 1);
      if (size !== undefined) yield size;
    }
    if (text.length > MOST_SIZE_BYTES) return;
  }
}

function toSize(text: string): TerminalSize | undefined {
  try {
    const { Width: columns, Height: rows } = JSON.parse(text) as { Width?: unknown; Height?: unknown };
    return isLength(columns) && isLength(rows) ? { columns, rows } : undefined;
  } catch {
    return undefined;
  }
}

/** A `uint16`; 0 is what a terminal without a size says. */
function isLength(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) <= 65_535;
}
