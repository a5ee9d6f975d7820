import { connect } from 'node:net';
import { FailureError, type FailureKind } from '../../core/failure.ts';
import type { PodDialer } from '../../ports/pod-dialer.ts';

/** How long a connection may take. */
const CONNECT_MS = 10_000;

/** What a connection failed with, in words: the pod answered that nobody listens, or nobody answered. */
const WORDS: Readonly<Record<string, readonly [FailureKind, string]>> = {
  ECONNREFUSED: ['refused', 'connection refused: nothing listens there'],
  EHOSTUNREACH: ['transient', 'no route to host: is this network allowed to reach the pod?'],
  ENETUNREACH: ['transient', 'network is unreachable: is this network allowed to reach the pod?'],
  ETIMEDOUT: ['transient', 'connection timed out: is this network allowed to reach the pod?'],
};

/** Dials pods over TCP. A connection stays open for either side when the other has ended its own. */
export function createPodDialer(connectMs: number = CONNECT_MS): PodDialer {
  return {
    dial: (address, port, signal) => {
      if (signal.aborted) return Promise.reject(failed(address, port, 'ECANCELED'));
      return new Promise((resolve, reject) => {
        const socket = connect({ host: address, port, allowHalfOpen: true, noDelay: true, keepAlive: true });
        const fail = (error: NodeJS.ErrnoException): void => {
          settle();
          socket.destroy();
          reject(failed(address, port, error.code ?? error.message, error));
        };
        const abort = (): void =>
          fail(Object.assign(new Error('nobody waits for it'), { code: 'ECANCELED' }));
        const expire = (): void => fail(Object.assign(new Error('too late'), { code: 'ETIMEDOUT' }));
        const open = (): void => {
          settle();
          resolve(socket);
        };
        const timer = setTimeout(expire, connectMs);
        const settle = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', abort);
          socket.off('connect', open);
        };
        signal.addEventListener('abort', abort, { once: true });
        // It stays: a connection that breaks before its taker listens must not be a fault that nobody catches.
        socket.on('error', fail);
        socket.once('connect', open);
      });
    },
  };
}

function failed(address: string, port: number, code: string, cause?: Error): FailureError {
  const [kind, words] = WORDS[code] ?? ['transient', code];
  const host = address.includes(':') ? `[${address}]` : address;
  return new FailureError(
    { kind, code, message: `dial tcp ${host}:${port}: ${words}` },
    { ...(cause !== undefined && { cause }) },
  );
}
