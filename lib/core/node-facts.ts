import type { Breaker } from './breaker.ts';
import type { Instant } from './kubernetes.ts';
import type { NodeObstacles } from './node-obstacles.ts';
import type { NodeQuota } from './node-quota.ts';
import type { NodeSettings } from './node-settings.ts';

/** Heartbeats in milliseconds. The grace of the node lifecycle controller is 40 s (50 s from Kubernetes 1.32). */
export const HEARTBEAT = {
  /** A lease renewed less than this ago is left alone: someone else has just done it. */
  skipMs: 8_000,
  /** The holder of the watch renews only leases older than this: the heartbeat function is behind. */
  holderSkipMs: 16_000,
  /** The whole status is written at least this often. */
  statusMs: 60_000,
  /** `leaseDurationSeconds`: never consulted by the controller, written as the kubelet does. */
  leaseSeconds: 40,
  /** The last complete pass is older than this: pods are not synced. */
  stalledMs: 180_000,
} as const;

/** What pod-sync has marked of the node, as far as it shows. */
export interface MarkedFacts {
  readonly breaker?: Breaker;
  readonly quota?: NodeQuota;
  readonly obstacles?: NodeObstacles;
}

/** What the node is derived from, besides its settings. */
export interface NodeFacts {
  readonly settings: NodeSettings;
  /** `gitVersion` of the API server. */
  readonly serverVersion: string;
  /** When pod-sync last completed a pass; `undefined`: not known (DynamoDB down, or never): no verdict. */
  readonly lastPassAt: Instant | undefined;
  readonly notReadyWhenStalled: boolean;
  /** Whether the deployment has a gateway, which says itself where it is. */
  readonly hasGateway: boolean;
  /** `undefined`: not known now; then the node goes on saying what it said. */
  readonly marked: MarkedFacts | undefined;
  readonly now: Instant;
}

/** Whether pods are not synced any more. */
export function isStalled({ lastPassAt, now }: Pick<NodeFacts, 'lastPassAt' | 'now'>): boolean {
  return lastPassAt !== undefined && now - lastPassAt > HEARTBEAT.stalledMs;
}
