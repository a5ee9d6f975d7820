import type { NodeSettings } from '../core/node-settings.ts';
import type { Clock } from '../ports/clock.ts';
import type { Events } from '../ports/events.ts';
import type { ClusterInfo, Leases, Nodes } from '../ports/nodes.ts';
import type { Notices } from '../ports/notices.ts';
import type { Pods } from '../ports/pods.ts';
import type { Provider } from '../ports/provider.ts';
import type { Records } from '../ports/records.ts';
import type { Marks, Slot } from '../ports/slot.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { Settings } from '../settings.ts';

/** What the node's heartbeat needs. */
export interface HeartbeatDeps {
  readonly nodes: Nodes;
  readonly leases: Leases;
  readonly cluster: ClusterInfo;
  readonly events: Events;
  readonly slot: Slot;
  readonly marks: Marks;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly settings: Pick<Settings, 'cluster' | 'nodes' | 'acceptNewCluster' | 'notReadyWhenStalled'>;
}

/** What it takes to know that the cluster is still the one that this deployment serves. */
export interface VerifyDeps {
  readonly cluster: ClusterInfo;
  readonly marks: Marks;
  readonly telemetry: Telemetry;
  readonly settings: Pick<Settings, 'nodes' | 'acceptNewCluster'>;
}

/** What the work on one pod needs; the event function has no provider that does I/O. */
export interface PodDeps extends VerifyDeps {
  readonly pods: Pods;
  readonly events: Events;
  readonly records: Records;
  readonly provider: Provider;
  readonly notices: Notices;
  readonly clock: Clock;
  readonly settings: Pick<Settings, 'cluster' | 'nodes' | 'acceptNewCluster'>;
  /** Resolves when the next RunTask may be sent. */
  readonly paceLaunch: () => Promise<void>;
}

/** What pod-sync and the teardown need. */
export interface SyncDeps extends PodDeps, HeartbeatDeps {
  readonly settings: Pick<
    Settings,
    'cluster' | 'nodes' | 'acceptNewCluster' | 'notReadyWhenStalled' | 'mode' | 'deployId'
  >;
}

/** The settings of one of our nodes, or `undefined` for a node of someone else. */
export function nodeSettings(nodes: readonly NodeSettings[], name: string): NodeSettings | undefined {
  return nodes.find((node) => node.name === name);
}
