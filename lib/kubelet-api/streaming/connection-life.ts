import type { Instant } from '../../core/kubernetes.ts';
import type { Clock } from '../../ports/clock.ts';
import type { InputGauge } from './input-gauge.ts';

/** How long nothing but pings may pass: the kubelet's `streamingConnectionIdleTimeout`. */
const IDLE_MS = 4 * 3_600_000;
/** How long a client has to open its streams (`DefaultStreamCreationTimeout`). */
export const CREATION_MS = 30_000;
/** Between two pings of a peer that is not listened to, to find out whether it is there. */
const PING_MS = 5_000;

/** Time, as streaming needs it. */
export type StreamClock = Pick<Clock, 'now' | 'sleep'>;

/** When a connection was last used, and what ends it. */
export interface ConnectionLife {
  /** Aborts when the connection is over; its reason says why, for a log. */
  readonly over: AbortSignal;
  /** It is over: the first reason stands. */
  end(reason: string): void;
  /** It was used. */
  touch(): void;
}

/** A life that begins now. @param expire is called when the connection was not used for too long */
export function createConnectionLife(clock: StreamClock, expire: () => void): ConnectionLife {
  const over = new AbortController();
  let usedAt: Instant = clock.now();
  const watch = async (): Promise<void> => {
    while (clock.now() < usedAt + IDLE_MS) {
      await clock.sleep(usedAt + IDLE_MS, over.signal);
      if (over.signal.aborted) return;
    }
    expire();
  };
  void watch();
  return {
    over: over.signal,
    end: (reason) => over.abort(reason),
    touch: () => (usedAt = clock.now()),
  };
}

/**
 * Resolves when the gauge has room, or the connection is over. Nothing is read meanwhile, not even that the peer hung up: pings find it
 * out, because writing to it fails.
 */
export async function waitForRoom(
  gauge: InputGauge,
  { over }: ConnectionLife,
  clock: StreamClock,
  ping: () => void,
): Promise<void> {
  while (gauge.isFull && !over.aborted) {
    const isLong = await within(clock, over, PING_MS, gauge.room());
    if (isLong === 'late') ping();
  }
}

/** What came first: the work, the end of the connection, or the time. */
export async function within<T>(
  clock: StreamClock,
  over: AbortSignal,
  ms: number,
  work: Promise<T>,
): Promise<T | 'late' | 'over'> {
  if (over.aborted) return 'over';
  const done = new AbortController();
  const ended = Promise.withResolvers<'over'>();
  const end = (): void => ended.resolve('over');
  over.addEventListener('abort', end, { once: true });
  const late = clock.sleep(clock.now() + ms, done.signal).then(() => 'late' as const);
  try {
    return await Promise.race([work, ended.promise, late]);
  } finally {
    done.abort();
    over.removeEventListener('abort', end);
  }
}
