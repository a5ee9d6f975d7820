import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';

/** What this process has sent over HTTP and not been answered yet. */
export interface RequestWatch {
  /** How many requests are open now. */
  open(): number;
  stop(): void;
}

const CREATED = 'http.client.request.created';

/** Follows every request of `node:http`; `onSend` is called where the request is made, in its asynchronous context. */
export function watchRequests(onSend: () => void): RequestWatch {
  const open = new Set<ClientRequest>();
  const follow = (message: unknown): void => {
    const { request } = message as { readonly request: ClientRequest };
    open.add(request);
    request.once('close', () => open.delete(request));
    onSend();
  };
  subscribe(CREATED, follow);
  return { open: () => open.size, stop: () => void unsubscribe(CREATED, follow) };
}

/** So many turns of the event loop without anything open: promises and streams that wait for nothing are through by then. */
const CALM_TURNS = 4;

/**
 * Resolves when this process has come to rest: every open request waits on the virtual clock (`held` says how many do), and no
 * file is being read (the SDKs read their configuration before their first call).
 */
export async function comeToRest(requests: RequestWatch, held: () => number): Promise<void> {
  for (let calm = 0; calm < CALM_TURNS;) {
    await turn();
    calm = requests.open() === held() && !readsFiles() ? calm + 1 : 0;
  }
}

function readsFiles(): boolean {
  return process.getActiveResourcesInfo().some((type) => type.startsWith('FSReq'));
}
