import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

/** The log of the functions: what CloudWatch Logs would hold. */
export interface FunctionLog {
  readonly file: string;
  /** Takes one line of a function. */
  readonly write: (line: string) => void;
  /** The lines of this run that are errors, the newest last; at most the last hundred. */
  errors(): readonly LogLine[];
  /** Calls `listener` with every line from now on. */
  listen(listener: (line: string) => void): void;
  close(): Promise<void>;
}

/** The fields that every line of a function has. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly service?: string;
  readonly [field: string]: unknown;
}

const MOST_ERRORS = 100;

/** Opens a new log file. */
export function openLog(file: string): FunctionLog {
  const stream = createWriteStream(file);
  const errors: LogLine[] = [];
  const listeners: ((line: string) => void)[] = [];
  return {
    file,
    write: (line) => {
      if (!stream.writable) return;
      stream.write(`${line}\n`);
      const read = readLogLine(line);
      if (read?.level === 'ERROR') {
        errors.push(read);
        if (errors.length > MOST_ERRORS) errors.shift();
      }
      for (const listener of listeners) listener(line);
    },
    errors: () => errors,
    listen: (listener) => void listeners.push(listener),
    close: async () => {
      stream.end();
      await finished(stream);
    },
  };
}

/** A line as the functions log it; `undefined` for a metric or anything else that they print. */
export function readLogLine(line: string): LogLine | undefined {
  try {
    const read = JSON.parse(line) as Partial<LogLine>;
    return read.level !== undefined && read.message !== undefined ? (read as LogLine) : undefined;
  } catch {
    return undefined;
  }
}

/** An error line in one sentence for a person. */
export function describeError({ message, service, failure, error }: LogLine): string {
  const why = messageIn(failure) ?? messageIn(error);
  return `${service ?? 'a function'}: ${message}${why === undefined ? '' : `: ${why}`}`;
}

function messageIn(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('message' in value)) return undefined;
  return typeof value.message === 'string' ? value.message : undefined;
}
