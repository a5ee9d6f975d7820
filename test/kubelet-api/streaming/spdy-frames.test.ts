import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFrameDecoder } from '../../../lib/kubelet-api/streaming/spdy/decode-frames.ts';
import { createFrameEncoder } from '../../../lib/kubelet-api/streaming/spdy/encode-frames.ts';
import { SpdyFault, type SpdyFrame } from '../../../lib/kubelet-api/streaming/spdy/frames.ts';
import { arbitraryFrame as frame } from './arbitrary-frames.ts';

/** What github.com/moby/spdystream 0.5.1 writes for a forwarded connection. */
const BY_GO = Buffer.from(
  [
    '800300010000003e0000000100000000000078f9e3c6a7c202253a48f95b044eea160616060c0c0c9c4590f8ca04a5634603704a2c29',
    '4a4dcc851636aca9a0a800000000ffff0000000101000000800300010000001a00000003000000000000826a469502954389848d0400',
    '0000ffff000000030000000568656c6c6f80030006000000040000000180030003000000080000000300000005800300070000000800',
    '00000000000000',
  ].join(''),
  'hex',
);

/** Frames in a form that can be compared. */
function plain(frames: readonly SpdyFrame[]): readonly object[] {
  return frames.map((one) => {
    if ('headers' in one) return { ...one, headers: { ...one.headers } };
    return 'bytes' in one ? { ...one, bytes: Buffer.from(one.bytes).toString('latin1') } : one;
  });
}

describe('the frames of SPDY/3.1', () => {
  it('reads what the library of Kubernetes writes', () => {
    const frames = createFrameDecoder()(BY_GO);
    expect(plain(frames)).toEqual([
      {
        kind: 'synStream',
        streamId: 1,
        headers: { streamtype: 'error', port: '8080', requestid: '0' },
        fin: false,
      },
      { kind: 'data', streamId: 1, bytes: '', fin: true },
      {
        kind: 'synStream',
        streamId: 3,
        headers: { streamtype: 'data', port: '8080', requestid: '0' },
        fin: false,
      },
      { kind: 'data', streamId: 3, bytes: 'hello', fin: false },
      { kind: 'ping', id: 1 },
      { kind: 'rstStream', streamId: 3, status: 5 },
      { kind: 'goAway', lastStreamId: 0, status: 0 },
    ]);
  });

  it('are the same after they were written and read', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 20 }), (frames) => {
        const encode = createFrameEncoder();
        const decode = createFrameDecoder();
        expect(plain(decode(Buffer.concat(frames.map(encode))))).toEqual(plain(frames));
      }),
    );
  });

  it('are the same however their bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 8 }),
        fc.array(fc.nat(40), { minLength: 1 }),
        (frames, cuts) => {
          const encode = createFrameEncoder();
          const decode = createFrameDecoder();
          const bytes = Buffer.concat(frames.map(encode));
          const read: SpdyFrame[] = [];
          for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
            const length = 1 + (cuts[turn % cuts.length] ?? 0);
            read.push(...decode(bytes.subarray(at, at + length)));
            at += length;
          }
          const dataOf = (all: readonly SpdyFrame[]) => {
            const byStream = new Map<number, { bytes: Buffer; ends: number }>();
            for (const one of all) {
              if (one.kind !== 'data') continue;
              const known = byStream.get(one.streamId) ?? { bytes: Buffer.alloc(0), ends: 0 };
              byStream.set(one.streamId, {
                bytes: Buffer.concat([known.bytes, one.bytes]),
                ends: known.ends + Number(one.fin),
              });
            }
            return byStream;
          };
          const others = (all: readonly SpdyFrame[]) => plain(all.filter(({ kind }) => kind !== 'data'));
          expect(others(read)).toEqual(others(frames));
          expect(dataOf(read)).toEqual(dataOf(frames));
        },
      ),
    );
  });

  it('are read, or refused with a reason, whatever the bytes', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      // Broken somewhere, which gets further than chance.
      fc
        .tuple(fc.array(frame, { minLength: 1, maxLength: 5 }), fc.nat(), fc.nat(255))
        .map(([frames, place, value]) => {
          const written = Buffer.concat(frames.map(createFrameEncoder()));
          written[place % written.length] = value;
          return written;
        }),
    );
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 4 }), (chunks) => {
        const decode = createFrameDecoder();
        try {
          for (const chunk of chunks) decode(chunk);
        } catch (error) {
          expect(error).toBeInstanceOf(SpdyFault);
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['a control frame that is too large', '80030001 00ffffff', /more than 16384/],
    ['another version', '80020001 00000004', /SPDY\/2/],
    [
      'a header block that is not zlib',
      '80030001 0000000e 00000001 00000000 0000 ffffffff',
      /not compressed with zlib/,
    ],
    ['another dictionary', '80030001 00000010 00000001 00000000 0000 78bb 00000000', /another dictionary/],
    [
      'a header block that is cut',
      '80030001 00000010 00000001 00000000 0000 78bb e3c6a7c2',
      /ends too early/,
    ],
    ['settings that are more than there are', '80030004 00000004 00000009', /SETTINGS/],
    ['a ping that is too long', '80030006 00000005 00000000 00', /PING/],
    ['a window update of nothing', '80030009 00000008 00000001 00000000', /WINDOW_UPDATE/],
    ['data of no stream', '00000000 00000000', /no stream/],
  ])('refuses %s', (_, hex, words) => {
    const decode = createFrameDecoder();
    expect(() => decode(Buffer.from(hex.replaceAll(' ', ''), 'hex'))).toThrow(words);
  });

  it('refuses a header block that grows over all bounds', () => {
    const encode = createFrameEncoder();
    const bomb = encode({ kind: 'synStream', streamId: 1, headers: { a: 'a'.repeat(200_000) }, fin: false });
    expect(bomb.length).toBeLessThan(16_384);
    expect(() => createFrameDecoder()(bomb)).toThrow(/cannot be decompressed/);
  });

  it('passes over a frame of a type that nobody knows', () => {
    const encode = createFrameEncoder();
    const unknown = Buffer.from('8003000a00000003aabbcc', 'hex');
    const ping: SpdyFrame = { kind: 'ping', id: 7 };
    expect(createFrameDecoder()(Buffer.concat([unknown, encode(ping)]))).toEqual([ping]);
  });
});
