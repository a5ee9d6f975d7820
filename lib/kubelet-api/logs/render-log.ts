import type { LogLine } from '../../ports/logs.ts';
import { createLineJoiner, limitBytes, renderPiece } from './format-log.ts';

/** How a log is shown. */
export interface TextForm {
  readonly timestamps: boolean;
  readonly mostBytes: number | undefined;
}

/** What is handed out at a time, about: of a page that nobody takes little is made into text. */
const CHUNK_LENGTH = 65_536;

/** A log as text, as the kubelet writes it. The first chunk may be empty: it says that the log was read. */
export async function* renderLog(
  pages: AsyncIterable<readonly LogLine[]>,
  { timestamps, mostBytes }: TextForm,
): AsyncGenerator<string> {
  const join = createLineJoiner();
  const limit = limitBytes(mostBytes);
  for await (const lines of pages) {
    let chunk = '';
    for (const line of lines) {
      const { text, isSpent } = limit(renderPiece(join(line), timestamps));
      chunk += text;
      if (isSpent) {
        yield chunk;
        return;
      }
      if (chunk.length < CHUNK_LENGTH) continue;
      yield chunk;
      chunk = '';
    }
    yield chunk;
  }
}
