import { describe, expect, it } from 'vitest';
import { endpointDifference, gatewayEndpoint, hintEndpoint } from '../../lib/core/node-endpoint.ts';
import type { Node, NodeManifest } from '../../lib/core/kubernetes.ts';
import { type KubernetesUnderTest, newName } from './kubernetes-under-test.ts';

const AT = '2026-11-22T12:00:00Z';

function manifest(name: string): NodeManifest {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { type: 'virtual-kubelet' } },
    spec: { taints: [{ key: 'lambdalet.dev/fargate', value: 'yes', effect: 'NoSchedule' }] },
    status: { capacity: { cpu: '40', pods: '100' } },
  };
}

/** Node objects. */
export function nodesContract(under: () => KubernetesUnderTest): void {
  const create = async (): Promise<Node> => {
    const made = await under().ports.nodes.create(manifest(newName('node')));
    if (made.kind !== 'created') throw new Error('the node exists');
    return made.node;
  };
  const get = (name: string) => under().ports.nodes.get(name);

  describe('nodes', () => {
    it('says undefined for a node that is surely absent', async () => {
      expect(await get(newName('node'))).toBeUndefined();
    });

    it('creates a node with labels, taints and capacity', async () => {
      const { metadata } = await create();
      const node = await get(metadata.name);
      expect(node?.metadata).toMatchObject({ uid: metadata.uid, labels: { type: 'virtual-kubelet' } });
      expect(node?.spec?.taints).toContainEqual({
        key: 'lambdalet.dev/fargate',
        value: 'yes',
        effect: 'NoSchedule',
      });
      expect(node?.status?.capacity).toEqual({ cpu: '40', pods: '100' });
    });

    it('does not create a node twice', async () => {
      const { metadata } = await create();
      expect(await under().ports.nodes.create(manifest(metadata.name))).toEqual({ kind: 'exists' });
    });

    it('merges status conditions by type and resources by name', async () => {
      const { name } = (await create()).metadata;
      const { nodes } = under().ports;
      const condition = {
        status: 'False',
        reason: 'R',
        message: 'm',
        lastHeartbeatTime: AT,
        lastTransitionTime: AT,
      };
      await nodes.patchStatus(name, { conditions: [{ type: 'example.com/Foreign', ...condition }] });
      const outcome = await nodes.patchStatus(name, {
        conditions: [{ ...condition, type: 'Ready', status: 'True' }],
        capacity: { cpu: '80' },
      });
      expect(outcome).toHaveProperty('node.status.capacity', { cpu: '80', pods: '100' });
      const conditions = (await get(name))?.status?.conditions ?? [];
      const statuses = Object.fromEntries(conditions.map(({ type, status }) => [type, status]));
      expect(statuses).toEqual({ 'example.com/Foreign': 'False', Ready: 'True' });
    });

    it('replaces addresses whole', async () => {
      const { name } = (await create()).metadata;
      const { nodes } = under().ports;
      await nodes.patchStatus(name, { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] });
      await nodes.patchStatus(name, { addresses: [{ type: 'Hostname', address: name }] });
      expect((await get(name))?.status?.addresses).toEqual([{ type: 'Hostname', address: name }]);
    });

    it('takes the hint of a node without a gateway, the endpoint of one that comes, and the hint again', async () => {
      const { name } = (await create()).metadata;
      const { nodes } = under().ports;
      const gateway = gatewayEndpoint({ address: '10.0.1.7', port: 10_251 });
      for (const wanted of [hintEndpoint(false), gateway, hintEndpoint(true)]) {
        await nodes.patchStatus(name, endpointDifference((await get(name))?.status, wanted));
        expect(endpointDifference((await get(name))?.status, wanted)).toEqual({});
        expect((await get(name))?.status?.addresses).toEqual(wanted.addresses);
      }
    });

    it('sets and takes away labels and annotations, and leaves the others', async () => {
      const { name } = (await create()).metadata;
      const { nodes } = under().ports;
      await nodes.patchMetadata(name, { labels: { a: '1', b: '2' }, annotations: { note: 'x' } });
      expect(await nodes.patchMetadata(name, { labels: { a: null }, annotations: { more: 'y' } })).toBe(
        'patched',
      );
      expect((await get(name))?.metadata).toMatchObject({
        labels: { b: '2', type: 'virtual-kubelet' },
        annotations: { note: 'x', more: 'y' },
      });
      expect((await get(name))?.metadata.labels).not.toHaveProperty('a');
    });

    it('cordons a node, and leaves its taints', async () => {
      const { name } = (await create()).metadata;
      const { nodes } = under().ports;
      expect(await nodes.cordon(name)).toBe('patched');
      expect((await get(name))?.spec).toMatchObject({ unschedulable: true });
      expect((await get(name))?.spec?.taints?.map(({ key }) => key)).toContain('lambdalet.dev/fargate');
    });

    it('says gone for whatever is done to an absent node', async () => {
      const { nodes } = under().ports;
      const name = newName('node');
      expect(await nodes.patchStatus(name, { phase: 'x' })).toEqual({ kind: 'gone' });
      expect(await nodes.patchMetadata(name, { labels: { a: '1' } })).toBe('gone');
      expect(await nodes.cordon(name)).toBe('gone');
      expect(await nodes.remove(name)).toBe('gone');
    });

    it('removes a node, whose name then starts another', async () => {
      const { metadata } = await create();
      expect(await under().ports.nodes.remove(metadata.name)).toBe('removed');
      expect(await get(metadata.name)).toBeUndefined();
      const next = await under().ports.nodes.create(manifest(metadata.name));
      expect(next).not.toHaveProperty('node.metadata.uid', metadata.uid);
    });
  });
}
