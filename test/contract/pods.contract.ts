import { describe, expect, it } from 'vitest';
import { type KubernetesUnderTest, newName } from './kubernetes-under-test.ts';

/** Lists and looks. */
export function podsContract(under: () => KubernetesUnderTest): void {
  describe('pods', () => {
    it('lists the pods bound to the node and no others', async () => {
      const { ports, hands } = under();
      const [mine, other] = [newName('node'), newName('node')];
      const pod = await hands.createPod({ name: newName('pod'), node: mine });
      await hands.createPod({ name: newName('pod'), node: other });
      const { pods } = await ports.pods.list(mine);
      expect(pods.map(({ metadata }) => metadata.uid)).toEqual([pod.metadata.uid]);
      expect(pods[0]?.spec.nodeName).toBe(mine);
    });

    it('lists nothing for a node without pods, and still says from where to watch', async () => {
      const { pods, resourceVersion } = await under().ports.pods.list(newName('node'));
      expect(pods).toEqual([]);
      expect(resourceVersion).toMatch(/^\d+$/);
    });

    it('lists more pods than a page holds, each once', async () => {
      const { ports, hands } = under();
      const node = newName('node');
      const names = Array.from({ length: 260 }, () => newName('pod'));
      await Promise.all(names.map((name) => hands.createPod({ name, node })));
      const { pods } = await ports.pods.list(node);
      expect(pods.map(({ metadata }) => metadata.name).sort()).toEqual([...names].sort());
    });

    it('gets a pod by name', async () => {
      const { ports, hands } = under();
      const name = newName('pod');
      const { metadata } = await hands.createPod({ name });
      expect((await ports.pods.get('default', name))?.metadata.uid).toBe(metadata.uid);
    });

    it('says undefined for a pod that is surely absent', async () => {
      expect(await under().ports.pods.get('default', newName('pod'))).toBeUndefined();
    });

    it('says undefined for a pod in a namespace that is absent', async () => {
      expect(await under().ports.pods.get(newName('namespace'), 'web')).toBeUndefined();
    });
  });
}
