import type { Duplex } from 'node:stream';
import type { StreamClock } from './connection-life.ts';

/** How long a peer has to hang up after it was told all: a connection that is cut with bytes of it unread takes our last ones with it. */
const LINGER_MS = 5_000;

/** One promise for all who wait for a connection to take more; it resolves too when the connection is over. */
export function createDrain(transport: Duplex, over: AbortSignal): () => Promise<void> {
  let waiting: Promise<void> | undefined;
  const wait = (): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        transport.off('drain', done);
        over.removeEventListener('abort', done);
        waiting = undefined;
        resolve();
      };
      transport.once('drain', done);
      over.addEventListener('abort', done, { once: true });
      if (over.aborted) done();
    });
  return () => (waiting ??= wait());
}

/** Cuts a connection that the peer does not hang up, some time after this side did. */
export async function hangUpLater(transport: Duplex, clock: StreamClock): Promise<void> {
  const closed = new AbortController();
  transport.once('close', () => closed.abort());
  if (!transport.destroyed) await clock.sleep(clock.now() + LINGER_MS, closed.signal);
  transport.destroy();
}

/** Writes the `101` that hands a connection over to another protocol. */
export function switchProtocols(transport: Duplex, headers: Readonly<Record<string, string>>): void {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  transport.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`);
}
