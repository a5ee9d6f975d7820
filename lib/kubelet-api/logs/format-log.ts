import { goesOn } from '../../core/log-parts.ts';
import type { LogLine } from '../../ports/logs.ts';

/** A line, or a part of one that was too long for an event. */
export interface LogPiece extends LogLine {
  readonly beginsLine: boolean;
  readonly endsLine: boolean;
}

/** Joins what was cut: tells of each line, in their order, whether it begins and ends one. Holds the last one. */
export function createLineJoiner(): <Line extends LogLine>(line: Line) => Line & LogPiece {
  let isOpen = false;
  let before = '';
  return (line) => {
    const beginsLine = !isOpen;
    isOpen = goesOn(line.text, before) === true;
    before = line.text;
    return { ...line, beginsLine, endsLine: !isOpen };
  };
}

/** A piece as the kubelet writes it: with the time, in nanoseconds of fixed width, before a line that begins. */
export function renderPiece({ at, text, beginsLine, endsLine }: LogPiece, timestamps: boolean): string {
  const time = timestamps && beginsLine ? `${toNanoTime(at)} ` : '';
  return `${time}${text}${endsLine ? '\n' : ''}`;
}

/** RFC 3339 with nanoseconds, of which CloudWatch Logs knows the first three digits. */
function toNanoTime(at: number): string {
  return new Date(at).toISOString().replace('Z', '000000Z');
}

/** What of a text is within a limit. */
export interface Allowed {
  readonly text: string;
  /** Nothing more is allowed. */
  readonly isSpent: boolean;
}

/** Lets so many bytes through, and no part of a character; `undefined`: all. */
export function limitBytes(most: number | undefined): (text: string) => Allowed {
  let left = most ?? Number.POSITIVE_INFINITY;
  return (text) => {
    const bytes = Buffer.byteLength(text);
    if (bytes < left) {
      left -= bytes;
      return { text, isSpent: false };
    }
    const room = new Uint8Array(left);
    const { read } = new TextEncoder().encodeInto(text, room);
    left = 0;
    return { text: text.slice(0, read), isSpent: true };
  };
}
