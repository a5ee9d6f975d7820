import type { Pod } from '../../lib/core/kubernetes.ts';
import type { Kubernetes } from '../../lib/adapters/kubernetes/create-kubernetes.ts';
import type { Objects } from '../../lib/ports/objects.ts';
import type { ConfigKind, ConfigManifest } from '../memory/memory-config.ts';
import type { NewPod } from '../memory/memory-pods.ts';

/** An event object as `kubectl describe` reads it. */
export interface ShownEvent {
  readonly reason: string;
  readonly message: string;
  readonly type: string;
  readonly count: number;
}

/** What users and controllers do to the cluster meanwhile. */
export interface ClusterHands {
  createPod(pod: NewPod): Promise<Pod>;
  /** As a user does it: by the pod's own grace unless another is given. */
  deletePod(namespace: string, name: string, graceSeconds?: number): Promise<void>;
  /** Any change of someone else. */
  labelPod(namespace: string, name: string, labels: Readonly<Record<string, string>>): Promise<void>;
  removeFinalizers(namespace: string, name: string): Promise<void>;
  deleteLease(node: string): Promise<void>;
  /**
   * Creates or replaces an object that pods refer to, with its status. A volume's `claimRef` gets the UID of the claim, as the
   * volume controller writes it.
   */
  putObject(manifest: ConfigManifest): Promise<void>;
  removeObject(kind: ConfigKind, name: string): Promise<void>;
  eventsAbout(uid: string): Promise<readonly ShownEvent[]>;
  /** Makes the history up to now unreadable: later watches from before are too old. */
  forgetHistory(): Promise<void>;
}

/** One implementation of the Kubernetes ports, with a cluster behind it. */
export interface KubernetesUnderTest {
  /** Certificates are under tests of their own: a controller signs them. */
  readonly ports: Omit<Kubernetes, 'certificates' | 'authorities'>;
  readonly hands: ClusterHands;
  /** The port anew: one that remembers no earlier reading. */
  newObjects(): Objects;
  close(): Promise<void>;
}

const counts = new Map<string, number>();

/**
 * A name that no other test of this process uses: the tests share one cluster. Those of nodes begin at `node-2`, because `node-1` is
 * the node of pods whose node does not matter.
 */
export function newName(prefix: string): string {
  const count = (counts.get(prefix) ?? 1) + 1;
  counts.set(prefix, count);
  return `${prefix}-${count}`;
}

/** 2026-11-22T10:00:00Z, in milliseconds. */
export const NOON = Date.UTC(2026, 10, 22, 12);
