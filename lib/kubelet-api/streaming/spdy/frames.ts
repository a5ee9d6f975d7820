/**
 * The frames of SPDY/3.1 (chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1) that Kubernetes' streaming uses: what API servers
 * speak to kubelets for exec, attach and port-forward.
 */
export type SpdyFrame =
  | {
      readonly kind: 'synStream';
      readonly streamId: number;
      readonly headers: SpdyHeaders;
      readonly fin: boolean;
    }
  | {
      readonly kind: 'synReply';
      readonly streamId: number;
      readonly headers: SpdyHeaders;
      readonly fin: boolean;
    }
  | {
      readonly kind: 'headers';
      readonly streamId: number;
      readonly headers: SpdyHeaders;
      readonly fin: boolean;
    }
  | { readonly kind: 'rstStream'; readonly streamId: number; readonly status: number }
  | { readonly kind: 'settings'; readonly settings: readonly SpdySetting[] }
  | { readonly kind: 'ping'; readonly id: number }
  | { readonly kind: 'goAway'; readonly lastStreamId: number; readonly status: number }
  /** `streamId` 0: of the whole connection. */
  | { readonly kind: 'windowUpdate'; readonly streamId: number; readonly delta: number }
  /** Decoded: a part of one, with `fin` on the last. */
  | {
      readonly kind: 'data';
      readonly streamId: number;
      readonly bytes: Uint8Array;
      readonly fin: boolean;
    };

/** By lower-case name. */
export type SpdyHeaders = Readonly<Record<string, string>>;

/** One setting of a connection. */
export interface SpdySetting {
  readonly id: number;
  readonly value: number;
}

/** The types of control frames on the wire. */
export const FRAME_TYPES = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

/** Why a stream is reset. */
export const RESET = { protocolError: 1, refused: 3, cancel: 5, flowControl: 7 } as const;
/** Why a connection ends. */
export const GO_AWAY = { ok: 0, protocolError: 1 } as const;
/** The setting that names how much of a stream may be on its way at first. */
export const INITIAL_WINDOW_SETTING = 7;
/** What that is unless it is set. */
export const INITIAL_WINDOW = 65_536;
/** The largest window, stream id and ping id. */
export const MOST_31_BITS = 0x7fff_ffff;
export const VERSION = 3;
export const FIN = 1;

/** The peer does not speak SPDY/3.1 as it should: the connection cannot go on. */
export class SpdyFault extends Error {
  override readonly name = 'SpdyFault';
}
