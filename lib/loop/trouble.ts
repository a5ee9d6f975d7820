import type { Instant } from '../core/kubernetes.ts';

/** What this invocation remembers of a pod that troubles it; lost with the invocation, and nothing hangs on it. */
export interface Trouble {
  readonly failures: number;
  readonly describedAt: Instant | undefined;
}
