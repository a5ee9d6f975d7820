import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { GatewayOrder, GatewayReply, GatewayStart } from './gateway-messages.ts';

/** The published package holds JavaScript, a clone TypeScript. */
const THREAD = import.meta.filename.endsWith('.ts') ? './gateway-thread.ts' : './gateway-thread.js';

/** How long a gateway may take to withdraw its addresses: the cluster may be gone already. */
const PATIENCE_MS = 2_000;

/** The gateway of a world. */
export interface LocalGateway {
  /** Withdraws its addresses where the cluster still answers, and ends. */
  close(): Promise<void>;
}

/**
 * Starts the gateway, the very one that a deployment has, with an environment of its own.
 * @throws Error when a node cannot be served
 */
export async function startGateway(
  start: GatewayStart,
  environment: Readonly<Record<string, string>>,
  onLine: (line: string) => void,
): Promise<LocalGateway> {
  const worker = new Worker(new URL(THREAD, import.meta.url), {
    ...{ workerData: start, env: environment, execArgv: [], stdout: true, stderr: true },
  });
  for (const input of [worker.stdout, worker.stderr])
    createInterface({ input, crlfDelay: Infinity }).on('line', onLine);
  const replies = new Map<GatewayReply['kind'], () => void>();
  const opened = new Promise<void>((resolve, reject) => {
    replies.set('opened', resolve);
    worker.on('message', (reply: GatewayReply) => {
      if (reply.kind === 'failed') reject(new Error(`The gateway did not open: ${reply.message}`));
      replies.get(reply.kind)?.();
    });
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('The gateway ended')));
  });
  const closed = new Promise<void>((resolve) => void replies.set('closed', resolve));
  await opened;
  return {
    close: async () => {
      worker.postMessage('close' satisfies GatewayOrder);
      const patience = new AbortController();
      await Promise.race([
        closed,
        sleep(PATIENCE_MS, undefined, { signal: patience.signal }).catch(() => undefined),
      ]);
      patience.abort();
      await worker.terminate();
    },
  };
}
