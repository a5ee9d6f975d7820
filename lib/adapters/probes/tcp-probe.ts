import { connect } from 'node:net';
import type { ProbeOutcome } from '../../ports/probes.ts';
import {
  dialError,
  joinHostPort,
  ProbeError,
  reachHost,
  type AddressRule,
  type Reached,
} from './reach-host.ts';
import { unlessLate, type TimeLimit } from './time-limit.ts';

/** Succeeds if a connection comes about; it is closed at once. Throws a {@link ProbeError}. */
export async function probeTcp(
  { host, port }: { readonly host: string; readonly port: number },
  limit: TimeLimit,
  isAllowed: AddressRule,
): Promise<ProbeOutcome> {
  const late = (): ProbeError => new ProbeError(`dial tcp ${joinHostPort(host, port)}: i/o timeout`);
  const reached = await unlessLate(limit, reachHost(host, port, isAllowed), late);
  await unlessLate(limit, connectOnce(reached, limit.signal), late);
  return { kind: 'success' };
}

function connectOnce(reached: Reached, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: reached.address, port: reached.port });
    const end = (): void => void socket.destroy();
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.on('error', (error) => reject(dialError(reached, error)));
    socket.once('close', () => signal.removeEventListener('abort', end));
  });
}
