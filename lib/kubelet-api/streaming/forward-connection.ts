import type { Duplex } from 'node:stream';
import { failureOf } from '../../core/failure.ts';

/** The client's side of one forwarded connection. */
export interface ForwardedSide {
  /** What the client writes. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Whether the client said that it writes no more, when its input has ended. */
  readonly isWhole: () => boolean;
  write(bytes: Uint8Array): Promise<void>;
  /** The pod writes no more, and nothing went wrong. */
  end(): void;
  /** The connection broke. */
  reset(): void;
  /** Nothing can be forwarded, and why. */
  fail(message: string): Promise<void>;
  /** Aborts when nobody is there any more. */
  readonly lost: AbortSignal;
}

/**
 * Forwards a connection to a pod until both sides have ended it. Each may end its direction first and still be written to. Only a
 * connection that cannot be made is told as an error, because kubectl gives up all of its connections for one; a connection that the pod
 * breaks off breaks for the client alone.
 */
export async function forwardConnection(
  dial: (signal: AbortSignal) => Promise<Duplex>,
  client: ForwardedSide,
): Promise<void> {
  let pod: Duplex;
  try {
    pod = await dial(client.lost);
  } catch (error) {
    return client.fail(failureOf(error).message);
  }
  const cut = (): void => void pod.destroy();
  pod.on('error', () => undefined);
  client.lost.addEventListener('abort', cut, { once: true });
  if (client.lost.aborted) cut();
  await Promise.all([passToPod(pod, client), passToClient(pod, client)]);
  client.lost.removeEventListener('abort', cut);
  pod.destroy();
}

async function passToPod(pod: Duplex, client: ForwardedSide): Promise<void> {
  for await (const bytes of client.input) {
    if (!pod.writable) break;
    await new Promise<void>((resolve) => void pod.write(bytes, () => resolve()));
  }
  if (client.isWhole()) pod.end();
  else pod.destroy();
}

async function passToClient(pod: Duplex, client: ForwardedSide): Promise<void> {
  try {
    // The pod may still read when it has ended what it writes.
    const chunks = pod.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
    for await (const bytes of chunks) await client.write(bytes);
    client.end();
  } catch {
    client.reset();
  }
}
