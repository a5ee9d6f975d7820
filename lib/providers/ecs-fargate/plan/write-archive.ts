import { gzipSync } from 'node:zlib';
import { createTar } from 'nanotar';
import { LONG_DIRECTORY } from './writer-script.ts';

/** A directory (no content) or a file of an archive. Everything belongs to root: the writer's script gives it away. */
export interface ArchiveEntry {
  /** Relative, without newlines; parents come first. */
  readonly path: string;
  readonly mode: number;
  readonly content?: Uint8Array;
}

/** The variable that tells how many chunks there are; the chunks are this name with their number. */
const FILES_VARIABLE = 'LAMBDALET_FILES';

/**
 * The most base64 that files may take, in bytes. Linux gives arguments and environment of a process a quarter of its stack
 * together, 2 MiB where nobody changed it.
 */
export const FILES_LIMIT = 1_572_864;

/** The ECS agent reads lines of at most 64 KiB (Go's `bufio.Scanner`); Linux takes 128 KiB for one variable. */
const CHUNK = 32 * 1024;
/** Of a name that is not cut into a prefix; what is written here knows nothing of prefixes. */
const NAME_BYTES = 100;
const END_OF_ARCHIVE = new Uint8Array(1024);

/**
 * A tar.gz of the entries, the same for the same entries. Files whose path is too long for a header are stored under numbers, with
 * a list of their paths, which the writer's script resolves; directories of such a length are made on the way.
 */
export function writeArchive(entries: readonly ArchiveEntry[]): Uint8Array {
  const short = entries.filter(({ path }) => !isLong(path));
  const long = entries.filter(({ path, content }) => isLong(path) && content !== undefined);
  const list = Buffer.from(long.map(({ path }) => `${path}\n`).join(''));
  const stored: readonly ArchiveEntry[] =
    long.length === 0
      ? short
      : [
          ...short,
          { path: LONG_DIRECTORY, mode: 0o700 },
          ...long.map((entry, index) => ({ ...entry, path: `${LONG_DIRECTORY}/${index}` })),
          { path: `${LONG_DIRECTORY}/list`, mode: 0o600, content: list },
        ];
  const tar = createTar(
    stored.map(({ path, mode, content }) => ({
      name: path,
      ...(content === undefined ? {} : { data: content }),
      attrs: { mode: mode.toString(8), uid: 0, gid: 0, mtime: 0 },
    })),
  );
  // An archive that fills its last record would otherwise have no end.
  return gzipSync(Buffer.concat([tar, END_OF_ARCHIVE]));
}

/** Bytes that an archive takes in variables. */
export function measureArchive(archive: Uint8Array): number {
  return Math.ceil((archive.byteLength * 4) / 3);
}

/**
 * The variables by which an archive reaches the writer: a count, and base64 in chunks without padding, because agents are about that
 * split a line at every `=`.
 */
export function toFileVariables(archive: Uint8Array): ReadonlyMap<string, string> {
  const text = Buffer.from(archive).toString('base64').replace(/=+$/, '');
  const count = Math.ceil(text.length / CHUNK);
  const chunks = Array.from(
    { length: count },
    (_, index) => [`${FILES_VARIABLE}_${index}`, text.slice(index * CHUNK, (index + 1) * CHUNK)] as const,
  );
  return new Map([[`${FILES_VARIABLE}_COUNT`, String(count)], ...chunks]);
}

function isLong(path: string): boolean {
  return Buffer.byteLength(path) > NAME_BYTES;
}
