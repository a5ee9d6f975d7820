import type { Instant, Lease } from '../../core/kubernetes.ts';
import { toMicroTime } from '../../core/kubernetes.ts';
import type { Leases } from '../../ports/nodes.ts';
import type { Apis } from './act-as-node.ts';

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';

/** {@link Leases} of a cluster: in `kube-node-lease`, where the node lifecycle controller looks. */
export function createLeases({ asNode }: Pick<Apis, 'asNode'>): Leases {
  const get = async (node: string): Promise<Lease | undefined> => {
    const { status, body } = await asNode(node).call({
      method: 'GET',
      path: pathOf(node),
      expects: [404],
    });
    return status === 404 ? undefined : (body as Lease);
  };
  return {
    get,
    create: async ({ node, nodeUid, renewTime, durationSeconds }) => {
      const { status } = await asNode(node).call({
        method: 'POST',
        path: LEASES,
        body: {
          apiVersion: 'coordination.k8s.io/v1',
          kind: 'Lease',
          metadata: { name: node, namespace: 'kube-node-lease', ownerReferences: [ownerOf(node, nodeUid)] },
          spec: {
            holderIdentity: node,
            leaseDurationSeconds: durationSeconds,
            renewTime: toMicroTime(renewTime),
          },
        },
        expects: [409],
        repeatable: true,
      });
      return status === 409 ? 'exists' : 'created';
    },
    renew: async (lease, now, nodeUid) => {
      const node = lease.metadata.name;
      const { status } = await asNode(node).call({
        method: 'PUT',
        path: pathOf(node),
        body: renewedLease(lease, now, nodeUid),
        expects: [404, 409],
        repeatable: true,
      });
      if (status < 300) return 'renewed';
      // A PUT of a lease that was deleted is answered with 409 too, because its UID is a precondition.
      return status === 404 || (await get(node)) === undefined ? 'gone' : 'conflict';
    },
    remove: async (node) => {
      const { status } = await asNode(node).call({
        method: 'DELETE',
        path: pathOf(node),
        expects: [404],
        repeatable: true,
      });
      return status === 404 ? 'gone' : 'removed';
    },
  };
}

function pathOf(node: string): string {
  return `${LEASES}/${encodeURIComponent(node)}`;
}

function ownerOf(name: string, uid: string): object {
  return { apiVersion: 'v1', kind: 'Node', name, uid };
}

function renewedLease(lease: Lease, now: Instant, nodeUid: string | undefined): object {
  // What a PUT does not say of managedFields stays as it is; sending them back only costs bytes.
  const { managedFields: _, ownerReferences, ...metadata } = lease.metadata;
  const node = metadata.name;
  const owners = nodeUid === undefined ? ownerReferences : [ownerOf(node, nodeUid)];
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { ...metadata, ...(owners && { ownerReferences: owners }) },
    spec: { ...lease.spec, holderIdentity: node, renewTime: toMicroTime(now) },
  };
}
