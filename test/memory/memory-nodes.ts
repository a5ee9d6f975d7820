import type { Lease, Node, NodeManifest } from '../../lib/core/kubernetes.ts';
import { toMicroTime, toTime } from '../../lib/core/kubernetes.ts';
import type { Leases, Nodes } from '../../lib/ports/nodes.ts';
import { deepFreeze, type Revisions } from './memory-objects.ts';
import { mergeNodeStatus } from './merge-status.ts';

/** What others do to nodes and leases. */
export interface NodeControls {
  addNode(manifest: NodeManifest): Node;
  nodeOf(name: string): Node | undefined;
  leaseOf(node: string): Lease | undefined;
  /** Someone deletes the Node; with it goes its lease, which it owns. */
  deleteNode(name: string): void;
  /** Writes any other change of someone else: `change` gets a copy to edit. */
  changeNode(name: string, change: (node: Node) => void): Node;
  changeLease(node: string, change: (lease: Lease) => void): Lease;
}

interface Stored {
  metadata: { name: string; resourceVersion: string };
}

/** Stores a new version of an object. */
function save<T extends Stored>(revisions: Revisions, into: Map<string, T>, value: T): T {
  value.metadata.resourceVersion = revisions.next();
  into.set(value.metadata.name, deepFreeze(value));
  return value;
}

function copyOf<T>(from: ReadonlyMap<string, T>, name: string): T {
  const found = from.get(name);
  if (!found) throw new Error(`the memory cluster has no ${name}`);
  return structuredClone(found);
}

interface Store extends Revisions {
  readonly nodes: Map<string, Node>;
  readonly leases: Map<string, Lease>;
}

/** Nodes and leases in memory. */
export function createMemoryNodes(revisions: Revisions): {
  readonly nodes: Nodes;
  readonly leases: Leases;
  readonly controls: NodeControls;
} {
  const store: Store = { ...revisions, nodes: new Map(), leases: new Map() };
  return { nodes: nodesOf(store), leases: leasesOf(store), controls: controlsOf(store) };
}

function controlsOf(store: Store): NodeControls {
  return {
    addNode: (manifest) => addNode(store, manifest),
    nodeOf: (name) => store.nodes.get(name),
    leaseOf: (node) => store.leases.get(node),
    deleteNode: (name) => {
      store.nodes.delete(name);
      store.leases.delete(name);
      store.next();
    },
    changeNode: (name, change) => {
      const copy = copyOf(store.nodes, name);
      change(copy);
      return save(store, store.nodes, copy);
    },
    changeLease: (node, change) => {
      const copy = copyOf(store.leases, node);
      change(copy);
      return save(store, store.leases, copy);
    },
  };
}

function addNode(store: Store, manifest: NodeManifest): Node {
  const copy = structuredClone(manifest);
  return save(store, store.nodes, {
    ...copy,
    metadata: {
      ...copy.metadata,
      uid: store.newUid(),
      resourceVersion: '',
      creationTimestamp: toTime(store.now()),
    },
    spec: { ...copy.spec },
    status: { ...copy.status },
  });
}

function nodesOf(store: Store): Nodes {
  const { nodes } = store;
  /** Applies `change` to a copy of the node; `undefined` when there is none. */
  const edit = (name: string, change: (node: Node) => void): Node | undefined => {
    if (!nodes.has(name)) return undefined;
    const copy = copyOf(nodes, name);
    change(copy);
    return save(store, nodes, copy);
  };
  return {
    get: (name) => Promise.resolve(nodes.get(name)),
    create: (manifest) => {
      if (nodes.has(manifest.metadata.name)) return Promise.resolve({ kind: 'exists' });
      return Promise.resolve({ kind: 'created', node: addNode(store, manifest) });
    },
    patchStatus: (name, status) => {
      const node = edit(name, (copy) => {
        copy.status = mergeNodeStatus(copy.status, status);
      });
      return Promise.resolve(node ? { kind: 'patched', node } : { kind: 'gone' });
    },
    patchMetadata: (name, metadata) => {
      const node = edit(name, (copy) => {
        for (const field of ['labels', 'annotations'] as const) {
          const merged = { ...copy.metadata[field], ...metadata[field] };
          const kept = Object.entries(merged).filter(([, value]) => value !== null);
          copy.metadata[field] = Object.fromEntries(kept) as Record<string, string>;
        }
      });
      return Promise.resolve(node ? 'patched' : 'gone');
    },
    cordon: (name) => {
      const node = edit(name, (copy) => {
        copy.spec = { ...copy.spec, unschedulable: true };
      });
      return Promise.resolve(node ? 'patched' : 'gone');
    },
    remove: (name) => {
      store.next();
      return Promise.resolve(nodes.delete(name) ? 'removed' : 'gone');
    },
  };
}

function leasesOf(store: Store): Leases {
  const { leases } = store;
  const owner = (name: string, uid: string) => [{ apiVersion: 'v1', kind: 'Node', name, uid }];
  return {
    get: (node) => Promise.resolve(leases.get(node)),
    create: ({ node, nodeUid, renewTime, durationSeconds }) => {
      if (leases.has(node)) return Promise.resolve('exists');
      save(store, leases, {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: {
          name: node,
          namespace: 'kube-node-lease',
          uid: store.newUid(),
          resourceVersion: '',
          creationTimestamp: toTime(store.now()),
          ownerReferences: owner(node, nodeUid),
        },
        spec: {
          holderIdentity: node,
          leaseDurationSeconds: durationSeconds,
          renewTime: toMicroTime(renewTime),
        },
      });
      return Promise.resolve('created');
    },
    renew: (lease, now, nodeUid) => {
      const { name, uid, resourceVersion } = lease.metadata;
      const stored = leases.get(name);
      if (!stored) return Promise.resolve('gone');
      if (stored.metadata.resourceVersion !== resourceVersion || stored.metadata.uid !== uid)
        return Promise.resolve('conflict');
      const copy = structuredClone(stored);
      if (nodeUid !== undefined) copy.metadata.ownerReferences = owner(name, nodeUid);
      copy.spec = { ...copy.spec, holderIdentity: name, renewTime: toMicroTime(now) };
      save(store, leases, copy);
      return Promise.resolve('renewed');
    },
    remove: (node) => {
      store.next();
      return Promise.resolve(leases.delete(node) ? 'removed' : 'gone');
    },
  };
}
