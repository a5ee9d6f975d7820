import { once } from 'node:events';
import type { Writable } from 'node:stream';
import {
  createLineJoiner,
  limitBytes,
  renderPiece,
  type LogPiece,
} from '../../kubelet-api/logs/format-log.ts';
import type { LogLine } from '../../ports/logs.ts';
import type { CommandIo } from '../command-io.ts';
import { writeJsonLine } from '../write-json.ts';

/** How a log is written. */
export interface LogForm {
  readonly timestamps: boolean;
  readonly mostBytes: number | undefined;
  /** What each line of text begins with. */
  readonly prefix: string;
  /** What each document of `-o json` names; `undefined`: as text. */
  readonly json: { readonly namespace: string; readonly pod: string; readonly container: string } | undefined;
}

/** Writes a log no faster than its reader takes it; an aborted signal ends it, also while nobody takes anything. */
export async function writeLog(
  pages: AsyncIterable<readonly LogLine[]>,
  form: LogForm,
  io: Pick<CommandIo, 'stdout'>,
  signal?: AbortSignal,
): Promise<void> {
  const join = createLineJoiner();
  const limit = limitBytes(form.mostBytes);
  for await (const lines of pages) {
    for (const line of lines) {
      if (signal?.aborted === true) return;
      const piece = join(line);
      const { text, isSpent } = limit(
        form.json === undefined ? renderPiece(piece, form.timestamps) : piece.text,
      );
      writePiece({ ...piece, text }, form, io);
      if (isSpent) return;
      await drained(io, signal);
    }
  }
}

/** A reader that has stopped reading never drains: whoever is interrupted does not wait for it. */
async function drained(
  { stdout }: Pick<CommandIo, 'stdout'>,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (stdout.writableNeedDrain !== true) return;
  try {
    await once(stdout as Writable, 'drain', ...(signal === undefined ? [] : [{ signal }]));
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}

function writePiece(
  { at, text, beginsLine, endsLine }: LogPiece,
  { json, prefix }: LogForm,
  io: Pick<CommandIo, 'stdout'>,
): void {
  if (json === undefined) io.stdout.write(beginsLine && text !== '' ? `${prefix}${text}` : text);
  else {
    const time = new Date(at).toISOString();
    writeJsonLine(io, 'LogLine', { ...json, time, text, ...(!endsLine && { isPartial: true }) });
  }
}
