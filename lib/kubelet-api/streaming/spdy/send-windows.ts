import {
  INITIAL_WINDOW,
  INITIAL_WINDOW_SETTING,
  MOST_31_BITS,
  SpdyFault,
  type SpdySetting,
} from './frames.ts';

/**
 * How much the peer takes of each stream, and of all together. The library that Kubernetes speaks SPDY with (github.com/moby/spdystream)
 * keeps no windows: it never sends WINDOW_UPDATE, so that whoever waited for one would wait for ever after 64 KB, and it queues one that it
 * gets behind data that nobody takes. So windows hold only once the peer has spoken of them; until then the connection itself is what
 * holds a writer up.
 */
export interface SendWindows {
  /** Whether the peer keeps windows. */
  readonly areKept: boolean;
  /** A stream begins. */
  open(stream: number): void;
  /** Resolves to how much of so many bytes may go now, and counts it as sent: 1 at least, and 0 once the stream is closed. */
  allow(stream: number, bytes: number, closed: AbortSignal): Promise<number>;
  /** @throws SpdyFault where a window grows over its limit */
  widen(stream: number, delta: number): void;
  set(settings: readonly SpdySetting[]): void;
  /** The stream is over. */
  forget(stream: number): void;
}

/** The windows of a connection that was just made. */
export function createSendWindows(): SendWindows {
  const sent = new Map<number, number>();
  let initial = INITIAL_WINDOW;
  let connection = INITIAL_WINDOW;
  let areKept = false;
  let change = Promise.withResolvers<undefined>();
  const changed = (): void => {
    change.resolve(undefined);
    change = Promise.withResolvers<undefined>();
  };
  const windowOf = (stream: number): number => initial - (sent.get(stream) ?? 0);
  return {
    get areKept() {
      return areKept;
    },
    open: (stream) => void sent.set(stream, 0),
    allow: async (stream, bytes, closed) => {
      const stop = (): void => changed();
      closed.addEventListener('abort', stop, { once: true });
      try {
        for (;;) {
          const room = areKept ? Math.min(connection, windowOf(stream)) : bytes;
          if (closed.aborted) return 0;
          if (room > 0) {
            const most = Math.min(bytes, room);
            connection -= most;
            sent.set(stream, (sent.get(stream) ?? 0) + most);
            return most;
          }
          await change.promise;
        }
      } finally {
        closed.removeEventListener('abort', stop);
      }
    },
    widen: (stream, delta) => {
      areKept = true;
      if (stream === 0) connection += delta;
      else if (sent.has(stream)) sent.set(stream, (sent.get(stream) ?? 0) - delta);
      if (connection > MOST_31_BITS || windowOf(stream) > MOST_31_BITS)
        throw new SpdyFault('a window that is larger than 2^31 - 1');
      changed();
    },
    set: (settings) => {
      areKept = true;
      for (const { id, value } of settings) if (id === INITIAL_WINDOW_SETTING) initial = value & MOST_31_BITS;
      changed();
    },
    forget: (stream) => void sent.delete(stream),
  };
}
