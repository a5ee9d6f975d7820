import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { DICTIONARY } from './dictionary.ts';
import { SpdyFault, type SpdyHeaders } from './frames.ts';

/**
 * All header blocks of one direction are one zlib stream, flushed behind each. A block is a whole number of bytes of it, and what a
 * compressor may refer to is what was said in the 32 KB before: given that as its dictionary each block can be read and written by itself,
 * synchronously.
 */
const WINDOW = 32_768;
/** CM = deflate with a window of 32 KB, FDICT, and a level that nobody reads, as zlib writes them; then the Adler-32 of the dictionary. */
const ZLIB_HEADER = Buffer.from('78bbe3c6a7c2', 'hex');
const FDICT = 0x20;

/** The most that a block may come to: Kubernetes' have some tens of bytes. */
const MOST_BYTES = 65_536;
const MOST_HEADERS = 100;

/** Reads the header blocks of one direction, in their order. @throws SpdyFault for one that is none, or too large */
export function createHeaderReader(): (block: Buffer) => SpdyHeaders {
  let history: Buffer | undefined;
  return (block) => {
    const [known, body] = history === undefined ? openStream(block) : [history, block];
    const plain = inflate(body, known);
    history = remember(known, plain);
    return parseHeaders(plain);
  };
}

/** Writes the header blocks of one direction, in their order. */
export function createHeaderWriter(): (headers: SpdyHeaders) => Buffer {
  let history: Buffer | undefined;
  return (headers) => {
    const plain = renderHeaders(headers);
    const dictionary = history ?? DICTIONARY;
    const body = deflateRawSync(plain, { dictionary, finishFlush: constants.Z_SYNC_FLUSH });
    const isFirst = history === undefined;
    history = remember(dictionary, plain);
    return isFirst ? Buffer.concat([ZLIB_HEADER, body]) : body;
  };
}

/** What the first block says of the stream that begins with it, and what is left of it. */
function openStream(block: Buffer): [Buffer, Buffer] {
  const isZlib = block.length >= 2 && block.readUInt16BE(0) % 31 === 0 && ((block[0] ?? 0) & 0x0f) === 8;
  if (!isZlib) throw new SpdyFault('a header block is not compressed with zlib');
  if (((block[1] ?? 0) & FDICT) === 0) return [Buffer.alloc(0), block.subarray(2)];
  if (!block.subarray(2, 6).equals(ZLIB_HEADER.subarray(2)))
    throw new SpdyFault('a header block is compressed with another dictionary than that of SPDY/3');
  return [DICTIONARY, block.subarray(6)];
}

function inflate(body: Buffer, dictionary: Buffer): Buffer {
  const given = dictionary.length === 0 ? {} : { dictionary };
  try {
    return inflateRawSync(body, {
      ...given,
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: MOST_BYTES,
    });
  } catch (error) {
    throw new SpdyFault('a header block cannot be decompressed', { cause: error });
  }
}

function remember(history: Buffer, plain: Buffer): Buffer {
  return Buffer.concat([history, plain]).subarray(-WINDOW);
}

function parseHeaders(plain: Buffer): SpdyHeaders {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  let at = 0;
  const readNumber = (): number => {
    if (at + 4 > plain.length) throw new SpdyFault('a header block ends too early');
    at += 4;
    return plain.readUInt32BE(at - 4);
  };
  const readText = (): string => {
    const length = readNumber();
    if (length > plain.length - at) throw new SpdyFault('a header block ends too early');
    at += length;
    return plain.toString('latin1', at - length, at);
  };
  const count = readNumber();
  if (count > MOST_HEADERS)
    throw new SpdyFault(`a header block has ${count} headers, more than ${MOST_HEADERS}`);
  for (let read = 0; read < count; read += 1) {
    const name = readText();
    if (name === '' || name !== name.toLowerCase() || name in headers)
      throw new SpdyFault('a header block has a name that is empty, not in lower case, or twice in it');
    headers[name] = readText();
  }
  return headers;
}

function renderHeaders(headers: SpdyHeaders): Buffer {
  const entries = Object.entries(headers);
  const count = Buffer.alloc(4);
  count.writeUInt32BE(entries.length);
  return Buffer.concat([count, ...entries.flat().map(renderText)]);
}

function renderText(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
