import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeWatch } from '../../../lib/adapters/kubernetes/decode-watch.ts';
import { failureOf } from '../../../lib/core/failure.ts';
import type { PodWatchEvent } from '../../../lib/ports/pods.ts';

type Line = { readonly type: string; readonly object: object };

const pod = (name: string) => ({ metadata: { name, resourceVersion: '7' }, spec: { containers: [] } });
const EVENTS: readonly Line[] = [
  { type: 'ADDED', object: pod('a') },
  { type: 'MODIFIED', object: pod('Grüße 世界 🌍') },
  { type: 'BOOKMARK', object: { metadata: { resourceVersion: '12' } } },
  { type: 'DELETED', object: pod('b\nc') },
];
const DECODED: readonly object[] = [
  { kind: 'changed', pod: pod('a') },
  { kind: 'changed', pod: pod('Grüße 世界 🌍') },
  { kind: 'bookmark', resourceVersion: '12' },
  { kind: 'deleted', pod: pod('b\nc') },
];

const toText = (lines: readonly Line[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('');

async function* inPieces(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const edges = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
  for (const [index, edge] of edges.slice(1).entries()) {
    await Promise.resolve();
    yield bytes.subarray(edges[index], edge);
  }
}

async function decode(text: string, cuts: readonly number[] = []): Promise<PodWatchEvent[]> {
  const events: PodWatchEvent[] = [];
  for await (const event of decodeWatch(inPieces(Buffer.from(text), cuts))) events.push(event);
  return events;
}

describe('watch decoder', () => {
  it('gives the same events however the network cuts the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { maxLength: 40 }), async (cuts) => {
        expect(await decode(toText(EVENTS), cuts)).toEqual(DECODED);
      }),
    );
  });

  it('gives the same events when every byte comes alone', async () => {
    const text = toText(EVENTS);
    const cuts = Array.from({ length: Buffer.byteLength(text) }, (_, index) => index);
    expect(await decode(text, cuts)).toEqual(DECODED);
  });

  it('reads a last line without a newline, and skips empty ones', async () => {
    expect(await decode(`\n${toText(EVENTS).replaceAll('}\n', '}\r\n\n').trimEnd()}`)).toEqual(DECODED);
  });

  it('ends with expired at an error 410, whatever comes after', async () => {
    const gone = { type: 'ERROR', object: { kind: 'Status', code: 410, message: 'too old' } };
    expect(await decode(toText([gone, ...EVENTS]))).toEqual([{ kind: 'expired' }]);
  });

  it('gives nothing for an empty stream', async () => {
    expect(await decode('')).toEqual([]);
  });

  it.each([
    ['another error', toText([{ type: 'ERROR', object: { code: 500, message: 'no etcd' } }]), '500: no etcd'],
    ['an error without words', toText([{ type: 'ERROR', object: {} }]), 'an error: no message'],
    ['a line that was cut', toText(EVENTS).slice(0, 50), 'cut inside an event'],
  ])('fails as transient for %s', async (_why, text, says) => {
    const failure = await decode(text).catch(failureOf);
    expect(failure).toMatchObject({ kind: 'transient', message: expect.stringContaining(says) as string });
  });
});
