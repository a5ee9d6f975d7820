/** One file or directory of an archive. */
export interface TarEntry {
  readonly name: string;
  readonly isDirectory: boolean;
  readonly mode: number;
  readonly content: Uint8Array;
}

const BLOCK = 512;

/** Takes an archive apart as it comes: ustar, with the long names of pax and GNU. */
export class TarReader {
  #rest: Buffer = Buffer.alloc(0);
  #longName: string | undefined;

  read(bytes: Uint8Array): readonly TarEntry[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const entries: TarEntry[] = [];
    for (
      let header = this.#rest.subarray(0, BLOCK);
      header.length === BLOCK;
      header = this.#rest.subarray(0, BLOCK)
    ) {
      const size = numberAt(header, 124, 12);
      const whole = BLOCK + Math.ceil(size / BLOCK) * BLOCK;
      if (this.#rest.length < whole) break;
      const content = this.#rest.subarray(BLOCK, BLOCK + size);
      if (header[0] !== 0) entries.push(...this.#entryOf(header, content));
      this.#rest = this.#rest.subarray(whole);
    }
    return entries;
  }

  #entryOf(header: Buffer, content: Buffer): readonly TarEntry[] {
    const type = header.toString('latin1', 156, 157);
    if (type === 'L') this.#longName = content.toString('latin1').replace(/\0.*$/s, '');
    if (type === 'x')
      this.#longName = /\d+ path=([^\n]*)\n/.exec(content.toString('latin1'))?.[1] ?? this.#longName;
    if (!'0\u00005'.includes(type)) return [];
    const prefix = textAt(header, 345, 155);
    const name = this.#longName ?? (prefix === '' ? '' : `${prefix}/`) + textAt(header, 0, 100);
    this.#longName = undefined;
    const isDirectory = type === '5' || name.endsWith('/');
    return [{ name, isDirectory, mode: numberAt(header, 100, 8), content: Uint8Array.from(content) }];
  }
}

/** One entry as it stands in an archive; a name that is too long for its header goes before it. */
export function encodeEntry(entry: TarEntry): Uint8Array {
  const long =
    entry.name.length > 100
      ? [
          encodePlain(
            {
              ...entry,
              isDirectory: false,
              name: '././@LongLink',
              content: Buffer.from(`${entry.name}\0`, 'latin1'),
            },
            'L',
          ),
        ]
      : [];
  return Buffer.concat([...long, encodePlain(entry, entry.isDirectory ? '5' : '0')]);
}

/** What every archive ends with. */
export function encodeEnd(): Uint8Array {
  return Buffer.alloc(2 * BLOCK);
}

function encodePlain({ name, mode, content }: TarEntry, type: string): Uint8Array {
  const bytes = Buffer.alloc(BLOCK + Math.ceil(content.length / BLOCK) * BLOCK);
  bytes.write(name.slice(0, 100), 0, 'latin1');
  bytes.write(`${octal(mode, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0`, 100, 'latin1');
  bytes.write(`${octal(content.length, 11)}\0${octal(0, 11)}\0        ${type}`, 124, 'latin1');
  bytes.write('ustar\u000000', 257, 'latin1');
  const sum = bytes.subarray(0, BLOCK).reduce((total, byte) => total + byte, 0);
  bytes.write(`${octal(sum, 6)}\0 `, 148, 'latin1');
  bytes.set(content, BLOCK);
  return bytes;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

function numberAt(header: Buffer, at: number, length: number): number {
  return Number.parseInt(textAt(header, at, length).trim() || '0', 8);
}

function textAt(header: Buffer, at: number, length: number): string {
  return header.toString('latin1', at, at + length).replace(/\0.*$/s, '');
}
