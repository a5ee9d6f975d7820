import type { Pod } from '../../core/kubernetes.ts';
import { FailureError } from '../../core/failure.ts';
import type { PodWatchEvent } from '../../ports/pods.ts';
import { trimPod } from './trim-pod.ts';

/** A line of a watch, as the API server writes it. */
interface WatchLine {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: unknown;
}

/**
 * The events in a watch stream: one JSON object a line, cut anywhere by the network, even inside a character. Ends after
 * `expired`, or when the stream ends. Throws a transient failure for an error of the server, or a stream cut inside a line.
 */
export async function* decodeWatch(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<PodWatchEvent> {
  for await (const line of splitLines(chunks)) {
    const event = toEvent(line);
    yield event;
    if (event.kind === 'expired') return;
  }
}

/** Splits bytes at newlines before it decodes them: the byte of a newline is never part of a longer UTF-8 character. */
async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let pieces: Uint8Array[] = [];
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      pieces.push(chunk.subarray(from, end));
      const line = Buffer.concat(pieces).toString('utf8').trim();
      pieces = [];
      from = end + 1;
      if (line !== '') yield line;
    }
    if (from < chunk.length) pieces.push(chunk.subarray(from));
  }
  const rest = Buffer.concat(pieces).toString('utf8').trim();
  if (rest === '') return;
  // The last line of a watch that ends well may come without a newline; a cut one is no JSON and fails in toEvent.
  yield rest;
}

const NEWLINE = 0x0a;

function toEvent(line: string): PodWatchEvent {
  const { type, object } = parseLine(line);
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
      return { kind: 'changed', pod: trimPod(object as Pod) };
    case 'DELETED':
      return { kind: 'deleted', pod: trimPod(object as Pod) };
    case 'BOOKMARK':
      return { kind: 'bookmark', resourceVersion: (object as Pod).metadata.resourceVersion };
    case 'ERROR': {
      const { code, message } = object as { code?: number; message?: string };
      if (code === 410) return { kind: 'expired' };
      throw brokenWatch(`the API server ended it with ${code ?? 'an error'}: ${message ?? 'no message'}`);
    }
  }
}

function parseLine(line: string): WatchLine {
  try {
    return JSON.parse(line) as WatchLine;
  } catch {
    throw brokenWatch('it was cut inside an event');
  }
}

/** The failure of a watch that broke; watching again from the last resourceVersion, or listing, repairs it. */
export function brokenWatch(why: string, cause?: unknown): FailureError {
  return new FailureError(
    { kind: 'transient', code: 'WatchBroken', message: `The watch of the pods broke: ${why}` },
    { cause },
  );
}
