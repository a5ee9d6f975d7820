import type { EcsTaskStateChange } from '../../events/ecs-task-state-change.ts';
import { FailureError } from '../core/failure.ts';
import type { NodeSettings } from '../core/node-settings.ts';
import type { FoundTask } from '../core/task.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventQueue } from '../ports/event-queue.ts';
import type { Events } from '../ports/events.ts';
import type { ClusterInfo, Leases, Nodes } from '../ports/nodes.ts';
import type { Notices } from '../ports/notices.ts';
import type { Objects } from '../ports/objects.ts';
import type { Pods } from '../ports/pods.ts';
import type { Probes } from '../ports/probes.ts';
import type { Provider } from '../ports/provider.ts';
import type { Quotas } from '../ports/quotas.ts';
import type { Records } from '../ports/records.ts';
import type { Marks, Slot } from '../ports/slot.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { Settings } from '../settings.ts';
import type { LaunchPace } from './pace-launches.ts';

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
  readonly settings: Pick<
    Settings,
    'cluster' | 'nodes' | 'acceptNewCluster' | 'notReadyWhenStalled' | 'hasGateway'
  >;
}

/** What it takes to know that the cluster is still the one that this deployment serves. */
export interface VerifyDeps {
  readonly cluster: ClusterInfo;
  readonly marks: Marks;
  readonly telemetry: Telemetry;
  readonly settings: Pick<Settings, 'nodes' | 'acceptNewCluster'>;
}

/** What it takes to find a lost record, and to declare a task lost. */
export interface RepairDeps {
  readonly nodes: Nodes;
  readonly eventQueue: EventQueue;
  /** Records every task of the provider that has no record; shared by the pods that need it. */
  readonly recover: () => Promise<void>;
}

/** What the work on one pod needs; the event function has no provider that does I/O. */
export interface PodDeps extends VerifyDeps {
  readonly pods: Pods;
  readonly events: Events;
  readonly records: Records;
  readonly provider: Provider;
  readonly notices: Notices;
  readonly clock: Clock;
  readonly settings: Pick<Settings, 'cluster' | 'nodes' | 'acceptNewCluster' | 'networkProbes'>;
  /** What pods refer to; the event function has none of it and launches nothing. */
  readonly objects?: Objects;
  /** What it takes to mend what is lost; the event function has none of it and mends nothing. */
  readonly repair?: RepairDeps;
}

/** What pod-sync and the teardown need. */
export interface SyncDeps extends PodDeps, HeartbeatDeps {
  readonly eventQueue: EventQueue;
  /** There when the functions are in the VPC of the pods. */
  readonly probes?: Probes;
  readonly launches: LaunchPace;
  /** Only pod-sync has them. */
  readonly quotas?: Quotas;
  /** The task inside an event of the provider. */
  readonly normalise: (event: EcsTaskStateChange) => FoundTask;
  readonly settings: Pick<
    Settings,
    | 'cluster'
    | 'nodes'
    | 'acceptNewCluster'
    | 'networkProbes'
    | 'notReadyWhenStalled'
    | 'hasGateway'
    | 'mode'
    | 'deployId'
    | 'namespaceCeilings'
  >;
}

/** What mends; only pod-sync and the teardown have it, and only they are allowed what needs it. */
export function repairOf({ repair }: Pick<PodDeps, 'repair'>): RepairDeps {
  if (repair !== undefined) return repair;
  throw new FailureError({ kind: 'internal', message: 'This function repairs nothing.' });
}

/** What pods refer to; only pod-sync and the teardown have it, and only they launch. */
export function objectsOf({ objects }: Pick<PodDeps, 'objects'>): Objects {
  if (objects !== undefined) return objects;
  throw new FailureError({ kind: 'internal', message: 'This function launches nothing.' });
}

/** The settings of one of our nodes, or `undefined` for a node of someone else. */
export function nodeSettings(nodes: readonly NodeSettings[], name: string): NodeSettings | undefined {
  return nodes.find((node) => node.name === name);
}
