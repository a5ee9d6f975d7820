import { describe, expect, it } from 'vitest';
import { toMicroTime } from '../../lib/core/kubernetes.ts';
import { type KubernetesUnderTest, newName, NOON } from './kubernetes-under-test.ts';

const NODE_UID = '11111111-1111-4111-8111-111111111111';

/** Leases of nodes. */
export function leasesContract(under: () => KubernetesUnderTest): void {
  const create = (node: string) =>
    under().ports.leases.create({ node, nodeUid: NODE_UID, renewTime: NOON, durationSeconds: 40 });
  const mustGet = async (node: string) => {
    const lease = await under().ports.leases.get(node);
    if (!lease) throw new Error(`there is no lease of ${node}`);
    return lease;
  };

  describe('leases', () => {
    it('says undefined for a lease that is surely absent', async () => {
      expect(await under().ports.leases.get(newName('node'))).toBeUndefined();
    });

    it('creates the lease of a node, held by the node and owned by the Node', async () => {
      const node = newName('node');
      expect(await create(node)).toBe('created');
      const lease = await mustGet(node);
      expect(lease.spec).toEqual({
        holderIdentity: node,
        leaseDurationSeconds: 40,
        renewTime: toMicroTime(NOON),
      });
      expect(lease.metadata).toMatchObject({
        namespace: 'kube-node-lease',
        ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node, uid: NODE_UID }],
      });
    });

    it('does not create a lease twice', async () => {
      const node = newName('node');
      await create(node);
      expect(await create(node)).toBe('exists');
    });

    it('renews, and mends the owner when the Node is another', async () => {
      const node = newName('node');
      await create(node);
      const uid = NODE_UID.replaceAll('1', '2');
      expect(await under().ports.leases.renew(await mustGet(node), NOON + 10_250, uid)).toBe('renewed');
      const lease = await mustGet(node);
      expect(lease.spec).toMatchObject({ holderIdentity: node, renewTime: '2026-11-22T12:00:10.250000Z' });
      expect(lease.metadata.ownerReferences).toEqual([{ apiVersion: 'v1', kind: 'Node', name: node, uid }]);
    });

    it('keeps the owner when the UID of the Node is not known', async () => {
      const node = newName('node');
      await create(node);
      await under().ports.leases.renew(await mustGet(node), NOON + 10_000, undefined);
      expect((await mustGet(node)).metadata.ownerReferences).toMatchObject([{ uid: NODE_UID }]);
    });

    it('does not renew what someone else has just renewed', async () => {
      const node = newName('node');
      await create(node);
      const seen = await mustGet(node);
      const { leases } = under().ports;
      expect(await leases.renew(seen, NOON + 10_000, NODE_UID)).toBe('renewed');
      expect(await leases.renew(seen, NOON + 11_000, NODE_UID)).toBe('conflict');
      expect((await mustGet(node)).spec?.renewTime).toBe(toMicroTime(NOON + 10_000));
    });

    it('says gone for a lease that was deleted, and does not make it again', async () => {
      const node = newName('node');
      await create(node);
      const seen = await mustGet(node);
      await under().hands.deleteLease(node);
      expect(await under().ports.leases.renew(seen, NOON + 10_000, NODE_UID)).toBe('gone');
      expect(await under().ports.leases.get(node)).toBeUndefined();
    });

    it('removes a lease, and says gone the second time', async () => {
      const node = newName('node');
      await create(node);
      expect(await under().ports.leases.remove(node)).toBe('removed');
      expect(await under().ports.leases.remove(node)).toBe('gone');
    });
  });
}
