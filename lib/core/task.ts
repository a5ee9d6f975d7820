import type { Instant } from './kubernetes.ts';
import type { TaskUse } from './task-use.ts';

/**
 * How far a task got, in the provider-neutral order of a pod's life.
 * `pending`: accepted, containers not all started. `stopping`: asked to stop or stopping by itself, not yet over.
 */
export type TaskState = 'pending' | 'running' | 'stopping' | 'stopped';

/** Why a task stopped, as far as the provider told. Closed: a new cause does not compile until the status rules name it. */
export type StopCause =
  /** A container's exit ended it. */
  | 'exited'
  /** Never ran: the image could not be pulled. */
  | 'imagePull'
  /** Never ran: a secret, log group, file or volume it needs could not be prepared. */
  | 'configuration'
  /** Never ran: no network interface, address, disk or capacity. */
  | 'capacity'
  /** Never ran: the container could not be created or started. */
  | 'containerStart'
  /** Someone called the provider's stop: we, or another. */
  | 'requested'
  /** Spot reclaim, retirement or a host fault: not the pod's doing. */
  | 'disruption'
  /** The provider knows it no more and it was never seen stopped. */
  | 'lost';

/** What there was none of for a task that never ran: the quota of the account, room at the provider, or addresses in the subnets. */
export type Shortage = 'quota' | 'capacity' | 'addresses';

/** One container of a task as the provider last told. Times are only as exact as the provider's. */
export interface ObservedContainer {
  readonly name: string;
  readonly state: 'pending' | 'running' | 'stopped';
  /** Absent when the container never ran or the provider does not say: never invented. */
  readonly exitCode?: number;
  /** The provider's words, cut to 256 bytes. */
  readonly reason?: string;
  readonly outOfMemory?: boolean;
  readonly runtimeId?: string;
  readonly imageDigest?: string;
  readonly health?: 'healthy' | 'unhealthy' | 'unknown';
  /** First time that this container was seen running, or the task's start if the provider has no better. */
  readonly startedAt?: Instant;
  readonly finishedAt?: Instant;
}

/** Containers that the product puts into a task beside the pod's own. */
const HELPER = /^lambdalet-/;

/** Whether a container is a helper of the product, which no pod shows. */
export function isHelper({ name }: Pick<ObservedContainer, 'name'>): boolean {
  return HELPER.test(name);
}

/** A task as last observed, provider-neutral and small: it is stored in the record (at most 4 KB an item). */
export interface ObservedTask {
  readonly arn: string;
  /** The provider's change counter; only a higher one replaces what is stored. */
  readonly version: number;
  readonly state: TaskState;
  readonly containers: readonly ObservedContainer[];
  /** The network exists (the sandbox is ready), though containers may not have started. */
  readonly podIP?: string;
  readonly createdAt?: Instant;
  readonly startedAt?: Instant;
  readonly stoppingAt?: Instant;
  readonly stoppedAt?: Instant;
  readonly cause?: StopCause;
  /** What there was none of, where the cause is `capacity` and the provider's words say it. */
  readonly shortOf?: Shortage;
  /** The provider's own words on why it stopped, cut to 256 bytes. */
  readonly reason?: string;
  /** Set when the provider announced that the task will be taken away (Spot warning, retirement). */
  readonly disruption?: string;
  /** What the pod is told of this task as annotations (its network interface). */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Who a task says it belongs to: enough to rebuild a record from the provider alone. */
export interface TaskOwner {
  readonly cluster: string;
  readonly node: string;
  readonly uid: string;
  readonly attempt: number;
  readonly namespace?: string;
  readonly name?: string;
}

/** A task found in a list or an event, with its owner; `owner` is absent for a stranger that is not ours to touch. */
export interface FoundTask {
  readonly task: ObservedTask;
  /** What it takes of the account, as far as the provider told its size. */
  readonly use?: TaskUse;
  readonly taskDefinition?: string;
  readonly owner?: TaskOwner;
}
