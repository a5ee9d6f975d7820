import type { ProbeOutcome } from '../core/judge-probe.ts';
import type { ProbeHandler } from '../core/plan-probes.ts';

export type { ProbeOutcome } from '../core/judge-probe.ts';

/** What to ask and where: the handler's own host, else the pod's address. */
export interface ProbeTarget {
  readonly podIP: string;
  readonly handler: ProbeHandler & { readonly kind: 'http' | 'tcp' | 'grpc' };
}

/** Asks containers over the network, as the kubelet does. */
export interface Probes {
  /**
   * Asks once, on a connection of its own that is not kept, and waits at most `timeoutMs` in all (from when it
   * is its turn: simultaneous probes are bounded). Messages are the kubelet's; they never hold what the container answered in a
   * body. Never rejects; once `signal` aborts it is an error at once.
   */
  probe(target: ProbeTarget, timeoutMs: number, signal?: AbortSignal): Promise<ProbeOutcome>;
}
