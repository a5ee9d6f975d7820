import type { Duplex } from 'node:stream';

/** Connections to ports of pods. */
export interface PodDialer {
  /**
   * A TCP connection to a port of a pod at this address. Throws `FailureError`, in the words of the network: `refused` when nobody
   * listens, `transient` when there is no way in time.
   */
  dial(address: string, port: number, signal: AbortSignal): Promise<Duplex>;
}
