import { describe, expect, it } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { failureOf } from '../../lib/core/failure.ts';
import { keyOfPod, type Pod } from '../../lib/core/kubernetes.ts';
import type { Pods } from '../../lib/ports/pods.ts';
import { type KubernetesUnderTest, newName } from './kubernetes-under-test.ts';

/** Deleting pods, by others and by us. */
export function podDeletionContract(under: () => KubernetesUnderTest): void {
  const create = (spec: object = {}, more: object = {}) =>
    under().hands.createPod({ name: newName('pod'), spec, ...more });
  const remove = (pod: Pod) => removeWhenKnown(under().ports.pods, pod);
  const get = (name: string) => under().ports.pods.get('default', name, 'node-1');

  describe('pod deletion', () => {
    it('shows a pod that is being deleted with its grace', async () => {
      const { metadata } = await create({ terminationGracePeriodSeconds: 17 });
      await under().hands.deletePod('default', metadata.name);
      const deleting = (await get(metadata.name))?.metadata;
      expect(deleting).toMatchObject({ uid: metadata.uid, deletionGracePeriodSeconds: 17 });
      expect(deleting?.deletionTimestamp).toMatch(/^\d{4}-.*Z$/);
    });

    it('lets the grace only get shorter', async () => {
      const { metadata } = await create();
      const grace = async () => (await get(metadata.name))?.metadata.deletionGracePeriodSeconds;
      await under().hands.deletePod('default', metadata.name, 20);
      await under().hands.deletePod('default', metadata.name, 60);
      expect(await grace()).toBe(20);
      await under().hands.deletePod('default', metadata.name, 5);
      expect(await grace()).toBe(5);
    });

    it('forgets a finished pod at once', async () => {
      const pod = await create();
      await under().ports.pods.patchStatus(pod, { phase: 'Succeeded' });
      await under().hands.deletePod('default', pod.metadata.name);
      expect(await get(pod.metadata.name)).toBeUndefined();
    });

    it('removes a pod at once', async () => {
      const pod = await create();
      expect(await remove(pod)).toBe('removed');
      expect(await get(pod.metadata.name)).toBeUndefined();
    });

    it('removes a pod that is being deleted', async () => {
      const pod = await create();
      await under().hands.deletePod('default', pod.metadata.name);
      expect(await remove(pod)).toBe('removed');
      expect(await get(pod.metadata.name)).toBeUndefined();
    });

    it('says gone for a pod that is absent', async () => {
      const pod = await create();
      await remove(pod);
      expect(await remove(pod)).toBe('gone');
    });

    it('says gone when another pod has the name, and leaves that one alone', async () => {
      const pod = await create();
      const { name } = pod.metadata;
      await remove(pod);
      const next = await under().hands.createPod({ name });
      expect(await remove(pod)).toBe('gone');
      expect((await get(name))?.metadata.uid).toBe(next.metadata.uid);
    });

    it('says gone when the name is that of a pod of another node, and leaves that one alone', async () => {
      const { ports, hands } = under();
      const pod = await create();
      const { name } = pod.metadata;
      await remove(pod);
      const next = await hands.createPod({ name, node: 'node-200' });
      expect(await ports.pods.remove(keyOfPod(pod), 'node-1')).toBe('gone');
      expect((await ports.pods.get('default', name, 'node-200'))?.metadata.uid).toBe(next.metadata.uid);
    });

    // Not the finalizer of Jobs: their controller takes it away from pods that no Job owns.
    it('keeps a removed pod until its last finalizer is taken away', async () => {
      const pod = await create({}, { finalizers: ['example.com/hold'] });
      const { name } = pod.metadata;
      expect(await remove(pod)).toBe('removed');
      expect((await get(name))?.metadata.deletionGracePeriodSeconds).toBe(0);
      await under().hands.removeFinalizers('default', name);
      expect(await get(name)).toBeUndefined();
    });
  });
}

/** Asks again while a real API server's admission does not know a pod that is just made, as the loop does at its next look. */
async function removeWhenKnown(pods: Pods, pod: Pod): Promise<'removed' | 'gone'> {
  for (let asked = 1; ; asked++) {
    try {
      return await pods.remove(keyOfPod(pod), pod.spec.nodeName!);
    } catch (error) {
      if (failureOf(error).kind !== 'transient' || asked === 100) throw error;
      await sleep(100);
    }
  }
}
