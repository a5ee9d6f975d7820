import type { Instant } from '../../core/kubernetes.ts';
import { createLineJoiner } from './format-log.ts';
import type { LogLine } from '../../ports/logs.ts';

/** The most bytes of lines that are held of a log, besides a page on its way. */
export const WINDOW_BYTES = 1_048_576;

/**
 * The newest lines of a log, numbered in the order in which they came, in bounded memory. Lines go out of it by whole milliseconds, so that
 * an instant parts those that are in it from those that are not.
 */
export interface LogWindow {
  /** Bytes of the lines that are held. */
  readonly bytes: number;
  /** The number of the first line that is held, or of the next one to come. */
  readonly first: number;
  /** The number of the next line to come. */
  readonly end: number;
  /** Every line of this instant or later is held, if it was ever added; lines before it were let go, unless they came later than those. */
  readonly floor: Instant;
  /** The latest instant, by the service's clock, at which it had a line that was ever added. */
  readonly newestIngested: Instant;
  add(lines: readonly LogLine[]): void;
  /** Lets go of everything before `floor`, so that the window says nothing of it. */
  raise(floor: Instant): void;
  /** The numbers, from one on, of those that begin a line: what was too long came in parts. */
  beginsFrom(number: number): readonly number[];
  /** The lines from a number on: all of them, or so many bytes and one line at least. */
  from(number: number, most?: number): readonly LogLine[];
}

/** An empty window. */
export function createLogWindow(most: number = WINDOW_BYTES): LogWindow {
  let lines: LogLine[] = [];
  let begins: boolean[] = [];
  const join = createLineJoiner();
  let bytes = 0;
  let first = 0;
  let floor = Number.NEGATIVE_INFINITY;
  let newestIngested = Number.NEGATIVE_INFINITY;

  const drop = (count: number): void => {
    for (const line of lines.slice(0, count)) bytes -= sizeOf(line);
    lines = lines.slice(count);
    begins = begins.slice(count);
    first += count;
  };
  const raise = (to: Instant): void => {
    floor = Math.max(floor, to);
    const kept = lines.findIndex(({ at }) => at >= floor);
    drop(kept === -1 ? lines.length : kept);
  };
  return {
    get bytes() {
      return bytes;
    },
    get first() {
      return first;
    },
    get end() {
      return first + lines.length;
    },
    get floor() {
      return floor;
    },
    get newestIngested() {
      return newestIngested;
    },
    raise,
    add: (more) => {
      lines.push(...more);
      for (const line of more) {
        begins.push(join(line).beginsLine);
        bytes += sizeOf(line);
        newestIngested = Math.max(newestIngested, ingestedAt(line));
      }
      let over = bytes - most;
      if (over <= 0) return;
      const last = lines.find((line) => (over -= sizeOf(line)) <= 0);
      raise((last?.at ?? floor) + 1);
    },
    beginsFrom: (number) =>
      begins.flatMap((isBegin, at) => (isBegin && first + at >= number ? [first + at] : [])),
    from: (number, most) => cutLines(lines, Math.max(0, number - first), most),
  };
}

/** Lines from an index on: so many bytes, and one line at least. */
export function cutLines(
  lines: readonly LogLine[],
  index: number,
  most = Number.POSITIVE_INFINITY,
): readonly LogLine[] {
  let bytes = 0;
  const end = lines.findIndex((line, at) => at >= index && (bytes += sizeOf(line)) > most && at > index);
  return lines.slice(index, end === -1 ? undefined : end);
}

/** When the service had a line; one of which that is not told came in its time. */
export function ingestedAt(line: LogLine): Instant {
  return line.ingestedAt ?? line.at;
}

/** A JavaScript string takes two bytes a character at most; the rest is what an object costs. */
export function sizeOf({ text }: LogLine): number {
  return text.length * 2 + 64;
}
