import { decodeWatch } from '../../../lib/adapters/kubernetes/decode-watch.ts';
import { parseKubeconfig } from '../../../lib/adapters/kubernetes/parse-kubeconfig.ts';
import { createTransport } from '../../../lib/adapters/kubernetes/send-request.ts';
import type { Instant, Pod } from '../../../lib/core/kubernetes.ts';

/** When each pod of the burst was first seen so, by a watch of our own. */
export interface SeenBurst {
  readonly created: ReadonlyMap<string, Instant>;
  readonly bound: ReadonlyMap<string, Instant>;
  readonly running: ReadonlyMap<string, Instant>;
  /** Ends the watch; rejects when it broke meanwhile. */
  close(): Promise<void>;
}

/** Watches the pods of one label in a namespace, from when the API server has opened the watch. */
export async function watchBurst(kubeconfig: string, path: string, label: string): Promise<SeenBurst> {
  const access = parseKubeconfig(kubeconfig);
  const stop = new AbortController();
  const query = new URLSearchParams({ watch: 'true', labelSelector: label, timeoutSeconds: '3600' });
  const request = { method: 'GET', path: `${path}?${query.toString()}` } as const;
  const stream = await createTransport().open(access, request, stop.signal);
  const created = new Map<string, Instant>();
  const bound = new Map<string, Instant>();
  const running = new Map<string, Instant>();
  const note = ({ metadata, spec, status }: Pod): void => {
    const now = Date.now();
    const first = (times: Map<string, Instant>, isSo: boolean): void => {
      if (isSo && !times.has(metadata.name)) times.set(metadata.name, now);
    };
    first(created, true);
    first(bound, spec.nodeName !== undefined);
    first(running, status?.phase === 'Running');
  };
  const reading = (async () => {
    for await (const event of decodeWatch(stream)) if (event.kind === 'changed') note(event.pod);
  })();
  // Looked at when it is closed.
  reading.catch(() => undefined);
  return {
    ...{ created, bound, running },
    close: async () => {
      if (!stream.destroyed) {
        stop.abort();
        return;
      }
      await reading;
    },
  };
}
