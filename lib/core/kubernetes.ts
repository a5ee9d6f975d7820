import type {
  V1Container,
  V1ContainerState,
  V1ContainerStatus,
  V1Lease,
  V1Node,
  V1NodeCondition,
  V1NodeStatus,
  V1Pod,
  V1PodCondition,
  V1PodSpec,
  V1PodStatus,
  V1Taint,
} from '@kubernetes/client-node';

/** A point in time in milliseconds since the epoch. Core never reads a clock: it is given one of these. */
export type Instant = number;

/**
 * A client-node model type as it travels in JSON: dates are RFC 3339 strings. The adapters pass JSON through, so that
 * thousands of pods are neither copied nor revived, and a field that this version does not know survives; of pods they drop what
 * is large and nobody reads.
 */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Key in keyof T]: Wire<T[Key]> }
      : T;

export type PodSpec = Wire<V1PodSpec>;
export type PodStatus = Wire<V1PodStatus>;
export type PodCondition = Wire<V1PodCondition>;
export type Container = Wire<V1Container>;
export type ContainerStatus = Wire<V1ContainerStatus>;
export type ContainerState = Wire<V1ContainerState>;
export type NodeStatus = Wire<V1NodeStatus>;
export type NodeCondition = Wire<V1NodeCondition>;
export type Taint = Wire<V1Taint>;

type Metadata = NonNullable<Wire<V1Pod>['metadata']>;

/** Metadata of an object that an API server returned: these fields are always set there. */
export type StoredMetadata = Metadata & {
  name: string;
  uid: string;
  resourceVersion: string;
};

/** A pod as an API server returned it. */
export type Pod = Omit<Wire<V1Pod>, 'metadata' | 'spec'> & {
  metadata: StoredMetadata & { namespace: string };
  spec: PodSpec;
};

/** A node as we post it; `metadata.name` is always set. */
export type NodeManifest = Omit<Wire<V1Node>, 'metadata'> & { metadata: Metadata & { name: string } };

/** A node as an API server returned it. */
export type Node = Omit<Wire<V1Node>, 'metadata'> & { metadata: StoredMetadata };

/** A lease as an API server returned it. */
export type Lease = Omit<Wire<V1Lease>, 'metadata'> & { metadata: StoredMetadata & { namespace: string } };

/** What names one pod for all time. A name alone may be used again with another UID. */
export interface PodKey {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
}

/** The key of a pod. */
export function keyOfPod(pod: Pod): PodKey {
  return { uid: pod.metadata.uid, namespace: pod.metadata.namespace, name: pod.metadata.name };
}

/** RFC 3339 with second precision, as `metav1.Time` is written by Kubernetes itself. */
export function toTime(at: Instant): string {
  return new Date(Math.floor(at / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

/** RFC 3339 with microseconds, as `metav1.MicroTime` (lease renewTime, event series) is written. */
export function toMicroTime(at: Instant): string {
  return new Date(at).toISOString().replace('Z', '000Z');
}

/** The instant of an RFC 3339 text, or `undefined` when there is none or it cannot be read. */
export function fromTime(text: string | undefined): Instant | undefined {
  if (text === undefined) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** Whether the pod's phase is Succeeded or Failed: such a pod never runs again. */
export function isTerminal(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** Whether the API server was asked to delete the pod. */
export function isDeleting(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}
