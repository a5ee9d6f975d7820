import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ApiAnswer } from '../../kubelet-api/exchange.ts';

/** As the kubelet: nobody keeps what it says, and no browser guesses what it is. */
const HEADERS = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };

/**
 * Writes an answer, chunks no faster than the caller takes them. One whose chunks break off has no proper end.
 * @throws what the chunks threw, or that the caller hung up
 */
export async function writeAnswer(response: ServerResponse, answer: ApiAnswer): Promise<void> {
  const { status, contentType, body } = answer;
  if (typeof body === 'string') {
    const length = Buffer.byteLength(body);
    response.writeHead(status, { ...HEADERS, 'Content-Type': contentType, 'Content-Length': length });
    response.end(body);
    return;
  }
  response.writeHead(status, { ...HEADERS, 'Content-Type': contentType });
  // Of a log that nobody writes to the caller learns at once that it is there.
  response.flushHeaders();
  await pipeline(Readable.from(body, { highWaterMark: 1 }), response);
}
