import type { ProbeOutcome, Probes, ProbeTarget } from '../../lib/ports/probes.ts';

/** How something behind an address answers. */
export type ProbedServer =
  /** By HTTP, with this status. */
  | { readonly kind: 'http'; readonly status: number }
  /** It takes connections, and says nothing. */
  | { readonly kind: 'silent' }
  /** By gRPC: the status of each service that it knows. */
  | { readonly kind: 'grpc'; readonly services: Readonly<Record<string, string>> };

/** Probes of servers that are only told of. */
export interface MemoryProbes extends Probes {
  /** Every probe so far, oldest first. */
  readonly calls: readonly ProbeTarget[];
  /** Puts a server behind an address (`10.0.0.1:80`), or takes it away. */
  serve(address: string, server: ProbedServer | undefined): void;
  /** From now on every probe waits until it is let go. */
  hold(): void;
  /** Lets all that wait go on, and those that come. */
  letGo(): void;
  /** The most probes that were under way at once. */
  readonly mostAtOnce: number;
  forgetCalls(): void;
}

/** Nobody listens anywhere at first. Obeys the contract suite `probesContract`. */
export function createMemoryProbes(): MemoryProbes {
  const servers = new Map<string, ProbedServer>();
  const calls: ProbeTarget[] = [];
  const under = { way: 0, most: 0 };
  let gate: { readonly opened: Promise<void>; readonly open: () => void } | undefined;
  return {
    calls,
    serve: (address, server) => {
      if (server === undefined) servers.delete(address);
      else servers.set(address, server);
    },
    hold: () => {
      let open = (): void => undefined;
      const opened = new Promise<void>((resolve) => (open = resolve));
      gate = { opened, open };
    },
    letGo: () => {
      gate?.open();
      gate = undefined;
    },
    get mostAtOnce() {
      return under.most;
    },
    forgetCalls: () => void calls.splice(0),
    probe: async (target, timeoutMs, signal) => {
      calls.push(target);
      under.way += 1;
      under.most = Math.max(under.most, under.way);
      const aborted = new Promise<void>((resolve) => {
        signal?.addEventListener('abort', () => resolve(), { once: true });
      });
      await (gate === undefined ? Promise.resolve() : Promise.race([gate.opened, aborted]));
      under.way -= 1;
      if (signal?.aborted === true) return { kind: 'error', message: 'the probe was given up' };
      return answer(target, servers.get(addressOf(target)), timeoutMs);
    },
  };
}

function addressOf({ podIP, handler }: ProbeTarget): string {
  const host = handler.kind === 'grpc' ? podIP : (handler.host ?? podIP);
  return `${host}:${handler.port}`;
}

function answer(target: ProbeTarget, server: ProbedServer | undefined, timeoutMs: number): ProbeOutcome {
  const { handler } = target;
  switch (handler.kind) {
    case 'http':
      return answerHttp(`${handler.scheme}://${addressOf(target)}${handler.path}`, target, server);
    case 'tcp':
      return server === undefined ? failure(refused(target)) : { kind: 'success' };
    case 'grpc':
      return answerGrpc(handler.service, target, { server, timeoutMs });
  }
}

function answerHttp(url: string, target: ProbeTarget, server: ProbedServer | undefined): ProbeOutcome {
  if (server === undefined) return failure(`Get "${url}": ${refused(target)}`);
  if (server.kind !== 'http')
    return failure(
      `Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
    );
  if (server.status >= 200 && server.status < 300) return { kind: 'success' };
  if (server.status >= 300 && server.status < 400)
    return { kind: 'success', warning: `Probe terminated redirects, status code: ${server.status}` };
  return failure(`HTTP probe failed with statuscode: ${server.status}`);
}

function answerGrpc(
  service: string,
  target: ProbeTarget,
  { server, timeoutMs }: { readonly server: ProbedServer | undefined; readonly timeoutMs: number },
): ProbeOutcome {
  if (server === undefined)
    return failure(
      `error: failed to connect service at "${addressOf(target)}": connection error: desc = "transport: Error while dialing: ${refused(target)}"`,
    );
  if (server.kind !== 'grpc')
    return failure(`timeout: health rpc did not complete within ${timeoutMs / 1000}s`);
  const status = server.services[service];
  if (status === undefined)
    return failure('error: health rpc probe failed: rpc error: code = NotFound desc = unknown service');
  return status === 'SERVING'
    ? { kind: 'success' }
    : failure(`service unhealthy (responded with "${status}")`);
}

function refused(target: ProbeTarget): string {
  return `dial tcp ${addressOf(target)}: connect: connection refused`;
}

function failure(message: string): ProbeOutcome {
  return { kind: 'failure', message };
}
