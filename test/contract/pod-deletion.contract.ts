import { describe, expect, it } from 'vitest';
import { keyOfPod } from '../../lib/core/kubernetes.ts';
import { type KubernetesUnderTest, newName } from './kubernetes-under-test.ts';

/** Deleting pods, by others and by us. */
export function podDeletionContract(under: () => KubernetesUnderTest): void {
  const create = (spec: object = {}, more: object = {}) =>
    under().hands.createPod({ name: newName('pod'), spec, ...more });
  const get = (name: string) => under().ports.pods.get('default', name);

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
      expect(await under().ports.pods.remove(keyOfPod(pod))).toBe('removed');
      expect(await get(pod.metadata.name)).toBeUndefined();
    });

    it('removes a pod that is being deleted', async () => {
      const pod = await create();
      await under().hands.deletePod('default', pod.metadata.name);
      expect(await under().ports.pods.remove(keyOfPod(pod))).toBe('removed');
      expect(await get(pod.metadata.name)).toBeUndefined();
    });

    it('says gone for a pod that is absent', async () => {
      const pod = await create();
      await under().ports.pods.remove(keyOfPod(pod));
      expect(await under().ports.pods.remove(keyOfPod(pod))).toBe('gone');
    });

    it('says gone when another pod has the name, and leaves that one alone', async () => {
      const pod = await create();
      const { name } = pod.metadata;
      await under().ports.pods.remove(keyOfPod(pod));
      const next = await under().hands.createPod({ name });
      expect(await under().ports.pods.remove(keyOfPod(pod))).toBe('gone');
      expect((await get(name))?.metadata.uid).toBe(next.metadata.uid);
    });

    it('keeps a removed pod until its last finalizer is taken away', async () => {
      const pod = await create({}, { finalizers: ['batch.kubernetes.io/job-tracking'] });
      const { name } = pod.metadata;
      expect(await under().ports.pods.remove(keyOfPod(pod))).toBe('removed');
      expect((await get(name))?.metadata.deletionGracePeriodSeconds).toBe(0);
      await under().hands.removeFinalizers('default', name);
      expect(await get(name)).toBeUndefined();
    });
  });
}
