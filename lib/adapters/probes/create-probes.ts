import type { ProbeOutcome, Probes, ProbeTarget } from '../../ports/probes.ts';
import { probeGrpc } from './grpc-probe.ts';
import { probeHttp } from './http-probe.ts';
import { isNetworkAddress, ProbeError, type AddressRule } from './reach-host.ts';
import { probeTcp } from './tcp-probe.ts';
import { withTimeLimit, type TimeLimit } from './time-limit.ts';

/** What the probes of one function may differ in. */
export interface ProbeOptions {
  /** Goes into `kube-probe/<version>`: major and minor of the kubelet that the node says it is. */
  readonly version?: string;
  /** Probes at once; the others wait for their turn. Default 256. */
  readonly width?: number;
  /** Where a probe may go. Default: anywhere but to the function itself. */
  readonly isAllowed?: AddressRule;
}

/** {@link Probes} over real sockets: each on its own, none kept, no proxy. */
export function createProbes({
  version = '1.34',
  width = 256,
  isAllowed = isNetworkAddress,
}: ProbeOptions = {}): Probes {
  const rules = { isAllowed, userAgent: `kube-probe/${version}` };
  const turns = createTurns(width);
  return {
    probe: (target, timeoutMs, signal) =>
      turns(async () => {
        try {
          return await withTimeLimit(timeoutMs, signal, (limit) => ask(target, timeoutMs, limit, rules));
        } catch (thrown) {
          return outcomeOf(thrown);
        }
      }),
  };
}

function ask(
  { podIP, handler }: ProbeTarget,
  timeoutMs: number,
  limit: TimeLimit,
  rules: { readonly isAllowed: AddressRule; readonly userAgent: string },
): Promise<ProbeOutcome> {
  switch (handler.kind) {
    case 'http':
      return probeHttp({ ...handler, host: handler.host ?? podIP }, limit, rules);
    case 'tcp':
      return probeTcp({ host: handler.host ?? podIP, port: handler.port }, limit, rules.isAllowed);
    case 'grpc':
      return probeGrpc({ ...handler, host: podIP, timeoutMs }, limit, rules);
  }
}

function outcomeOf(thrown: unknown): ProbeOutcome {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const asked = thrown instanceof ProbeError && !thrown.unasked;
  return { kind: asked ? 'failure' : 'error', message };
}

/** Lets at most `width` of the works run at once, the others in the order in which they came. */
function createTurns(width: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= width) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
