import { describe, expect, it } from 'vitest';
import type { ClusterEvent } from '../../lib/ports/events.ts';
import { type KubernetesUnderTest, newName, NOON } from './kubernetes-under-test.ts';

/** What tells clusters apart. */
export function clusterContract(under: () => KubernetesUnderTest): void {
  describe('cluster', () => {
    it('tells the version of the API server', async () => {
      expect(await under().ports.cluster.version()).toMatch(/^v1\.\d+\.\d+/);
    });

    it('tells by the UID of kube-system which cluster it is, always the same', async () => {
      const { cluster } = under().ports;
      const identity = await cluster.identity();
      expect(identity).toMatch(/^uid:[0-9a-f-]{36}$/);
      expect(await cluster.identity()).toBe(identity);
    });
  });
}

/** Events in the cluster. */
export function eventsContract(under: () => KubernetesUnderTest): void {
  const aboutPod = (message: string): ClusterEvent => ({
    type: 'Warning',
    reason: 'Failed',
    message,
    about: { kind: 'Pod', namespace: 'default', name: newName('pod'), uid: newName('uid') },
  });
  const publish = (event: ClusterEvent, at = NOON) => under().ports.events.publish(event, 'node-1', at);
  const shown = (event: ClusterEvent) => under().hands.eventsAbout(event.about.uid);

  describe('events', () => {
    it('shows an event of a pod', async () => {
      const event = aboutPod('no such image');
      await publish(event);
      expect(await shown(event)).toMatchObject([
        { type: 'Warning', reason: 'Failed', message: 'no such image', count: 1 },
      ]);
    });

    it('shows an event of a node', async () => {
      const name = newName('node');
      const event: ClusterEvent = {
        type: 'Normal',
        reason: 'NodeReady',
        message: 'ready',
        about: { kind: 'Node', name, uid: newName('uid') },
      };
      await publish(event);
      expect(await shown(event)).toMatchObject([{ reason: 'NodeReady', count: 1 }]);
    });

    it('counts an event that comes again, and adds one whose message is another', async () => {
      const event = aboutPod('first');
      await publish(event);
      await publish(event, NOON + 5_000);
      await publish({ ...event, message: 'second' });
      const counts = (await shown(event)).map(({ message, count }) => `${message} ${count}`);
      expect(counts.sort()).toEqual(['first 2', 'second 1']);
    });

    it('does not fail the caller when the event cannot be written', async () => {
      const event = aboutPod('lost');
      const lost = { ...event, about: { ...event.about, namespace: 'no-such-namespace' } } as ClusterEvent;
      await expect(publish(lost)).resolves.toBeUndefined();
    });
  });
}
