import type { Instant, Lease, Node, NodeManifest, NodeStatus } from '../core/kubernetes.ts';

/** Node objects. `undefined` means surely absent; a throw (`FailureError`) means unknown. */
export interface Nodes {
  get(name: string): Promise<Node | undefined>;
  /** Creates the Node; `exists` when the name is taken. */
  create(
    node: NodeManifest,
  ): Promise<{ readonly kind: 'created'; readonly node: Node } | { readonly kind: 'exists' }>;
  /** Strategic-merge patch of `nodes/status` (conditions by type); `gone` on 404. Needs no resourceVersion: the status is ours. */
  patchStatus(
    name: string,
    status: Partial<NodeStatus>,
  ): Promise<{ readonly kind: 'patched'; readonly node: Node } | { readonly kind: 'gone' }>;
  /** Merge patch of labels and annotations; `null` removes one. */
  patchMetadata(
    name: string,
    metadata: {
      readonly labels?: Readonly<Record<string, string | null>>;
      readonly annotations?: Readonly<Record<string, string | null>>;
    },
  ): Promise<'patched' | 'gone'>;
  /** Sets `spec.unschedulable`. */
  cordon(name: string): Promise<'patched' | 'gone'>;
  remove(name: string): Promise<'removed' | 'gone'>;
}

/** Leases in `kube-node-lease`. */
export interface Leases {
  get(node: string): Promise<Lease | undefined>;
  /** Creates the node's lease owned by the Node's UID; `exists` when another was faster. */
  create(lease: {
    readonly node: string;
    readonly nodeUid: string;
    readonly renewTime: Instant;
    readonly durationSeconds: number;
  }): Promise<'created' | 'exists'>;
  /** PUT with the lease's resourceVersion; also mends holder and owner. `conflict`: someone else has just renewed it. */
  renew(lease: Lease, now: Instant, nodeUid: string | undefined): Promise<'renewed' | 'conflict' | 'gone'>;
  remove(node: string): Promise<'removed' | 'gone'>;
}

/** Facts about the cluster behind the API server. */
export interface ClusterInfo {
  /** `gitVersion`, such as `v1.36.1` or `v1.34.2-eks-abc`. */
  version(): Promise<string>;
  /**
   * What tells this cluster from any other: `uid:<UID of kube-system>`, or `ca:<SHA-256 of the CA>` where the namespace may
   * not be read. Two values compare only when they have the same prefix.
   */
  identity(): Promise<string>;
  /** `ca:<SHA-256 of the CA>` of the connection, or `undefined` where a public CA signs: then it tells no cluster from another. */
  certificate(): Promise<string | undefined>;
}
