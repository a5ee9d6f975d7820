import fc from 'fast-check';
import type { SpdyFrame } from '../../../lib/kubelet-api/streaming/spdy/frames.ts';

const id = fc.integer({ min: 1, max: 0x7fff_ffff });
const word = fc.integer({ min: 0, max: 0xffff_ffff });
const headers = fc
  .uniqueArray(fc.tuple(fc.stringMatching(/^[a-z][a-z-]{0,20}$/), fc.stringMatching(/^[ -~]{0,60}$/)), {
    selector: ([name]) => name,
    maxLength: 8,
  })
  .map((entries) => Object.fromEntries(entries));
/** Any frame. */
export const arbitraryFrame: fc.Arbitrary<SpdyFrame> = fc.oneof(
  ...(['synStream', 'synReply', 'headers'] as const).map((kind) =>
    fc.record({ kind: fc.constant(kind), streamId: id, headers, fin: fc.boolean() }),
  ),
  fc.record({ kind: fc.constant('rstStream' as const), streamId: id, status: word }),
  fc.record({
    kind: fc.constant('settings' as const),
    settings: fc.array(fc.record({ id: fc.integer({ min: 0, max: 0xff_ffff }), value: word }), {
      maxLength: 5,
    }),
  }),
  fc.record({ kind: fc.constant('ping' as const), id: word }),
  fc.record({ kind: fc.constant('goAway' as const), lastStreamId: id, status: word }),
  fc.record({ kind: fc.constant('windowUpdate' as const), streamId: id, delta: id }),
  fc.record({
    kind: fc.constant('data' as const),
    streamId: id,
    bytes: fc.uint8Array({ maxLength: 300 }),
    fin: fc.boolean(),
  }),
);

/** Any frame of a client, on few streams, so that they meet. */
export const arbitraryClientFrame: fc.Arbitrary<SpdyFrame> = fc
  .tuple(arbitraryFrame, fc.nat(3))
  .map(([one, stream]) => ('streamId' in one ? { ...one, streamId: 2 * stream + 1 } : one));
